"""The grammar of segments: what is read, what is refused and where, and how it is written back."""

import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers.errors import SegmentError
from subscribers.segments.grammar import MAX_CHARACTERS, MAX_DEPTH, MAX_TESTS, parse_segment
from subscribers.segments.moment import Moment
from subscribers.segments.saved import SavedSegments
from subscribers.segments.tree import (
    Either,
    Every,
    Has,
    Is,
    Not,
    Outside,
    Segment,
    measure,
    write_segment,
)
from tests.segments import segments

SEOUL = ZoneInfo("Asia/Seoul")
OUTSIDE = ("received",)
A, B, C = Is("tag", "a"), Is("tag", "b"), Is("tag", "c")
#: Pieces that come close to a segment.
PIECES = st.sampled_from(
    ["tag:a", "not", "and", "or", "(", ")", ":", '"', "'", "\\", " ", "confirmed_at>", "-30d", "김",
     "2026-01", "field.x=", "has:", "segment:x", "!=", "&&", "\n", "\ud800", "\x00", "received:x"]
)  # fmt: skip


def refuse(text: str) -> str:
    """Return what is said of a text that is no segment."""
    with pytest.raises(SegmentError) as caught:
        parse_segment(text, outside=OUTSIDE)
    return str(caught.value)


def find_mistake(text: str) -> int:
    """Return the column of the mistake in a text; 0 for a segment, which is read back."""
    try:
        segment = parse_segment(text, outside=OUTSIDE)
    except SegmentError as error:
        return error.column or -1
    return 0 if parse_segment(write_segment(segment), outside=OUTSIDE) == segment else -1


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("tag:a", A),
        ("TAG:A", A),
        ("tag = 'a'", A),
        ("tag:a or tag:b and tag:c", Either((A, Every((B, C))))),
        ("(tag:a or tag:b) and tag:c", Every((Either((A, B)), C))),
        ("not tag:a and tag:b", Every((Not(A), B))),
        ("not (tag:a AND tag:b)", Not(Every((A, B)))),
        ("language:ko_kr", Is("language", "ko-KR")),
        ("timezone:asia/seoul", Is("timezone", "Asia/Seoul")),
        ("domain:XN--MNCHEN-3YA.de", Is("domain", "münchen.de")),
        (r'name:"Kim \"K\" \\"', Is("name", r'Kim "K" \ '.strip())),
        ("name:O'Brien", Is("name", "O'Brien")),
        ("field.company:a:b", Is("field.company", "a:b")),
        ("has:language", Has("language")),
        ("missing:field.phone", Not(Has("field.phone"))),
        ("received:issue-30", Outside("received", "issue-30")),
    ],
)
def test_a_segment_is_read_as_it_is_meant(text: str, segment: Segment) -> None:
    """`not` binds closest, then `and`, then `or`; values are spelled as the store keeps them."""
    assert parse_segment(text, outside=OUTSIDE) == segment


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column 1: expected a test, such as tag:ai"),
        ("tag:a and langauge:ko", 'column 11: there is no key "langauge" (did you mean language?)'),
        ("tag", 'column 4: expected ":" and a value after "tag"'),
        ("tag:", 'column 5: expected a value after "tag"'),
        ("tag:and", "column 5: expected a value; the word itself"),
        ("tag:a tag:b", 'column 7: expected "and" or "or" before "tag:b"'),
        ("tag:a && tag:b", 'column 7: expected "and" or "or", not "&&"; write "and"'),
        ("!tag:a", 'column 1: expected a test, not "!tag:a"; write "not"'),
        ("tag!=a", 'column 4: write "not" before the test'),
        ("tag>a", 'column 4: "tag" has no order'),
        ("(tag:a or tag:b", "column 1: this ( is not closed"),
        ("(tag:a tag:b)", 'column 8: expected "and", "or" or ")" before "tag:b"'),
        ("tag:a)", "column 6: there is no ( for this )"),
        ('name:"Kim', "column 6: this quotation mark is not closed"),
        ('language:""', "column 10: the value is empty: whoever has none is found by missing:"),
        ("state:erased", 'column 7: there is no state "erased"'),
        ("domain:a@b", "column 8: expected the part of addresses after the @-sign"),
        ("has:nam", 'column 5: there is no "nam" to have or miss (did you mean name?)'),
        ("confirmed_at>yesterday", "column 14: expected a time such as 2026-01"),
        ("confirmed_at>2026-02-30", "column 14: there is no such day or time"),
        ("confirmed_at>1066-10-14", "column 14: expected a year from 1970"),
        ("confirmed_at:-30d", "column 14: -30d is a moment, which nobody hits"),
        ("field.Größe:1", "column 13: a field's name has up to 64 small letters"),
        ("tag:a\ntag:b", "column 6: a line break or control character"),
        ("(" * (MAX_DEPTH + 1) + "tag:a", f"column {MAX_DEPTH + 1}: nested more than"),
        (" or ".join(["tag:a"] * (MAX_TESTS + 1)), f"column {9 * MAX_TESTS + 1}: more than"),
        ("x" * (MAX_CHARACTERS + 1), f"column {MAX_CHARACTERS + 1}: longer than"),
    ],
)
def test_a_mistake_is_told_with_its_column(text: str, words: str) -> None:
    """And with what is expected there, so that it can be mended without the manual."""
    assert words in refuse(text)


