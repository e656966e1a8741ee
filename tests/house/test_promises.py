"""The page of promises names tests that exist."""

import ast
import re
from pathlib import Path

from newsletter.drill.points import Kind

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "promises.md"
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def _list_tests() -> set[tuple[str, str]]:
    """List every test as its file's name and its own."""
    return {
        (path.name, node.name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_each_test_that_a_promise_names_exists() -> None:
    """A promise whose test was renamed away would be shown by nothing."""
    named = set(NAMED.findall(PAGE.read_text(encoding="utf-8")))

    assert len(named) > 15
    assert named - _list_tests() == set()


def test_each_row_of_a_promise_names_its_test() -> None:
    """A crash window without one would be a claim."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    bodies = [row for row in rows if not re.match(r"\| (it dies|what|---)", row)]

    assert len(bodies) > 15
    assert [row for row in bodies if not NAMED.search(row)] == []


def test_the_drill_and_the_page_know_the_same_kinds_of_crashes() -> None:
    """A new kind of kill gets its row."""
    page = PAGE.read_text(encoding="utf-8")
    words = {
        Kind.PLANNING: "the plan is committed",
        Kind.INTENT: "intents are committed",
        Kind.WIRE: "final dot",
        Kind.OUTCOME: "outcomes are committed",
        Kind.MIGRATION: "tables are upgraded",
        Kind.SCHEDULE: "begins a scheduled issue",
        Kind.ANYWHERE: "at any other time",
    }

    assert [kind for kind in Kind if words[kind] not in page] == []
