"""A zip file from outside is read, never unpacked, and never believed in what it says of itself."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.errors import ImportFileError
from subscribers.exchange.archive import open_parts
from subscribers.exchange.recognition import AUTO

PEOPLE = b"email,active_subscription,email_disabled\nkim@example.org,false,false\n"


def make_zip(members: Mapping[str, bytes]) -> bytes:
    """Make a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def read(data: bytes, asked: str = AUTO) -> dict[str, bytes]:
    """Read the files of people in a zip file."""
    return {
        part.member: part.file.read() for part in open_parts(io.BytesIO(data), "x", asked=asked)
    }


def test_only_the_files_of_people_are_read() -> None:
    """A publication's export holds every post beside them."""
    data = make_zip({"posts.csv": b"x", "posts/1.html": b"x", "a/email_list.x.csv": PEOPLE})

    assert read(data) == {"a/email_list.x.csv": PEOPLE}


def test_files_of_those_who_said_no_come_first() -> None:
    """Of two rows about one address the no counts."""
    names = ["subscribed_a.csv", "unsubscribed_a.csv", "cleaned_a.csv", "nonsubscribed_a.csv"]

    assert [*read(make_zip(dict.fromkeys(names, b"x")))][-1] == "subscribed_a.csv"


def test_a_file_without_a_byte_is_passed_over() -> None:
    """Nobody was cleaned there, and the others must not wait for it."""
    data = make_zip({"cleaned_a.csv": b"", "subscribed_a.csv": b"x"})

    assert [*read(data)] == ["subscribed_a.csv"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"../email_list.csv": b"x"}, "leads out of the zip file"),
        ({"/email_list.csv": b"x"}, "leads out of the zip file"),
        ({"C:\\email_list.csv": b"x"}, "leads out of the zip file"),
        ({"a\\..\\..\\email_list.csv": b"x"}, "leads out of the zip file"),
        ({"email_list.csv": PEOPLE, "more.zip": b"x"}, "an archive in an archive"),
        ({"email_list.csv": PEOPLE, "more.tar.gz": b"x"}, "an archive in an archive"),
        ({"email_list.csv": b"x", "subscribed.csv": b"x"}, "several services"),
        ({"people.csv": b"x"}, "no file in this zip file has the name"),
        ({}, "no file in this zip file has the name"),
        ({"email_list.csv": b"\0" * 20_000_000}, "unfolds to more than 200 times"),
    ],
)
def test_what_is_not_safe_or_not_known_is_refused(
    members: Mapping[str, bytes], message: str
) -> None:
    """Each with what to do about it."""
    with pytest.raises(ImportFileError) as caught:
        read(make_zip(members))

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"format": "x"}', "--format json"),
        (b'\xef\xbb\xbf[{"email": "a@example.org"}]', "--format json"),
        (b"<?xml version='1.0'?>", "no CSV file but XML"),
        (b"BEGIN:VCARD\n", "vCards"),
    ],
)
def test_files_of_other_kinds_are_told_by_name(data: bytes, words: str) -> None:
    """Each would be read as people of one odd column."""
    with pytest.raises(ImportFileError, match=words):
        read(data)


def test_a_damaged_file_in_it_is_told() -> None:
    """A download that broke off, or a disk that forgets."""
    data = bytearray(make_zip({"email_list.csv": PEOPLE * 50}))
    data[60:70] = bytes(10)

    with pytest.raises(ImportFileError, match="damaged"):
        read(bytes(data))


def test_a_pipe_cannot_be_searched() -> None:
    """A zip file's list of contents stands at its end."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = io.BufferedReader(Pipe(make_zip({"email_list.csv": PEOPLE})))

    with pytest.raises(ImportFileError, match="from a pipe"):
        list(open_parts(pipe, "-"))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.binary(max_size=40))
def test_any_damage_is_read_or_refused(place: int, junk: bytes) -> None:
    """Whatever somebody feeds in, the answer is bytes or an error of ours."""
    whole = make_zip({"email_list.csv": PEOPLE, "subscribed_a.txt": b"x"})
    data = whole[:place] + junk + whole[place + len(junk) :]

    try:
        parts = read(b"PK\x03\x04" + data[4:])
    except ImportFileError:
        return

    assert all(isinstance(each, bytes) for each in parts.values())
