"""A rule: what an issue or an installation is looked at for, under a name that documents use."""

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
    """One line of docs/reference/checks.md or docs/reference/doctor.md."""

    #: In kebab case; settings (`[checks] ignore`) and scripts know it by this name, so it never
    #: changes.
    id: str
    severity: Severity
    #: What is found, as a sentence.
    meaning: str
    #: How to mend it, as a sentence; findings repeat it.
    advice: str
