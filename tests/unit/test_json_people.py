import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.address import EmailAddress
from subscribers.errors import ImportFileError
from subscribers.exchange import json_file
from subscribers.exchange.json_people import read_json_people
from subscribers.exchange.people import Person, Unreadable
from subscribers.profile import Profile
from subscribers.subscription import State
from subscribers.suppression import SuppressionReason

#: 2026-01-31T08:00:00Z
NOON = 1_769_846_400_000
KIM = {
    "address": "kim@Example.org",
    "state": "unsubscribed",
    "suppression": "manual",
    "name": "김민지",
    "language": "ko",
    "timezone": "Asia/Seoul",
    "tags": ["ai", "News"],
    "fields": {"phone": "+49 30 1", "empty": ""},
    "created_at": "2026-01-31T08:00:00.000+00:00",
    "confirmed_at": None,
    "paused_until": None,
    "consents": [{"event": "imported"}],
    "deliveries": [],
}
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KIM]) | st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)


def read(text: str | bytes, *, is_lines: bool = False) -> list[Person | Unreadable]:
    """Read a file of people."""
    raw = text.encode() if isinstance(text, str) else text
    return list(read_json_people(io.BytesIO(raw), is_lines=is_lines))


def test_everything_that_is_told_of_a_person_is_taken() -> None:
    """What an export wrote is complete; its story is for whoever reads it."""
    [kim] = read(json.dumps([KIM]))

    assert kim == Person(
        line=1,
        address=EmailAddress.parse("kim@example.org"),
        profile=Profile(
            name="김민지",
            language="ko",
            timezone="Asia/Seoul",
            tags=frozenset({"ai", "news"}),
            fields={"phone": "+49 30 1"},
        ),
        state=State.UNSUBSCRIBED,
        suppressed=SuppressionReason.MANUAL,
        created_at_ms=NOON,
    )


@pytest.mark.parametrize(
    "text",
    [
        '[{"email": "a@example.org"},\n\n {"email": "b@example.org"}]',
        '{"n": {"a": [1]},"subscribers":[{"email":"a@example.org"},{"email":"b@example.org"}]}',
        '\ufeff [\n{"address": "a@example.org"}\n,\n{"address": "b@example.org"}\n]\n',
    ],
)
def test_a_list_is_found_however_it_is_written(text: str) -> None:
    """Other programs lay a document out in their own way."""
    assert [row.address.text for row in read(text) if isinstance(row, Person)] == [
        "a@example.org",
        "b@example.org",
    ]


def test_a_line_that_is_no_json_hides_no_other() -> None:
    """In JSON Lines each line stands for itself."""
    rows = read(
        '{"email":"a@example.org"}\n{"email\n\n"text"\n{"email":"b@example.org"}', is_lines=True
    )

    assert [row.line for row in rows] == [1, 2, 4, 5]
    assert rows[1:3] == [
        Unreadable(2, "no JSON: Invalid control character at at column 8"),
        Unreadable(4, "not an object with the keys of a person"),
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"name": "Kim"}, "email: there is no address"),
        ({"address": "kim"}, "address: An email address must have an @-sign."),
        ({"address": 5}, "address: not a text"),
        ({"address": "a@example.org", "tags": "ai"}, "tags: not a list of texts"),
        ({"address": "a@example.org", "fields": {"a": 1}}, "fields: not a text"),
        ({"address": "a@example.org", "state": "erased"}, "state: not one of pending, confirmed,"),
        ({"address": "a@example.org", "city": "Seoul"}, "key 2: not one that a person has"),
    ],
)
def test_what_is_wrong_with_a_person_is_told_with_its_key(value: object, reason: str) -> None:
    """And without repeating any value, since reports of imports travel."""
    [row] = read(json.dumps([value]))

    assert isinstance(row, Unreadable)
    assert row.reason.startswith(reason)


@pytest.mark.parametrize("is_lines", [False, True])
def test_a_key_that_stands_twice_is_refused(*, is_lines: bool) -> None:
    """Of two states the one that says no would be lost."""
    kim = '{"email": "a@example.org", "state": "unsubscribed", "state": "confirmed"}'

    assert read(kim if is_lines else f"[{kim}]", is_lines=is_lines) == [
        Unreadable(1, "a key stands in it twice, and nothing is guessed")
    ]


@pytest.mark.parametrize("is_lines", [False, True])
def test_a_number_of_any_length_is_no_text(*, is_lines: bool) -> None:
    """One of more than 4,300 digits is refused like any other."""
    kim = '{"email": "a@example.org", "name": ' + "1" * 5000 + "}"

    assert read(kim if is_lines else f"[{kim}]", is_lines=is_lines) == [
        Unreadable(1, "name: not a text")
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"email": "a@example.org"},\n {"email": oops}]', "line 2, column 12: Expecting value"),
        ('[{"email": "a@example.org"}\n {"email": "b"}]', "line 2, column 2: ',' is expected here"),
        ('{"people": []}', "there is no list of people: they are expected under 'subscribers'"),
        ('"text"', "line 1, column 1: '{' is expected here"),
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("{}", "there is no list of people: they are expected under 'subscribers'"),
        ('{"people": []', "line 1, column 14: '}' is expected here"),
        ('[{"email": "a"}]\n[{"email": "b"}]', "line 2, column 1: the list has ended before this"),
        ('{"subscribers": []', "line 1, column 19: '}' is expected here"),
        ('{"subscribers": []}}', "line 1, column 20: the list has ended before this"),
        (
            '{"subscribers": [], "subscribers": [{}]}',
            "line 1, column 21: 'subscribers' stands here a second time",
        ),
        ("[" * 100_000, "line 1, column 2: nested too deeply"),
        (b'[{"email": "\xff"}]', "behind line 1: this is not UTF-8 text"),
    ],
)
def test_a_document_that_breaks_off_says_where(text: str | bytes, reason: str) -> None:
    """Nobody finds a missing comma among a million lines by himself."""
    with pytest.raises(ImportFileError) as raised:
        read(text)

    assert str(raised.value).startswith(reason)


def test_a_value_may_lie_across_what_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory holds one person, wherever the pieces of the file end."""
    monkeypatch.setattr(json_file, "_READ_BYTES", 1)
    text = json.dumps({"n": 12, "subscribers": [KIM, {"email": "b@example.org"}]}, indent=1)

    assert [type(row) for row in read(text)] == [Person, Person]


@given(values)
def test_no_value_breaks_the_reader(value: object) -> None:
    """Files come from anywhere."""
    for row in read(json.dumps([value])):
        assert isinstance(row, Person | Unreadable)


@given(st.text() | st.text(st.sampled_from('[]{},:" 1ntrue\\u\n')))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is read, or the place is named where it cannot be."""
    raw = text.encode("utf-8", "surrogatepass")

    with suppress(ImportFileError):
        read(raw)
    with suppress(ImportFileError):
        read(raw, is_lines=True)