@given(text=st.text(max_size=60) | st.lists(PIECES, max_size=12).map("".join))
@example("İ:x")
@example("tag:ͅa")
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    """One column past its end is where something is missing."""
    assert 0 <= find_mistake(text) <= len(text) + 1


@given(segment=segments())
def test_what_is_written_is_read_back_as_the_same(segment: Segment) -> None:
    """The ledger keeps the text, and a resumed send uses the rule of its plan."""
    text = write_segment(segment)

    assert parse_segment(text, outside=OUTSIDE) == segment
    assert unicodedata.is_normalized("NFC", text)
    assert measure(segment)[1] <= MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-01", "2026-01-01T00:00+09:00", "2026-02-01T00:00+09:00"),
        ("2025-12", "2025-12-01T00:00+09:00", "2026-01-01T00:00+09:00"),
        ("2026-01-31", "2026-01-31T00:00+09:00", "2026-02-01T00:00+09:00"),
        ("2026-01-31T08:00", "2026-01-31T08:00+09:00", "2026-01-31T08:01+09:00"),
        ("2026-01-31t08:00:30z", "2026-01-31T08:00:30+00:00", "2026-01-31T08:00:31+00:00"),
        ("2026-01-31T08:00-02:30", "2026-01-31T08:00-02:30", "2026-01-31T08:01-02:30"),
        ("-1d", "2026-01-30T00:00+00:00", "2026-01-30T00:00+00:00"),
        ("-2W", "2026-01-17T00:00+00:00", "2026-01-17T00:00+00:00"),
    ],
)
def test_a_time_lasts_as_long_as_its_last_part(text: str, begin: str, end: str) -> None:
    """Without an offset it stands on the newsletter's clock."""
    now_ms = round(datetime(2026, 1, 31, tzinfo=UTC).timestamp() * 1000)

    stretch = Moment.parse(text).find_stretch(SEOUL, now_ms=now_ms)

    expected = [datetime.fromisoformat(each).timestamp() * 1000 for each in (begin, end)]
    assert list(stretch) == expected


def test_a_day_of_23_hours_is_one_day() -> None:
    """Clocks in Berlin went forward on 29 March 2026."""
    stretch = Moment.parse("2026-03-29").find_stretch(ZoneInfo("Europe/Berlin"), now_ms=0)

    assert stretch.ends_ms - stretch.begins_ms == 23 * 3_600_000


def test_a_saved_segment_stands_for_what_it_is() -> None:
    """Also through others, and with the parentheses that it needs."""
    saved = SavedSegments({"ab": "tag:a or tag:b", "abc": "segment:ab and tag:c"})

    segment = saved.read("not segment:abc")

    assert write_segment(segment) == "not ((tag:a or tag:b) and tag:c)"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tag:a and segment:bc", 'column 19: there is no saved segment "bc" (did you mean abc?)'),
        ("segment:one", 'column 9: in the segment "one", column 13: in the segment "two", column'),
        ("segment:self", "a segment cannot be part of itself: self → self"),
        ("segment:broken", 'column 9: in the segment "broken", column 5: expected a value'),
        ("segment:many and segment:many", "column 1: with the segments that it names it has 300"),
    ],
)
def test_a_saved_segment_that_cannot_stand_there_is_refused(text: str, words: str) -> None:
    """A circle would never end, and doubling ten times would make a thousand of one."""
    many = " or ".join(["has:tag"] * 150)
    saved = SavedSegments(
        {
            "abc": "tag:a",
            "one": "not segment:two",
            "two": "segment:one",
            "self": "segment:self",
            "broken": "tag:",
            "many": many,
        }
    )

    with pytest.raises(SegmentError) as caught:
        saved.read(text)

    assert words in str(caught.value)
