"""The grammar of segments: text → tree, or an error that names the column.

    segment = both { "or" both }
    both    = each { "and" each }
    each    = "not" each | "(" segment ")" | test
    test    = key ( ":" | "=" | "<" | "<=" | ">" | ">=" ) value
    value   = word | "…" | '…'

``not`` binds closest, then ``and``, then ``or``. docs/reference/segments.md is for its users.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import Final, TypeVar

from subscribers.errors import InvalidAddressError, InvalidValueError, SegmentError
from subscribers.segments.keys import (
    ORDERED_KEYS,
    build_test,
    describe_keys,
    explain_unknown_key,
    is_known_key,
)
from subscribers.segments.tree import WORDS, Either, Every, Not, Order, Segment

#: What a person writes; what is saved under names does not count.
MAX_CHARACTERS = 2000
MAX_TESTS = 200
#: Of parentheses and ``not``.
MAX_DEPTH = 30

_SPACES: Final = re.compile(r"\s*")
_KEY: Final = re.compile(r"[^\W\d][\w.-]*")
_OPERATOR: Final = re.compile(r"<=|>=|!=|==|[:=<>]")
_WORD: Final = re.compile(r"[^\s()\"'][^\s()\"]*")
_QUOTED: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_ESCAPE: Final = re.compile(r"\\(.)")
#: Other spellings of ``:``.
_EQUALS: Final = {"=": ":", "==": ":"}
#: What other languages write between and before tests → what it is here.
_FOREIGN: Final = {"&": "and", ",": "and", "|": "or", "!": "not", "-": "not"}
#: Nothing that a person sees as a character: line breaks, controls, halves of surrogate pairs.
_INVISIBLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})

T = TypeVar("T", Every, Either)


def parse_segment(
    text: str, *, outside: Collection[str] = (), max_characters: int = MAX_CHARACTERS
) -> Segment:
    """Read a segment.

    Args:
        text: One line.
        outside: Keys that the store knows nothing of; they become `Outside`.
        max_characters: Longer text is refused.

    Raises:
        SegmentError: With the column, from 1, and what is expected there.
    """
    if len(text) > max_characters:
        raise SegmentError(text, max_characters + 1, f"longer than {max_characters:,} characters")
    for column, character in enumerate(text, start=1):
        if unicodedata.category(character) in _INVISIBLE:
            raise SegmentError(text, column, "a line break or control character; write one line")
    return _Parser(text, frozenset(outside)).parse()


class _Parser:
    """Reads from left to right; knows where it stands."""

    def __init__(self, text: str, outside: frozenset[str]) -> None:
        self._text = text
        self._outside = outside
        self._at = 0
        self._tests = 0
        self._skip_spaces()

    def parse(self) -> Segment:
        segment = self._read_either(0)
        if self._at == len(self._text):
            return segment
        if self._text[self._at] == ")":
            raise self._error("there is no ( for this )")
        found = self._peek()
        if word := _FOREIGN.get(found[0]):
            raise self._error(f'expected "and" or "or", not "{found}"; write "{word}"')
        raise self._error(f'expected "and" or "or" before "{found}"')

    def _read_either(self, depth: int) -> Segment:
        return self._read_chain("or", Either, lambda: self._read_both(depth))

    def _read_both(self, depth: int) -> Segment:
        return self._read_chain("and", Every, lambda: self._read_each(depth))

    def _read_chain(self, word: str, build: type[T], read: Callable[[], Segment]) -> Segment:
        parts = [read()]
        while self._take_word(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else build(tuple(parts))

    def _read_each(self, depth: int) -> Segment:
        opening = self._at
        is_negated = self._take_word("not")
        if (is_negated or self._take("(")) and depth == MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep", at=opening)
        if is_negated:
            return Not(self._read_each(depth + 1))
        if self._at == opening:
            return self._read_test()
        segment = self._read_either(depth + 1)
        if not self._take(")"):
            if self._at == len(self._text):
                raise self._error("this ( is not closed", at=opening)
            raise self._error(f'expected "and", "or" or ")" before "{self._peek()}"')
        return segment

    def _read_test(self) -> Segment:
        begin = self._at
        key = self._read_key()
        operator = self._read_operator(key)
        column = self._at + 1
        value = self._read_value(key)
        self._tests += 1
        if self._tests > MAX_TESTS:
            raise self._error(f"more than {MAX_TESTS} tests", at=begin)
        try:
            return build_test(key, operator, value, column=column, outside=self._outside)
        except (InvalidAddressError, InvalidValueError) as error:
            raise self._error(str(error), at=column - 1) from None

    def _read_key(self) -> str:
        found = _KEY.match(self._text, self._at)
        if found is None or found[0].lower() in WORDS:
            raise self._error(self._explain_no_test())
        key = found[0].lower()
        if not is_known_key(key, self._outside):
            raise self._error(explain_unknown_key(key, self._outside))
        self._move(found.end())
        return key

    def _read_operator(self, key: str) -> Order:
        found = _OPERATOR.match(self._text, self._at)
        if found is None:
            raise self._error(f'expected ":" and a value after "{key}"')
        operator = _EQUALS.get(found[0], found[0])
        if operator == "!=":
            raise self._error(f'write "not" before the test in place of "!=": not {key}:…')
        order = Order(operator)
        if order is not Order.EQUAL and key not in ORDERED_KEYS:
            raise self._error(f'"{key}" has no order: write ":" before the value')
        self._move(found.end())
        return order

    def _read_value(self, key: str) -> str:
        begin = self._at
        if quoted := _QUOTED.match(self._text, begin):
            self._move(quoted.end())
            return unicodedata.normalize("NFC", _ESCAPE.sub(r"\1", quoted[0][1:-1]))
        if self._text[begin : begin + 1] in {'"', "'"}:
            raise self._error("this quotation mark is not closed")
        word = _WORD.match(self._text, begin)
        if word is None:
            raise self._error(f'expected a value after "{key}"')
        if word[0].lower() in WORDS:
            raise self._error(f'expected a value; the word itself would be "{word[0]}" in quotes')
        self._move(word.end())
        return unicodedata.normalize("NFC", word[0])

    def _explain_no_test(self) -> str:
        """Say what is expected where a test should begin."""
        if self._at == len(self._text):
            return f"expected a test, such as {describe_keys(self._outside)}"
        found = self._peek()
        if word := _FOREIGN.get(found[0]):
            return f'expected a test, not "{found}"; write "{word}"'
        return f'expected a test, such as {describe_keys(self._outside)}, not "{found}"'

    def _take_word(self, word: str) -> bool:
        """Move behind a word that stands here by itself; tell whether it does."""
        found = _KEY.match(self._text, self._at)
        if found is None or found[0].lower() != word:
            return False
        self._move(found.end())
        return True

    def _take(self, character: str) -> bool:
        if not self._text.startswith(character, self._at):
            return False
        self._move(self._at + 1)
        return True

    def _peek(self) -> str:
        """Return the word that stands here, at most 20 characters."""
        found = _WORD.match(self._text, self._at)
        return (found[0] if found else self._text[self._at])[:20]

    def _move(self, at: int) -> None:
        self._at = at
        self._skip_spaces()

    def _skip_spaces(self) -> None:
        found = _SPACES.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _error(self, reason: str, *, at: int | None = None) -> SegmentError:
        return SegmentError(self._text, (self._at if at is None else at) + 1, reason)
