"""Every room of `newsletter` stands on a floor of the layers contract."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def _get_contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return contracts


def _list_rooms() -> set[str]:
    """List the modules, and the folders with Python in them, `__init__.py` there or not."""
    children = (ROOT / "newsletter").iterdir()
    return {
        child.stem
        for child in children
        if (child.suffix == ".py" and child.stem != "__init__")
        or (child.is_dir() and any(child.rglob("*.py")))
    }


def test_every_room_has_a_floor() -> None:
    """import-linter sees packages only: a folder without __init__.py would escape it."""
    layers = next(contract for contract in _get_contracts() if contract["type"] == "layers")
    floors = {
        room.strip(" ()")
        for layer in layers["layers"]
        for room in layer.replace("|", ":").split(":")
    }

    homeless = _list_rooms() - floors

    assert layers["exhaustive"] is True
    assert homeless == set()


def test_every_room_of_content_and_sending_is_kept_from_the_subscribers() -> None:
    """import-linter wants the rooms named one by one, and would not miss a new one."""
    content = {"issues", "rendering", "checks", "sending", "reports"} & _list_rooms()
    named = next(
        contract["source_modules"]
        for contract in _get_contracts()
        if contract.get("forbidden_modules") == ["subscribers"]
    )

    forgotten = {f"newsletter.{room}" for room in content} - set(named)

    assert forgotten == set()


def test_every_room_has_an_init_file() -> None:
    """Without one import-linter does not look inside."""
    folders = {
        path.parent
        for package in ("newsletter", "subscribers")
        for path in (ROOT / package).rglob("*.py")
    }

    bare = sorted(str(folder) for folder in folders if not (folder / "__init__.py").exists())

    assert bare == []
