"""A rule: what an issue is checked for, under a name that settings and documents can use."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    #: Readers would miss something or be misled.
    ERROR = "error"
    #: Most readers will not notice, some will.
    WARNING = "warning"
    #: Worth knowing; nothing needs to change.
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of docs/reference/checks.md."""

    #: In kebab case; `[checks] ignore` knows it by this name, so it never changes.
    id: str
    severity: Severity
    #: What is found, as a sentence.
    meaning: str
    #: How to mend it, as a sentence; findings repeat it.
    advice: str
