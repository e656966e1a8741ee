"""`newsletter list`."""

import typer

from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_bytes, print_json, print_table, talk


def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the issues, the newest first: state, date, size of the file, slug and title.

    A draft is an issue of which nothing was planned yet; the other states are those of
    `newsletter status`.

    Example:
        newsletter list
    """
    from newsletter.usecases.list_issues import list_issues

    issues = list_issues(open_installation_of(context))
    if as_json:
        print_json(
            {
                "issues": [
                    {
                        "slug": issue.slug or None,
                        "title": issue.title,
                        "state": issue.state,
                        "date": issue.published_at.isoformat() if issue.published_at else None,
                        "bytes": issue.size_bytes,
                        "file": str(issue.path),
                        "in_git": issue.in_git,
                        "problem": issue.problem or None,
                    }
                    for issue in issues
                ]
            }
        )
        return
    if not issues:
        talk("There is no issue yet. Begin one with: newsletter new")
        return
    print_table(
        ["state", "date", "size", "issue", "title"],
        [
            [
                "broken" if issue.problem else issue.state,
                issue.published_at.date().isoformat() if issue.published_at else "",
                format_bytes(issue.size_bytes),
                issue.slug,
                issue.title,
            ]
            for issue in issues
        ],
    )
    for issue in issues:
        if issue.problem:
            talk(issue.problem)
