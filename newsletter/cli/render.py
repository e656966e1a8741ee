"""`newsletter render`."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.opening import load_issue_named, open_installation_of
from newsletter.cli.options import AsJson, IssueName, parse_address
from newsletter.cli.output import format_bytes, print_json, print_table
from subscribers.address import EmailAddress


def render(
    context: typer.Context,
    issue: IssueName,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path(
        "rendered"
    ),
    as_address: Annotated[
        EmailAddress | None,
        typer.Option(
            "--as",
            metavar="ADDRESS",
            parser=parse_address,
            help="Fill the fields as for this subscriber.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write an issue as one reader would get it; sends nothing.

    The files are SLUG.html, SLUG.txt and SLUG.eml.

    Examples:
        newsletter render 2026-01-spring
        newsletter render issues/2026-01-spring.md --as kim@example.org --out .
    """
    from newsletter.sending.message.recipient import DeliveryId
    from newsletter.usecases.render_issue import render_issue
    from newsletter.usecases.sample_recipient import sample_recipient

    installation = open_installation_of(context)
    settings = installation.settings
    address = as_address or settings.newsletter.sender.address
    recipient = sample_recipient(installation, address, delivery_id=DeliveryId(0, 0))
    rendered = render_issue(installation, load_issue_named(settings, issue), recipient, out)
    if as_json:
        print_json(
            {
                "issue": rendered.edition.slug,
                "files": {
                    kind: {"path": str(path), "bytes": size}
                    for kind, (path, size) in rendered.files.items()
                },
                "milliseconds": {
                    name: round(value, 2) for name, value in rendered.stage_milliseconds.items()
                },
            }
        )
        return
    print_table(
        ["part", "size", "file"],
        [[kind, format_bytes(size), path] for kind, (path, size) in rendered.files.items()],
    )
    print()
    stages = rendered.stage_milliseconds
    print_table(["stage", "ms"], [[name, f"{value:.2f}"] for name, value in stages.items()])
    print(
        f"\n{sum(stages.values()):.0f} ms in all;"
        f" each further recipient costs {stages['splice'] * 1000:.0f} µs."
    )
