"""Mailchimp: the zip file of an audience, or one of the CSV files in it.

What somebody is there is told by the name of the file he is in; only the files of those who left
and of dead addresses have a column for it, too.
"""

import re

from subscribers.exchange.cells import (
    find_language,
    find_timezone,
    parse_quoted_tags,
    read_words,
)
from subscribers.exchange.layout import Layout
from subscribers.exchange.standing import BOUNCED, LEFT, MAILABLE, WAITING, Standing

_WORDS = {
    "subscribed": MAILABLE,
    "pending": WAITING,
    # Bought something, and never asked for letters.
    **dict.fromkeys(("nonsubscribed", "non-subscribed", "transactional"), LEFT),
    **dict.fromkeys(("unsubscribed", "archived"), LEFT),
    "cleaned": BOUNCED,
}
#: In a file's name; the longer words come first, for they end in the shorter one.
_NAME = re.compile("(?i:non-?subscribed|unsubscribed|cleaned|subscribed)")
_STATUS_COLUMNS = ("status", "memberstatus", "subscriberstatus", "emailmarketingstatus")


def _read_file_name(name: str, headers: frozenset[str]) -> Standing | None:
    """Tell from a file's name who is in it; None where a column tells, or nothing does."""
    if "unsubtime" in headers:
        return LEFT
    if "cleantime" in headers:
        return BOUNCED
    found = _NAME.search(name)
    return _WORDS[found[0].lower()] if found else None


MAILCHIMP = Layout(
    name="mailchimp",
    title="Mailchimp",
    needed=(
        ("Email Address", "Email"),
        ("OPTIN_TIME", "MEMBER_RATING", "LEID", "EUID", "CONFIRM_TIME"),
    ),
    signs=frozenset({"memberrating", "leid", "euid", "optintime"}),
    columns={
        "optintime": "signed_up_at",
        "optinip": "sign_up_network",
        "confirmtime": "confirmed_at",
        "confirmip": "confirm_network",
        **dict.fromkeys(("latitude", "longitude", "gmtoff", "dstoff", "lastchanged"), ""),
        **dict.fromkeys(("leid", "euid"), ""),
    },
    standings=dict.fromkeys(_STATUS_COLUMNS, read_words(_WORDS)),
    parsers={"tags": parse_quoted_tags, "language": find_language, "timezone": find_timezone},
    read_file_name=_read_file_name,
    members=re.compile(r"(?i:.*(?:subscribed|cleaned).*\.csv)"),
)
