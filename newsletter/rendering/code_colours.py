"""Fenced code in colours: a few classes, which the themes' style sheets write into the page.

So the colours survive in every mail client, and where one knows a dark scheme, it has their twins.
"""

from html import escape
from itertools import groupby
from typing import Any, Final

#: Class by type of Pygments; the first that contains a token's type counts. Most code stays in the
#: colour of the text: each span costs 60 bytes of a mail.
_CLASSES: Final = (
    ("Comment", "hc"),
    ("Keyword", "hk"),
    ("Operator.Word", "hk"),
    ("Literal.String", "hs"),
    ("Literal.Number", "hm"),
    ("Name.Function", "hn"),
    ("Name.Class", "hn"),
    ("Name.Tag", "hn"),
    ("Name.Decorator", "hn"),
    ("Generic.Deleted", "hd"),
    ("Generic.Inserted", "hi"),
    ("Generic.Heading", "hn"),
    ("Generic.Subheading", "hk"),
    ("Generic.Prompt", "hc"),
)
#: Longer code stays in one colour: it would make the mail too large.
_MAX_CHARACTERS: Final = 20_000


def colour_code(code: str, language: str) -> str:
    """Write code as HTML, coloured if its language is known.

    Args:
        code: As it was written.
        language: A name or alias of Pygments, such as ``python`` or ``sh``; may be empty.
    """
    pieces = _list_pieces(code, language) if language and len(code) <= _MAX_CHARACTERS else []
    if "".join(text for _, text in pieces) != code:
        return escape(code)
    html = []
    for name, run in groupby(pieces, key=lambda piece: piece[0]):
        text = escape("".join(piece[1] for piece in run))
        html.append(f'<span class="{name}">{text}</span>' if name else text)
    return "".join(html)


def _list_pieces(code: str, language: str) -> list[tuple[str, str]]:
    """List class and text of each token; nothing for a language nobody knows."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language.lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return []
    pieces: list[tuple[str, str]] = []
    for kind, text in lexer.get_tokens(code):
        is_space = not text.strip()
        # White space takes the colour of what is before it, so that fewer spans are needed.
        name = pieces[-1][0] if is_space and pieces else _find_class(kind)
        pieces.append((name, text))
    return pieces


def _find_class(kind: Any) -> str:
    path = str(kind).removeprefix("Token.")
    return next((name for prefix, name in _CLASSES if path.startswith(prefix)), "")
