"""`newsletter segments`: rules that pick people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json, print_pairs, print_table, talk

if TYPE_CHECKING:
    from newsletter.usecases.count_segment import SegmentCount

app = Commands(
    help="""Rules that pick people, written out or saved under a name in newsletter.toml.

    Examples:
        newsletter segments list
        newsletter segments count "tag:ai and not language:ko"
    """
)


@app.command("list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the saved segments, each with the people whom an issue would reach.

    Example:
        newsletter segments list
    """
    from newsletter.usecases.count_segment import list_segments

    installation = open_installation_of(context)
    found, texts = list_segments(installation), installation.settings.segments
    if as_json:
        print_json(
            {
                "segments": [
                    {"name": each.name, "text": texts[each.name], "mailable": count}
                    for each, count in found
                ]
            }
        )
    elif found:
        print_table(
            ["segment", "reaches", "rule"],
            [[each.name, count, texts[each.name]] for each, count in found],
        )
    else:
        talk('None is saved. Save one in newsletter.toml: [segments] koreans = "language:ko"')


@app.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a saved segment.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a saved segment with all that it names written out, and whom an issue would reach.

    Example:
        newsletter segments show koreans
    """
    from newsletter.errors import NotFoundError
    from newsletter.settings.values import did_you_mean
    from newsletter.usecases.count_segment import count_segment

    installation = open_installation_of(context)
    saved = installation.settings.segments
    if name not in saved:
        raise NotFoundError(
            f"there is no saved segment {name!r}{did_you_mean(name, saved)}."
            " `newsletter segments list` lists them; `newsletter segments count` takes a rule"
            " that is written out."
        )
    _tell(count_segment(installation, name), as_json=as_json)


@app.command()
def count(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A rule, or a saved segment's name.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Count the people of a segment, and say who of all would be left out of an issue for it.

    The grammar is in docs/reference/segments.md: tag, language, state, domain, name, timezone,
    field.NAME, confirmed_at, created_at, has, missing, segment, and of issues received, planned,
    failed, bounced and complained; with and, or, not and parentheses.

    Examples:
        newsletter segments count "tag:ai and confirmed_at>-30d"
        newsletter segments count "language:ko and not received:2026-30"
    """
    from newsletter.usecases.count_segment import count_segment

    _tell(count_segment(open_installation_of(context), text), as_json=as_json)


def _tell(found: SegmentCount, *, as_json: bool) -> None:
    from newsletter.cli.segment_words import describe_segment
    from newsletter.usecases.forecast_send import describe_left_out

    chosen = found.chosen
    if as_json:
        print_json(
            {
                **describe_segment(chosen.name, chosen.text),
                "people": found.people,
                "mailable": found.mailable,
                "left_out": dict(found.left_out),
                "unknown_tags": list(found.unknown_tags),
            }
        )
        return
    print_pairs(
        {
            **({"Segment": chosen.name} if chosen.name else {}),
            "Rule": chosen.text or "everyone",
            "People": f"{found.people:,}",
            "Reached": f"{found.mailable:,} would get an issue for it today",
            "Left out": describe_left_out(found.left_out) or "nobody",
        }
    )
    for tag in found.unknown_tags:
        talk(f"Warning: nobody carries the tag {tag}.")
