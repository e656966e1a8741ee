"""Who gave which value: newsletter.toml, the environment, flags.

Each source hands its values on unread, with their origin, and reports what it does not know. The
order of the sources, the lowest first, is the order of the functions below.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.settings.keys import (
    ENVIRONMENT_PREFIX,
    KEYS,
    SECTIONS,
    Key,
    Privacy,
    find_key,
)
from newsletter.settings.segments import SEGMENTS_SECTION, WrittenSegment
from newsletter.settings.toml_file import find_value, locate_keys, parse_toml
from newsletter.settings.urls import has_password
from newsletter.settings.values import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A secret is a line or a few; a longer file is not the one that was meant.
MAX_SECRET_FILE_BYTES = 65_536
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|api_?key|secret|token|credential|private_?key", re.IGNORECASE
)
_NO_SECRETS = (
    "there is no such key, and a secret does not belong in newsletter.toml, which goes into git;"
    " secrets come from the environment"
)
#: Kubernetes sets these for every service whose name begins with "newsletter".
_SERVICE_LINK = re.compile(
    r"NEWSLETTER_([A-Z0-9]+_)*?"
    r"(SERVICE_HOST=|SERVICE_PORT(_[A-Z0-9_]+)?=|PORT_\d+_[A-Z]+_(PROTO|PORT|ADDR)="
    r"|PORT(_\d+_[A-Z]+)?=[a-z]+://)"
)


class Source(Enum):
    """Who gave a value."""

    FILE = auto()
    ENVIRONMENT = auto()
    FLAG = auto()


@dataclass(frozen=True, slots=True)
class Found:
    """A value as somebody gave it."""

    value: object = field(repr=False)
    source: Source
    #: Such as ``newsletter.toml:7`` or ``environment NEWSLETTER_TRANSPORT__URL``.
    origin: str


class Findings:
    """The values found so far, a later source's before an earlier one's, and the problems."""

    def __init__(self) -> None:
        self.values: dict[Key, Found] = {}
        self.segments: dict[str, WrittenSegment] = {}
        self.problems: list[str] = []
        #: Given, but where a secret must not stand: a problem already, so nothing is missing.
        self.refused: set[Key] = set()

    def add(self, key: Key, found: Found) -> None:
        """Take a value, unless it is a secret that does not belong where it stands."""
        if reason := _refuse_secret(key, found):
            self.report(key.label, reason, found.origin)
            self.refused.add(key)
        else:
            self.values[key] = found

    def report(self, label: str, what: str, origin: str) -> None:
        """Note a problem."""
        self.problems.append(f"{label}: {what} ({origin})")


def add_document(findings: Findings, text: str, file_name: str) -> None:
    """Take the values of newsletter.toml.

    Raises:
        TomlSyntaxError: The text is no TOML.
    """
    data = parse_toml(text)
    lines = locate_keys(text)
    for section, content in data.items():
        origin = f"{file_name}:{lines[(section,)]}"
        if not isinstance(content, dict):
            findings.report(section, _explain_bare_key(section), origin)
            continue
        if section == SEGMENTS_SECTION:
            _add_segments(findings, content, text, lines, file_name)
            continue
        if section not in SECTIONS:
            hint = did_you_mean(section, [*SECTIONS, SEGMENTS_SECTION], "[{}]")
            findings.report(f"[{section}]", f"there is no such section{hint}", origin)
        for name, value in content.items():
            origin = f"{file_name}:{lines[section, name]}"
            if key := find_key(section, name):
                findings.add(key, Found(value, Source.FILE, origin))
            elif section in SECTIONS or _SECRET_NAME.search(name):
                findings.report(f"[{section}] {name}", _explain_key(section, name), origin)


def _add_segments(
    findings: Findings,
    content: Mapping[str, object],
    text: str,
    lines: Mapping[tuple[str, ...], int],
    file_name: str,
) -> None:
    """Take the section whose keys are the operator's own."""
    in_file = text.split("\n")
    for name, value in content.items():
        line = lines[SEGMENTS_SECTION, name]
        column, is_verbatim = find_value(in_file[line - 1], name, str(value))
        findings.segments[name] = WrittenSegment(
            value=value,
            origin=f"{file_name}:{line}",
            column=column,
            is_verbatim=is_verbatim,
        )


