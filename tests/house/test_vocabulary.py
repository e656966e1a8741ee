"""Names in the code come from docs/vocabulary.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = [
    path for package in ("newsletter", "subscribers") for path in (ROOT / package).rglob("*.py")
]


def _list_refused_words() -> set[str]:
    """List the bold words of the tables' last column, written as in a name."""
    lines = (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8").splitlines()
    cells = [line.rstrip(" |").rpartition("|")[2] for line in lines if line.startswith("|")]
    return {word.replace(" ", "_") for cell in cells for word in re.findall(r"\*\*(.+?)\*\*", cell)}


def _list_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """List what a module names itself: definitions, arguments, variables, tables and columns."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.Call(
                func=ast.Attribute(attr="Table" | "Column"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def _to_snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _find_refused(names: list[str]) -> list[str]:
    words = "|".join(sorted(_list_refused_words()))
    pattern = re.compile(rf"(?:^|_)(?:{words})(?:s|ed|ing)?(?:_|$)")
    return [name for name in names if pattern.search(_to_snake_case(name))]


def test_the_refused_words_are_read_from_the_vocabulary() -> None:
    """An empty list would refuse nothing."""
    words = _list_refused_words()

    assert {"campaign", "blast", "unconfirmed", "opt_out"} <= words
    assert "issue" not in words


def test_a_refused_word_is_found_inside_a_name() -> None:
    """Whatever the case and the number."""
    names = ["send_campaigns", "BlastError", "opt_out_url", "issue", "skinny"]

    found = _find_refused(names)

    assert found == ["send_campaigns", "BlastError", "opt_out_url"]


def test_no_name_in_the_code_is_a_refused_word() -> None:
    """Two names for one thing cost every reader a search."""
    named = [
        f"{path.relative_to(ROOT).as_posix()}:{line} {name}"
        for path in MODULES
        for line, name in _list_names(ast.parse(path.read_text(encoding="utf-8")))
        if _find_refused([name])
    ]
    files = [path.as_posix() for path in MODULES if _find_refused([path.stem])]

    assert named == []
    assert files == []
