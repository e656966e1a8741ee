"""Whoever is erased is nowhere: not in a table, not in the file under it, not in a log."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.transports.sendgrid.fake_events import EventSender
from tests.acceptance.remains import find_remains, read_files, read_tables
from tests.acceptance.returned import bounce, wish
from tests.acceptance.served import (
    PERSON_SECONDS,
    PROGRAM,
    SLUG,
    Served,
    ask,
    fetch_stamp,
    find_links,
    make_served,
    wait_for,
)
from tests.contracts.scripted_smtp import Act, Said, ScriptedSmtpServer

ADDRESS = "Zephyrine.Quagmire@rare.example"
NEW_ADDRESS = "z.quagmire.neu@rare.example"
NAME, NEW_NAME = "Zéphyrine Quagmire", "Zéphyrine Quagmire-Ødegård"
#: The first is in every spelling of her; a mail service may write it without the rest.
WORDS = ("quagmire", "zephyrine", "zéphyrine", "Ødegård", ADDRESS, NEW_ADDRESS, NAME, NEW_NAME)


async def greylist(said: Said) -> bytes | Act | None:
    """Put her off, in words that name her."""
    words = f"450 4.2.0 <{ADDRESS}> ({NAME}): greylisted, come back later\r\n"
    return words.encode() if said.verb == "RCPT" and b"@rare" in said.octets else None


async def take(_: Said) -> bytes | Act | None:
    """Take everything."""
    return None


@dataclass
class Person:
    """Somebody who does everything that one can do, and what the newsletter's operator does."""

    served: Served
    database_url: str
    server: ScriptedSmtpServer
    returned: Path
    events: EventSender = field(default_factory=EventSender)

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run a command, its log beside the newsletter; return what it prints."""
        with (self.served.folder / "commands.log").open("a") as log:
            done = subprocess.run(
                [*PROGRAM, "-C", str(self.served.folder), *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
            )
        assert done.returncode == code, (self.served.folder / "commands.log").read_text()
        return done.stdout

    def send_form(self, path: str, **fields: str) -> None:
        """Fill in a form as slowly as a person does, and send it."""
        with closing(Database(self.database_url)) as database, database.write() as connection:
            connection.execute(sa.text("DELETE FROM rate_limit"))
        stamp = fetch_stamp(self.served, path)
        time.sleep(PERSON_SECONDS)
        action = f"{path}/address" if path.startswith("/preferences/") else path
        answer = ask("POST", self.served.url + action, {"form": "page", "stamp": stamp, **fields})
        assert answer.status == 303, answer.body

    def wait_for_message(self, words: str, *, to: str = ADDRESS) -> EmailMessage:
        """Wait for a message with these words in it."""
        return wait_for(
            lambda: next(
                (
                    message
                    for message in map(_parse, self.server.messages)
                    if to.lower() in str(message["To"]).lower() and words in message.as_string()
                ),
                None,
            ),
            what=lambda: f"no message with {words!r}:\n{self.served.log}",
        )

    def return_mail(self, name: str, raw: bytes) -> None:
        """Let mail come in, and read it."""
        (self.returned / "new" / f"{name}.M1.host").write_bytes(raw)
        self.command("bounces", "read", f"maildir:{self.returned}")

    def tell_event(self, sent: EmailMessage, name: str) -> None:
        """Let SendGrid tell something about a message."""
        part = {"to": [{"email": ADDRESS}], "headers": {"Message-ID": str(sent["Message-ID"])}}
        event = self.events.build_event("deferred", name, part)
        event |= {"response": f"451 4.7.1 {NAME} <{ADDRESS}> is slow today", "url": ADDRESS}
        assert self.events.post(f"{self.served.url}/webhooks/sendgrid", [event]) == 204

    def find_remains(self) -> list[tuple[str, str]]:
        """List what is left of her, and where."""
        places = read_tables(self.database_url) | read_files(self.served.folder.parent)
        return find_remains(WORDS, places)


def _parse(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def person(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    empty_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Person]:
    """Serve a newsletter whose mail goes to a server, with a mailbox for what comes back."""
    returned = tmp_path_factory.mktemp("returned")
    for part in ("new", "cur", "tmp"):
        (returned / part).mkdir()
    with ScriptedSmtpServer().serving() as server:
        monkeypatch.setenv("NEWSLETTER_DATABASE__URL", empty_database_url)
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__RETRY_AFTER_MINUTES", "0.02")
        served = make_served(tmp_path / "weekly")
        person = Person(served, empty_database_url, server, returned)
        monkeypatch.setenv("NEWSLETTER_SENDGRID__WEBHOOK_PUBLIC_KEY", person.events.public_key)
        person.command("db", "upgrade")
        served.start()
        try:
            yield person
        finally:
            if served.process is not None and served.process.poll() is None:
                served.stop()


def test_an_erased_person_is_nowhere(person: Person) -> None:
    """After everything that a newsletter can have to do with somebody, and what comes later."""
    issue = live_through_everything(person)
    before = {place for _, place in person.find_remains()}

    person.command("subscribers", "erase", ADDRESS, "--yes")
    at_once = person.find_remains()

    said = f"550 5.1.1 <{ADDRESS}>: {NAME} is unknown here"
    person.return_mail("3late", bounce(issue, "5.1.1", said))
    del issue["Message-ID"]
    issue["Message-ID"] = "<somebody-else@rare.example>"
    person.return_mail("4strange", bounce(issue, "5.1.1", said))
    person.tell_event(issue, "late")
    person.command("send", SLUG, "--yes", "--json", "--retry-failed")
    report = person.command("report", SLUG, "--format", "html")
    (person.served.folder / "report.html").write_text(report, encoding="utf-8")
    after = person.find_remains()
    person.served.stop()

    assert {"table subscriber", "table outbox", "table attempt", "table token"} <= before
    assert at_once == []
    assert after == []
    assert person.find_remains() == []
    # What is in the mailbox is mail: nobody but its owner removes any.
    assert len(list(person.returned.rglob("*.host*"))) == 4


def live_through_everything(person: Person) -> EmailMessage:
    """Sign up, confirm, get an issue late, be reported of, change everything, leave."""
    served = person.served
    person.send_form("/subscribe", email=ADDRESS, name=NAME)
    confirmation = find_links(person.wait_for_message("/confirm/"), "/confirm/")[0]
    assert ask("POST", confirmation, {}).status == 303
    people = served.folder / "people.csv"
    people.write_text(f"email,name\n{ADDRESS},{NAME}\nkim@example.org,Kim\n", encoding="utf-8")
    terms = ("--status", "confirmed", "--consent-basis", "asked", "--source", "a list")
    person.command("subscribers", "import", str(people), *terms)
    # The operator's own file; the newsletter has read it.
    people.unlink()
    person.server.script = greylist
    person.command("send", SLUG, "--yes", "--json", code=7)
    person.server.script = take
    issue = person.wait_for_message("first flowers")
    person.return_mail("1full", bounce(issue, "5.2.2", f"552 5.2.2 <{ADDRESS}>: {NAME} is full"))
    person.tell_event(issue, "early")
    person.send_form("/preferences", email=ADDRESS)
    link = find_links(person.wait_for_message("/preferences/"), "/preferences/")[0]
    assert ask("POST", link, {"name": NEW_NAME, "language": "en"}).status == 303
    person.server.script = greylist
    person.send_form(link.removeprefix(served.url), email=NEW_ADDRESS)
    person.return_mail("2wish", wish(issue))
    return issue
