"""`newsletter drill`: 21 kills, by each kind of server some, and proof that it can fail.

More of them: ``TEST_KILLS=200 TEST_RECIPIENTS=2000 pytest -s tests/acceptance/test_drill.py``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.drill.next_hop import NextHop, Temper, make_next_hop
from newsletter.drill.points import Kind, Point
from newsletter.drill.scratch import Scratch
from newsletter.drill.upgrading import UpgradeDrill
from newsletter.migrations import NEWEST_REVISION

#: At least one of every kind.
KILLS = {Temper.FAST: 7, Temper.SLOW: 7, Temper.HOSTILE: 7}
if "TEST_KILLS" in os.environ:
    KILLS = dict.fromkeys(Temper, int(os.environ["TEST_KILLS"]))
RECIPIENTS = int(os.environ.get("TEST_RECIPIENTS", "300"))
DOUBTFUL = 8

#: What Python runs before everything else: a ledger that forgets its intents, …
FORGETFUL = """
from newsletter.sending.ledger import deliveries
deliveries.record_intents = lambda *_, **__: None
"""
#: … and one that calls sent what is only meant to be.
BOASTFUL = """
from newsletter.sending.ledger import deliveries
from newsletter.sending.ledger.deliveries import Settled
from newsletter.sending.ledger.status import DeliveryStatus

record_intents = deliveries.record_intents

def boast(connection, issue_id, candidates, **values):
    record_intents(connection, issue_id, candidates, **values)
    settled = [Settled(each.subscriber_id, DeliveryStatus.SENT) for each in candidates]
    deliveries.record_outcomes(connection, issue_id, settled, **values)

