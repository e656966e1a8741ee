"""`newsletter doctor`: a sound newsletter, and the same with one fault after another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.sound import Sound, standing
from tests.acceptance.weekly import Answer
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


def test_a_sound_newsletter_has_nothing_to_be_told(
    sound: Sound, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else each finding below might come of something else."""
    answer = sound.examine(capsys, "--json")

    assert list_findings(answer) == []
    assert answer.code == 0
    assert {each["subject"]: each["verdict"] for each in answer.document["examined"]} == {}
