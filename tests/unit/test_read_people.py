"""Files of people as programs and people really write them."""

import codecs
import io
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from subscribers.address import EmailAddress
from subscribers.errors import ImportFileError
from subscribers.exchange.csv_file import MAX_LINE_CHARACTERS
from subscribers.exchange.people import Person, Unreadable, read_people
from subscribers.profile import Profile
from subscribers.subscription import State
from subscribers.suppression import SuppressionReason

KOREAN = "이메일,이름,태그\nkim@example.org,김민지,인공지능\n"


def read(data: bytes | str, encoding: str = "") -> list[Person | Unreadable]:
    """Read a whole file."""
    raw = data.encode() if isinstance(data, str) else data
    return list(read_people(io.BytesIO(raw), encoding=encoding))


def names(data: bytes | str, encoding: str = "") -> list[tuple[str, str]]:
    """Read a file in which every row is a person: addresses and names."""
    return [
        (row.address.text, row.profile.name) if isinstance(row, Person) else ("", row.reason)
        for row in read(data, encoding)
    ]


def test_a_row_becomes_a_person() -> None:
    """Columns by header; others become custom fields."""
    [kim] = read(
        "E-Mail Address;Full Name;Lang;Tags;Größe (cm);Postal address\r\n"
        'Kim@Example.ORG;Kim Minji;ko_KR;"AI, weekly digest";170;"1 Main St\r\nSeoul"\r\n'
    )

    assert kim == Person(
        line=2,
        address=EmailAddress.parse("Kim@example.org"),
        profile=Profile(
            name="Kim Minji",
            language="ko-KR",
            tags=frozenset({"ai", "weekly digest"}),
            fields={"grosse_cm": "170", "postal_address": "1 Main St\nSeoul"},
        ),
    )


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (KOREAN.encode(), ""),
        (codecs.BOM_UTF8 + KOREAN.encode(), ""),
        (codecs.BOM_UTF8 + KOREAN.encode(), "cp949"),
        (KOREAN.encode("utf-16"), ""),
        (codecs.BOM_UTF16_BE + KOREAN.encode("utf-16-be"), ""),
        (KOREAN.encode("utf-16-le"), "utf-16-le"),
        (KOREAN.encode("utf-32"), ""),
        (KOREAN.encode("cp949"), "cp949"),
        (KOREAN.encode("euc-kr"), "EUC-KR"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    """A byte order mark tells; else UTF-8, or what the operator says."""
    assert names(data, encoding) == [("kim@example.org", "김민지")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_found_out(encoding: str) -> None:
    """Some exports forget the mark; every other byte is zero."""
    data = "email,name\nkim@example.org,Kim\n".encode(encoding)

    assert names(data) == [("kim@example.org", "Kim")]


def test_another_encoding_is_told_with_its_line_and_a_hint() -> None:
    """A name of garbage would be worse than no import."""
    rows = "".join(f"reader{i}@example.org,Kim\n" for i in range(2000))
    data = f"email,name\n{rows}kim@example.org,김민지\n".encode("cp949")

    with pytest.raises(ImportFileError, match=r"line 2002: this is not UTF-8 text.*cp949"):
        read(data)


def test_the_rows_before_a_wrong_byte_are_read() -> None:
    """What is taken already need not be taken again."""
    rows = "".join(f"reader{i}@example.org,Kim\n" for i in range(2000))
    people = read_people(io.BytesIO(f"email,name\n{rows}x@example.org,é\n".encode("cp1252")))

    assert isinstance(next(people), Person)


@pytest.mark.parametrize("encoding", ["klingon", "hex", "base64"])
def test_an_unknown_encoding_is_told(encoding: str) -> None:
    """A typo of the operator's, or something that makes no text."""
    with pytest.raises(ImportFileError, match="not known"):
        read("email\nkim@example.org\n", encoding)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(separator: str) -> None:
    """Spreadsheets take what their country uses."""
    data = f"Name{separator}E-Mail\nKim, Minji; A|B\tC{separator}kim@example.org\n"
    quoted = data.replace("Kim, Minji; A|B\tC", '"Kim, Minji; A|B\tC"')

    assert names(quoted) == [("kim@example.org", "Kim, Minji; A|B C")]


def test_excels_own_line_for_the_separator() -> None:
    """It writes sep=; before the header, which is no header."""
    assert names("sep=;\r\nemail;name\r\nkim@example.org;Kim\r\n") == [("kim@example.org", "Kim")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    """Unix, Windows and old Macs."""
    people = read(end.join(["email,name", "kim@example.org,Kim", "lee@example.org,Lee"]))

    assert [row.line for row in people] == [2, 3]


def test_rows_are_numbered_by_the_line_they_begin_on() -> None:
    """The operator looks for them in an editor."""
    people = read(
        '\n\nemail,note\n\nkim@example.org,"one\ntwo\nthree"\n,,\nlee@example.org,\nbad,"a\nb"\n'
    )

    assert [row.line for row in people] == [5, 9, 10]


@pytest.mark.parametrize(
    "header",
    [
        *("email", "E-mail", "EMAIL ADDRESS", "email_address", "Mail", " Email ", "이메일"),
        *(
            "이메일 주소",
            "메일",
            "전자우편",
            "E-Mail-Adresse",
            "adresse e-mail",
            "Correo electrónico",
        ),
        *("メールアドレス", "邮箱", "ｅｍａｉｌ"),
    ],
)
def test_headers_of_the_address(header: str) -> None:
    """People call it as they like."""
    assert names(f"{header},Name\nkim@example.org,Kim\n") == [("kim@example.org", "Kim")]


def test_a_file_of_addresses_needs_no_header() -> None:
    """The simplest list there is; the first line counts, too."""
    people = read("kim@example.org\nlee@example.org\n")

    assert [row.line for row in people] == [1, 2]


@pytest.mark.parametrize(
    ("header", "no", "yes"),
    [
        ("subscribed", "false", "true"),
        ("Is Active", "0", "1"),
        ("opt-in", "No", "2024-01-01 10:00:00"),
        ("Accepts Email Marketing", "no", "yes"),
        ("이메일 수신동의", "N", "Y"),
        ("수신거부", "Y", ""),
        ("is_unsubscribed", "yes", "no"),
        ("Email Opt Out", "1", "0"),
        ("do_not_email", "true", "false"),
        ("Email Status", "unsubscribed", "confirmed"),
        ("상태", "unsubscribed", "confirmed"),
    ],
)
def test_a_column_of_any_tool_that_says_no_is_heard(header: str, no: str, yes: str) -> None:
    """Who left there by it would be written to here, and its word kept as a custom field."""
    left, stays = read(f"email,{header}\na@example.org,{no}\nb@example.org,{yes}\n")

    assert isinstance(left, Person)
    assert isinstance(stays, Person)
    assert left.state is State.UNSUBSCRIBED
    assert stays.state in {None, State.CONFIRMED}
    assert not left.profile.fields


@pytest.mark.parametrize(
    ("header", "cell"), [("subscribed", ""), ("active", "perhaps"), ("상태", "수신거부")]
)
def test_a_standing_in_words_nobody_knows_is_refused(header: str, cell: str) -> None:
    """Silence, too, where others have a word."""
    [row] = read(f"email,{header},name\na@example.org,{cell},Kim\n")

    assert isinstance(row, Unreadable)
    assert row.reason.startswith("column 2: ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("sep=;\n", "the file is empty"),
        ("kim@example.org,Kim\n", "line 1: no column holds email addresses"),
        ("\nname,address\nKim,Seoul\n", "line 2: no column holds email addresses"),
        ("email,name,E-Mail\n", "line 1: columns 1 and 3 would both be 'email'"),
        ("email,city,name,City!\n", "line 1: columns 2 and 4 would both be 'city'"),
        ('"email" x,name\n', "line 1: quotation marks do not match"),
        ('email,name\nkim@example.org,"Kim\nlee@example.org,Lee\n', "line 2: a quotation mark"),
        ("x" * (MAX_LINE_CHARACTERS + 1), "line 1: longer than 1,000,000 characters"),
        (
            'email,x\nkim@example.org,"' + "x\n" * 70_000 + '"\n',
            "line 2: a quotation mark is opened here and not closed within 131,072 characters",
        ),
        (b"\xff\xfe\x00", "line 1: this is not UTF-16"),
        (b"PK\x03\x04\xff\xfe\x80", "line 1: this is not UTF-8"),
    ],
)
def test_files_that_cannot_be_read(data: bytes | str, message: str) -> None:
    """Each is told with its line and how to mend it."""
    with pytest.raises(ImportFileError) as caught:
        read(data)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("kim", "column 1: An email address must have an @-sign."),
        (",Kim", "column 1: there is no address"),
        ("kim@example.org,Kim,,,,,more", "7 cells, but 6 columns"),
        ("kim@example.org,K\0im", "column 2: a name contains a control character"),
        (f"kim@example.org,{'x' * 201}", "column 2: a name is longer than 200 characters"),
        ("kim@example.org,,Korean", "column 3: a language is written like"),
        (f"kim@example.org,,,ai;{'x' * 65}", "column 4: a tag is longer than 64"),
        (f"kim@example.org,,,,{'x' * 2001}", "column 5: a field is longer than 2000"),
        ("kim@example.org,,,,,keen", "column 6: not one of pending, confirmed, unsubscribed"),
        ("kim@example.org,,,,,erased", "column 6: not one of pending"),
        (f"kim@example.org,{'x' * 140_000}", "a cell is longer than 131,072 characters"),
        (f'kim@example.org,"{"x" * 140_000}",ko', "a cell is longer than 131,072 characters"),
        ('kim@example.org,"Kim"x', "quotation marks do not match"),
        ('kim@example.org,"Kim\n"x', "quotation marks do not match (up to line 3)"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_the_next_goes_on(row: str, reason: str) -> None:
    """One bad row in a hundred thousand is the usual case."""
    first, second = read(f"email,name,lang,tags,city,status\n{row}\nlee@example.org\n")

    assert isinstance(first, Unreadable)
    assert first.line == 2
    assert first.reason.startswith(reason)
    assert isinstance(second, Person)


def test_missing_and_surplus_empty_cells_do_no_harm() -> None:
    """Spreadsheets drop and add them at the end of rows."""
    people = read("email,name,city,,\nkim@example.org\nlee@example.org,Lee,Seoul,,,,,\n")

    assert [row.profile.fields for row in people if isinstance(row, Person)] == [
        {},
        {"city": "Seoul"},
    ]


def test_a_header_without_latin_letters_becomes_a_numbered_field() -> None:
    """Its values are kept, and its name can still be written in an issue."""
    [kim] = read("이메일,회사\nkim@example.org,한글\n")

    assert isinstance(kim, Person)
    assert kim.profile.fields == {"column_2": "한글"}


def test_what_our_own_export_tells_is_understood() -> None:
    """Times, state and suppression come back as they left."""
    [kim] = read(
        "email,subscription_state,suppressed,created_at,confirmed_at,paused_until\n"
        "'+kim@example.org,Bounced,hard_bounce,1970-01-01T00:00:01.500+00:00,"
        "1970-01-01 09:00:02+09:00,1970-01-02\n"
    )

    assert kim == Person(
        line=2,
        address=EmailAddress.parse("+kim@example.org"),
        profile=Profile(),
        state=State.BOUNCED,
        suppressed=SuppressionReason.HARD_BOUNCE,
        created_at_ms=1500,
        confirmed_at_ms=2000,
        paused_until_ms=86_400_000,
    )


@pytest.mark.parametrize("time", ["yesterday", "31.01.2026", "1", "9999-99-99"])
def test_a_time_in_another_form_is_refused(time: str) -> None:
    """01.02. is January somewhere and February elsewhere."""
    [kim] = read(f"email,confirmed_at\nkim@example.org,{time}\n")

    assert isinstance(kim, Unreadable)
    assert kim.reason == "column 2: not a time such as 2026-01-31T08:00:00Z"


def test_a_file_is_left_open() -> None:
    """Whoever opened it closes it; standard input must stay usable."""
    file = io.BytesIO(b"email\nkim@example.org\n")

    list(read_people(file))

    assert not file.closed


def test_memory_does_not_grow_with_the_file() -> None:
    """A million rows must not need more than a thousand."""
    rows = b"".join(b"reader%d@example.org,Kim,%s\n" % (i, b"x" * 100) for i in range(20_000))
    file = io.BytesIO(b"email,name,note\n" + rows)

    tracemalloc.start()
    count = sum(1 for _ in read_people(file))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 20_000
    assert peak_bytes < 1_500_000


@settings(max_examples=300, deadline=None)
@given(
    st.binary()
    | st.text(st.sampled_from("email,@.x\n\r\"';\t|=\0 가")).map(str.encode)
    | st.text(st.sampled_from('kim@example.org,"\n\r;\0')).map(lambda s: f"email,a\n{s}".encode())
)
@example(b'email,name\n"')
@example(b"\x00")
@example(b"email\n\x00@\x00")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever somebody feeds in, the answer is rows or an error of ours."""
    try:
        rows = read(data)
    except ImportFileError:
        return

    assert all(row.line >= 1 for row in rows)
