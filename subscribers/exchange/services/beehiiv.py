"""beehiiv: the CSV of subscribers."""

from subscribers.exchange.cells import read_words
from subscribers.exchange.layout import Layout
from subscribers.exchange.standing import BOUNCED, LEFT, MAILABLE, WAITING

BEEHIIV = Layout(
    name="beehiiv",
    title="beehiiv",
    needed=(("email",), ("status",)),
    signs=frozenset(
        {
            *("tier", "subscriptiontier", "freetier", "premiumtier", "subscriptiontiername"),
            *("referringsite", "utmchannel", "subscriptionid"),
        }
    ),
    columns={"createdat": "signed_up_at", "subscriptionid": "", "id": ""},
    standings={
        "status": read_words(
            {
                "active": MAILABLE,
                **dict.fromkeys(("pending", "validating"), WAITING),
                **dict.fromkeys(("inactive", "unsubscribed"), LEFT),
                "invalid": BOUNCED,
            }
        )
    },
)
