"""From what an operator wrote, a saved segment's name or a rule, to a condition on people."""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.errors import NotFoundError
from newsletter.sending.ledger.history import list_slugs, select_by_history
from newsletter.settings import Settings
from newsletter.settings.segments import HISTORY_KEYS
from newsletter.settings.values import did_you_mean
from newsletter.usecases.installation import Installation
from subscribers.profile import parse_tag
from subscribers.segments.compile import Question, compile_segment
from subscribers.segments.grammar import MAX_TESTS, parse_segment
from subscribers.segments.keys import is_saved_name
from subscribers.segments.saved import SavedSegments
from subscribers.segments.tree import (
    EVERYONE,
    Every,
    Is,
    Outside,
    Segment,
    iter_tests,
    write_segment,
)

#: Of a segment that the ledger keeps, all saved ones written out in it: each test has a value.
_MAX_KEPT_CHARACTERS = MAX_TESTS * 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenSegment:
    """Whom somebody chose."""

    #: Under which it is saved; empty for one that was written out.
    name: str = ""
    #: Without names of others in it.
    segment: Segment = EVERYONE

    @property
    def text(self) -> str:
        """Its one spelling; empty for everyone."""
        return write_segment(self.segment)


FOR_EVERYONE = ChosenSegment()


def choose_segment(installation: Installation, text: str = "", *, tag: str = "") -> ChosenSegment:
    """Find whom an operator means.

    Args:
        installation: Whose saved segments, and whose issues.
        text: A saved segment's name, or a rule; empty for everyone.
        tag: Only people with this tag among them; empty for all.

    Raises:
        SegmentError: It is neither.
        InvalidValueError: The tag is none.
        NotFoundError: It asks for an issue that the ledger does not know, or by a name alone for a
            segment that is not saved.
    """
    chosen = read_segment(installation.settings, text)
    if tag:
        tagged = Is("tag", parse_tag(tag))
        both = tagged if chosen.segment == EVERYONE else Every((tagged, chosen.segment))
        chosen = ChosenSegment(segment=both)
    _refuse_unknown_issues(installation, chosen.segment)
    return chosen


def read_segment(settings: Settings, text: str) -> ChosenSegment:
    """Read a saved segment's name, or a rule; what it asks of issues is not looked at.

    Raises:
        SegmentError, NotFoundError: See `choose_segment`.
    """
    name = text.strip()
    saved = SavedSegments(settings.segments, outside=HISTORY_KEYS)
    if not name:
        return FOR_EVERYONE
    if name in settings.segments:
        return ChosenSegment(name=name, segment=saved.get(name))
    if is_saved_name(name):
        raise NotFoundError(
            f"{saved.explain_unknown(name)}. A rule has tests in it, such as tag:{name}."
        )
    return ChosenSegment(segment=saved.read(text))


def restore_segment(text: str) -> Segment:
    """Take back a segment that the ledger keeps; empty for everyone.

    Raises:
        SegmentError: This release cannot read it.
    """
    if not text:
        return EVERYONE
    return parse_segment(text, outside=HISTORY_KEYS, max_characters=_MAX_KEPT_CHARACTERS)


def build_condition(
    settings: Settings, segment: Segment, *, now_ms: int
) -> sa.ColumnElement[bool] | None:
    """Make the condition that a person is in a segment, as of a moment; None for everyone.

    Args:
        settings: Tell on whose clock its times stand.
        segment: Without names of others in it.
        now_ms: What ``-30d`` is counted from; milliseconds since 1970, UTC.
    """
    if segment == EVERYONE:
        return None
    question = Question(
        now_ms=now_ms,
        zone=settings.newsletter.timezone,
        select_outside=lambda test: select_by_history(test.key, test.value),
    )
    return compile_segment(segment, question)


def find_condition(installation: Installation, text: str) -> sa.ColumnElement[bool] | None:
    """Find the condition, as of now, that a person is in a segment; None for everyone.

    Raises:
        SegmentError, NotFoundError: See `choose_segment`.
    """
    chosen = choose_segment(installation, text)
    return build_condition(installation.settings, chosen.segment, now_ms=installation.now_ms())


def _refuse_unknown_issues(installation: Installation, segment: Segment) -> None:
    """Refuse an issue that nobody got: `not received:` a misspelt one would be everyone."""
    asked = [test for test in iter_tests(segment) if isinstance(test, Outside)]
    if not asked:
        return
    with installation.database.read() as connection:
        known = list_slugs(connection)
    for test in asked:
        if test.value not in known:
            hint = did_you_mean(test.value, known)
            raise NotFoundError(
                f"{test.key}:{test.value}: no issue of that name was sent or begun{hint}."
                " `newsletter status` lists them."
            )
