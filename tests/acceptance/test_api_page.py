"""docs/reference/api.md tells the truth: its commands run, and are answered as it shows."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.web.api.problems import KINDS
from tests.acceptance.served import Served, make_served

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|json)\n(.*?)```", PAGE, re.DOTALL)
#: What is another each time: ids, moments, what is signed.
_VARIES = re.compile(r"[0-9a-f]{32}|\d{4}-\d\d-\d\dT[\d:.]+Z|[A-Za-z0-9_-]{30,}")

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a newsletter."""
    served = make_served(tmp_path_factory.mktemp("api") / "weekly")
    served.start()
    yield served
    served.stop()


def hide_what_varies(value: Any) -> Any:
    """Put one word for whatever is another each time."""
    text = re.sub(r"[^\S\n]+", " ", json.dumps(value, ensure_ascii=False))
    return json.loads(_VARIES.sub("…", text))


def test_the_commands_of_the_page_answer_as_it_says(served: Served) -> None:
    """One after the other, as a reader would try them."""
    create = BLOCKS[0][1].removeprefix("newsletter ").replace("\\\n", " ")
    token = served.run(*create.split()).strip()
    environment = {**os.environ, "API": f"{served.url}/api/v1", "TOKEN": token}
    commands = [number for number, (kind, text) in enumerate(BLOCKS) if text.startswith("curl")]

    answers = {}
    for number in commands:
        answers[number] = subprocess.run(
            ["sh", "-eu", "-c", BLOCKS[number][1]],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        # He is pending once the worker has come to it.
        served.wait_for_messages("lee@example.org", 1)

    shown = {n: BLOCKS[n + 1][1] for n in commands if BLOCKS[n + 1][0] == "json"}
    assert len(shown) >= 9
    for number, text in shown.items():
        assert hide_what_varies(json.loads(answers[number])) == hide_what_varies(json.loads(text))


def test_the_page_names_every_problem_with_its_status() -> None:
    """A program decides by them, so each is promised."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", PAGE, re.MULTILINE)

    assert rows == [(kind.name, str(kind.status_code)) for kind in KINDS]