deliveries.record_intents = boast
"""


def start_drill(*options: str, before: Path | None = None) -> subprocess.Popen[str]:
    """Start the command; the folder `before` may hold what Python runs at its start."""
    return subprocess.Popen(
        [sys.executable, "-m", "newsletter", "drill", "--json", *options],
        # What a broken promise leaves is kept where the test's other files are.
        env=os.environ | ({"PYTHONPATH": str(before), "TMPDIR": str(before)} if before else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_report(process: subprocess.Popen[str], *, code: int) -> dict[str, Any]:
    """Wait for the end, and read the document."""
    out, err = process.communicate()
    assert process.returncode == code, out + err
    report: dict[str, Any] = json.loads(out)
    return report


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, Any]]:
    """Run the drill with each kind of server, all at a time."""
    sizes = ("--recipients", str(RECIPIENTS), "--seed", "20261125")
    running = {
        each: start_drill("--server", each, "--kills", str(kills), *sizes)
        for each, kills in KILLS.items()
    }
    return {each: read_report(process, code=0) for each, process in running.items()}


@pytest.fixture
def next_hop() -> Iterator[NextHop]:
    """Yield a fast server."""
    with make_next_hop(Temper.FAST, 1).serving() as server:
        yield server


@pytest.fixture
def scratch(tmp_path: Path, next_hop: NextHop) -> Scratch:
    """Make a newsletter with few people and an issue."""
    folder = tmp_path / "newsletter"
    folder.mkdir()
    made = Scratch(folder, next_hop.url, DOUBTFUL)
    made.begin()
    made.add_people(40)
    made.write_issue("killed")
    return made


@pytest.mark.parametrize("temper", Temper)
def test_a_sender_killed_at_every_kind_of_moment_neither_doubles_nor_loses(
    reports: dict[str, dict[str, Any]], temper: Temper
) -> None:
    """The promise, asked of the server."""
    report = reports[temper]

    assert report["kills"] == KILLS[temper]
    assert (report["lost"], report["doubled"], report["broken"]) == (0, 0, [])
    # What is in doubt was left by a kill, or never answered; the bound holds for all together.
    assert report["in_doubt_by_server"] >= 0
    assert (report["in_doubt_by_server"] == 0) or temper is Temper.HOSTILE
    assert set(report["kinds"]) == set(Kind)
    for score in report["kinds"].values():
        assert score["kills"] >= KILLS[temper] // len(Kind)
        assert score["arrived"] <= score["in_doubt"]
        assert score["most_in_doubt"] <= report["max_in_flight"]
    print(f"\n{json.dumps(report, indent=1)}")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(FORGETFUL, "(doubled)", id="forgotten intents"),
        pytest.param(BOASTFUL, "(lost)", id="sent too early"),
    ],
)
def test_a_broken_ledger_is_found_out(tmp_path: Path, fault: str, words: str) -> None:
    """A drill that cannot fail would show nothing."""
    (tmp_path / "sitecustomize.py").write_text(fault, encoding="utf-8")
    sizes = ("--kills", "12", "--recipients", "200", "--seed", "1")

    report = read_report(start_drill(*sizes, before=tmp_path), code=1)

    assert any(words in breach for breach in report["broken"])
    assert Path(report["folder"], "newsletter", "newsletter.db").exists()


@pytest.mark.parametrize(
    ("point", "statuses", "received"),
    [
        (Point.PLANNED, {}, {0}),
        (Point.PLAN_COMMITTED, {"planned": 40}, {0}),
        (Point.INTENDED, {"planned": 40}, {0}),
        (Point.INTENT_COMMITTED, {"planned": 32, "in_flight": 8}, {0}),
        (Point.HALF_SENT, {"planned": 32, "in_flight": 8}, {0}),
        (Point.DOT_SENT, {"planned": 32, "in_flight": 8}, {1}),
        (Point.REPLY_UNREAD, {"planned": 32, "in_flight": 8}, set(range(1, 9))),
        (Point.SETTLED, {"planned": 32, "in_flight": 8}, set(range(1, 9))),
    ],
)
def test_a_victim_dies_where_its_point_says(
    scratch: Scratch,
    next_hop: NextHop,
    point: Point,
    statuses: dict[str, int],
    received: set[int],
) -> None:
    """Else the table would tell of kills that never were."""
    with scratch.starting_victim(point, 1, "send", "killed", "--yes") as process:
        code = scratch.wait(process)
    next_hop.wait_until_idle(60)

    found = list(scratch.read_ledger("killed").values())
    assert code == -9
    assert {status: found.count(status) for status in found} == statuses
    assert next_hop.received in received


@pytest.mark.parametrize(
    ("point", "statuses"),
    [
        (Point.BEGUN, {}),
        (Point.BEGINNING_COMMITTED, {"planned": 40}),
        (Point.SERVED, {"planned": 32, "in_flight": 8}),
    ],
)
def test_a_server_dies_when_a_scheduled_issue_begins(
    scratch: Scratch, next_hop: NextHop, point: Point, statuses: dict[str, int]
) -> None:
    """It is planned whole or not at all, and no message has left."""
    scratch.schedule_for_now("killed")
    code = scratch.serve_until_killed(point)
    next_hop.wait_until_idle(60)

    found = list(scratch.read_ledger("killed").values())
    assert code == -9
    assert {status: found.count(status) for status in found} == statuses
    assert next_hop.received == 0


def test_a_victim_dies_after_its_outcomes_are_committed(
    scratch: Scratch, next_hop: NextHop
) -> None:
    """What the ledger calls sent by then has certainly arrived."""
    point = Point.OUTCOME_COMMITTED
    with scratch.starting_victim(point, 1, "send", "killed", "--yes") as process:
        code = scratch.wait(process)
    next_hop.wait_until_idle(60)

    ledger = scratch.read_ledger("killed")
    sent = {address for address, status in ledger.items() if status == "sent"}
    assert code == -9
    assert sent != set()
    assert sent <= set(next_hop.accepted)


@pytest.mark.parametrize(
    ("point", "countdown", "revision"),
    [
        (Point.MIGRATING, 3, "0001"),
        (Point.MIGRATED, 1, "0001"),
        (Point.MIGRATION_COMMITTED, 1, NEWEST_REVISION),
    ],
)
def test_a_killed_upgrade_happened_or_it_did_not(
    tmp_path: Path, point: Point, countdown: int, revision: str
) -> None:
    """There is no half of one."""
    drill = UpgradeDrill(Scratch(tmp_path, "smtp://127.0.0.1:9?tls=off", DOUBTFUL))

    killed = drill.kill(point, countdown)

    assert killed is not None
    assert (killed.revision, killed.breaches) == (revision, [])
