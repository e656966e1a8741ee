"""How a program writes its people: one value for each program that is known."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from subscribers.exchange.cells import ReadStanding, read_beginning, read_end
from subscribers.exchange.standing import BARRED, BOUNCED, COMPLAINED, LEFT, Standing

#: Columns that say no under nearly every program's file, by their folded headers.
NO_COLUMNS: Mapping[str, ReadStanding] = {
    **dict.fromkeys(
        (
            *("unsubscribed", "unsubscribedat", "unsubscribedon", "unsubscribeddate"),
            *("unsubscribedate", "unsubscriptiondate", "unsubtime", "unsubdate"),
            *("unsubscribe", "unsub", "unsubscribedfromallemail", "수신거부", "수신거부일"),
            *("optout", "optedout", "optoutat", "optedoutat", "optouttime", "optoutdate"),
            *("emailoptout", "hasoptedoutofemail", "optedoutofemail"),
            *("donotemail", "donotmail", "donotcontact", "abgemeldet", "désabonné", "配信停止"),
            *("deleted", "deletedat", "disabled", "disabledat", "emaildisabled"),
        ),
        read_end(LEFT),
    ),
    **dict.fromkeys(
        (
            *("bounced", "bouncedat", "hardbounced", "hardbouncedat", "hardbounce"),
            *("cleaned", "cleantime", "emailbounced", "반송"),
        ),
        read_end(BOUNCED),
    ),
    **dict.fromkeys(
        ("complained", "complainedat", "markedasspam", "spamcomplaint"), read_end(COMPLAINED)
    ),
    **dict.fromkeys(
        (
            *("blocklisted", "blacklisted", "banned", "blocked"),
            *("emailblocklisted", "emailblacklisted", "차단"),
        ),
        read_end(BARRED),
    ),
}
#: Columns that say no by being false, in files of no service: these have words of their own.
YES_COLUMNS: Mapping[str, ReadStanding] = dict.fromkeys(
    (
        *("subscribed", "active", "enabled", "optin", "optedin", "emailoptin", "mailable"),
        "subscribedtoemails",
        *("acceptsmarketing", "acceptsemailmarketing", "구독여부", "수신여부"),
        *("수신동의", "이메일수신동의", "마케팅수신동의"),
    ),
    read_beginning,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """One program's file. Headers are folded, as `fold` does."""

    #: What ``--from`` calls it.
    name: str
    #: What people call it.
    title: str
    #: Of each group a file has at least one column, or it is another program's. Headers as they are
    #: spelled there, for errors.
    needed: tuple[tuple[str, ...], ...] = ()
    #: Columns that no other program's files have.
    signs: frozenset[str] = frozenset()
    #: Header → what it holds: a name of `people.PARSERS`, or nothing when it is of no use here.
    columns: Mapping[str, str] = field(default_factory=dict)
    #: Header → what tells how a person stands, beside `NO_COLUMNS`.
    standings: Mapping[str, ReadStanding] = field(default_factory=dict)
    #: How the program writes what others write differently: name as in `columns` → parser.
    parsers: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    #: What the file's own name says of everyone in it; None when the columns tell it all.
    read_file_name: Callable[[str, frozenset[str]], Standing | None] | None = None
    #: Which members of a zip file hold people, by the last part of their names.
    members: re.Pattern[str] | None = None
    #: What the operator has to know, because no column tells it.
    caution: str = ""

    def lacks(self, headers: frozenset[str]) -> list[str]:
        """List what a file with these headers would need to be this program's."""
        return [" or ".join(group) for group in self.needed if headers.isdisjoint(map(fold, group))]


def find_reader(columns: Mapping[str, ReadStanding], folded: str) -> ReadStanding | None:
    """Find what reads a column; ``is_active`` is ``active``, and ``has_bounced`` ``bounced``."""
    bare = folded.removeprefix("is").removeprefix("has")
    return columns.get(folded) or columns.get(bare)


def fold(header: str) -> str:
    """Fold a header: small letters and digits, without spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(letter for letter in folded if letter.isalnum())
