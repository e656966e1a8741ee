"""`newsletter serve` as an operator meets it: it begins, tells little, ends quickly, survives."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from newsletter.settings.model import KEY_FILE_NAME
from tests.acceptance.served import (
    PERSON_SECONDS,
    PROGRAM,
    SLUG,
    Served,
    ask,
    fetch_stamp,
    find_links,
    make_served,
    send_form,
    wait_for,
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Yield a newsletter that nobody serves yet."""
    made = make_served(tmp_path / "weekly")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop(signal.SIGKILL)


def test_it_says_where_to_look_and_that_it_is_well(served: Served) -> None:
    """What an operator looks for first, and what his supervisor asks."""
    served.start()

    # It answers a moment before it says so.
    wait_for(
        lambda: f"Serving Weekly at {served.url}/subscribe" in served.log, what=lambda: served.log
    )
    assert ask("GET", f"{served.url}/healthz").body == "ok\n"
    ready = ask("GET", f"{served.url}/readyz")
    assert (ready.status, ready.body) == (
        200,
        '{"database": "ok", "tables": "ok", "worker": "ok"}\n',
    )


def test_it_is_not_ready_with_tables_of_another_release(served: Served) -> None:
    """A load balancer sends readers elsewhere; the process itself is well."""
    served.start()
    served.change("UPDATE alembic_version SET version_num = '9999'")

    assert ask("GET", f"{served.url}/readyz").status == 503
    assert ask("GET", f"{served.url}/healthz").status == 200


def test_a_worker_that_falls_is_told_and_does_not_take_the_pages_along(served: Served) -> None:
    """A supervisor sees it, and readers can leave all the same."""
    served.start()
    served.change("ALTER TABLE outbox RENAME TO elsewhere")

    wait_for(lambda: ask("GET", f"{served.url}/readyz").status == 503)

    assert '"worker": "does not work"' in ask("GET", f"{served.url}/readyz").body
    assert "the worker fell" in served.log
    assert ask("GET", f"{served.url}/archive/").status == 200
    assert served.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_connections_do_not_hold_up_the_end(served: Served, number: signal.Signals) -> None:
    """One that is kept alive, one that says nothing, one that stops in the middle of a form."""
    served.start()
    idle, silent, slow = (
        socket.create_connection(("127.0.0.1", served.port), timeout=60) for _ in range(3)
    )
    idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"200 OK" in idle.recv(1000)
    slow.sendall(
        b"POST /subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=kim"
    )
    began = time.monotonic()

    code = served.stop(number)

    assert code == 0
    # Docker kills after 10 s, systemd after 90.
    assert time.monotonic() - began < 10
    assert "Traceback" not in served.log
    assert served.log.endswith("Ended.\n")
    for connection in (idle, silent, slow):
        connection.close()


