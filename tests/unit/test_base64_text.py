import base64
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.edition import Field, OpenText
from newsletter.sending.message.base64_text import Base64Text

NAME: Final = Field("subscriber.name")
CITY: Final = Field("subscriber.city")
VALUE: Final = st.text(alphabet=st.sampled_from(list("a\né한😀")), max_size=60)


def fill_holes(open_text: OpenText, values: dict[Field, str]) -> str:
    """Put the values in place of the fields."""
    return "".join(values[part] if isinstance(part, Field) else part for part in open_text)


@pytest.mark.parametrize(
    "open_text",
    [
        (NAME,),
        (NAME, CITY, NAME),
        ("a", NAME, "b", CITY, "c"),
        ("", NAME, "ab", CITY, CITY, "한"),
        ("한국어 소식\n" * 20, NAME, "한국어 소식\n" * 20, CITY, "\n"),
    ],
)
@given(name=VALUE, city=VALUE)
def test_values_of_any_length_decode_in_their_places(
    open_text: OpenText, name: str, city: str
) -> None:
    """A value shifts what follows by 0 to 2 octets; every shift and short text has to fit."""
    values = {NAME: name, CITY: city}
    part = Base64Text(open_text)

    body = b"".join(part.fill([values[field] for field in part.fields]))

    expected = fill_holes(open_text, values).replace("\n", "\r\n").encode()
    assert base64.b64decode(body.replace(b"\r\n", b""), validate=True) == expected


@given(name=st.text(max_size=300))
def test_every_line_is_a_run_of_whole_groups(name: str) -> None:
    """Decoders that read line by line want no group cut, and 76 letters at most."""
    part = Base64Text(("한국어 소식\n" * 9, NAME, "b"))

    body = b"".join(part.fill([name]))

    lines = body.removesuffix(b"\r\n").split(b"\r\n")
    assert [line for line in lines if len(line) > 76 or len(line) % 4 or not line] == []


def test_static_text_is_encoded_in_full_lines() -> None:
    """57 octets make a line of 76 letters (RFC 2045 section 6.8)."""
    part = Base64Text(("x" * 120,))

    body = b"".join(part.fill([]))

    assert [len(line) for line in body.split(b"\r\n")] == [76, 76, 8, 0]


def test_a_lone_surrogate_is_refused() -> None:
    """It has no encoding, and a reader must not get something else in its place."""
    part = Base64Text(("a", NAME))

    with pytest.raises(UnicodeEncodeError):
        part.fill(["\ud800"])
