"""A mailbox of bounces, read by its operator: who gets no further issue, and what stays."""

import mailbox
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.returned import (
    LETTER,
    STRANGE_BOUNCE,
    VACATION,
    bounce,
    complaint,
    wish,
)
from tests.acceptance.weekly import SLUG, Weekly
from tests.contracts.imap_server import PASSWORD, ImapMailbox, serve_imap
from tests.contracts.scripted_smtp import ScriptedSmtpServer
from tests.contracts.smtp_tls import Authority
from tests.contracts.test_smtp_misfortunes import answer_once

PATIENCE_SECONDS = 60.0
NOBODY = "550 5.1.1 <kim@example.org>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 <kim@example.org>: mailbox full"


@pytest.fixture
def sent(weekly: Weekly) -> dict[str, EmailMessage]:
    """Send the issue; return the messages by recipient."""
    assert weekly.send().code == 0
    return weekly.messages()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Make an empty maildir."""
    folder = tmp_path / "bounces"
    mailbox.Maildir(str(folder))
    return folder


def deliver(inbox: Path, *messages: bytes) -> list[Path]:
    """Put messages into a maildir; list their files."""
    files = []
    for number, raw in enumerate(messages):
        file = inbox / "new" / f"170000000{number}.M1.host"
        file.write_bytes(raw)
        files.append(file)
    return files


def read(weekly: Weekly, place: Path | str, *options: str) -> list[dict[str, Any]]:
    """Read a mailbox; list what is told of its messages."""
    answer = weekly.run("bounces", "read", str(place), "--json", *options)
    assert answer.code == 0, answer.err
    rows: list[dict[str, Any]] = answer.document["messages"]
    return rows


def state_of(weekly: Weekly, address: str) -> str:
    """Ask where a person stands."""
    state: str = weekly.run("subscribers", "show", address, "--json").document["state"]
    return state


def test_each_message_has_its_consequence(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path
) -> None:
    """A bounce, a complaint and a wish to leave mean three things."""
    deliver(
        inbox,
        bounce(sent["kim@example.org"], "5.1.1", NOBODY),
        complaint(sent["lee@example.org"]),
        wish(sent["park@example.org"]),
    )

    rows = read(weekly, inbox)

    assert [(row["class"], row["action"]) for row in rows] == [
        ("hard", "bounced"),
        ("complaint", "complained"),
        ("unsubscribe", "unsubscribed"),
    ]
    assert [state_of(weekly, f"{who}@example.org") for who in ("kim", "lee", "park")] == [
        "bounced",
        "complained",
        "unsubscribed",
    ]


def test_what_was_taken_is_marked_and_the_rest_stays(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path
) -> None:
    """A mailbox may be the operator's own: his letters stay unread."""
    files = deliver(
        inbox, bounce(sent["kim@example.org"], "5.1.1", NOBODY), VACATION, LETTER, STRANGE_BOUNCE
    )

    rows = read(weekly, inbox)

    assert [(row["class"], row["action"]) for row in rows] == [
        ("hard", "bounced"),
        ("auto-reply", "none"),
        ("other", "none"),
        ("hard", "unmatched"),
    ]
    assert [row["file"] for row in rows] == [str(file) for file in files]
    assert sorted(file.name for file in (inbox / "cur").iterdir()) == [
        f"{file.name}:2,S" for file in files[:2]
    ]
    assert sorted((inbox / "new").iterdir()) == files[2:]


def test_an_address_alone_changes_nothing(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path
) -> None:
    """Anybody can write a bounce about anybody."""
    deliver(inbox, STRANGE_BOUNCE)

    rows = read(weekly, inbox)

    assert (rows[0]["address"], rows[0]["matched"]) == ("kim@example.org", False)
    assert sent.keys() >= {"kim@example.org"}
    assert state_of(weekly, "kim@example.org") == "confirmed"


