import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.reports.read_mail import Reading, read_mail
from newsletter.reports.report import BounceClass

CORPUS = Path(__file__).parents[1] / "corpus" / "bounces"
EXPECTED: dict[str, list[dict[str, str]]] = json.loads(
    (CORPUS / "expected.json").read_text(encoding="utf-8")
)
#: A lonely @ is none.
_ADDRESS = re.compile(r"\w@\w")
#: After every message of the corpus.
NOW_MS = 1_800_000_000_000
NOT_HARD = sorted(
    name for name, rows in EXPECTED.items() if all(row["class"] != "hard" for row in rows)
)


def read(raw: bytes) -> Reading:
    """Read a message as of a moment after all of them."""
    return read_mail(raw, now_ms=NOW_MS)


def load(name: str) -> bytes:
    """Load a message of the corpus."""
    return (CORPUS / f"{name}.eml").read_bytes()


def describe(reading: Reading) -> list[dict[str, str]]:
    """Describe a reading as the expectations do."""
    rows = [
        {
            "class": str(each.bounce_class or each.kind),
            "address": each.address,
            "status": each.status_code,
        }
        for each in reading.reports
    ]
    return rows or [{"class": str(reading.nature)}]


def is_hard(reading: Reading) -> bool:
    """Tell whether an address would be given up for it."""
    return any(each.bounce_class is BounceClass.HARD for each in reading.reports)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_message_is_what_it_is(name: str) -> None:
    """Who takes a full mailbox for a dead one loses a reader."""
    rows = describe(read(load(name)))

    assert [
        {key: row[key] for key in wanted} for row, wanted in zip(rows, EXPECTED[name], strict=True)
    ] == EXPECTED[name]


def test_every_message_has_an_expectation() -> None:
    """A file that no test looks at shows nothing."""
    assert {path.stem for path in CORPUS.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("name", NOT_HARD)
def test_no_message_becomes_hard_by_being_cut_off(name: str) -> None:
    """What would have followed may have said that it is not for good."""
    raw = load(name)
    step = max(1, len(raw) // 50)

    hard = [end for end in range(0, len(raw), step) if is_hard(read(raw[:end]))]

    assert hard == []


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_line_ends_change_nothing(name: str) -> None:
    """A message read from a maildir is taken for the same when it comes by IMAP."""
    raw = load(name).replace(b"\r\n", b"\n")

    assert read(raw) == read(raw.replace(b"\n", b"\r\n"))


@given(
    name=st.sampled_from(sorted(EXPECTED)),
    cuts=st.lists(
        st.tuples(st.floats(0, 1), st.binary(max_size=20), st.integers(0, 200)), max_size=5
    ),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_reading(name: str, cuts: list[tuple[float, bytes, int]]) -> None:
    """Whoever can write to the mailbox cannot stop its reading."""
    raw = load(name)
    for place, inserted, removed in cuts:
        at = int(place * len(raw))
        raw = raw[:at] + inserted + raw[at + removed :]

    reading = read(raw)

    assert all(len(each.source_id) <= 100 and len(each.words) <= 500 for each in reading.reports)
    assert all(not _ADDRESS.search(each.words) for each in reading.reports)


@given(st.binary(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_noise_gives_a_reading(raw: bytes) -> None:
    """Not only messages come to a mailbox."""
    assert read(b"From: mailer-daemon@example.org\nSubject: failure notice\n" + raw) is not None
