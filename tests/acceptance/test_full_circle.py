"""The full circle: out through a mail server that others wrote, back as mail, into every count."""

import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.returned import LETTER, bounce
from tests.acceptance.served import PROGRAM
from tests.acceptance.weekly import SLUG, Weekly, check_sum
from tests.contracts.smtp_servers import serving_postfix, wait_for_delivery
from tests.contracts.smtp_tls import Authority

#: What the mail server does with each: refuses one at once, returns the others sooner or later.
TROUBLED = ("nobody", "gone", "full", "blocked", "late")
WELL = ("kim", "lee", "park", *(f"reader{number}" for number in range(12)))
#: So many that a reading is killed before it ends.
MANY = 300
KILLS = 4


def states_of(weekly: Weekly) -> dict[str, str]:
    """Tell where everybody stands who does not simply go on reading."""
    document = weekly.run("subscribers", "list", "--limit", "10000", "--json").document
    return {
        each["address"].partition("@")[0]: each["state"]
        for each in document["subscribers"]
        if each["state"] != "confirmed"
    }


def tell_why(weekly: Weekly, name: str) -> tuple[str, list[str], list[tuple[str, ...]], str | None]:
    """Tell a reader's story: where his delivery stands, its attempts, reports, why not today."""
    story = weekly.run("why", f"{name}@example.org", SLUG, "--json").document
    [issue] = story["issues"]
    return (
        issue["status"],
        [each["outcome"] for each in issue["attempts"]],
        [(each["kind"], each["bounce_class"], each["status_code"]) for each in issue["reports"]],
        story["why_not_today"],
    )


def suppressed_by(weekly: Weekly) -> Counter[str]:
    """Count the suppressions by reason."""
    document = weekly.run("subscribers", "suppress", "list", "--limit", "10000", "--json").document
    return Counter(each["reason"] for each in document["suppressions"])


def list_lasting_rows(weekly: Weekly) -> list[str]:
    """List every row but the leases, which tell who looked last."""
    return [row for row in weekly.list_rows() if '"lease"' not in row]


def read(weekly: Weekly, place: Path, *options: str) -> list[dict[str, Any]]:
    """Read a mailbox; list what is told of its messages."""
    answer = weekly.run("bounces", "read", f"maildir:{place}", "--json", *options)
    assert answer.code == 0, answer.err
    rows: list[dict[str, Any]] = answer.document["messages"]
    return rows


