"""Scheduled issues, by the real `newsletter serve`: at their time, also when it is killed."""

import json
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.cli import run
from tests.acceptance.served import SLUG, Served, make_served, wait_for

PEOPLE = [f"reader{number}@example.org" for number in range(40)]


def soon(seconds: float) -> str:
    """Write a time that comes so soon, as --at takes it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def let_its_time_come(served: Served, *, in_seconds: float = 0) -> None:
    """Put the time forward that was said: a command may take longer than a short wait."""
    due_at_ms = round((time.time() + in_seconds) * 1000)
    served.change(f"UPDATE schedule SET due_at_ms = {due_at_ms}")  # noqa: S608


def status(served: Served) -> dict[str, int | str | None]:
    """Ask where the issue stands."""
    found: dict[str, int | str | None] = json.loads(served.run("status", SLUG, "--json"))
    return found


def copies(served: Served) -> Counter[str]:
    """Count the messages in the maildir by recipient."""
    return Counter(str(message["To"]) for message in served.messages("@example.org"))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Make a newsletter with two subscribers, and end whoever serves it."""
    made = make_served(tmp_path / "weekly")
    made.import_people(PEOPLE[:2])
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop(signal.SIGKILL)


def test_an_issue_leaves_at_its_time(served: Served) -> None:
    """Nobody has to be there but `serve`."""
    told = served.run("send", SLUG, "--at", soon(3600), "--confirm-count", "2")
    served.start()
    at = time.time() + 2
    let_its_time_come(served, in_seconds=2)

    messages = served.wait_for_messages(PEOPLE[0], 1)

    assert "scheduled for" in told
    assert time.time() >= at
    wait_for(lambda: status(served)["state"] == "sent", what=lambda: served.log)
    assert len(messages) == 1
    assert list(copies(served).values()) == [1, 1]
    assert served.stop() == 0


def test_of_two_that_serve_one_database_one_sends(served: Served) -> None:
    """Two processes on one socket, each with a worker of its own."""
    served.run("send", SLUG, "--at", soon(3600), "--yes")
    served.start("--workers", "2")
    let_its_time_come(served)

    wait_for(lambda: status(served)["state"] == "sent", what=lambda: served.log)

    assert served.stop() == 0
    assert set(copies(served).values()) == {1}
    assert served.query("SELECT attempts FROM delivery") == [(1,), (1,)]


@pytest.mark.parametrize("after_seconds", [0.0, 0.3, 0.8])
def test_killed_around_its_start_it_goes_on_and_nobody_gets_it_twice(
    tmp_path: Path, after_seconds: float
) -> None:
    """Before the plan it is scheduled as before; after it, serve goes on with what is planned."""
    made = make_served(tmp_path / "weekly")
    settings = made.folder / "newsletter.toml"
    slow = "\\g<0>\nrate_per_second = 30\nmax_in_flight = 4"
    text = re.sub(r"(?m)^url = \"maildir.*$", slow, settings.read_text(encoding="utf-8"))
    settings.write_text(re.sub(r"(?m)^rate_per_second = 0.*\n", "", text), encoding="utf-8")
    made.import_people(PEOPLE)
    made.run("send", SLUG, "--at", soon(3600), "--yes")
    made.start()
    let_its_time_come(made)
    time.sleep(after_seconds + random.Random(after_seconds).uniform(0, 0.5))

    made.stop(signal.SIGKILL)
    made.start()
    wait_for(lambda: status(made)["state"] == "sent", what=lambda: made.log)

    found = status(made)
    assert made.stop() == 0
    assert found["planned"] == len(PEOPLE)
    assert set(copies(made).values()) == {1}
    # What was on its way is held, four at the most, and the operator is told.
    assert int(found["in_doubt"] or 0) <= 4
    assert int(found["sent"] or 0) + int(found["in_doubt"] or 0) == len(PEOPLE)
    assert int(found["sent"] or 0) <= len(copies(made)) <= len(PEOPLE)


def test_an_overdue_issue_waits_for_its_operator(served: Served) -> None:
    """Nobody served at its time: the reason is told, and how to go on."""
    served.run("send", SLUG, "--at", soon(3600), "--yes")
    served.change("UPDATE schedule SET due_at_ms = due_at_ms - 86400000")
    served.start()

    wait_for(lambda: status(served)["state"] == "paused", what=lambda: served.log)

    assert "overdue" in str(status(served)["pause_reason"])
    assert "overdue" in served.log
    assert copies(served) == {}
    assert "newsletter resume" in served.run("status", SLUG)
    served.run("resume", SLUG)
    served.wait_for_messages(PEOPLE[1], 1)


