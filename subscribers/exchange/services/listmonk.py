"""listmonk: the CSV of subscribers. It does not tell who left one list and kept another."""

from subscribers.exchange.cells import parse_attributes, read_words
from subscribers.exchange.layout import Layout
from subscribers.exchange.standing import BARRED, LEFT, MAILABLE, WAITING

LISTMONK = Layout(
    name="listmonk",
    title="listmonk",
    needed=(("email",), ("uuid", "attributes"), ("status",)),
    signs=frozenset({"attributes"}),
    columns={
        "createdat": "signed_up_at",
        "attributes": "attributes",
        **dict.fromkeys(("uuid", "updatedat"), ""),
    },
    standings={
        "status": read_words({"enabled": MAILABLE, "disabled": LEFT, "blocklisted": BARRED}),
        "subscriptionstatus": read_words(
            {"confirmed": MAILABLE, "unconfirmed": WAITING, "unsubscribed": LEFT}
        ),
    },
    parsers={"attributes": parse_attributes},
    caution=(
        "listmonk's file has one status for all lists of a person: whoever left this list only is"
        " still enabled in it. Export the list's confirmed subscriptions, and those who left it as"
        " a file of their own with --status unsubscribed."
    ),
)
