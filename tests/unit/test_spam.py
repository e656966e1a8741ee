"""SpamAssassin's verdict becomes a finding; whatever it does, a check goes on.

A script stands in for the program, so that its every answer can be seen.
"""

from pathlib import Path

import pytest

from newsletter.checks.spam import check_spam
from newsletter.rendering.finding import Finding

MESSAGE = b"Subject: Spring\r\n\r\nHello\r\n"


def judge(folder: Path, script: str, *, timeout_seconds: float = 10.0) -> list[Finding]:
    """Have a message judged by a shell script."""
    program = folder / "spamassassin"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return list(check_spam(MESSAGE, str(program), timeout_seconds=timeout_seconds))


def test_a_low_score_is_not_spoken_of(tmp_path: Path) -> None:
    """The message comes back with a header of the program's."""
    findings = judge(
        tmp_path,
        'echo "X-Spam-Status: No, score=-0.1 required=5.0 tests=NO_RELAYS autolearn=ham"; cat',
    )

    assert findings == []


def test_a_high_score_is_told_with_its_tests(tmp_path: Path) -> None:
    """Headers are folded as the program does it."""
    (finding,) = judge(
        tmp_path,
        'printf "X-Spam-Status: Yes, score=7.4 required=5.0 tests=HTML_IMAGE_ONLY_04,\\n'
        '\\tNO_RELAYS,SUBJ_ALL_CAPS autolearn=no\\n"; cat',
    )

    assert finding.rule == "spam-score"
    assert "7.4, where 5.0 is spam: HTML_IMAGE_ONLY_04, NO_RELAYS, SUBJ_ALL_CAPS" in finding.message


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("cat", "gave no score"),
        ("cat >/dev/null; exit 74", "ended with 74"),
        ("exec sleep 5", "did not answer within 0.2 seconds"),
    ],
)
def test_a_program_that_fails_is_a_note(tmp_path: Path, script: str, words: str) -> None:
    """A server that is down must not stop an issue."""
    (finding,) = judge(tmp_path, script, timeout_seconds=0.2 if "sleep" in script else 10.0)

    assert (finding.rule, finding.severity.value) == ("spam-unasked", "note")
    assert words in finding.message


def test_the_program_reads_the_message(tmp_path: Path) -> None:
    """It gets what a reader would get, and is told to look at nothing outside this machine."""
    judge(tmp_path, f'cat > "{tmp_path}/seen"; echo "$@" > "{tmp_path}/told"')

    assert (tmp_path / "seen").read_bytes() == MESSAGE
    assert (tmp_path / "told").read_text(encoding="utf-8") == "--local --test-mode\n"