def test_reading_again_changes_nothing(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path
) -> None:
    """Whoever is not sure whether it was read reads it again."""
    deliver(inbox, bounce(sent["kim@example.org"], "5.1.1", NOBODY), LETTER)
    read(weekly, inbox)
    rows_before = weekly.list_rows()

    unread, everything = read(weekly, inbox), read(weekly, inbox, "--all")

    assert [row["class"] for row in unread] == ["other"]
    assert [row["action"] for row in everything] == ["none", "repeated"]
    assert [row for row in weekly.list_rows() if '"lease"' not in row] == [
        row for row in rows_before if '"lease"' not in row
    ]


def test_a_reading_that_died_before_the_mark_is_made_up_for(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path
) -> None:
    """Reports are kept before their message is marked, so nothing is lost and nothing twice."""
    (file,) = deliver(inbox, bounce(sent["kim@example.org"], "5.2.2", FULL))
    read(weekly, inbox)
    (inbox / "cur" / f"{file.name}:2,S").rename(file)

    rows = read(weekly, inbox)

    assert [(row["class"], row["action"]) for row in rows] == [("soft", "repeated")]
    assert not file.exists()


def test_a_full_mailbox_costs_no_reader(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path
) -> None:
    """It may be empty again tomorrow."""
    deliver(inbox, bounce(sent["kim@example.org"], "5.2.2", FULL))

    rows = read(weekly, inbox)

    assert [(row["class"], row["action"]) for row in rows] == [("soft", "counted")]
    assert state_of(weekly, "kim@example.org") == "confirmed"


def test_a_dry_run_takes_nothing(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path
) -> None:
    """Whoever tries it first sees what it would be."""
    (file,) = deliver(inbox, bounce(sent["kim@example.org"], "5.1.1", NOBODY))
    before = weekly.contents()

    rows = read(weekly, inbox, "--dry-run")

    assert [(row["class"], row["action"]) for row in rows] == [("hard", "dry run")]
    assert file.exists()
    assert weekly.contents() == before


def test_files_and_an_mbox_are_read_too(
    weekly: Weekly, sent: dict[str, EmailMessage], tmp_path: Path
) -> None:
    """What was saved from a mail program is no maildir."""
    folder = tmp_path / "saved"
    folder.mkdir()
    first = bounce(sent["kim@example.org"], "5.1.1", NOBODY)
    (folder / "one.eml").write_bytes(first.replace(b"\n", b"\r\n"))
    mbox = tmp_path / "mbox"
    box = mailbox.mbox(str(mbox))
    box.add(bounce(sent["lee@example.org"], "5.1.1", NOBODY))
    box.add(LETTER)
    box.close()

    from_folder, from_mbox = read(weekly, folder), read(weekly, mbox)

    assert [row["action"] for row in from_folder] == ["bounced"]
    assert [(row["class"], row["action"]) for row in from_mbox] == [
        ("hard", "bounced"),
        ("other", "none"),
    ]


def test_the_table_tells_what_each_message_was(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path
) -> None:
    """An operator reads it as it is."""
    deliver(inbox, bounce(sent["kim@example.org"], "5.1.1", NOBODY))

    answer = weekly.run("bounces", "read", str(inbox))

    assert answer.out.split("\n")[0].split() == ["class", "action", "address", "status", "file"]
    assert answer.out.split("\n")[1].split()[:4] == ["hard", "bounced", "kim@example.org", "5.1.1"]
    assert answer.err == "1 message read. 1 done.\n"


@pytest.mark.parametrize("place", ["imap://kim@example.org/INBOX", "https://example.org/mail"])
def test_a_url_of_another_kind_is_no_path(weekly: Weekly, place: str) -> None:
    """Nobody looks for a folder of that name who reads which URLs there are."""
    answer = weekly.run("bounces", "read", place)

    assert answer.code == 1
    assert "imaps://USER@HOST" in answer.err


def test_a_bounce_gives_the_terminal_no_orders(
    weekly: Weekly, sent: dict[str, EmailMessage], tmp_path: Path
) -> None:
    """Anybody can write to the mailbox, and name whom he likes."""
    file = tmp_path / "red\x1b[31m\udcff.eml"
    raw = bounce(sent["kim@example.org"], "5.1.1", NOBODY)
    file.write_bytes(raw.replace(b"rfc822; kim@", b"rfc822; \x1b[31mkim@"))

    answer = weekly.run("bounces", "read", str(file))

    assert "\\x1b[31mkim@example.org" in answer.out
    assert "\x1b" not in answer.out


def test_a_mailbox_that_is_not_there_is_told(weekly: Weekly, tmp_path: Path) -> None:
    """With what to do, and without a traceback."""
    missing = weekly.run("bounces", "read", str(tmp_path / "nowhere"))
    unnamed = weekly.run("bounces", "read")
    no_password = weekly.run("bounces", "read", "imaps://kim@127.0.0.1")
    with_password = weekly.run("bounces", "read", "imaps://kim:secret@127.0.0.1")

    assert (missing.code, unnamed.code, no_password.code) == (5, 2, 2)
    assert "[bounces] mailbox" in unnamed.err
    assert "NEWSLETTER_BOUNCES__PASSWORD" in no_password.err
    assert with_password.code == 1
    assert "secret" not in with_password.err