def test_a_changed_file_waits_for_its_operator(served: Served) -> None:
    """Somebody went on writing after it was scheduled."""
    served.run("send", SLUG, "--at", soon(3600), "--yes")
    file = served.folder / "issues" / f"{SLUG}.md"
    file.write_text(file.read_text(encoding="utf-8") + "\nNot for readers.\n", encoding="utf-8")
    served.start()
    let_its_time_come(served)

    wait_for(lambda: status(served)["state"] == "paused", what=lambda: served.log)
    served.run("send", SLUG, "--accept-changes", "--yes")

    assert len(copies(served)) == 2
    assert status(served)["state"] == "sent"


def test_a_cancelled_issue_never_leaves(served: Served) -> None:
    """It is a draft again, and may be scheduled anew."""
    served.run("send", SLUG, "--at", soon(3600), "--yes")
    told = served.run("cancel", SLUG)

    assert "Nobody got it" in told
    assert served.query("SELECT * FROM schedule") == []
    assert "draft" in served.run("list")
    assert "scheduled" in served.run("send", SLUG, "--at", soon(3600), "--yes")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--at", "2020-01-01 09:00"], 6, "--at 2020-01-01 09:00 +0000 has passed"),
        (["--at", "soon"], 2, "--at 'soon' is no time"),
        (["--at", "2099-01-01 09:00", "--limit", "5"], 2, "schedule a whole issue"),
        (["--at", "2099-01-01 09:00", "--at-local", "08:00"], 2, "without --at-local"),
        (["--on", "2099-01-01"], 2, "--on needs --at-local"),
        (["--at-local", "8am"], 2, "--at-local '8am' is no time of day"),
        (["--at-local", "08:00", "--on", "2020-01-01"], 6, "has passed for everyone"),
        (["--at", "2099-01-01 09:00", "--confirm-count", "3"], 6, "it would be 2 messages"),
    ],
)
def test_what_cannot_be_a_time_is_refused_and_nothing_is_written(
    served: Served, capsys: pytest.CaptureFixture[str], options: list[str], code: int, words: str
) -> None:
    """By name, with what was expected."""
    ended = run(["-C", str(served.folder), "send", SLUG, *options])

    assert ended == code
    assert words in capsys.readouterr().err
    assert served.query("SELECT * FROM issue") == []


def test_a_dry_run_tells_when_how_many_get_it(served: Served) -> None:
    """A line for each moment, with the zones it is for."""
    served.run("subscribers", "timezone", PEOPLE[0], "Asia/Seoul")

    told = served.run("send", SLUG, "--at-local", "08:00", "--on", "2099-12-01", "--dry-run")
    machine = json.loads(
        served.run("send", SLUG, "--at-local", "08:00", "--on", "2099-12-01", "--dry-run", "--json")
    )

    assert "2099-11-30 23:00:00 UTC       1  Asia/Seoul" in told
    assert "2099-12-01 08:00:00 UTC       1  UTC" in told
    assert machine["departures"] == [
        {"at": "2099-11-30T23:00:00.000+00:00", "people": 1, "timezones": ["Asia/Seoul"]},
        {"at": "2099-12-01T08:00:00.000+00:00", "people": 1, "timezones": ["UTC"]},
    ]
    assert served.query("SELECT * FROM issue") == []


def test_a_warm_up_ends_a_send_with_seven_and_says_when_it_goes_on(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """One a day: the other one has to wait for tomorrow."""
    with (served.folder / "newsletter.toml").open("a", encoding="utf-8") as settings:
        today = datetime.now(UTC).date()
        settings.write(f"\n[warm_up]\nbegan_on = {today}\nper_day = [1, 1, 1]\n")

    ended = run(["-C", str(served.folder), "send", SLUG, "--yes"])

    told = capsys.readouterr().out
    assert ended == 7
    assert f"this takes until {today + timedelta(days=1)}" in told
    assert "the day's share of the warm-up is used" in told
    assert f"It goes on at {today + timedelta(days=1)} 00:00:00 UTC" in told
    assert status(served)["remaining"] == 1
