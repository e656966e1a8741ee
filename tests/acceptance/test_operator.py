"""What an operator does for one reader, by the command line."""

import re
import subprocess
from pathlib import Path

import pytest

from newsletter.bootstrap import open_installation
from newsletter.settings import load_settings
from newsletter.usecases.leave import find_leaver
from newsletter.usecases.sign_up import SignUp, sign_up
from newsletter.usecases.work import Worker
from subscribers.address import EmailAddress
from tests.acceptance.weekly import Weekly, read_part


def sign_up_at(folder: Path, address: str) -> None:
    """Send the form, and let the worker answer it."""
    installation = open_installation(load_settings(folder / "newsletter.toml"))
    request = SignUp(
        address=EmailAddress.parse(address),
        form="page",
        wording="Send me Weekly.",
        network="203.0.113.0/24",
    )
    sign_up(installation, request)
    Worker(installation).work_off()
    installation.database.close()


def test_show_tells_the_whole_story(weekly: Weekly) -> None:
    """State, evidence, issues and system messages in one place."""
    weekly.send()
    sign_up_at(weekly.folder, "kim@example.org")

    story = weekly.run("subscribers", "show", "kim@example.org", "--json").document
    shown = weekly.run("subscribers", "show", "kim@example.org").out

    assert [each["event"] for each in story["consents"]] == ["imported"]
    assert [(each["issue"], each["status"]) for each in story["deliveries"]] == [
        ("2026-01-spring", "sent")
    ]
    assert [each["message"] for each in story["outbox"]] == ["already_subscribed"]
    assert [word for word in ("Consent", "Issues", "System messages") if word not in shown] == []


def test_evidence_has_the_words_that_were_shown(weekly: Weekly) -> None:
    """A hash alone convinces nobody."""
    sign_up_at(weekly.folder, "new@example.org")

    shown = weekly.run("subscribers", "evidence", "new@example.org")
    told = weekly.run("subscribers", "evidence", "new@example.org", "--json").document

    assert "Send me Weekly." in shown.out
    assert "203.0.113.0/24" in shown.out
    assert list(told["wordings"].values()) == ["Send me Weekly."]
    assert told["consents"][0]["form"] == "page"


