import json
import shutil
import subprocess
from pathlib import Path

import pytest

from newsletter.rendering.edition import fill
from newsletter.sending.message.template import MessageTemplate, compile_message
from tests.unit.sample_messages import NEWSLETTER, make_edition, make_recipient

needs_reformime = pytest.mark.skipif(
    shutil.which("reformime") is None, reason="needs Debian's package maildrop"
)
needs_notmuch = pytest.mark.skipif(
    shutil.which("notmuch") is None, reason="needs Debian's package notmuch"
)

#: A name that is a trap in every place where it is shown.
TRAP = 'Günther "G" =?x?= <b>.\r\n--=_\r\nBcc: a@b.c 👩‍👩‍👧‍👦 김민수'


@pytest.fixture
def template() -> MessageTemplate:
    """Return the sample edition, compiled."""
    return compile_message(make_edition(), NEWSLETTER)


def run_reformime(*arguments: str, message: bytes) -> str:
    """Run Debian's MIME parser on a message."""
    done = subprocess.run(["reformime", *arguments], input=message, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


def run_notmuch(folder: Path, *arguments: str) -> str:
    """Run notmuch, which reads mail by GMime, on a maildir of its own."""
    config = folder / "notmuch-config"
    config.write_text(
        f"[database]\npath={folder}\n[user]\nname=Kim\nprimary_email=kim@example.com\n"
    )
    command = ["notmuch", f"--config={config}", *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


@needs_reformime
def test_reformime_sees_two_alternatives(template: MessageTemplate) -> None:
    """A parser that shares no code with ours finds the same structure."""
    structure = run_reformime("-i", message=template.splice(make_recipient(name=TRAP)))

    lines = structure.splitlines()
    assert [line for line in lines if line.startswith(("section:", "content-type:"))] == [
        "section: 1",
        "content-type: multipart/alternative",
        "section: 1.1",
        "content-type: text/plain",
        "section: 1.2",
        "content-type: text/html",
    ]


@needs_reformime
@pytest.mark.parametrize("name", ["Kim Min-su", "김민수", TRAP])
def test_reformime_decodes_both_parts(template: MessageTemplate, name: str) -> None:
    """One part is base64, the other quoted-printable."""
    recipient = make_recipient(name=name)
    message = template.splice(recipient)
    values = template.read_values(recipient)

    text = run_reformime("-s", "1.1", "-e", message=message)
    html = run_reformime("-s", "1.2", "-e", message=message)

    assert text.replace("\r\n", "\n") == fill(template.edition.text, values)
    assert html.replace("\r\n", "\n") == fill(template.edition.html, values)


@needs_notmuch
def test_notmuch_shows_headers_and_parts(template: MessageTemplate, tmp_path: Path) -> None:
    """GMime reads names, subject, date and both parts as they were meant."""
    recipient = make_recipient(name="Günther, 김민수 und alle anderen, die mit ihm lesen")
    (tmp_path / "new").mkdir()
    (tmp_path / "cur").mkdir()
    (tmp_path / "tmp").mkdir()
    (tmp_path / "new" / "1").write_bytes(template.splice(recipient))

    run_notmuch(tmp_path, "new")
    shown = run_notmuch(tmp_path, "show", "--format=json", "--include-html", "*")

    message = json.loads(shown)[0][0][0]
    values = template.read_values(recipient)
    text, html = message["body"][0]["content"]
    assert message["id"] == "30.7.c2lnbmVk@example.org"
    assert message["headers"] == {
        "Subject": f"Issue 30 for {recipient.name}",
        "From": "주간 소식 <news@example.org>",
        "To": f'"{recipient.name}" <kim@example.com>',
        "Reply-To": "editors+weekly@example.org",
        "Date": "Wed, 31 Dec 2025 23:59:59 +0000",
    }
    assert text["content"] == fill(template.edition.text, values)
    assert html["content"] == fill(template.edition.html, values)
