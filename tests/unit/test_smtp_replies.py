import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sending.transports.smtp.reply import Reply, ReplyReader, UnreadableReplyError
from newsletter.sending.transports.smtp.session import Extensions


def read(*pieces: bytes) -> list[tuple[int, list[bytes]]]:
    """Read replies from bytes that came in such pieces."""
    reader = ReplyReader()
    return [(reply.code, reply.lines) for piece in pieces for reply in reader.feed(piece)]


def reply_of(line: str) -> Reply:
    """Make a reply of one line."""
    [reply] = ReplyReader().feed(line.encode() + b"\r\n")
    return reply


@pytest.mark.parametrize(
    ("octets", "replies"),
    [
        (b"250 ok\r\n", [(250, [b"ok"])]),
        (b"250\r\n", [(250, [b""])]),
        (b"250 ok\n", [(250, [b"ok"])]),
        (b"250-a\r\n250-b\r\n250 c\r\n", [(250, [b"a", b"b", b"c"])]),
        (b"250 a\r\n354 b\r\n", [(250, [b"a"]), (354, [b"b"])]),
        (b"250-a\r\n", []),
        (b"250 a", []),
    ],
)
def test_replies_are_cut_at_their_last_line(
    octets: bytes, replies: list[tuple[int, list[bytes]]]
) -> None:
    """RFC 5321 section 4.2.1; a code alone is taken, and LF alone, since servers send them."""
    assert read(octets) == replies


@given(st.lists(st.sampled_from([b"250 ok\r\n", b"250-a\r\n250 b\r\n", b"354\n"])), st.data())
def test_pieces_make_no_difference(lines: list[bytes], data: st.DataObject) -> None:
    """TCP cuts wherever it likes."""
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))

    assert read(whole[:cut], whole[cut:]) == read(whole)
    assert read(*(whole[place : place + 1] for place in range(len(whole)))) == read(whole)


@given(st.lists(st.binary()))
def test_whatever_comes_is_replies_or_an_error(pieces: list[bytes]) -> None:
    """A server may be broken or hostile; a crash would leave messages in doubt."""
    try:
        found = read(*pieces)
    except UnreadableReplyError:
        return

    assert all(200 <= code <= 599 for code, _ in found)


@pytest.mark.parametrize(
    "octets",
    [b"hello\r\n", b"25\r\n", b"2500 ok\r\n", b"150 ok\r\n", b"650 ok\r\n", b"\r\n", b"2\xb90 x\n"],
)
def test_what_is_no_reply_is_an_error(octets: bytes) -> None:
    """Nothing is guessed: a message might be called accepted."""
    with pytest.raises(UnreadableReplyError):
        read(octets)


@pytest.mark.parametrize("piece", [b"x" * 1000, b"250-x\r\n" * 100])
def test_a_reply_without_an_end_is_an_error(piece: bytes) -> None:
    """Memory stays bounded."""
    with pytest.raises(UnreadableReplyError, match="no end"):
        read(b"250-", *[piece] * 2000)


def test_addresses_are_masked_where_a_reply_is_shown() -> None:
    """It is kept in the ledger and shown, and outlives the person's row."""
    reply = reply_of("550 5.1.1 <kim@example.org>: no such user 김@example.org here")

    assert reply.shown == "550 5.1.1 <***>: no such user *** here"


def test_a_reply_steers_no_terminal() -> None:
    """And fits on a few lines."""
    reply = reply_of(
        "550 \x1b[2Jred \x07 \udcff".encode("utf-8", "surrogateescape").decode("latin-1")
        + "x" * 1000
    )

    assert reply.shown.isprintable()
    assert len(reply.shown) == 300


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("550 5.7.1 no", (7, 1)),
        ("550 5.1.10 null MX", (1, 10)),
        ("550 no", None),
        ("550 10.5.7.1 is listed", None),
        ("550 host 5.7.1 refused", None),
    ],
)
def test_an_enhanced_code_stands_at_the_beginning(line: str, code: tuple[int, int] | None) -> None:
    """RFC 3463; elsewhere such numbers are parts of an address or a version."""
    assert reply_of(line).enhanced == code


def test_extensions_are_read_from_ehlo() -> None:
    """In any case of letters; what is not known is passed over."""
    [reply] = ReplyReader().feed(
        b"250-mail.example Hello\r\n250-pipelining\r\n250-SIZE 1000\r\n250-8BITMIME\r\n"
        b"250-SMTPUTF8\r\n250-STARTTLS\r\n250-X-WHAT ever\r\n250 AUTH plain LOGIN\r\n"
    )

    assert Extensions.parse(reply) == Extensions(
        pipelining=True,
        size=1000,
        smtputf8=True,
        starttls=True,
        auth=frozenset({"PLAIN", "LOGIN"}),
    )


@pytest.mark.parametrize(
    ("line", "size"), [("SIZE", 0), ("SIZE 0", 0), ("SIZE many", 0), ("SIZES 5", None)]
)
def test_a_size_without_a_number_is_no_limit(line: str, size: int | None) -> None:
    """RFC 1870 section 4."""
    [reply] = ReplyReader().feed(f"250-mail.example\r\n250 {line}\r\n".encode())

    assert Extensions.parse(reply).size == size
