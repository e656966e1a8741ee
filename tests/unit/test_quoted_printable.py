import quopri
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.rendering.edition import Field, OpenText
from newsletter.sending.message.quoted_printable import (
    QuotedPrintableText,
    encode_quoted_printable,
    encode_value,
)

NAME: Final = Field("subscriber.name")
CITY: Final = Field("subscriber.city")

#: Text that is full of what breaks lines, starts them badly, or has to be escaped.
AWKWARD: Final = st.text(alphabet=st.sampled_from(list(".=F \t\nrom\0é한😀-_a")), max_size=400)
ANY: Final = st.one_of(AWKWARD, st.text(max_size=200))


def wire_lines(encoded: bytes) -> list[bytes]:
    """Cut at CRLF."""
    return encoded.split(b"\r\n")


def fill_holes(open_text: OpenText, values: dict[Field, str]) -> str:
    """Put the values in place of the fields."""
    return "".join(values[part] if isinstance(part, Field) else part for part in open_text)


def is_safe_line(line: bytes) -> bool:
    """Tell whether a server, an mbox writer and a relay that trims blanks leave a line alone."""
    return (
        len(line) <= 76
        and not line.startswith((b".", b"From "))
        and b"\r" not in line
        and b"\n" not in line
        and line.isascii()
        and not line.endswith((b" ", b"\t"))
    )


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("a=b", b"a=3Db"),
        ("é", b"=C3=A9"),
        ("one\ntwo\n", b"one\r\ntwo\r\n"),
        ("blank \nand tab\t\n", b"blank=20\r\nand tab=09\r\n"),
        (".dot\n..\n", b"=2Edot\r\n=2E.\r\n"),
        ("From me\nFrom\nFriend\n", b"=46rom me\r\nFrom\r\nFriend\r\n"),
        ("\r\0", b"=0D=00"),
        ("x" * 76, b"x" * 75 + b"=\r\nx"),
        ("x" * 74 + "é", b"x" * 74 + b"=\r\n=C3=A9"),
        ("x" * 73 + "é", b"x" * 73 + b"=\r\n=C3=A9"),
        ("x" * 72 + "é", b"x" * 72 + b"=C3=\r\n=A9"),
        ("x" * 75 + ".y", b"x" * 75 + b"=\r\n=2Ey"),
        ("x" * 75 + "From y", b"x" * 75 + b"=\r\n=46rom y"),
        ("", b""),
    ],
)
def test_text_is_encoded_as_the_standard_says(text: str, encoded: bytes) -> None:
    """Each row is a rule of RFC 2045 section 6.7 or a promise of the module."""
    assert encode_quoted_printable(text) == encoded


@given(ANY.filter(lambda text: "\r" not in text))
@example("." * 200)
@example("From " * 40)
@example("=" * 100)
def test_any_text_decodes_to_itself(text: str) -> None:
    """A reader sees what the author wrote, by a decoder that is not ours."""
    decoded = quopri.decodestring(encode_quoted_printable(text))

    assert decoded == text.replace("\n", "\r\n").encode()


@given(ANY)
@example("." * 200)
@example("x" * 75 + ". ")
def test_every_line_is_safe_on_the_wire(text: str) -> None:
    """No pass over the message is needed for dots, line ends or lengths."""
    unsafe = [line for line in wire_lines(encode_quoted_printable(text)) if not is_safe_line(line)]

    assert unsafe == []


@given(ANY.filter(lambda text: "\r" not in text))
@example("From ")
@example(".")
@example("two\nlines")
@example("x" * 76)
def test_a_value_is_encoded_alike_on_the_quick_way(value: str) -> None:
    """The quick way for short values is a matter of time, not of meaning."""
    quick, whole = encode_value(value) + b"=\r\n", encode_quoted_printable(value)

    assert quopri.decodestring(quick) == quopri.decodestring(whole)
    assert [line for line in wire_lines(quick) if not is_safe_line(line)] == []


@pytest.mark.parametrize(
    "open_text",
    [
        (NAME,),
        (NAME, CITY),
        ("Dear ", NAME, ", from ", CITY, " or ", NAME, "!\n"),
        ("line\n", NAME, "\nnext\n", CITY, CITY, "\n"),
        ("Fr", NAME, "om here", CITY, "."),
        ("x" * 75, NAME, "." * 80, CITY, "= "),
    ],
)
@given(name=AWKWARD, city=AWKWARD)
def test_values_in_holes_decode_in_their_places(open_text: OpenText, name: str, city: str) -> None:
    """Whatever stands in a hole, its neighbours stay what they were."""
    values = {NAME: name, CITY: city}
    part = QuotedPrintableText(open_text)

    body = b"".join(part.fill([values[field] for field in part.fields]))

    expected = fill_holes(open_text, values)
    assert quopri.decodestring(body) == expected.replace("\n", "\r\n").encode()
    assert [line for line in wire_lines(body) if not is_safe_line(line)] == []


def test_a_recipient_leaves_no_trace_in_the_next_message() -> None:
    """The compiled pieces are shared by all recipients and by the threads that build messages."""
    part = QuotedPrintableText(("Dear ", NAME, "\n"))

    first, second = part.fill(["Kim"]), part.fill(["Lee"])

    assert b"".join(first) == b"Dear=20=\r\nKim=\r\n\r\n"
    assert b"".join(second) == b"Dear=20=\r\nLee=\r\n\r\n"


def test_a_lone_surrogate_is_refused() -> None:
    """It has no encoding, and a reader must not get something else in its place."""
    with pytest.raises(UnicodeEncodeError):
        encode_value("\ud800")
