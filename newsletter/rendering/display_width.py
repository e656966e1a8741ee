"""Text for a grid of equal cells: how many columns it takes, and where its lines may end.

Columns are those of a terminal or a mail reader with a fixed-width font. Lines end at spaces only,
so words and URLs stay whole and Korean is never cut inside a word; Chinese and Japanese, which have
no spaces, may also be cut between characters where their typography allows it.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

#: A word of at most this many columns does not get the last line of a paragraph to itself.
_LONELY_COLUMNS = 9

#: A space at which a line must not end. The parser replaces NUL, so no text can hold one.
GLUE = "\0"

# Scripts written without spaces, with their punctuation and full-width forms. Hangul is left out,
# its letters in the ranges around U+3130 and U+FFA0 as well.
_IDEOGRAPHIC = (
    "\u2e80-\u312f\u3190-\u31ff\u3220-\u325f\u3280-\u9fff\ua000-\ua4cf\uf900-\ufaff\ufe30-\ufe4f"
    "\uff01-\uff9f\uffe0-\uffe6\U00020000-\U0003ffff"
)
_HANGUL = (
    "\u1100-\u11ff\u3130-\u318f\u3200-\u321f\u3260-\u327f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"
)

# Kinsoku (JIS X 4051, Unicode UAX 14): what no line may begin and what no line may end with.
# Marks whose side cannot be told, such as a straight quote, stand in both.
_NEUTRAL = re.escape("\"'*_~`|/" + GLUE)
_CLOSING = (
    _NEUTRAL
    + re.escape(")]}>,.!?:;%-…‥—–―·•‐’”»›°′″‰℃¢")
    + "\u3000、。，．・：；？！゛゜ヽヾゝゞ々〻ー〜～）〕］｝〉》」』】〙〗〟｠％￠ﾞﾟ｡｣､･"
    + "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰ-ㇿｧ-ｯｰ"
    # What belongs to the character before it.
    + "\u0300-\u036f\u200c\u200d\u3099\u309a\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef"
)
_OPENING = _NEUTRAL + re.escape("([{<«‹‘“$£¥€₩#@+") + "（〔［｛〈《「『【〘〖〝｟＄￡￥＃＠"

_CUT = re.compile(
    rf"(?<=.)(?<![{_OPENING}{_HANGUL}])(?![{_CLOSING}{_HANGUL}])"
    rf"(?:(?<=[{_IDEOGRAPHIC}])|(?=[{_IDEOGRAPHIC}]))(?=.)",
    re.DOTALL,
)
_HAS_IDEOGRAPHIC = re.compile(f"[{_IDEOGRAPHIC}]")
_HAS_HANGUL = re.compile(f"[{_HANGUL}]")
#: Ends at full-width punctuation, which may follow a URL without a space.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\u3000-\u303f\uff00-\uff0f\uff1a-\uff20]+")

# No-break space and the other spaces of Unicode are text.
_SPACES = re.compile(r"[ \t\n\r\f\v]+")
# French sets spaces inside its punctuation; a dash belongs to the end of a line, since a line that
# begins with one looks like a list.
_UNBREAKABLE_SPACE = re.compile(r" (?=[!?;:»…–—)\]}-]+[*_~\"']*(?: |$))|(?<=«) ")

_UNSPACED_LINE_END = re.compile(rf"(?<=[{_IDEOGRAPHIC}])\r(?=[{_IDEOGRAPHIC}])")

_PICTURE = "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u3299\U0001f000-\U0001faff]"
#: Several code points drawn as one picture, two columns wide (Unicode UTS 51).
_EMOJI_SEQUENCE = re.compile(
    rf"{_PICTURE}(?:\ufe0f|[\U0001f3fb-\U0001f3ff]|\u200d{_PICTURE})+"
    "|[0-9#*]\ufe0f\u20e3"
    "|[\U0001f1e6-\U0001f1ff]{2}"
)
_IN_EMOJI_SEQUENCE = re.compile("[\u200d\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
_ONE_PICTURE = "\N{FULLWIDTH QUESTION MARK}"


class _Piece(NamedTuple):
    """What stays whole on a line."""

    #: What separates it from the piece before: a space or nothing.
    gap: str
    text: str
    columns: int


def display_width(text: str) -> int:
    """Count the columns a line of text takes.

    Wide and full-width characters take two, combining and invisible ones none; an emoji sequence
    takes two as a whole.

    Source:
        Unicode UAX 11 (East Asian width); ambiguous characters count as narrow.
    """
    if text.isascii():
        return len(text)
    if _IN_EMOJI_SEQUENCE.search(text):
        text = _EMOJI_SEQUENCE.sub(_ONE_PICTURE, text)
    return sum(map(_character_width, text))


def wrap_text(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` columns.

    Args:
        text: A line feed ends a line for good; runs of other white space count as one space;
            `GLUE` is a space at which no line ends.
        width: In columns. A word or URL wider than that gets a line of its own, uncut.

    Returns:
        Lines without space at either end; none for a text of white space.
    """
    lines: list[str] = []
    for fixed_line in text.split("\n"):
        lines.extend(_fill(fixed_line, width))
    readable = (line.replace(GLUE, " ").rstrip() for line in lines)
    return [line for line in readable if line]


