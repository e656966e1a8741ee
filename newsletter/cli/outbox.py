"""`newsletter outbox`: confirmations and other system messages."""

import typer

from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_time, print_json, print_pairs, print_table


def outbox(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show where confirmations and other system messages stand, of the last 30 days.

    `newsletter serve` sends them. One that was in doubt, because the server or the connection
    broke in mid-send, is sent once more, the same to the last letter, and counted as repeated.

    Example:
        newsletter outbox
    """
    from newsletter.usecases.iso_time import iso_time
    from newsletter.usecases.show_outbox import show_outbox

    found = show_outbox(open_installation_of(context))
    if as_json:
        print_json(
            {
                **{str(status): count for status, count in found.by_status.items()},
                "repeated": found.repeated,
                "waiting_since": iso_time(found.waiting_since_ms),
                "worker": found.worker or None,
            }
        )
        return
    print_table(["status", "messages"], [[str(s), count] for s, count in found.by_status.items()])
    print()
    pairs = {
        "Repeated": found.repeated,
        "Waiting since": format_time(found.waiting_since_ms),
        "Worker": found.worker or "none: start `newsletter serve`",
    }
    print_pairs({name: value for name, value in pairs.items() if value != ""})
