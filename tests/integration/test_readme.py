"""The README tells the truth: its commands run, its issue renders, its output is the demo's."""

import re
import socket
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.integration.typed import run_shell

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def get_block(title: str) -> str:
    """Get the fenced block that stands under a comment in the README."""
    found = re.search(rf"<!-- {title} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, f"no block under <!-- {title} -->"
    return found[1]


def test_what_the_tests_say_is_what_make_and_pytest_print() -> None:
    """The number of tests grows, the words stay."""
    *said, result = get_block("what the tests say").splitlines()

    printed = (ROOT / "Makefile").read_text(encoding="utf-8")
    steps = [line for line in said if not line.startswith("Contracts: ")]
    assert [line for line in steps if f'"{line}"' not in printed] == []
    assert re.fullmatch(r"\d{4,} passed in \d+\.\d\ds \(\d:\d\d:\d\d\)", result)


def test_the_commands_for_ones_own_newsletter_send_one_message(tmp_path: Path) -> None:
    """A reader types them as they stand."""
    output = run_shell(get_block("your own"), tmp_path)

    kinds = sorted(file.suffix for file in (tmp_path / "weekly" / "rendered").iterdir())
    assert kinds == [".eml", ".html", ".txt"]
    assert len(list((tmp_path / "weekly" / "maildir" / "new").iterdir())) == 2
    assert re.search(r"-hello +sent +1 +1 ", output)


def test_people_and_the_whole_newsletter_leave_and_come(tmp_path: Path) -> None:
    """A reader types them in the folder of the newsletter."""
    run_shell(get_block("your own").splitlines()[0], tmp_path)

    run_shell(f"cd weekly\n{get_block('leaving and coming')}", tmp_path)

    assert (tmp_path / "weekly" / "people.csv").is_file()
    assert (tmp_path / "elsewhere" / "newsletter.db").is_file()


def test_the_pages_are_there_as_it_says(tmp_path: Path) -> None:
    """The first command serves until it is ended; the others print and write."""
    run_shell(get_block("your own").splitlines()[0], tmp_path)
    serve, embed, build = get_block("the pages").splitlines()
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = serve.partition("#")[0].replace(
        "newsletter", f"exec '{tmp_path}/newsletter' -C weekly"
    )

    process = subprocess.Popen(
        ["sh", "-c", f"{command} --port {port}"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    told = process.stderr.readline()
    with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        page = answer.read().decode()
    process.terminate()
    process.communicate(timeout=20)

    assert told == f"Serving My Weekly at http://127.0.0.1:{port}/subscribe\n"
    assert 'name="email"' in page
    assert process.returncode == 0
    in_folder = "cd weekly && PATH=..:$PATH && "
    assert "<form" in run_shell(in_folder + embed, tmp_path)
    assert "files in public" in run_shell(in_folder + build, tmp_path)


def test_the_issue_renders_as_it_says(tmp_path: Path) -> None:
    """The example has a personal field, braces that stay, and an IRI."""
    run_shell(get_block("your own").splitlines()[0], tmp_path)
    issue = tmp_path / "weekly" / "issues" / "spring.md"
    issue.write_text(get_block("an issue"), encoding="utf-8")

    run_shell("newsletter -C weekly render spring --out out", tmp_path)

    text = (tmp_path / "out" / "spring.txt").read_text(encoding="utf-8")
    assert "Hello friend," in text
    assert "`${{ secrets.TOKEN }}`" in text
    assert "https://example.org/%EA%B8%80-%EB%AA%A9%EB%A1%9D" in text


@pytest.mark.parametrize("line", get_block("the end of the demo").splitlines())
def test_the_output_shown_is_the_demos(line: str, demo_output: str) -> None:
    """Only the time of day may differ."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    pattern = re.escape(line).replace(re.escape("2026-01-09 09:00:00"), rf"{today} [\d:]{{8}}")

    assert re.search(rf"^{pattern}$", demo_output, re.MULTILINE)


@pytest.fixture(scope="module")
def demo_output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Run the demo once."""
    folder = tmp_path_factory.mktemp("readme")
    return run_shell(f"sh '{ROOT}/examples/demo.sh' '{folder}/demo'", folder)
