"""Footnotes: numbered by their first mention, gathered at the end, and none is lost.

A note that nothing refers to, or a second one of the same name, is listed after the others.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from newsletter.rendering.finding import Severity
from newsletter.rendering.syntax.tokens import Remark, note


def gather_footnotes(tokens: Sequence[Token], env: dict[str, Any]) -> list[Token]:
    """Take the notes out of where they were written and list them at the end.

    References get ``meta["number"]`` and ``meta["use"]``, counted from 1; notes get ``number`` and
    ``uses``, how often they are referred to.

    Args:
        tokens: As mdit-py-plugins' footnote rules made them, without its tail.
        env: The parser's environment.
    """
    known: dict[int, dict[str, Any]] = env.get("footnotes", {}).get("list", {})
    kept, definitions = _split_definitions(tokens)
    if not known and not definitions:
        return list(tokens)
    notes: list[list[Token]] = []
    for data in known.values():
        if "tokens" in data:
            notes.append(_build_paragraph(data["tokens"], data["content"]))
        else:
            found = next((each for each in definitions if each[0] == data["label"]), None)
            notes.append(found[1] if found else [])
            if found:
                definitions.remove(found)
    for label, blocks, opening in definitions:
        _remark_unused(label, opening)
        opening.type, opening.nesting = "comment", 0
        notes.append([opening, *blocks])
    uses = _number_references([*kept, *(token for blocks in notes for token in blocks)])
    return [*kept, *_build_list(notes, uses)]


def drop_unused_notes(tokens: Sequence[Token]) -> list[Token]:
    """Leave out notes whose references are gone, after the end of an issue was cut off."""
    start = next((at for at, token in enumerate(tokens) if token.type == "footnote_block_open"), -1)
    if start < 0:
        return list(tokens)
    used = {token.meta["number"] for token in _iter_references(tokens[:start])}
    kept: list[Token] = []
    is_used = True
    for token in tokens[start:]:
        if token.type == "footnote_open":
            is_used = token.meta["number"] in used
        if is_used or token.type == "footnote_block_close":
            kept.append(token)
    return [*tokens[:start], *(kept if used else [])]


_Definition = tuple[str, list[Token], Token]


def _split_definitions(tokens: Sequence[Token]) -> tuple[list[Token], list[_Definition]]:
    """Part the issue's text from the notes written in it; notes do not hold notes."""
    kept: list[Token] = []
    definitions: list[_Definition] = []
    stack: list[_Definition] = []
    for token in tokens:
        if token.type == "footnote_reference_open":
            stack.append((token.meta["label"], [], token))
            definitions.append(stack[-1])
        elif token.type == "footnote_reference_close":
            stack.pop()
        else:
            (stack[-1][1] if stack else kept).append(token)
    return kept, definitions


def _number_references(tokens: Sequence[Token]) -> dict[int, int]:
    """Number the references to each note; return how many there are, by the note's number."""
    uses: dict[int, int] = {}
    for token in _iter_references(tokens):
        number = token.meta["id"] + 1
        uses[number] = uses.get(number, 0) + 1
        token.meta |= {"number": number, "use": uses[number]}
    return uses


def _iter_references(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "footnote_ref":
            yield token
        yield from _iter_references(token.children or ())


def _build_list(notes: Sequence[list[Token]], uses: dict[int, int]) -> list[Token]:
    tokens = [Token("footnote_block_open", "div", 1)]
    for number, blocks in enumerate(notes, start=1):
        meta = {"number": number, "uses": uses.get(number, 0)}
        anchor = Token("footnote_anchor", "", 0, meta=meta)
        opening = Token("footnote_open", "li", 1, meta=meta)
        *before, last = blocks or [anchor]
        ends_in_words = last.type == "paragraph_close" and before and before[-1].children
        if ends_in_words:
            before[-1].children = [*(before[-1].children or ()), anchor]
        rest = [] if last is anchor or ends_in_words else [anchor]
        tokens += [opening, *before, last, *rest, Token("footnote_close", "li", -1)]
    return [*tokens, Token("footnote_block_close", "div", -1)]


def _build_paragraph(children: list[Token], content: str) -> list[Token]:
    inline = Token("inline", "", 0, content=content, children=children)
    return [Token("paragraph_open", "p", 1), inline, Token("paragraph_close", "p", -1)]


def _remark_unused(label: str, opening: Token) -> None:
    note(
        opening,
        Remark(
            "unused-footnote",
            Severity.WARNING,
            f"nothing refers to the footnote [^{label}]",
            f"write [^{label}] where it belongs, or remove the note; it is listed with the others",
        ),
    )