@pytest.mark.databases("sqlite", "postgresql")
def test_what_a_mail_server_refuses_and_returns_ends_in_the_counts(weekly: Weekly) -> None:
    """Every delivery is somewhere, the dead are suppressed, and nobody else is touched."""
    authority = Authority()
    authority.write_trust(weekly.folder / "ca.pem")
    people = [f"{name}@example.org" for name in (*TROUBLED, *WELL)]
    weekly.import_people("\n".join(["email", *people]).encode())
    with serving_postfix(authority) as (port, readers):
        weekly.change_settings(
            'url = "maildir:maildir"',
            f'url = "smtp://localhost:{port}"\nca_file = "ca.pem"\n'
            'bounce_domain = "bounces.example.org"',
        )
        sent = weekly.send("--json")
        wait_for_delivery(readers)
        returned = readers.parent / "bounces"
        arrived = len(list((readers / "new").iterdir()))

        rows = read(weekly, returned)
        status, rows_before = weekly.status(), list_lasting_rows(weekly)
        again = [read(weekly, returned), read(weekly, returned, "--all")]
    report = weekly.run("report", SLUG, "--json").document

    assert (sent.code, arrived) == (7, len(WELL))
    assert {row["address"]: (row["class"], row["status"], row["action"]) for row in rows} == {
        "gone@example.org": ("hard", "5.1.1", "bounced"),
        "full@example.org": ("soft", "5.2.2", "counted"),
        "late@example.org": ("soft", "4.4.1", "counted"),
        "blocked@example.org": ("block", "5.7.1", "noted"),
    }
    check_sum(status)
    assert status["planned"] == len(people)
    assert (status["sent"], status["failed"], status["state"]) == (len(people) - 1, 1, "sent")
    assert status["reports"] == {
        "reported": len(TROUBLED),
        "delivered": 0,
        "delayed": 0,
        "bounced": {"hard": 2, "soft": 2, "block": 1, "auth": 0},
        "complained": 0,
        "unsubscribed": 0,
    }
    check_sum(report)
    assert report["sum"] == report["rows"] == len(people)
    assert {name: count for name, count in report["returned"].items() if count} == {
        "bounced_hard": 2,
        "bounced_soft": 2,
        "bounced_block": 1,
    }
    assert [(each["code"], each["count"]) for each in report["errors"]] == [("550 5.1.1", 1)]
    assert {name: tell_why(weekly, name) for name in (*TROUBLED, "kim")} == {
        "nobody": ("failed", ["rejected"], [("bounce", "hard", "5.1.1")], "bounced"),
        "gone": ("sent", ["accepted"], [("bounce", "hard", "5.1.1")], "bounced"),
        "full": ("sent", ["accepted"], [("bounce", "soft", "5.2.2")], None),
        "late": ("sent", ["accepted"], [("bounce", "soft", "4.4.1")], None),
        "blocked": ("sent", ["accepted"], [("bounce", "block", "5.7.1")], None),
        "kim": ("sent", ["accepted"], [], None),
    }
    assert states_of(weekly) == {"choi": "pending", "gone": "bounced", "nobody": "bounced"}
    assert suppressed_by(weekly) == Counter(hard_bounce=2)
    assert [row["action"] for row in again[1]] == ["repeated"] * 4
    assert again[0] == []
    assert list_lasting_rows(weekly) == rows_before
    assert weekly.status() == status


def test_a_reading_that_is_killed_again_and_again_counts_everything_once(
    weekly: Weekly, tmp_path: Path
) -> None:
    """Whoever reads it to the end finds what an undisturbed reading would have left."""
    dead = [f"dead{number}@example.org" for number in range(MANY)]
    weekly.import_people("\n".join(["email", *dead]).encode())
    weekly.send()
    messages = weekly.messages()
    for part in ("new", "cur", "tmp"):
        (tmp_path / "bounces" / part).mkdir(parents=True)
    new, cur = tmp_path / "bounces" / "new", tmp_path / "bounces" / "cur"
    for number, address in enumerate(dead):
        said = f"550 5.1.1 <{address}>: user unknown"
        (new / f"{number:04}.M1.host").write_bytes(bounce(messages[address], "5.1.1", said))
    (new / "letter.M1.host").write_bytes(LETTER)

    killed = [kill_in_reading(weekly, new, cur, random.Random(turn)) for turn in range(KILLS)]
    left = len(list(new.iterdir())) - 1
    rows = read(weekly, tmp_path / "bounces")

    assert any(killed)
    assert Counter(row["class"] for row in rows) == {"hard": left, "other": 1}
    assert [file.name for file in new.iterdir()] == ["letter.M1.host"]
    assert len(list(cur.iterdir())) == MANY
    status = weekly.status()
    check_sum(status)
    assert status["reports"]["reported"] == MANY
    assert status["reports"]["bounced"]["hard"] == MANY
    assert Counter(states_of(weekly).values()) == {"bounced": MANY, "pending": 1}
    assert suppressed_by(weekly) == Counter(hard_bounce=MANY)


def kill_in_reading(weekly: Weekly, new: Path, cur: Path, chance: random.Random) -> bool:
    """Start a reading and kill it soon after its first mark; tell whether it was cut short."""
    before = len(list(cur.iterdir()))
    command = [*PROGRAM, "-C", str(weekly.folder), "bounces", "read", str(new.parent)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(list(cur.iterdir())) == before:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL
