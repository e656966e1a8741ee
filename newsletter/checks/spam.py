"""What SpamAssassin on this machine makes of a message, where it is installed.

Only its local tests count for much: the message was not sent, so nothing vouches for it yet.
"""

import re
import subprocess
from collections.abc import Iterator
from email import message_from_bytes
from typing import Final

from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import parts as rules

#: In the order of preference: the first asks a server that is running already.
PROGRAMS: Final = {"spamc": ("--no-safe-fallback",), "spamassassin": ("--local", "--test-mode")}
TIMEOUT_SECONDS: Final = 60.0
_STATUS: Final = re.compile(
    r"score=(?P<score>-?[\d.]+)\s+required=(?P<required>[\d.]+)(?:\s+tests=(?P<tests>.*?)\s+\w+=)?",
    re.DOTALL,
)


def check_spam(
    message: bytes, program: str, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> Iterator[Finding]:
    """Have a message judged.

    Args:
        message: As one reader would get it.
        program: Path of one of `PROGRAMS`.
        timeout_seconds: After which it is not waited for any longer.
    """
    name = program.rpartition("/")[2]
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own program
            [program, *PROGRAMS.get(name, ())],
            input=message,
            capture_output=True,
            timeout=timeout_seconds,
            check=True,
        )
    except subprocess.TimeoutExpired:
        yield build_finding(
            rules.SPAM_UNASKED, f"{name} did not answer within {timeout_seconds:g} seconds"
        )
        return
    except (OSError, subprocess.CalledProcessError) as error:
        code = getattr(error, "returncode", None)
        why = f"ended with {code}" if code else getattr(error, "strerror", "")
        yield build_finding(rules.SPAM_UNASKED, f"{name} {why}")
        return
    status = _STATUS.search(str(message_from_bytes(done.stdout).get("X-Spam-Status", "")))
    if status is None:
        yield build_finding(rules.SPAM_UNASKED, f"{name} gave no score")
    elif float(status["score"]) >= float(status["required"]):
        tests = ", ".join((status["tests"] or "").replace(",", " ").split())
        yield build_finding(
            rules.SPAM,
            f"a score of {status['score']}, where {status['required']} is spam: {tests}",
        )
