"""Kit, once ConvertKit: the CSV of subscribers, whose state is not a part of a country."""

from subscribers.exchange.cells import read_words
from subscribers.exchange.layout import Layout
from subscribers.exchange.standing import BOUNCED, COMPLAINED, LEFT, MAILABLE, WAITING

_STATES = read_words(
    {
        # Cold ones are written to, and have not opened a letter for a while.
        **dict.fromkeys(("active", "confirmed", "cold"), MAILABLE),
        **dict.fromkeys(("inactive", "unconfirmed"), WAITING),
        **dict.fromkeys(("cancelled", "unsubscribed"), LEFT),
        "bounced": BOUNCED,
        "complained": COMPLAINED,
    }
)

KIT = Layout(
    name="kit",
    title="Kit",
    needed=(("email_address", "email"), ("state", "status")),
    signs=frozenset({"state"}),
    columns={"createdat": "signed_up_at", "id": ""},
    standings={"state": _STATES, "status": _STATES},
)
