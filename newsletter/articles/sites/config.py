"""The settings of a generator in TOML, YAML or JSON, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.errors import IssueError, UserError
from newsletter.issues.formats.json_object import parse_json
from newsletter.issues.formats.toml_block import parse_toml
from newsletter.issues.formats.yaml_block import parse_yaml
from newsletter.issues.source import Block, Entry, decode_source, load_content, show_path


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """What a file says. Values of another kind than is asked for read as absent."""

    path: Path
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def text(self, *keys: str) -> str:
        """Take the first text that is there; empty for none."""
        for key in keys:
            value = self.value(key)
            if isinstance(value, str) and value.strip():
                return value.strip()
        return ""

    def flag(self, key: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self.value(key)
        return value if isinstance(value, bool) else default

    def table(self, key: str) -> Mapping[str, Any]:
        """Take a table; empty for none."""
        value = self.value(key)
        return value if isinstance(value, Mapping) else {}

    def value(self, key: str) -> object:
        """Take whatever is there; keys are found in any case."""
        return next(
            (each.value for name, each in self.entries.items() if name.lower() == key), None
        )

    def place(self, key: str) -> str:
        """Tell where a key stands, for messages; the file's first line where it does not."""
        found = [each.place.line for name, each in self.entries.items() if name.lower() == key]
        return f"{show_path(self.path)}:{found[0] if found else 1}"


def load_config(path: Path) -> Config:
    """Load a file of settings.

    Raises:
        UserError: It is broken; names line and column.
        NotFoundError: It is gone.
    """
    try:
        return Config(path=path, entries=_parse(path))
    except IssueError as error:
        summary = f"{show_path(path)}: these settings of the site cannot be used"
        raise UserError(summary, problems=error.problems) from error


def _parse(path: Path) -> Mapping[str, Entry]:
    source = decode_source(load_content(path), path)
    block = Block(source, 0, len(source.text))
    if path.suffix == ".toml":
        return parse_toml(block)
    if path.suffix == ".json":
        return parse_json(block)[0]
    return parse_yaml(block, skips_tags=True) or {}
