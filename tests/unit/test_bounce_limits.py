"""Messages that were made to cost time, or to be taken for what they are not."""

import time

import pytest

from newsletter.reports.part import MOST_BYTES, parse_message
from newsletter.reports.read_mail import Nature, read_mail
from newsletter.reports.report import ReportKind

#: Far more than any of these takes, also on a machine that has other things to do.
PATIENCE_SECONDS = 20.0
HEAD = b"From: MAILER-DAEMON@example.net\nSubject: failure notice\n"


def nest(depth: int) -> bytes:
    """Put multiparts into each other."""
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )
    return HEAD + parts + b"\n550 5.1.1 User unknown\n"


BOMBS = {
    "deep": nest(20_000),
    "many parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "many header fields": HEAD + b"X-A: b\n" * 100_000 + b"\nUser unknown\n",
    "one endless field": HEAD + b"X-A: " + b"a" * 3_000_000 + b"\n\nUser unknown\n",
    "one endless line": HEAD + b"\n" + b"user " * 600_000,
    "open tags": HEAD + b"Content-Type: text/html\n\n" + b"<style" * 200_000 + b"<" * 200_000,
    "addresses": HEAD + b"\n" + b"<a@b.example>:\n" * 60_000,
    "spaces": HEAD + b"\nHi. This is the qmail-send program\n\n" + b" " * 900_000 + b"-",
    "one field of a report": HEAD
    + b"Content-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; "
    + b"a@" * 400_000
    + b"\nAction: failed\n",
    "groups": HEAD
    + b"Content-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n" * 15_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_message_takes_time_without_limit(name: str) -> None:
    """Whoever can write to the mailbox could stop its reading."""
    began = time.monotonic()

    reading = read_mail(BOMBS[name], now_ms=0)

    assert time.monotonic() - began < PATIENCE_SECONDS
    assert len(reading.reports) <= 100


def test_what_is_behind_the_limit_is_not_looked_at() -> None:
    """A message of a gigabyte costs what one of a megabyte does."""
    message = parse_message(b"Subject: a\n\n" + b"b" * (MOST_BYTES + 1000))

    assert len(message.raw) < MOST_BYTES


@pytest.mark.parametrize(
    "charset", ["utf-7", "idna", "unicode_escape", "undefined", "zlib", "no-such", "\x00", "utf-16"]
)
def test_a_strange_character_set_is_survived(charset: str) -> None:
    """Python's codecs are more than character sets, and some of them raise or warn."""
    raw = HEAD + f'Content-Type: text/plain; charset="{charset}"\n\n\\q\\N 550 no\n'.encode()

    assert read_mail(raw, now_ms=0).nature is Nature.REPORT


def test_a_time_to_come_is_not_believed() -> None:
    """It would be later than every confirmation there will be."""
    raw = b"Date: Fri, 01 Jan 2100 00:00:00 +0000\nFrom: k@example.org\nSubject: unsubscribe\n\n"

    (report,) = read_mail(raw, now_ms=5).reports

    assert (report.kind, report.occurred_at_ms) == (ReportKind.UNSUBSCRIBE, 5)


def test_words_are_kept_in_one_line_without_addresses() -> None:
    """They stand in the ledger for as long as it is kept."""
    raw = HEAD + b"X-Failed-Recipients: kim@example.org\n\n kim@example.org\n  550\n no\n"

    (report,) = read_mail(raw, now_ms=0).reports

    assert report.words == "*** 550 no"
