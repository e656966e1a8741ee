"""Every help page: plain, narrow enough for 80 columns, with examples that can be copied."""

import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest
import typer

from newsletter.cli import run
from newsletter.cli.app import app


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """List the words of every command, groups included."""
    yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from walk(each, (*path, name))


def read_help(path: tuple[str, ...]) -> str:
    """Read a help page as it is printed into a pipe."""
    with redirect_stdout(StringIO()) as page:
        assert run([*path, "--help"]) == 0
    return page.getvalue()


def list_examples(page: str) -> list[list[str]]:
    """List the examples of a help page as a shell would read them, less where output goes to."""
    joined = page.replace("\\\n", " ")
    lines = re.findall(r"^ +(newsletter .*?)(?: > \S+)?$", joined, re.MULTILINE)
    return [shlex.split(line)[1:] for line in lines]


def find_command(command: Any, words: list[str]) -> tuple[Any, list[str]]:
    """Follow the names of groups and commands; return the command and its arguments."""
    commands = getattr(command, "commands", {})
    if words and words[0] in commands:
        return find_command(commands[words[0]], words[1:])
    return command, words


PATHS = list(walk(typer.main.get_command(app)))
EXAMPLES = [example for path in PATHS for example in list_examples(read_help(path))]


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_a_help_page_shows_an_example_on_its_own_line(path: tuple[str, ...]) -> None:
    """People read examples first, and copy them."""
    examples = list_examples(read_help(path))

    assert examples != []
    assert [example for example in examples if example[: len(path)] != list(path)] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=" ".join)
def test_an_example_is_understood(example: list[str]) -> None:
    """Its options exist and its values fit; it is not carried out."""
    command, arguments = find_command(typer.main.get_command(app), example)

    context = command.make_context("example", arguments)

    assert context.args == []


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_a_help_page_is_plain_and_fits(path: tuple[str, ...]) -> None:
    """No line is cut off or wider than a terminal; no type names, no escape codes."""
    page = read_help(path)

    assert [line for line in page.splitlines() if len(line) > 79] == []
    assert [each for each in page if not (each.isprintable() or each == "\n")] == []
    assert re.findall(r"<(?:str|int|bool|path|list)|\w\.\.\.$|\{|\[x", page, re.MULTILINE) == []


@pytest.mark.parametrize("path", [(), ("subscribers",), ("config",), ("db",)], ids=" ".join)
def test_a_group_without_a_command_shows_its_help_and_is_wrong_usage(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output stays empty: a script that forgot a word must not read a help page."""
    code = run(path)

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert said.err.startswith(f"Usage: {' '.join(['newsletter', *path])} ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("sned", "no such command 'sned'. Did you mean 'send'?\nHelp: newsletter --help\n"),
        ("send", "missing argument 'ISSUE'\nHelp: newsletter send --help\n"),
        (
            "send x --confirm-cont 3",
            "no such option: --confirm-cont (Possible options: --confirm-count)",
        ),
        ("send x --limit few", "invalid value for '--limit': it must be a whole number\n"),
        ("send x --in-doubt no", "invalid value for '--in-doubt': 'no' is not one of 'hold'"),
        ("subscribers show kim", "invalid value for 'ADDRESS': 'kim': "),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_the_way_to_help(
    arguments: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody wants a page of usage for one slip."""
    code = run(arguments.split())

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert words in said.err
    assert said.err.count("\n") == 2


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The first thing asked in a report of a bug."""
    code = run(["--version"])

    assert code == 0
    assert re.fullmatch(r"newsletter-press \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)
