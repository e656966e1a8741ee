"""Text from elsewhere → Markdown that shows exactly this text, and does nothing else.

Neither a field nor a shortcode, no condition, HTML or heading comes of it.
"""

import re
import unicodedata
from typing import Final

#: Characters that Markdown, or our fields, would take for more than text.
_MARKUP: Final = re.compile(
    r"[\\`*<{]|(?<!\w)_|_(?!\w)|\[(?=\^)|\](?=[(\[:])|~(?=~)|&(?=#?\w+;)|:(?=[\w+-]+:)|#(?=#*$)"
)
#: Within a line, and beside marks of our own.
_INLINE: Final = re.compile(rf"{_MARKUP.pattern}|[\[\]~^]")
#: What makes the beginning of a line an item, a heading, a quotation, a rule, a box, a table or a
#: definition; the number of an item stays, for its sign alone is escaped.
_STARTS: Final = frozenset("-+#>=|:!?~.)")
_NUMBER: Final = re.compile(r"\d{1,9}(?=[.)])")
_MAX_TITLE: Final = 300


def escape_title(title: str) -> str:
    """Write one line of text for a heading; what is too long for one is cut."""
    line = join_words(title)
    if len(line) > _MAX_TITLE:
        line = f"{line[: _MAX_TITLE - 1].rstrip()}…"
    return _MARKUP.sub(lambda found: f"\\{found[0]}", line)


def escape_inline(text: str) -> str:
    """Write text for the middle of a line, or as the words of a link."""
    return _INLINE.sub(lambda found: f"\\{found[0]}", text)


def escape_block_start(line: str) -> str:
    """Keep a line of escaped text from beginning anything but a paragraph."""
    number = _NUMBER.match(line)
    at = number.end() if number else 0
    is_mark = line[at : at + 1] in _STARTS
    return f"{line[:at]}\\{line[at:]}" if is_mark else line


def join_words(text: str) -> str:
    """Put text on one line: controls and odd line ends become spaces."""
    printable = "".join(
        " " if unicodedata.category(each) in {"Cc", "Zl", "Zp"} else each for each in text
    )
    return " ".join(printable.split())
