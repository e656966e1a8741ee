"""The issue's file for checks: where a key of the front matter stands, and the prose by lines."""

import re
from collections.abc import Iterator
from typing import Final

from newsletter.errors import UserError
from newsletter.issues.front_matter import split_source
from newsletter.issues.issue import Issue
from newsletter.issues.source import Place, decode_source, load_content
from newsletter.rendering.markdown import parse_markdown

_CODE_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_COMMENT: Final = re.compile(
    r"<!--.*?-->|\{::comment\}.*?\{:/(?:comment)?\}"
    r"|\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}",
    re.DOTALL,
)
#: What is left to do, as `newsletter new --from-site` writes it into a comment.
_TO_DO: Final = re.compile(r"<!--\s*TODO:.*?-->", re.DOTALL)
_CODE_BLOCKS: Final = frozenset({"fence", "code_block"})
NOWHERE: Final = Place(0, 0)


def find_key(issue: Issue, *names: str) -> Place:
    """Find where the first of some keys stands in the front matter, else the file's beginning.

    Returns:
        `NOWHERE` when the file is not, or no longer, what was loaded.
    """
    try:
        entries = split_source(decode_source(load_content(issue.path), issue.path)).entries
    except UserError:
        return NOWHERE
    by_name = {name.lower(): entry.place for name, entry in entries.items()}
    return next((by_name[name] for name in names if name in by_name), Place(1, 1))


def list_prose(issue: Issue) -> Iterator[tuple[int, str]]:
    """List the lines of an issue's text with their numbers in the file.

    Code and comments are blanked out, but for a comment that says TODO.
    """
    lines = issue.markdown.split("\n")
    for token in parse_markdown(issue.markdown):
        if token.type in _CODE_BLOCKS and token.map:
            lines[slice(*token.map)] = [""] * (token.map[1] - token.map[0])
    prose = _COMMENT.sub(_blank_comment, _CODE_SPAN.sub(_blank, "\n".join(lines)))
    return enumerate(prose.split("\n"), issue.markdown_line)


def _blank_comment(match: re.Match[str]) -> str:
    return f"    {match[0][4:-3]}   " if _TO_DO.fullmatch(match[0]) else _blank(match)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])
