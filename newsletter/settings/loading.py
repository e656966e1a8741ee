"""Find newsletter.toml, read every source, and make one `Settings` or one list of problems."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from newsletter.errors import SettingsError
from newsletter.settings.keys import KEYS, SECTIONS, Key, Privacy
from newsletter.settings.kinds import check_type, read_text
from newsletter.settings.model import Settings
from newsletter.settings.segments import SEGMENTS_SECTION, read_segments
from newsletter.settings.sources import (
    Findings,
    Found,
    Source,
    add_document,
    add_environment,
    add_flags,
)
from newsletter.settings.toml_file import TomlSyntaxError
from newsletter.settings.urls import mask_password

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SETTINGS_FILE_NAME = "newsletter.toml"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_MASK = "***"


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingLine:
    """One setting as it holds and where it comes from, for people to read."""

    #: Empty for what stands outside the sections.
    section: str
    key: str
    #: Secrets, and the passwords of URLs, are masked. Empty when nothing is set.
    shown_value: str
    #: ``default``, ``newsletter.toml:LINE``, ``environment NEWSLETTER_X`` or ``flag``.
    origin: str


def find_settings_file(start: Path) -> Path:
    """Find the newsletter.toml that a file or folder belongs to.

    Args:
        start: The folder to begin with, or a file in it.

    Returns:
        The absolute path of the nearest newsletter.toml, in that folder or above it.

    Raises:
        SettingsError: There is none; says how to make one.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / SETTINGS_FILE_NAME).is_file():
            return candidate / SETTINGS_FILE_NAME
    raise SettingsError(
        f"{start}: no {SETTINGS_FILE_NAME} here or in a folder above."
        " Make a newsletter with: newsletter init"
    )


def load_settings(
    path: Path, *, environ: Mapping[str, str] = os.environ, overrides: Mapping[str, str] = _NOTHING
) -> Settings:
    """Read newsletter.toml, the environment and flags, each before the one named earlier.

    Args:
        path: newsletter.toml or its folder.
        environ: The process's environment. Variables are ``NEWSLETTER_SECTION__KEY``; where a
            secret may stand also ``…_FILE``, the name of a file that holds it. An empty variable
            counts as not set.
        overrides: What flags say, by names such as ``transport.url``.

    Raises:
        SettingsError: With every problem of every source; no message repeats a secret.
    """
    return _read(path, environ, overrides).build()


def parse_settings(
    text: str,
    *,
    path: Path,
    environ: Mapping[str, str] = _NOTHING,
    overrides: Mapping[str, str] = _NOTHING,
) -> Settings:
    """Make the settings of a newsletter.toml that is not, or not yet, a file.

    Args:
        text: TOML.
        path: Where the file would be; relative paths in it begin at its folder.
        environ: As in `load_settings`, but nothing unless it is given.
        overrides: As in `load_settings`.

    Raises:
        SettingsError: As in `load_settings`.
    """
    return _Reading(text, path, environ, overrides).build()


def describe_settings(
    path: Path, *, environ: Mapping[str, str] = os.environ, overrides: Mapping[str, str] = _NOTHING
) -> list[SettingLine]:
    """List every setting with its value and origin, in the order of the documentation.

    Raises:
        SettingsError: As in `load_settings`.
    """
    reading = _read(path, environ, overrides)
    settings = reading.build()
    written = reading.findings.segments
    segments = [
        SettingLine(
            section=SEGMENTS_SECTION, key=name, shown_value=text, origin=written[name].origin
        )
        for name, text in settings.segments.items()
    ]
    keys = [_describe(key, reading.findings.values.get(key), settings) for key in KEYS]
    return [*keys, *segments]


def _read(path: Path, environ: Mapping[str, str], overrides: Mapping[str, str]) -> _Reading:
    """Read the file and all other sources."""
    file = path / SETTINGS_FILE_NAME if path.is_dir() else path
    try:
        # A byte order mark is what some editors begin a file with.
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(
            f"{file}: there is no such file. Make a newsletter with: newsletter init"
        ) from None
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"{file}:{line}: not UTF-8; save the file as UTF-8") from error
    return _Reading(text, file, environ, overrides)


class _Reading:
    """The sources, read; builds the settings when nothing is wrong with them."""

    def __init__(
        self,
        text: str,
        file: Path,
        environ: Mapping[str, str],
        overrides: Mapping[str, str],
    ) -> None:
        self.file = file
        self.folder = file.parent.resolve()
        self.findings = Findings()
        self.is_file_known = True
        try:
            add_document(self.findings, text, file.name)
        except TomlSyntaxError as error:
            self.is_file_known = False
            self.findings.problems.append(f"{file.name}:{error}")
        add_environment(self.findings, environ)
        add_flags(self.findings, overrides)

    def build(self) -> Settings:
        """Make the settings.

        Raises:
            SettingsError: With every problem.
        """
        problems = list(self.findings.problems)
        sections = {name: self._build_section(name, problems) for name in SECTIONS}
        outside = self._parse_section("", problems)
        segments = read_segments(self.findings.segments, problems)
        if problems:
            raise SettingsError(f"{self.file}: these settings cannot be used", problems=problems)
        return Settings(folder=self.folder, segments=segments, **sections, **outside)

    def _build_section(self, name: str, problems: list[str]) -> Any:
        """Make one section's dataclass, or note why not."""
        known = len(problems)
        values = self._parse_section(name, problems)
        needed = {key.target for key in KEYS if key.section == name and key.required_like}
        if len(problems) > known or needed - values.keys():
            return None
        try:
            return SECTIONS[name](**values)
        except ValueError as error:
            problems.append(f"[{name}] {error}")
            return None

    def _parse_section(self, name: str, problems: list[str]) -> dict[str, Any]:
        """Parse the values of one section, by the field they belong to."""
        values = {}
        for key in KEYS:
            found = self.findings.values.get(key)
            if key.section != name or (found is None and key.default is None):
                continue
            try:
                values[key.target] = _parse_value(key, found, self.folder)
            except ValueError as error:
                origin = f" ({found.origin})" if found else ""
                problems.append(f"{key.label}: {error}{origin}")
        if self.is_file_known:
            problems += [
                f'{key.label}: is not set, expected one such as "{key.required_like}"'
                for key in KEYS
                if key.section == name
                and key.required_like
                and key not in self.findings.values
                and key not in self.findings.refused
            ]
        return values


def _parse_value(key: Key, found: Found | None, folder: Path) -> object:
    """Make what the key's field holds of what somebody gave, or of the default.

    Raises:
        ValueError: What is wrong with it.
    """
    if found is None:
        value = key.default
    elif found.source is Source.FILE:
        value = check_type(found.value, key.kind)
    else:
        value = read_text(str(found.value), key.kind)
    parsed = key.parse(value)
    return key.locate(parsed, folder) if key.locate else parsed


def _describe(key: Key, found: Found | None, settings: Settings) -> SettingLine:
    section: object = getattr(settings, key.section) if key.section else settings
    value: object = getattr(section, key.target, None)
    if key.privacy is Privacy.SECRET:
        value = _MASK if found else None
    if key.target == "secrets" and not found:
        value = f"in {settings.key_file}"
    return SettingLine(
        section=key.section,
        key=key.name,
        shown_value=_show(value),
        origin=found.origin if found else "default",
    )


def _show(value: object) -> str:
    """Write a value as a person would in newsletter.toml, passwords masked."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case tuple():
            return ", ".join(map(_show, value))
        case _:
            return mask_password(str(value))
