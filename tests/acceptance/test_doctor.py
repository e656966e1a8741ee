"""`newsletter doctor`: a sound newsletter, and the same with one fault after another."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.faults_in_dns import BOUNCE, FAULTS, RSA
from tests.acceptance.sound import DOMAIN, Sound, standing
from tests.acceptance.weekly import Answer, Weekly
from tests.contracts.smtp_tls import Authority


@pytest.fixture(scope="module")
def standing_sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sound, Path]]:
    """Make the newsletter once; no test here changes it for good."""
    folder, authority = tmp_path_factory.mktemp("sound"), Authority()
    with standing(folder / "spring", authority) as sound:
        yield sound, authority.write_trust(folder / "ca.pem")


@pytest.fixture
def sound(standing_sound: tuple[Sound, Path], monkeypatch: pytest.MonkeyPatch) -> Sound:
    """Let this test trust the certificate of the pages."""
    made, trust = standing_sound
    monkeypatch.setenv("SSL_CERT_FILE", str(trust))
    return made


def list_findings(answer: Answer) -> list[dict[str, Any]]:
    """List every finding of a document."""
    return [finding for each in answer.document["examined"] for finding in each["findings"]]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_dns_is_found_and_explained(
    sound: Sound, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Each alone: one wrong letter in DNS, one finding, with what to do."""
    fault = FAULTS[name]

    answer = sound.examine(capsys, "--json", zone=sound.spoil(fault.old, fault.new))

    [finding] = list_findings(answer)
    assert finding["rule"] == fault.rule
    assert fault.words in finding["message"]
    assert len(finding["advice"]) > 20
    assert answer.code == (3 if finding["severity"] == "error" else 0)


def test_a_sound_newsletter_has_nothing_to_be_told(
    sound: Sound, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a finding elsewhere might come of something else. Nothing is sent, nobody subscribed."""
    answer = sound.examine(capsys, "--json")

    assert list_findings(answer) == []
    assert answer.code == 0
    subjects = {each["subject"]: each["verdict"] for each in answer.document["examined"]}
    assert {name for name, verdict in subjects.items() if verdict != "ok"} == {"next hop's address"}
    assert {"key file newsletter.key", "rsa key dkim-spring.pem", "database"} <= set(subjects)
    assert {f"SPF of {BOUNCE}", f"DKIM record {RSA}", f"DMARC of {DOMAIN}"} <= set(subjects)
    assert {"next hop", "clock", f"one-click unsubscription at {sound.base_url}"} <= set(subjects)
    assert sound.next_hop.messages == []


def test_people_read_a_line_for_each_thing(
    sound: Sound, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is well is one line; what is not says how to mend it."""
    well = sound.examine(capsys)
    ill = sound.examine(capsys, zone=sound.spoil(f"{RSA}. TXT", f"old.{RSA}. TXT"))

    assert "ok       key file newsletter.key: private, ignored by git\n" in well.out
    assert well.out.endswith("\nNothing found.\n")
    assert f"error    DKIM record {RSA}\n" in ill.out
    assert f'             Publish: {RSA}. IN TXT "v=DKIM1; k=rsa; p=MIIB' in ill.out
    assert ill.out.endswith("\n1 error.\n")


def test_a_name_server_that_is_silent_is_one_finding(
    sound: Sound, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one for each name; what needs no DNS is looked at all the same."""
    monkeypatch.setattr("newsletter.doctor.names.TIMEOUT_SECONDS", 0.3)
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]

        server = ("--nameserver", f"127.0.0.1:{port}")
        answer = Weekly(sound.folder, capsys).run("doctor", "--json", *server)

    [finding] = list_findings(answer)
    assert finding["rule"] == "name-server-silent"
    verdicts = {each["subject"]: each["verdict"] for each in answer.document["examined"]}
    assert verdicts["next hop"] == "ok"
    assert verdicts["SPF, DKIM, DMARC, MX"] == "skipped"
    assert answer.code == 3


def test_a_question_without_an_answer_spoils_no_other(
    sound: Sound, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken server of one domain is that domain's trouble."""
    answer = sound.examine(capsys, "--json", broken=[f"_dmarc.{DOMAIN}"])

    [finding] = list_findings(answer)
    assert finding["rule"] == "name-unanswered"
    assert f"_dmarc.{DOMAIN}: the name servers cannot answer" in finding["message"]


def test_a_message_of_a_sound_newsletter_is_well_where_it_arrives(
    sound: Sound, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Signed by both keys, aligned, and with both fields of RFC 8058 under the signatures."""
    [issue] = (sound.folder / "issues").glob("*.md")
    weekly = Weekly(sound.folder, capsys)
    assert weekly.run("render", issue.stem, "--out", str(tmp_path)).code == 0
    message = tmp_path / f"{issue.stem}.eml"

    answer = sound.examine(capsys, "--json", "--message", str(message))

    assert list_findings(answer) == []
    subjects = [each["subject"] for each in answer.document["examined"]]
    assert subjects.count(f"signature of {DOMAIN}") == 2
    assert answer.code == 0


def test_a_message_without_a_signature_ends_with_3(
    sound: Sound, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A script may decide on it."""
    message = tmp_path / "received.eml"
    message.write_bytes(f"From: spring@{DOMAIN}\n\nHello.\n".encode())

    answer = sound.examine(capsys, "--message", str(message))

    assert answer.code == 3
    assert "error: there is no DKIM-Signature [message-unsigned]" in answer.out
