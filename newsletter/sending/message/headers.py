"""Header fields that cannot be broken open: every value is checked, encoded and folded here.

Nothing that reaches a header may hold a control character, so no value can end its field and
begin another. Lines have at most 78 octets where the value can be folded, 76 where they hold
encoded words (RFC 5322 section 2.1.1, RFC 2047 section 2).
"""

import re
from binascii import b2a_base64
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from newsletter.sending.message.recipient import Recipient

_LINE_CHARACTERS = 78
_LINE_CHARACTERS_WITH_ENCODED_WORDS = 76
_ENCODED_WORD_CHARACTERS = 75
#: No single word makes a line longer than 998 octets (RFC 5322 section 2.1.1).
_LONGEST_WORD = 900
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
#: Words of a display name that need no quotes (RFC 5322 section 3.2.3).
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
#: What a display name goes without: what is forbidden, and marks that turn the direction of all
#: that follows.
_UNWANTED_IN_NAME = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
#: A longer one is no name.
_LONGEST_NAME = 128
#: A dot-atom, which beyond ASCII may hold anything that can be seen (RFC 6532), at a host name.
_ADDRESS = re.compile(
    r'[^\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff"(),:;<>@\[\\\]]+@[A-Za-z0-9.-]+'
)
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,400}@[!-;=?A-~]{1,400}>")
_SPACES = re.compile(" {2,}")
_ENCODED_WORD = "=?utf-8?B?%s?="
_ENCODED_WORD_FRAME_CHARACTERS = len(_ENCODED_WORD % "")


def require_one_line(name: str, value: str) -> None:
    """Refuse a header value that could end its line.

    Raises:
        ValueError: It has CR, LF, NUL, another control character, a Unicode line separator or a
            lone surrogate. Names the header, never the value.
    """
    # Of what is not printable only a part is forbidden; the plain case is told quickly.
    if not value.isprintable() and _FORBIDDEN.search(value):
        raise ValueError(f"the header {name} holds a control character; remove it from its value")


def build_text_header(name: str, text: str) -> str:
    """Build an unstructured header field such as Subject, folded, with its CRLF.

    Runs of spaces become one. Text outside ASCII is written as encoded words.

    Raises:
        ValueError: See `require_one_line`.
    """
    require_one_line(name, text)
    text = _squeeze(text)
    if _needs_encoding(text) or max(map(len, text.split(" "))) > _LONGEST_WORD:
        return _fold(name, _encode_words(text, indent=len(name) + 2))
    return _fold(name, text.split(" "), limit=_LINE_CHARACTERS)


def build_phrase_header(name: str, phrase: str, in_brackets: str) -> str:
    """Build a field of the form ``phrase <…>`` such as From or List-Id, folded, with its CRLF.

    Args:
        name: The field's name.
        phrase: A display name or a description; may be empty.
        in_brackets: Goes between the angle brackets as it is.

    Raises:
        ValueError: See `require_one_line`.

    Source:
        RFC 5322 section 3.4 (atoms or a quoted string), RFC 2047 section 5 (encoded words stand
        for a phrase, never inside a quoted string).
    """
    require_one_line(name, phrase)
    require_one_line(name, in_brackets)
    phrase = _squeeze(phrase)
    if not phrase:
        return f"{name}: <{in_brackets}>\r\n"
    indent = len(name) + 2
    if _needs_encoding(phrase) or len(quoted := _quote(phrase)) > _LINE_CHARACTERS - indent:
        return _fold(name, [*_encode_words(phrase, indent=indent), f"<{in_brackets}>"])
    return _fold(name, [quoted, f"<{in_brackets}>"])


def build_to_header(recipient: Recipient) -> str:
    """Build the To field, folded, with its CRLF; without a name when it cannot be one.

    An address with a local part outside ASCII is written in UTF-8 (RFC 6532).

    Raises:
        ValueError: The address is none.
    """
    address = recipient.address.wire
    if not _ADDRESS.fullmatch(address):
        raise ValueError("the header To got something that is no address")
    return build_phrase_header("To", clean_name(recipient.name), address)


def clean_name(name: str) -> str:
    """Take away what no display name may hold; what is too long to be a name is none."""
    if not name.isprintable():
        name = _UNWANTED_IN_NAME.sub(" ", name)
    return name if len(name) <= _LONGEST_NAME else ""


def build_message_id_header(message_id: str) -> str:
    """Build the Message-ID field.

    Raises:
        ValueError: See `require_message_id`.
    """
    require_message_id(message_id)
    return f"Message-ID: {message_id}\r\n"


def require_message_id(message_id: str) -> None:
    """Refuse what is no Message-ID.

    Raises:
        ValueError: It is not of the form ``<left@right>`` in ASCII.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a Message-ID is ASCII of the form <left@right>")


@lru_cache(maxsize=16)
def build_date_header(second: int) -> str:
    """Build the Date field from seconds since 1970; many messages share one."""
    return f"Date: {format_datetime(datetime.fromtimestamp(second, UTC))}\r\n"


def _squeeze(text: str) -> str:
    """Take away the spaces around a text, and all but one where it has several together."""
    text = text.strip(" ")
    return _SPACES.sub(" ", text) if "  " in text else text


def _needs_encoding(text: str) -> bool:
    """Tell whether readers would not take the text as it is."""
    return not text.isascii() or "=?" in text


def _quote(phrase: str) -> str:
    """Write an ASCII phrase as atoms or as a quoted string."""
    if _ATOMS.fullmatch(phrase):
        return phrase
    return '"' + phrase.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encode_words(text: str, *, indent: int) -> list[str]:
    """Write text as RFC 2047 words, of which the first stands behind `indent` characters."""
    octets = text.encode()
    words: list[str] = []
    room = _LINE_CHARACTERS_WITH_ENCODED_WORDS - indent
    while octets:
        end = (room - _ENCODED_WORD_FRAME_CHARACTERS) // 4 * 3
        # A word holds whole characters: octets 10xxxxxx continue one.
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        words.append(_ENCODED_WORD % b2a_base64(octets[:end], newline=False).decode("ascii"))
        octets = octets[end:]
        room = _ENCODED_WORD_CHARACTERS
    return words


def _fold(name: str, words: list[str], *, limit: int = _LINE_CHARACTERS_WITH_ENCODED_WORDS) -> str:
    """Set words behind the name, one space between, on as many lines as they need."""
    lines = [f"{name}: {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= limit:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return "\r\n".join(lines) + "\r\n"
