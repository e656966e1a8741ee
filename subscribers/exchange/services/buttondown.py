"""Buttondown: the CSV of subscribers, whose type tells all of a person's standing."""

from subscribers.exchange.cells import (
    parse_attributes,
    parse_quoted_tags,
    read_end,
    read_words,
)
from subscribers.exchange.layout import Layout
from subscribers.exchange.standing import BARRED, BOUNCED, COMPLAINED, LEFT, MAILABLE, WAITING

_TYPES = read_words(
    {
        # The second group pays in some way or another; all of them get letters.
        "regular": MAILABLE,
        **dict.fromkeys(("premium", "trialed", "gifted"), MAILABLE),
        **dict.fromkeys(("churning", "past_due", "past due", "paused"), MAILABLE),
        # Gets letters only after paying, where the newsletter is not free.
        **dict.fromkeys(("unactivated", "unpaid"), WAITING),
        **dict.fromkeys(("unsubscribed", "spammy"), LEFT),
        "removed": BARRED,
        "undeliverable": BOUNCED,
        "complained": COMPLAINED,
    }
)

BUTTONDOWN = Layout(
    name="buttondown",
    title="Buttondown",
    needed=(("email", "email_address"), ("type", "subscriber_type")),
    signs=frozenset(
        {
            *("subscribertype", "undeliverabilitydate", "undeliverabilityreason", "churndate"),
            *("secondaryid", "subscriberimportid", "creationdate", "unsubscriptionreason"),
        }
    ),
    columns={
        "creationdate": "signed_up_at",
        "ipaddress": "sign_up_network",
        "metadata": "attributes",
        **dict.fromkeys(("id", "secondaryid", "avatarurl"), ""),
    },
    standings={
        "type": _TYPES,
        "subscribertype": _TYPES,
        "undeliverabilitydate": read_end(BOUNCED),
    },
    parsers={"tags": parse_quoted_tags, "attributes": parse_attributes},
)
