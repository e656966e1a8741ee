"""Invariants 1 to 3 against the outside world: a sender that is killed with -9 again and again.

The defaults suit every run of the suite. The figures of the README come from
``TEST_KILLS=20 TEST_RECIPIENTS=20000 pytest -s tests/acceptance/test_killed_sends.py``.
"""

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.killed import ISSUE, MAX_IN_FLIGHT, Newsletter, make_newsletter
from tests.acceptance.weekly import check_sum

KILLS = int(os.environ.get("TEST_KILLS", "6"))
RECIPIENTS = int(os.environ.get("TEST_RECIPIENTS", "1500"))


def count_files(newsletter: Newsletter) -> int:
    """Count the messages in the maildir, delivered or on their way."""
    places = [newsletter.folder / "maildir" / name for name in ("new", "tmp")]
    return sum(sum(1 for _ in place.iterdir()) for place in places if place.exists())


def read_delivered(newsletter: Newsletter) -> Counter[str]:
    """Read from the outside world who got how many messages."""
    found: Counter[str] = Counter()
    for file in (newsletter.folder / "maildir" / "new").glob("*"):
        head = file.read_bytes().partition(b"\n\n")[0].decode()
        to = next(line for line in head.splitlines() if line.startswith("To: "))
        found[to.rpartition("<")[2].rstrip(">").removeprefix("To: ")] += 1
    return found


@pytest.fixture
def newsletter(tmp_path: Path) -> Newsletter:
    """Make a newsletter that is sent into a maildir."""
    return make_newsletter(tmp_path / "weekly", RECIPIENTS, {})


def test_a_sender_killed_at_random_moments_neither_doubles_nor_loses(
    newsletter: Newsletter,
) -> None:
    """The promise of the ledger, checked from outside after kill -9."""
    chance = random.Random(20260123)

    for kill in range(KILLS):
        if kill % 5 == 0:
            newsletter.kill_in_planning(chance)
        else:
            newsletter.kill_in_sending(
                chance, lambda: count_files(newsletter), within_seconds=RECIPIENTS / 1500 / 2
            )
        if status := newsletter.find_status():
            check_sum(status)
            assert status["in_flight"] <= MAX_IN_FLIGHT
    status = newsletter.run("send", ISSUE, "--yes")
    again = newsletter.run("send", ISSUE, "--yes")

    check_sum(status)
    assert again["messages"] == 0
    delivered = read_delivered(newsletter)
    doubtful = status["in_doubt"]
    assert status["planned"] == RECIPIENTS
    assert status["remaining"] == 0
    assert max(delivered.values()) == 1
    assert doubtful <= MAX_IN_FLIGHT * KILLS
    # Whoever the ledger calls sent got it; whoever did not get it is in doubt, by name.
    assert status["sent"] <= len(delivered) <= status["sent"] + doubtful
    print(
        f"\n{KILLS} kills, {RECIPIENTS} recipients: {status['sent']} sent, {doubtful} in doubt"
        f" ({len(delivered) - status['sent']} of them arrived), 0 twice, 0 lost"
    )