def add_environment(findings: Findings, environ: Mapping[str, str]) -> None:
    """Take the values of every variable that begins with ``NEWSLETTER_``.

    An empty variable counts as not set: compose files and CI systems set what they do not know
    to nothing.
    """
    known = {key.variable: key for key in KEYS}
    files = {key.file_variable: key for key in KEYS if key.file_variable}
    for name, value in sorted(environ.items()):
        origin = f"environment {name}"
        is_ours = name.startswith(ENVIRONMENT_PREFIX) and not _SERVICE_LINK.match(f"{name}={value}")
        if not value or not is_ours:
            continue
        if name in known:
            findings.add(known[name], Found(value, Source.ENVIRONMENT, origin))
        elif name not in files:
            # Where the section was forgotten, the end of the name tells more than its looks.
            same_key = [
                each for each in known if each.endswith(f"__{name[len(ENVIRONMENT_PREFIX) :]}")
            ]
            hint = did_you_mean(name, same_key or [*known, *files])
            findings.problems.append(f"{name}: there is no such setting{hint}")
        elif environ.get(files[name].variable):
            findings.problems.append(f"{name}: {files[name].variable} is set too; keep one of them")
        else:
            _add_secret_file(findings, files[name], Path(value), origin)


def environ_without_settings(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Copy the environment for a program that must not hear of this newsletter's settings."""
    return {
        name: value for name, value in environ.items() if not name.startswith(ENVIRONMENT_PREFIX)
    }


def add_flags(findings: Findings, overrides: Mapping[str, str]) -> None:
    """Take what the command line says, by names such as ``transport.url``."""
    for name, value in overrides.items():
        section, _, key_name = name.partition(".")
        if key := find_key(section, key_name):
            findings.add(key, Found(value, Source.FLAG, "flag"))
        else:
            hint = did_you_mean(name, [f"{key.section}.{key.name}" for key in KEYS if key.section])
            findings.report(name, f"there is no such setting{hint}", "flag")


def _add_secret_file(findings: Findings, key: Key, path: Path, origin: str) -> None:
    """Take the content of a file without the line end that editors put after it."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_FILE_BYTES + 1)
        value = content.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        findings.problems.append(f"{key.file_variable}: {path} cannot be read: {error.strerror}")
        return
    except UnicodeDecodeError:
        findings.problems.append(f"{key.file_variable}: {path} is not text in UTF-8")
        return
    if not value or len(content) > MAX_SECRET_FILE_BYTES:
        what = "is too long for a secret" if value else "is empty"
        findings.problems.append(f"{key.file_variable}: {path} {what}")
        return
    findings.add(key, Found(value, Source.ENVIRONMENT, origin))


def _refuse_secret(key: Key, found: Found) -> str:
    """Say why a secret does not belong where it stands; empty when all is well."""
    is_secret = key.privacy is Privacy.SECRET or (
        key.privacy is Privacy.MAY_HOLD_PASSWORD and has_password(str(found.value))
    )
    if not is_secret or found.source is Source.ENVIRONMENT:
        return ""
    where = (
        "a secret does not belong in newsletter.toml, which goes into git"
        if found.source is Source.FILE
        else "a secret does not belong in a command, which others on this machine can see"
    )
    password = find_key(key.section, "password") or key
    return f"{where}; set {password.variable} or {password.file_variable} instead"


def _explain_bare_key(name: str) -> str:
    """Say where a key belongs that stands before the first section."""
    if name in {*SECTIONS, SEGMENTS_SECTION}:
        return f"expected a section that begins with the line [{name}]"
    if _SECRET_NAME.search(name):
        return _NO_SECRETS
    labels = [key.label for key in KEYS if key.name == name and key.section]
    hint = f" (did you mean {labels[0]}?)" if labels else ""
    return f"stands outside of every section{hint}"


def _explain_key(section: str, name: str) -> str:
    """Say why a key is not taken, and what it may have been meant to be."""
    if _SECRET_NAME.search(name):
        return _NO_SECRETS
    elsewhere = [key.label for key in KEYS if key.name == name and key.section]
    if elsewhere:
        return f"there is no such key here (did you mean {elsewhere[0]}?)"
    names = [key.name for key in KEYS if key.section == section]
    return f"there is no such key{did_you_mean(name.replace('-', '_'), names)}"
