"""Why a message did not arrive: enhanced status code, then the reply's code, then the words.

One truth for what comes back by mail and for what a server says while a message is handed over.
What nobody knows is a block: it may be about us, and it costs no reader.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from newsletter.reports import server_words
from newsletter.reports.report import BounceClass

STATUS_CODE: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
#: Replies of RFC 5321, 4954, 7504 and what large providers add. Other numbers are none.
_REPLY_CODE: Final = re.compile(
    r"(?<![\w.#/-])(?:4(?:21|3[0-2]|5[0-5]|71)|5(?:0[0-4]|1[0-3]|2[1-3]|3[0-8]|41|5[0-6]|71))"
    r"(?![\w.:/])"
)

#: Subject and detail (RFC 3463, 7505 and, from 300 on, Exchange Online): no such address or domain.
_HARD: Final = frozenset(
    {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1), (4, 4), (4, 310), (7, 17), (7, 18)}
)
#: Full, out of order, or not reached in time.
_SOFT: Final = frozenset(
    {(2, 2), (2, 4), (3, 1), (3, 2), (3, 5)}
    | {(4, detail) for detail in (1, 2, 3, 5, 6, 7, 14, 300, 312, 316)}
)
#: Sender's address (RFC 3463), login (RFC 4954), authentication (RFC 7372) and what Gmail and
#: Microsoft add to it; TLS.
_AUTH: Final = frozenset(
    {(1, 7), (1, 8)}
    | {(7, n) for n in (5, 8, 9, 10, 11, 12, *range(20, 28), 29, 30, 32, 40, 57, 60, 509, 515)}
)
#: Says no more than that it failed: the words decide.
_VAGUE: Final = frozenset(
    {(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (5, 1), (5, 4)}
    # Exchange Online's, around what another server said.
    | {(0, 350), (1, 350), (1, 351), (5, 350), (7, 350)}
)
#: Exchange Online's words for an address it has not, with a code that says "no answer".
_EDGE_BLOCK: Final = re.compile(r"recipient address rejected: access denied", re.IGNORECASE)
#: A server that has a policy for it says so with these words alone (Yandex does).
_ABOUT_ADDRESS: Final = re.compile(r"\b(?:no such user|user unknown|unknown user)\b", re.IGNORECASE)
_GREYLIST: Final = re.compile(r"gr[ae]y-?list", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was said about a message that was not taken."""

    #: Subject and detail of the enhanced code; None when there is none.
    code: tuple[int, int] | None
    #: Of a reply; 0 when there is none.
    reply_code: int
    #: 4yz or 4.x.x: it may be taken later.
    is_temporary: bool
    #: Without addresses, URLs and names of hosts.
    words: str
    #: The enhanced code as it is shown; empty for none.
    shown_code: str = ""

    @property
    def has_code(self) -> bool:
        """Whether there is anything but words."""
        return self.code is not None or self.reply_code > 0


def parse_refusal(said: str, *, status: str = "") -> Refusal:
    """Read codes and words.

    Args:
        said: What a server wrote: a reply, a Diagnostic-Code, a paragraph for people.
        status: The field Status (RFC 3464 section 2.3.4), which may be made up from the reply.
            Where the server says something more precise, that holds.
    """
    said = said[: server_words.MOST_CHARACTERS]
    reply = _REPLY_CODE.search(said)
    codes = [*_list_codes(said), *_list_codes(status)]
    precise = next((code for code in codes if code[1:] not in _VAGUE), None)
    chosen = precise or (codes[0] if codes else None)
    classes = {code[0] for code in codes} | {reply[0][0] if reply else ""}
    return Refusal(
        code=chosen[1:] if chosen else None,
        reply_code=int(reply[0]) if reply else 0,
        is_temporary="4" in classes,
        words=server_words.plain_words(said),
        shown_code=f"{chosen[0]}.{chosen[1]}.{chosen[2]}" if chosen else "",
    )


def classify(refusal: Refusal) -> BounceClass:
    """Tell why a message did not arrive, if nobody goes on trying."""
    if _is_about_our_set_up(refusal):
        return BounceClass.AUTH
    if refusal.is_temporary:
        return _classify_temporary(refusal)
    if server_words.BEFORE_RECIPIENT.search(refusal.words):
        return BounceClass.BLOCK
    if refusal.code == (4, 1) and _EDGE_BLOCK.search(refusal.words):
        return BounceClass.HARD
    if refusal.code and refusal.code[0] == 7 and refusal.code not in _HARD:
        is_about_address = _ABOUT_ADDRESS.search(refusal.words)
        has_policy = server_words.POLICY.search(refusal.words)
        return BounceClass.HARD if is_about_address and not has_policy else BounceClass.BLOCK
    return _classify_permanent(refusal)


def _is_about_our_set_up(refusal: Refusal) -> bool:
    if server_words.INSIDERS_ONLY.search(refusal.words):
        return False
    is_login = refusal.reply_code in {530, 534, 535, 538}
    return refusal.code in _AUTH or is_login or bool(server_words.OURS.search(refusal.words))


def _classify_temporary(refusal: Refusal) -> BounceClass:
    """Tell why somebody gave up who was told to wait: never is the address gone for it."""
    if _GREYLIST.search(refusal.words) or server_words.FULL.search(refusal.words):
        return BounceClass.SOFT
    is_policy = refusal.code is not None and refusal.code[0] == 7
    if is_policy or server_words.POLICY.search(refusal.words):
        return BounceClass.BLOCK
    return BounceClass.SOFT


def _classify_permanent(refusal: Refusal) -> BounceClass:
    words, code = refusal.words, refusal.code
    is_vague = code is None or code in _VAGUE
    is_too_big = is_vague and server_words.TOO_BIG.search(words)
    if server_words.OUR_LIMIT.search(words):
        return BounceClass.BLOCK
    if code in _SOFT or (server_words.FULL.search(words) and not is_too_big):
        return BounceClass.SOFT
    if is_too_big or server_words.POLICY.search(words):
        return BounceClass.BLOCK
    # 552 is called "exceeded storage allocation" (RFC 5321 section 4.2.3).
    is_full = is_vague and refusal.reply_code == 552 and not server_words.NOBODY.search(words)
    if is_full or server_words.LATER.search(words):
        return BounceClass.SOFT
    is_hard = code in _HARD or (is_vague and _says_nobody(refusal))
    return BounceClass.HARD if is_hard else BounceClass.BLOCK


def _says_nobody(refusal: Refusal) -> bool:
    """Tell whether the words, or a code that has no other meaning, say there is no such address."""
    words = refusal.words
    # Another server that misses a domain may mean ours.
    is_our_servers = refusal.reply_code == 0
    if server_words.NOBODY.search(words) or (
        is_our_servers and server_words.NO_DOMAIN.search(words)
    ):
        return True
    # RFC 5321 section 4.2.3 and RFC 7504: what 550 and 556 are called.
    is_plain = refusal.reply_code == 550 and refusal.code not in {(2, 0), (3, 0), (4, 0)}
    is_unavailable = is_plain and "mailbox unavailable" in words.lower()
    is_gone = refusal.has_code and server_words.GONE.search(words)
    return bool(is_unavailable or is_gone or refusal.reply_code == 556)


def _list_codes(text: str) -> list[tuple[str, int, int]]:
    """List the first two codes: a server's own, and one that it repeats of another server."""
    found = islice(STATUS_CODE.finditer(text), 2)
    return [(code[1], int(code[2]), int(code[3])) for code in found]
