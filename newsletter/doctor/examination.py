"""An examination: one thing that was looked at, what was there, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.doctor.names import UnansweredError
from newsletter.doctor.rules import names as rules
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import Severity

#: Worst first.
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """One thing that was looked at, or could not be."""

    #: What it is: ``SPF of example.org``.
    subject: str
    #: What was there, or why nothing could be looked at; a few words, empty when findings say it.
    seen: str = ""
    findings: tuple[Finding, ...] = ()
    #: Nothing was looked at, and that is nobody's fault.
    is_skipped: bool = False

    @property
    def verdict(self) -> str:
        """``ok``, ``skipped``, or the severity of the worst finding."""
        if self.is_skipped:
            return "skipped"
        found = {finding.severity for finding in self.findings}
        return next((severity.value for severity in _ORDER if severity in found), "ok")


def skip(subject: str, why: str) -> Examination:
    """Tell that a thing could not be looked at, and why."""
    return Examination(subject=subject, seen=why, is_skipped=True)


def bear_silence(subject: str, examinations: Iterator[Examination]) -> Iterator[Examination]:
    """Examine as far as name servers answer, and tell of the question that was left open."""
    try:
        yield from examinations
    except UnansweredError as error:
        finding = build_finding(rules.UNANSWERED, str(error))
        yield Examination(subject=subject, findings=(finding,))