def test_evidence_names_the_commit_that_was_checked_out(weekly: Weekly) -> None:
    """So that the form's text can be found in the history."""
    git = ["git", "-C", str(weekly.folder), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "Begin"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    sign_up_at(weekly.folder, "new@example.org")

    told = weekly.run("subscribers", "evidence", "new@example.org", "--json").document

    assert told["consents"][0]["git_commit"] == head.stdout.strip()


def test_erasing_asks_first(weekly: Weekly) -> None:
    """It cannot be undone."""
    answer = weekly.run("subscribers", "erase", "kim@example.org")

    assert answer.code == 6
    assert "--yes" in answer.err
    assert weekly.run("subscribers", "show", "kim@example.org", "--json").document["state"]


def test_an_erased_person_is_in_no_file_of_the_newsletter(weekly: Weekly) -> None:
    """The ledger's sum is what it was."""
    weekly.send()
    before = weekly.status()

    answer = weekly.run("subscribers", "erase", "kim@example.org", "--yes", "--json")

    assert (answer.code, answer.document) == (0, {"erased": True})
    assert "kim@example.org" not in "\n".join(weekly.list_rows())
    files = [file for file in weekly.folder.glob("newsletter.db*") if file.is_file()]
    assert [file.name for file in files if b"kim@example.org" in file.read_bytes()] == []
    assert weekly.status() == before
    assert weekly.run("subscribers", "erase", "kim@example.org", "--yes").code == 5


def test_erasing_tells_of_copies_from_before_an_upgrade(weekly: Weekly) -> None:
    """They name the person still, and nobody remembers that they are there."""
    (weekly.folder / "newsletter.db.before-0002").touch()

    answer = weekly.run("subscribers", "erase", "kim@example.org", "--yes")

    assert answer.code == 0
    assert "newsletter.db.before-0002 is a copy from before an upgrade" in answer.err


def test_tags_are_given_and_taken(weekly: Weekly) -> None:
    """And counted."""
    given = weekly.run("subscribers", "tag", "add", "lee@example.org", "AI", "web", "--json")
    taken = weekly.run("subscribers", "tag", "remove", "lee@example.org", "web", "--json")
    counted = weekly.run("subscribers", "tag", "list", "--json").document

    assert given.document == {"tags": ["ai", "web"]}
    assert taken.document == {"tags": ["ai"]}
    assert counted == {"tags": {"ai": 1, "seoul": 2}}
    assert weekly.run("subscribers", "tag", "add", "nobody@example.org", "ai").code == 5


def test_a_suppressed_address_gets_no_issue_until_it_is_lifted(weekly: Weekly) -> None:
    """Whatever its state says."""
    weekly.run("subscribers", "suppress", "add", "kim@example.org", "--source", "by telephone")
    listed = weekly.run("subscribers", "suppress", "list", "--json").document["suppressions"]
    weekly.send()
    without = set(weekly.messages())
    lifted = weekly.run("subscribers", "suppress", "remove", "kim@example.org", "--json")

    assert [(e["address"], e["reason"], e["source"]) for e in listed] == [
        ("kim@example.org", "manual", "by telephone")
    ]
    assert without == {"lee@example.org", "park@example.org"}
    assert lifted.document == {"suppression": None, "state": "confirmed"}
    assert weekly.run("subscribers", "suppress", "remove", "kim@example.org").code == 5


def test_a_list_of_bounces_is_imported_line_by_line(weekly: Weekly) -> None:
    """Each line is accounted for; an address nobody is known by is suppressed as well."""
    file = weekly.folder / "bounces.csv"
    file.write_text("email\nkim@example.org\nnot an address\nunknown@example.org\n", "utf-8")

    answer = weekly.run(
        *("subscribers", "suppress", "import", str(file), "--reason", "hard_bounce"),
        *("--source", "old tool", "--json"),
    )
    listed = weekly.run("subscribers", "suppress", "list", "--json").document["suppressions"]

    assert (answer.document["taken"], answer.document["refused"]) == (2, 1)
    assert sorted(str(each["address"]) for each in listed) == ["None", "kim@example.org"]
    assert {each["reason"] for each in listed} == {"hard_bounce"}


def test_a_list_of_the_suppressed_is_taken_whatever_else_it_tells(weekly: Weekly) -> None:
    """A date or a status in odd words keeps nobody mailable, nor does a quote left open."""
    file = weekly.folder / "bounces.csv"
    file.write_bytes(
        b"email,status,created_at,bounced_at\n"
        b'kim@example.org,hard,31/12/2024,yesterday\n"lee@example.org,,,\n'
    )

    answer = weekly.run("subscribers", "suppress", "import", str(file), "--source", "old tool")
    listed = weekly.run("subscribers", "suppress", "list", "--json").document["suppressions"]

    assert answer.code == 1
    assert "line 3: a quotation mark is opened here" in answer.err
    assert [each["address"] for each in listed] == ["kim@example.org"]


def test_after_a_rotation_old_links_work_and_new_ones_are_new(weekly: Weekly) -> None:
    """Readers keep messages for years."""
    weekly.send()
    [url] = re.findall(r"/u/([\w-]+)", read_part(weekly.messages()["kim@example.org"], "plain"))
    rotated = weekly.run("keys", "rotate", "--json")
    installation = open_installation(load_settings(weekly.folder / "newsletter.toml"))

    leaver = find_leaver(installation, url)
    version = installation.keys.newest_version
    installation.database.close()

    assert (rotated.document, version) == ({"newest_secret": 2}, 2)
    assert leaver.masked_address == "k•••@example.org"
    assert oct((weekly.folder / "newsletter.key").stat().st_mode & 0o777) == "0o600"


def test_secrets_from_the_environment_are_not_rotated_in_a_file(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file would not be read."""
    key = (weekly.folder / "newsletter.key").read_text("utf-8")
    line = next(line for line in key.splitlines() if line.startswith("1:"))
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", line)

    answer = weekly.run("keys", "rotate")

    assert answer.code == 6
    assert "2:SECRET" in answer.err
    assert (weekly.folder / "newsletter.key").read_text("utf-8") == key


def test_the_outbox_is_counted(weekly: Weekly) -> None:
    """An operator sees whether confirmations leave."""
    sign_up_at(weekly.folder, "new@example.org")

    told = weekly.run("outbox", "--json").document

    assert (told["sent"], told["waiting"], told["repeated"], told["worker"]) == (1, 0, 0, None)
    assert "none: start `newsletter serve`" in weekly.run("outbox").out
