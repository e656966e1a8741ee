"""Every room says what it promises, every test says why it is there."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = [
    path for package in ("newsletter", "subscribers") for path in (ROOT / package).rglob("*.py")
]
TEST_FILES = list((ROOT / "tests").rglob("test_*.py"))


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _list_tests(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(_parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]


def test_every_module_states_its_promise() -> None:
    """A newcomer reads the first line of each file before anything else."""
    silent = [
        path.relative_to(ROOT).as_posix() for path in MODULES if not ast.get_docstring(_parse(path))
    ]

    assert MODULES != []
    assert silent == []


def test_every_test_gives_its_reason() -> None:
    """A test whose reason nobody knows is kept, or deleted, for no reason."""
    silent = [
        f"{path.relative_to(ROOT).as_posix()}:{test.lineno} {test.name}"
        for path in TEST_FILES
        for test in _list_tests(path)
        if not ast.get_docstring(test)
    ]

    assert silent == []


def _holds_a_machine(path: Path) -> bool:
    """Tell whether a file hands one of hypothesis' state machines to pytest."""
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "TestCase"
        for node in _parse(path).body
    )


def test_every_test_file_holds_a_test() -> None:
    """A file of tests that pytest finds nothing in looks like safety and is none."""
    empty = [
        path.relative_to(ROOT).as_posix()
        for path in TEST_FILES
        if not (_list_tests(path) or _holds_a_machine(path))
    ]

    assert TEST_FILES != []
    assert empty == []
