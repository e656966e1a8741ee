"""Segments that are saved under names, and may name each other."""

from collections.abc import Collection, Mapping

from subscribers.errors import SegmentError
from subscribers.segments.grammar import MAX_DEPTH, MAX_TESTS, parse_segment
from subscribers.segments.keys import suggest
from subscribers.segments.tree import Either, Every, Not, Saved, Segment, measure


class SavedSegments:
    """Names with the text of a segment each; reads others in which they occur."""

    def __init__(self, texts: Mapping[str, str], *, outside: Collection[str] = ()) -> None:
        """Take texts by name; nothing is read yet.

        Args:
            texts: As somebody wrote them.
            outside: See `parse_segment`.
        """
        self._texts = texts
        self._outside = outside
        self._known: dict[str, Segment] = {}
        #: What is being read now, each in the one before it.
        self._open: list[str] = []

    def read(self, text: str) -> Segment:
        """Read a segment; in place of the names in it stands what is saved under them.

        Raises:
            SegmentError: It cannot be read, or names one that is not there or cannot be used.
        """
        segment = self._resolve(text, parse_segment(text, outside=self._outside))
        tests, depth = measure(segment)
        if tests > MAX_TESTS or depth > MAX_DEPTH:
            raise SegmentError(
                text,
                1,
                f"with the segments that it names it has {tests:,} tests, nested {depth} deep;"
                f" at most {MAX_TESTS} and {MAX_DEPTH} are taken",
            )
        return segment

    def get(self, name: str) -> Segment:
        """Get what is saved under a name.

        Raises:
            KeyError: Nothing is.
            SegmentError: It cannot be used.
        """
        if name not in self._known:
            text = self._texts[name]
            self._open.append(name)
            try:
                self._known[name] = self.read(text)
            finally:
                self._open.pop()
        return self._known[name]

    def explain_unknown(self, name: str) -> str:
        """Say that nothing is saved under a name, and which was probably meant."""
        hint = suggest(name, self._texts)
        if not hint and self._texts:
            hint = f"; there are {', '.join(sorted(self._texts))}"
        return f'there is no saved segment "{name}"{hint}'

    def _resolve(self, text: str, segment: Segment) -> Segment:
        match segment:
            case Every(parts):
                return Every(tuple(self._resolve(text, part) for part in parts))
            case Either(parts):
                return Either(tuple(self._resolve(text, part) for part in parts))
            case Not(part):
                return Not(self._resolve(text, part))
            case Saved(name, column):
                return self._take(text, name, column)
            case _:
                return segment

    def _take(self, text: str, name: str, column: int) -> Segment:
        if name not in self._texts:
            raise SegmentError(text, column, self.explain_unknown(name))
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            raise SegmentError(text, column, f"a segment cannot be part of itself: {circle}")
        try:
            return self.get(name)
        except SegmentError as error:
            raise SegmentError(text, column, f'in the segment "{name}", {error}') from None
