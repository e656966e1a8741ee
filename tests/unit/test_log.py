import json
import logging
import string
from collections.abc import Iterator
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.log import Log, configure_log, mask
from newsletter.settings.model import LogSettings

TOKEN = "AQv3nS0m7kq9Zt2LxWb4PdRf6HyJc8Ku1EgNoTiVaMsB"


@pytest.fixture
def stream() -> Iterator[StringIO]:
    """Yield what the log is written to, and leave no handler behind."""
    yield StringIO()
    logging.getLogger().handlers.clear()
    for name in ("newsletter", "subscribers"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("550 5.1.1 <kim@example.org>: no such user", "550 5.1.1 <…@…>: no such user"),
        ("Key (address)=(김@한글.example) exists", "Key (address)=(…@…) exists"),
        ('550 <"kim \\"k\\" lee"@example.org>: no such user', "550 <…@…>: no such user"),
        ("GET /?email=kim%40example.org&lang=ko", "GET /?email=…@…&lang=ko"),
        ("DETAIL:  Failing row contains (7, Kim Lee, null).\nnext", "DETAIL: …\nnext"),
        ('CONTEXT:  COPY staging, line 2, column name: "Kim"', "CONTEXT: …"),
        ("postgresql://weekly:hunter2@/weekly", "postgresql://weekly:…@/weekly"),
        ("postgresql+psycopg://weekly:hunter2@db/weekly", "postgresql+psycopg://weekly:…@…/weekly"),
        (f"POST /weekly/u/{TOKEN}/return", "POST /weekly/u/…/return"),
        ("GET /preferences/short?lang=ko", "GET /preferences/…?lang=ko"),
        (f"Message-ID {TOKEN} again", "Message-ID … again"),
        (f"Bearer SG.{TOKEN}.{TOKEN}", "Bearer SG.…"),
        ("sha256 " + "0f" * 32, "sha256 …"),
        ("to\x1b[31m red\r", "to\\x1b[31m red\\r"),
        ("2026-12-winter took 1,204 messages", "2026-12-winter took 1,204 messages"),
        (
            "/srv/newsletter/sending/window.py, line 12",
            "/srv/newsletter/sending/window.py, line 12",
        ),
    ],
)
def test_what_opens_doors_or_names_people_is_masked(text: str, masked: str) -> None:
    """Words of servers and libraries may hold anything; what tells nothing private stays."""
    assert mask(text) == masked


@given(
    st.text(string.printable),
    st.from_regex(r"[a-z0-9.+_-]{1,30}@[a-z0-9]{1,10}\.example", fullmatch=True),
    st.text(string.printable),
)
def test_no_address_comes_through_whatever_stands_around_it(
    before: str, address: str, after: str
) -> None:
    """An address is masked as a whole, or what is left of it is no address."""
    assert address not in mask(before + address + after)


def test_programs_read_one_object_for_each_event(stream: StringIO) -> None:
    """The words are always the same; numbers stay numbers."""
    configure_log(LogSettings(format="json"), stream=stream)
    log = Log("newsletter.something")

    log.warning("messages did not arrive", count=3, reason="<kim@example.org> is unknown")
    try:
        int("kim@example.org")
    except ValueError:
        log.fallen("the worker fell", worker="outbox")

    refused, fallen = map(json.loads, stream.getvalue().splitlines())
    assert refused.pop("timestamp").endswith("Z")
    assert refused == {
        "event": "messages did not arrive",
        "level": "warning",
        "count": 3,
        "reason": "<…@…> is unknown",
    }
    assert "Traceback" in fallen["exception"]
    assert "kim@" not in fallen["exception"]


def test_people_read_a_line_for_each_event(stream: StringIO) -> None:
    """Fields stand behind the words, in the order given."""
    assert configure_log(LogSettings(), stream=stream)

    Log("newsletter.something").info("a run ended", issue="spring", accepted=2)

    time, _, rest = stream.getvalue().partition(" ")
    assert len(time) == len("2026-01-31T12:00:00Z")
    assert rest == "[info] a run ended issue=spring accepted=2\n"


@pytest.mark.parametrize(
    ("settings", "talks", "told"),
    [
        (LogSettings(), False, ["info", "warning"]),
        (LogSettings(level="debug"), False, ["debug", "info", "warning"]),
        (LogSettings(level="error"), False, []),
        (LogSettings(level="debug"), True, ["warning"]),
        (LogSettings(level="debug", format="json"), True, ["debug", "info", "warning"]),
        (LogSettings(format="auto"), True, ["info", "warning"]),
    ],
)
def test_the_level_decides_what_is_told(
    stream: StringIO, settings: LogSettings, talks: bool, told: list[str]
) -> None:
    """A command that talks itself leaves what is no warning to programs."""
    configure_log(settings, talks=talks, stream=stream)
    log = Log("newsletter.something")

    log.debug("debug")
    log.info("info")
    log.warning("warning")

    lines = stream.getvalue().splitlines()
    assert [next(each for each in told if each in line) for line in lines] == told


def test_libraries_tell_warnings_only_whatever_the_level(stream: StringIO) -> None:
    """Below, they tell whole requests."""
    configure_log(LogSettings(level="debug"), stream=stream)

    logging.getLogger("urllib3.connectionpool").debug("POST /v3/mail/send")
    # Not uvicorn's, which another test of this process may have set up for the preview.
    logging.getLogger("urllib3.connectionpool").warning("Connection pool is %s", "full")

    assert stream.getvalue().count("\n") == 1
    assert "[warning] Connection pool is full" in stream.getvalue()
