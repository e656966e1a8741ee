"""Logs are copied, kept and read by more people than the database: nothing private is in them."""

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from newsletter.settings.model import KEY_FILE_NAME
from tests.acceptance.returned import bounce
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
from tests.contracts.scripted_smtp import ScriptedSmtpServer
from tests.contracts.test_smtp_misfortunes import answer_always

SETTINGS = """
[bounces]
mailbox = "maildir:bounces"

[log]
level = "debug"
format = "{}"
"""
#: What a server may say of somebody, and of a link.
REFUSAL = b"550 5.1.1 <park@example.org> https://mx.example.net/u/Zq8Kd3VbW0tY7sLmXe2R unknown\r\n"


def send(served: Served) -> str:
    """Send the issue, whoever refuses it; return what it told."""
    command = [*PROGRAM, "-C", str(served.folder), "send", SLUG, "--yes", "--add-new"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def return_bounce(served: Served, address: str) -> None:
    """Let the message to an address come back, with the address in its words."""
    folder = served.folder / "bounces"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    [sent] = served.messages(address)
    words = f"550 5.1.1 <{address}>: user unknown"
    (folder / "new" / "1").write_bytes(bounce(sent, "5.1.1", words))


def live(served: Served, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """Let all happen that is logged; return every log, and what must not be in them."""
    served.import_people(["lee@example.org"])
    told = send(served)
    return_bounce(served, "lee@example.org")
    served.start()
    wait_for(lambda: served.state_of("lee@example.org") == "bounced", what=lambda: served.log)
    stamp = fetch_stamp(served, "/subscribe")
    time.sleep(PERSON_SECONDS)
    asked = send_form(served, "/subscribe", "kim@example.org", "en", stamp)
    confirmation = find_links(asked, "/confirm/")[0]
    ask("GET", f"{confirmation}?email=kim@example.org")
    ask("POST", confirmation, {})
    told += send(served)
    issue = served.messages("kim@example.org")[-1]
    unsubscription = find_links(issue, "/u/")[0]
    ask("POST", f"{unsubscription}?email=kim@example.org", {"List-Unsubscribe": "One-Click"})
    ask("POST", f"{served.url}/webhooks/sendgrid", {"email": "kim@example.org"})
    served.change("ALTER TABLE token RENAME TO elsewhere")
    ask("GET", confirmation)
    served.import_people(["park@example.org"])
    with ScriptedSmtpServer(script=answer_always("RCPT", REFUSAL)).serving() as server:
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
        told += send(served)
    tokens = [link.rstrip("/").rpartition("/")[2] for link in (confirmation, unsubscription)]
    key = (served.folder / KEY_FILE_NAME).read_text(encoding="utf-8")
    keys = re.findall(r"[A-Za-z0-9+/_=-]{20,}", key)
    return told + served.log, [*tokens, *keys, stamp, "Zq8Kd3VbW0tY7sLmXe2R"]


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_address_no_secret_and_no_words_are_in_any_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Sign-up, confirmation, bounce, unsubscription, a mistake of ours, refusals: all told."""
    served = make_served(tmp_path / "weekly", settings=SETTINGS.format(form))
    try:
        told, secrets = live(served, monkeypatch)
    finally:
        served.stop(signal.SIGTERM)

    for event in ("answered", "messages of the mailbox of bounces were taken", "Traceback"):
        assert event in told
    assert len(secrets) > 4
    assert [each for each in secrets if each in told] == []
    assert re.findall(r"(?:kim|lee|park)@\S*", told) == []
    assert re.findall(r"first flowers|\bKim\b|wren", told) == []


def test_the_traceback_of_a_command_names_nobody(tmp_path: Path) -> None:
    """A mistake of ours is reported with it, and what a database says may repeat a row."""
    served = make_served(tmp_path / "weekly")
    served.import_people(["lee@example.org"])
    row = "DETAIL:  Failing row contains (kim@example.org, Kim Lee)"
    served.change(
        "CREATE TRIGGER refusing BEFORE INSERT ON subscriber"
        f" BEGIN SELECT RAISE(ABORT, '{row}'); END"
    )
    command = [*PROGRAM, "-C", str(served.folder), "subscribers", "add", "kim@example.org"]

    done = subprocess.run(
        [*command, "--status", "pending"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "IntegrityError" in done.stderr
    assert "DETAIL: …" in done.stderr
    assert re.findall(r"kim@|Kim", done.stderr) == []