@pytest.mark.parametrize("before", ["get_loop_factory", "load"])
def test_an_end_that_comes_while_it_begins_is_heard(served: Served, before: str) -> None:
    """A supervisor that changes its mind at once: no process may stay that answers for ever."""
    program = (
        "import os, signal, uvicorn\n"
        f"begin = uvicorn.Config.{before}\n"
        "def interrupted(config):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return begin(config)\n"
        f"uvicorn.Config.{before} = interrupted\n"
        "from newsletter.cli import main; main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, "-C", str(served.folder), "serve", "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("Ended.\n")


def test_a_taken_port_is_told(served: Served) -> None:
    """The same command may succeed when the other process has ended."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", served.port))
        other.listen()

        done = subprocess.run(
            [*PROGRAM, "-C", str(served.folder), "serve", "--port", str(served.port)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 8
    assert f"127.0.0.1:{served.port}: another process listens there already" in done.stderr


def test_the_log_holds_no_token_and_no_address(served: Served) -> None:
    """Logs are read by more people than the database is."""
    served.start()
    stamp = fetch_stamp(served, "/subscribe")
    time.sleep(PERSON_SECONDS)
    asked = send_form(served, "/subscribe", "kim@example.org", "en", stamp)
    confirmation = find_links(asked, "/confirm/")[0]
    ask("GET", f"{confirmation}?from=kim@example.org")
    ask("GET", f"{confirmation}/unheard-of")
    ask("POST", confirmation, {})

    served.stop()

    assert "method=GET route=/confirm/… status=200" in served.log
    assert confirmation.rpartition("/")[2] not in served.log
    assert "kim@" not in served.log


def test_several_processes_serve_and_one_of_them_works(served: Served) -> None:
    """Each sign-up is answered by one message, whichever process took it."""
    served.start("--workers", "2")
    stamp = fetch_stamp(served, "/subscribe")
    time.sleep(PERSON_SECONDS)

    for person in ("kim", "lee", "park"):
        send_form(served, "/subscribe", f"{person}@example.org", "en", stamp)

    assert served.stop() == 0
    assert served.query("SELECT count(*) FROM lease WHERE name = 'outbox' AND owner = ''") == [(1,)]
    assert [len(served.messages(f"{who}@example.org")) for who in ("kim", "lee", "park")] == [1] * 3
    assert "Traceback" not in served.log


def test_a_process_that_cannot_start_says_why_in_a_line(served: Served) -> None:
    """It is started again until somebody has mended it; the others serve meanwhile."""
    served.start("--workers", "2")
    wait_for(lambda: len(served.children) == 3)
    key = served.folder / KEY_FILE_NAME
    hidden = key.rename(key.with_name("hidden"))

    os.kill(served.children[-1], signal.SIGKILL)
    wait_for(lambda: "a process cannot serve" in served.log, what=lambda: served.log)
    hidden.rename(key)

    assert "the key file is missing" in served.log
    assert "Traceback" not in served.log
    assert ask("GET", f"{served.url}/healthz").status == 200
    assert served.stop() == 0


def test_killed_in_the_middle_of_sign_ups_it_loses_and_repeats_nothing(served: Served) -> None:
    """Whoever is pending, and whoever was told to look into the inbox, finds one message there."""
    served.start()
    stamp = fetch_stamp(served, "/subscribe")
    time.sleep(PERSON_SECONDS)
    told: list[str] = []

    def sign_up(address: str) -> None:
        fields = {"email": address, "form": "page", "stamp": stamp}
        with suppress(OSError, HTTPException):
            if ask("POST", f"{served.url}/subscribe", fields).status == 303:
                told.append(address)

    open_rows = "SELECT count(*) FROM outbox WHERE status IN ('asked', 'waiting', 'in_flight')"
    for turn in range(6):
        served.let_limits_pass()
        before = served.count_files()
        with ThreadPoolExecutor(max_workers=4) as people:
            people.map(sign_up, [f"reader{turn}-{number}@example.org" for number in range(4)])
            # The first file is written: its outcome is not, and the others wait.
            wait_for(lambda: served.count_files() > before)  # noqa: B023 - called in this turn
            served.stop(signal.SIGKILL)
        served.start()
        wait_for(lambda: served.query(open_rows) == [(0,)])

    assert served.stop() == 0
    pending = [str(row[0]) for row in served.query("SELECT address FROM subscriber")]
    assert set(told) <= set(pending)
    assert len(pending) >= 6
    assert {each: len(served.messages(each)) for each in pending} == dict.fromkeys(pending, 1)


def test_an_issue_that_was_sent_is_there_to_read(served: Served) -> None:
    """The link "view in browser" leads somewhere from the first message on."""
    served.import_people(["kim@example.org"])
    served.start()
    before = ask("GET", f"{served.url}/archive/{SLUG}").status
    served.run("send", SLUG, "--yes")

    message = served.messages("kim@example.org")[0]
    [link] = find_links(message, "/archive/")
    page = ask("GET", link)

    assert (before, page.status) == (404, 200)
    assert "Hello reader," in page.body
    assert "Kim" not in page.body