class TestImap:
    """A folder on a server is read as a maildir is."""

    @pytest.fixture
    def box(self) -> ImapMailbox:
        """Return an empty mailbox."""
        return ImapMailbox()

    @pytest.fixture
    def authority(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
        """Let the newsletter trust the server, and know the password."""
        authority = Authority()
        monkeypatch.setenv("NEWSLETTER_BOUNCES__PASSWORD", PASSWORD)
        monkeypatch.setenv(
            "NEWSLETTER_BOUNCES__CA_FILE", str(authority.write_trust(tmp_path / "ca.pem"))
        )
        return authority

    def test_what_was_taken_is_flagged_and_nothing_is_removed(
        self,
        weekly: Weekly,
        sent: dict[str, EmailMessage],
        box: ImapMailbox,
        authority: Authority,
    ) -> None:
        """The operator finds his own letters as they were."""
        taken = box.add(bounce(sent["kim@example.org"], "5.1.1", NOBODY).replace(b"\n", b"\r\n"))
        letter = box.add(LETTER)

        with serve_imap(box, authority.serve("127.0.0.1")) as port:
            rows = read(weekly, f"imaps://kim@127.0.0.1:{port}")
            again = read(weekly, f"imaps://kim@127.0.0.1:{port}")

        assert [(row["class"], row["action"]) for row in rows] == [
            ("hard", "bounced"),
            ("other", "none"),
        ]
        assert rows[0]["file"] == f"imaps://kim@127.0.0.1:{port}/INBOX;UID={taken}"
        assert [row["class"] for row in again] == ["other"]
        assert (box.seen, set(box.messages)) == ({taken}, {taken, letter})
        assert set(box.commands) <= {
            *("CAPABILITY", "SELECT", "SEARCH", "FETCH", "STORE", "LOGOUT")
        }

    def test_a_connection_that_breaks_before_the_mark_loses_nothing(
        self,
        weekly: Weekly,
        sent: dict[str, EmailMessage],
        box: ImapMailbox,
        authority: Authority,
    ) -> None:
        """The next reading finds the message, and knows it."""
        box.add(bounce(sent["kim@example.org"], "5.1.1", NOBODY))
        with serve_imap(box, authority.serve("127.0.0.1")) as port:
            place = f"imaps://kim@127.0.0.1:{port}"
            box.breaks_at = "STORE"
            broken = weekly.run("bounces", "read", place, "--json")
            box.breaks_at = ""

            rows = read(weekly, place)

        assert broken.code == 8
        assert [row["action"] for row in rows] == ["repeated"]
        assert state_of(weekly, "kim@example.org") == "bounced"

    def test_a_wrong_password_and_a_strange_server_are_told(
        self,
        weekly: Weekly,
        box: ImapMailbox,
        authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Neither gets a second word, and nobody reads the password."""
        with serve_imap(box, Authority().serve("127.0.0.1")) as port:
            strange = weekly.run("bounces", "read", f"imaps://kim@127.0.0.1:{port}")
        monkeypatch.setenv("NEWSLETTER_BOUNCES__PASSWORD", "wrong battery")
        with serve_imap(box, authority.serve("127.0.0.1")) as port:
            wrong = weekly.run("bounces", "read", f"imaps://kim@127.0.0.1:{port}")
        nobody_there = weekly.run("bounces", "read", f"imaps://kim@127.0.0.1:{port}")

        assert (strange.code, wrong.code, nobody_there.code) == (2, 2, 8)
        assert "[bounces] ca_file" in strange.err
        assert "refuses the login" in wrong.err
        assert "battery" not in wrong.err
        assert box.commands.count("SELECT") == 0


def test_serve_reads_the_mailbox_of_the_settings(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to call the command; what was left is not read in each round."""
    from newsletter.bootstrap import open_installation
    from newsletter.settings import load_settings
    from newsletter.usecases.bounce_worker import BounceWorker

    deliver(inbox, bounce(sent["kim@example.org"], "5.1.1", NOBODY), LETTER)
    monkeypatch.setenv("NEWSLETTER_BOUNCES__MAILBOX", f"maildir:{inbox}")
    installation = open_installation(load_settings(weekly.folder))
    rounds = BounceWorker(installation)

    done = [rounds.go_round(), rounds.go_round()]
    installation.database.close()

    assert done == [1, 0]
    assert state_of(weekly, "kim@example.org") == "bounced"


def test_the_thread_of_serve_needs_no_command(
    weekly: Weekly, sent: dict[str, EmailMessage], inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins when `serve` does, and ends with it."""
    from newsletter.bootstrap import open_installation
    from newsletter.settings import load_settings
    from newsletter.usecases.bounce_worker import BounceWorker
    from newsletter.usecases.worker_thread import WorkerThread

    (file,) = deliver(inbox, bounce(sent["kim@example.org"], "5.1.1", NOBODY))
    monkeypatch.setenv("NEWSLETTER_BOUNCES__MAILBOX", f"maildir:{inbox}")
    installation = open_installation(load_settings(weekly.folder))

    with WorkerThread(BounceWorker(installation), "bounces"):
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while file.exists() and time.monotonic() < give_up_at:
            time.sleep(0.02)
    installation.database.close()

    assert not file.exists()
    assert state_of(weekly, "kim@example.org") == "bounced"


def test_a_refusal_while_sending_ends_like_a_bounce(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same reply means the same, whether it comes at once or by mail."""
    with ScriptedSmtpServer().serving() as server:
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__CONNECTIONS", "1")
        server.script = answer_once("RCPT", b"550 5.1.1 no such user here\r\n")

        answers = [weekly.send(), weekly.send()]

    states = [state_of(weekly, f"{who}@example.org") for who in ("kim", "lee", "park")]
    suppressed = weekly.run("subscribers", "suppress", "list", "--json").document["suppressions"]
    assert [answer.code for answer in answers] == [7, 7]
    assert states == ["bounced", "confirmed", "confirmed"]
    assert [each["reason"] for each in suppressed] == ["hard_bounce"]
    assert weekly.status()["failed"] == 1


def test_a_full_mailbox_while_sending_is_no_bounce_for_good(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its delivery has failed, and its reader stays."""
    with ScriptedSmtpServer().serving() as server:
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__CONNECTIONS", "1")
        server.script = answer_once("RCPT", b"552 5.2.2 mailbox full\r\n")

        weekly.send()

    assert weekly.status()["failed"] == 1
    assert state_of(weekly, "kim@example.org") == "confirmed"
    assert SLUG in weekly.run("status").out
