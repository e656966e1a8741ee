from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import InvalidValueError
from subscribers.profile import (
    RESERVED_FIELDS,
    parse_field_name,
    parse_field_value,
    parse_language,
    parse_name,
    parse_tag,
    parse_timezone,
)

PARSERS = [parse_name, parse_tag, parse_language, parse_field_value]


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.text() | st.text(st.sampled_from("aİßÅ\u0301 \t\n\r-_,;ko"), max_size=12))
def test_parsing_twice_is_parsing_once(parse: Callable[[str], str], text: str) -> None:
    """What was exported must come back unchanged."""
    try:
        first = parse(text)
    except InvalidValueError:
        return

    assert parse(first) == first
    assert first.encode().decode() == first
    assert "\0" not in first


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("text", ["a\0b", "a\x1b[31mb", "a\x7fb", "a\ud800b", "a\x85b"])
def test_control_characters_are_refused(parse: Callable[[str], str], text: str) -> None:
    """They play tricks on terminals and headers, and PostgreSQL keeps no NUL."""
    with pytest.raises(InvalidValueError) as caught:
        parse(text)

    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Kim \t Minji ", "Kim Minji"),
        ("Kim\r\nMinji", "Kim Minji"),
        ("Rene\u0301", "René"),
        ("김민지", "김민지"),
        ("", ""),
    ],
)
def test_a_name_is_one_line(text: str, name: str) -> None:
    """It stands in greetings and headers."""
    assert parse_name(text) == name


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ko", "ko"),
        ("KO_kr", "ko-KR"),
        ("en-gb", "en-GB"),
        ("zh-hant-TW", "zh-Hant-TW"),
        ("sl-ROZAJ", "sl-rozaj"),
        ("  ", ""),
    ],
)
def test_a_language_is_spelled_by_the_standard(text: str, language: str) -> None:
    """Spreadsheets and systems write it as they like."""
    assert parse_language(text) == language


@pytest.mark.parametrize("text", ["Korean", "한국어", "k", "ko-", "ko-K!", f"ko{'-abcdefgh' * 5}"])
def test_a_word_for_a_language_is_refused(text: str) -> None:
    """Guessing would greet people in the wrong language."""
    with pytest.raises(InvalidValueError, match="BCP 47"):
        parse_language(text)


def test_two_spellings_are_one_tag() -> None:
    """Else half of the audience of a tag would be missing."""
    assert parse_tag(" Weekly  Digest ") == parse_tag("weekly digest") == "weekly digest"


@pytest.mark.parametrize("text", ["", "  ", "a,b", "a;b", "x" * 65])
def test_what_cannot_stand_in_a_list_of_tags_is_refused(text: str) -> None:
    """Commas and semicolons separate tags in files."""
    with pytest.raises(InvalidValueError):
        parse_tag(text)


def test_a_field_keeps_its_lines() -> None:
    """A postal address has several."""
    assert parse_field_value(" 1 Main St\r\nSeoul\r") == "1 Main St\nSeoul"


@pytest.mark.parametrize(
    ("parse", "limit"), [(parse_name, 200), (parse_tag, 64), (parse_field_value, 2000)]
)
def test_values_have_a_longest_length(parse: Callable[[str], str], limit: int) -> None:
    """A megabyte of name would be in every message."""
    with pytest.raises(InvalidValueError, match="longer"):
        parse("x" * (limit + 1))

    assert parse("x" * limit) == "x" * limit


@pytest.mark.parametrize("name", ["city", "a1", "first_name", "x" * 64])
def test_a_fields_name_can_stand_in_an_issue(name: str) -> None:
    """It is written as {{ subscriber.city }}."""
    assert parse_field_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "1a", "_a", "City", "a-b", "a b", "x" * 65, "도시", "a\n", *sorted(RESERVED_FIELDS)],
)
def test_other_names_of_fields_are_refused(name: str) -> None:
    """They would be no identifier, or hide what the store knows itself."""
    with pytest.raises(InvalidValueError):
        parse_field_name(name)


@pytest.mark.parametrize(
    ("text", "zone"),
    [("Asia/Seoul", "Asia/Seoul"), (" america/new_york ", "America/New_York"), ("", "")],
)
def test_a_time_zone_has_its_own_spelling(text: str, zone: str) -> None:
    """What was taken is taken again unchanged."""
    assert parse_timezone(text) == zone
    assert parse_timezone(zone) == zone


@pytest.mark.parametrize("text", ["Mars/Base", "+09:00", "../../etc/passwd", "localtime", "KST "])
def test_what_is_no_time_zone_is_refused_unnamed(text: str) -> None:
    """A guess would be hours off."""
    with pytest.raises(InvalidValueError, match="like Asia/Seoul") as refused:
        parse_timezone(text)

    assert text not in str(refused.value)