def join_lines(text: str) -> str:
    """Replace each carriage return, a line's end in the source, by a space where one is due.

    Chinese and Japanese lines are joined without one.
    """
    return _UNSPACED_LINE_END.sub("", text).replace("\r", " ")


def is_east_asian(text: str) -> bool:
    """Tell whether there is Korean, Chinese or Japanese in a text, their full-width marks too."""
    return bool(_HAS_HANGUL.search(text) or _HAS_IDEOGRAPHIC.search(text))


@cache
def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"} or "\u1160" <= character <= "\u11ff":
        return 0  # the latter range: vowels and finals of decomposed Hangul
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _fill(text: str, width: int) -> list[str]:
    """Put as many pieces on each line as fit, and keep the last line from being a short word."""
    text = _UNBREAKABLE_SPACE.sub(GLUE, _SPACES.sub(" ", text).strip(" "))
    if len(text) <= width and display_width(text) <= width:
        return [text]
    pieces = _list_pieces(text, width)
    starts, used = [0], 0
    for index, piece in enumerate(pieces):
        needed = used + len(piece.gap) + piece.columns
        if index == 0:
            used = piece.columns
        elif needed <= width:
            used = needed
        else:
            starts.append(index)
            used = piece.columns
    if _ends_in_a_lonely_piece(pieces, starts, width):
        starts[-1] -= 1
    return [
        "".join(gap + piece for gap, piece, _ in pieces[start:end]).lstrip(" ")
        for start, end in pairwise([*starts, len(pieces)])
    ]


def _ends_in_a_lonely_piece(pieces: Sequence[_Piece], starts: Sequence[int], width: int) -> bool:
    """Tell whether the last line is one short piece, and the line before can spare another."""
    if len(starts) < 2 or starts[-1] - starts[-2] < 3 or starts[-1] != len(pieces) - 1:
        return False
    before, last = pieces[-2:]
    return last.columns <= _LONELY_COLUMNS and before.columns + last.columns < width // 3


def _list_pieces(text: str, width: int) -> list[_Piece]:
    """List what must stay whole."""
    pieces = []
    for word in text.split(" "):
        gap = " "
        for piece in _cut_word(word, width):
            pieces.append(_Piece(gap, piece, display_width(piece)))
            gap = ""
    return pieces


def _cut_word(word: str, width: int) -> list[str]:
    """Cut between ideographs or kana; a word with Hangul in it only when no line could hold it."""
    if word.isascii() or not _HAS_IDEOGRAPHIC.search(word):
        return [word]
    if _HAS_HANGUL.search(word) and display_width(word) <= width:
        return [word]
    urls = [match.span() for match in _URL.finditer(word)]
    cuts = [
        cut.start()
        for cut in _CUT.finditer(word)
        if not any(start < cut.start() < end for start, end in urls)
    ]
    return [word[start:end] for start, end in pairwise([0, *cuts, len(word)])]
