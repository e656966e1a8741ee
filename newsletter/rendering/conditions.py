"""Parts of an issue that only some recipients get, compiled into variants.

An issue with conditions is rendered once for each combination of answers that recipients can give,
so that each of them still costs no more than a splice. The conditions of an issue are few
(`MAX_CONDITIONS`); what goes beyond is shown as text and reported, never guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final, TypeAlias

from markdown_it.token import Token

from newsletter.rendering.edition import Condition
from newsletter.rendering.finding import Severity
from newsletter.rendering.syntax.condition_lines import match_condition_line
from newsletter.rendering.syntax.tokens import Remark, build_text, note

#: Different conditions in one issue: 16 variants at most, each rendered in some 80 ms.
MAX_CONDITIONS: Final = 4

#: Line of the text, counted from 0 → what it says.
_Lines: TypeAlias = Mapping[int, "_Line"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    #: ``if``, ``elif``, ``else`` or ``endif``.
    word: str
    condition: Condition | None = None
    is_negated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionalText:
    """An issue's text with conditions in it."""

    conditions: tuple[Condition, ...]
    _text: str
    _lines: _Lines

    def list_texts(self) -> dict[str, list[tuple[bool, ...]]]:
        """List the different texts, each with the answers it is for; first, for nobody's tags.

        Lines that are left out become empty, so that all others keep their numbers.
        """
        texts: dict[str, list[tuple[bool, ...]]] = {}
        for answers in product((False, True), repeat=len(self.conditions)):
            if _is_possible(self.conditions, answers):
                texts.setdefault(self._choose(answers), []).append(answers)
        return texts

    def _choose(self, answers: Sequence[bool]) -> str:
        known = dict(zip(self.conditions, answers, strict=True))
        kept: list[str] = []
        #: For each open condition: whether its present branch is read, whether one was before.
        branches: list[tuple[bool, bool]] = []
        for number, text in enumerate(self._text.split("\n")):
            line = self._lines.get(number)
            if line is None:
                kept.append(text if all(is_read for is_read, _ in branches) else "")
                continue
            kept.append("<!-- -->")  # ends a paragraph or a list as the line itself did
            if line.word == "if":
                branches.append((False, False))
            was_read = branches[-1][0] or branches[-1][1]
            holds = line.condition is None or known[line.condition] is not line.is_negated
            branches[-1] = (holds and not was_read, was_read)
            if line.word == "endif":
                branches.pop()
        return "\n".join(kept)


def read_conditions(markdown: str, tokens: Sequence[Token]) -> ConditionalText:
    """Find the conditions of an issue.

    Args:
        markdown: The text the tokens were made from.
        tokens: With marks of the type ``condition`` where a line of the grammar stands; those that
            belong to nothing stay, for `show_conditions`.
    """
    lines: dict[int, _Line] = {}
    known: dict[Condition, None] = {}
    for group in _iter_groups(tokens):
        asked = [line.condition for line in group.values() if line.condition]
        if len(known | dict.fromkeys(asked)) <= MAX_CONDITIONS:
            known |= dict.fromkeys(asked)
            lines |= group
    text = markdown.replace("\r\n", "\n").replace("\r", "\n")
    return ConditionalText(conditions=tuple(known), _text=text, _lines=lines)


def show_conditions(tokens: Sequence[Token]) -> list[Token]:
    """Show what is left of conditions as text: ends without a beginning, one too many."""
    shown: list[Token] = []
    for token in tokens:
        if token.type != "condition":
            shown.append(token)
            continue
        paragraph = Token("paragraph_open", "p", 1, map=token.map)
        note(paragraph, _REMARK)
        inline = Token("inline", "", 0, content=token.content.strip(), map=token.map)
        inline.children = [build_text(inline.content)]
        shown += [paragraph, inline, Token("paragraph_close", "p", -1)]
    return shown


def _iter_groups(tokens: Sequence[Token]) -> Iterator[dict[int, _Line]]:
    """Walk over conditions with all their branches, by where they end."""
    stack: list[dict[int, _Line]] = []
    for token in tokens:
        match = match_condition_line(token.content) if token.type == "condition" else None
        if match is None or token.map is None:
            continue
        line = _read_line(match.groupdict())
        if line.word == "if":
            stack.append({})
        if stack:
            stack[-1][token.map[0]] = line
        if stack and line.word == "endif":
            yield stack.pop()


def _read_line(found: Mapping[str, str | None]) -> _Line:
    if found["end"]:
        return _Line(word=found["end"])
    tag = (found["tag"] or "").strip().lower()  # as the store keeps tags
    condition = Condition(field=found["field"] or "", value=tag or found["value"] or "")
    is_negated = bool(found["not"]) != (found["sign"] == "!=")
    return _Line(word=found["word"] or "", condition=condition, is_negated=is_negated)


def _is_possible(conditions: Sequence[Condition], answers: Sequence[bool]) -> bool:
    """Tell whether someone can give these answers: a field has one value."""
    true = [each for each, holds in zip(conditions, answers, strict=True) if holds and each.field]
    return all(one.field != other.field for one, other in combinations(true, 2))


_REMARK: Final = Remark(
    "condition",
    Severity.ERROR,
    "this condition is shown as text: it has no beginning, has no end,"
    f" or is one of more than {MAX_CONDITIONS} different ones",
    "Write {% if … %} and {% endif %} on lines of their own, outside of lists and quotations,"
    f" and ask for {MAX_CONDITIONS} different things at most.",
)
