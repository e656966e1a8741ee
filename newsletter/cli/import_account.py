"""What an import tells: every line in a file if wanted, the refused ones on the screen."""

from __future__ import annotations

import csv
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from newsletter.cli.files import open_target
from newsletter.cli.progress import ProgressLine
from newsletter.errors import UserError
from subscribers.exchange.csv_import import Line, Verdict
from subscribers.subscription import State

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from newsletter.cli.metered_file import MeteredFile
    from subscribers.exchange.recognition import Recognition

#: Lines kept for the screen, per verdict, and for --json; all of them go to the report file.
_SHOWN_LINES = 20
_LISTED_LINES = 1000
_MAILABLE = State.CONFIRMED.value
_PROGRESS_EVERY_LINES = 1000


class ImportAccount:
    """Counts lines by verdict and keeps the first that were not taken; memory does not grow."""

    def __init__(
        self,
        report: Path | None,
        *,
        is_quiet: bool,
        are_people: bool = False,
        is_rehearsal: bool = False,
        meter: MeteredFile | None = None,
    ) -> None:
        """Begin an account.

        Args:
            report: The file that gets a row for every line; None for no file.
            is_quiet: Show progress only on a terminal.
            are_people: Tell how many became mailable.
            is_rehearsal: Nothing is changed: say so.
            meter: Tells how much of the file was read.
        """
        self._counts: Counter[Verdict] = Counter()
        self._done = 0
        self._mailable = 0
        self._kept: dict[Verdict, list[Line]] = {
            Verdict.KNOWN: [],
            Verdict.ENDED: [],
            Verdict.REFUSED: [],
        }
        self._heard: list[Recognition] = []
        self._are_people = are_people
        self._is_rehearsal = is_rehearsal
        self._meter = meter
        self._report = report
        self._progress = ProgressLine(None, "lines", is_quiet=is_quiet)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if self._report:
            self._writer = csv.writer(self._open.enter_context(open_target(self._report)))
            self._writer.writerow(["line", "verdict", "reason", "file"])
        self._open.enter_context(self._progress)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Whatever was committed before an error is worth knowing.
        if error is not None and self._counts:
            error.add_note(self._note())
        try:
            self._open.__exit__(kind, error, trace)
        except UserError as failed:
            failed.add_note(self._note())
            raise

    def hear(self, found: Recognition) -> None:
        """Hear as what a file is read; a plain CSV need not be told."""
        if found in self._heard:
            return
        self._heard.append(found)
        if found.layout.signs:
            self._progress.say(f"Read as a file of {found.layout.title}: {found.reason}.")
        if found.layout.caution:
            self._progress.say(f"Note: {found.layout.caution}")

    def add(self, line: Line) -> None:
        """Take the account of one line."""
        self._counts[line.verdict] += 1
        if line.verdict is Verdict.TAKEN:
            self._mailable += line.reason == _MAILABLE
        elif len(kept := self._kept[line.verdict]) < _LISTED_LINES:
            kept.append(line)
        if self._report:
            self._writer.writerow([line.number, line.verdict, line.reason, line.file])
        self._done += 1
        if self._done % _PROGRESS_EVERY_LINES == 0:
            if self._meter:
                self._progress.expect(self._meter.estimate(self._done))
            self._progress.show(self._done)

    @property
    def has_only_refusals(self) -> bool:
        """Whether there were lines and not one of them could be used."""
        return self._counts.total() == self._counts[Verdict.REFUSED] > 0

    def describe(self) -> dict[str, object]:
        """Tell all this for machines."""
        lines = sorted(
            (line for kept in self._kept.values() for line in kept),
            key=lambda line: (line.file, line.number),
        )
        not_taken = self._counts.total() - self._counts[Verdict.TAKEN]
        return {
            **{str(verdict): self._counts[verdict] for verdict in Verdict},
            **self._describe_people(),
            "lines": [_describe_line(line) for line in lines],
            "lines_left_out": not_taken - len(lines),
        }

    def _describe_people(self) -> dict[str, object]:
        """Tell what only a list of people has: whose it was, and who may be written to now."""
        if not self._are_people:
            return {}
        return {
            "mailable": self._mailable,
            "is_dry_run": self._is_rehearsal,
            "read_as": [each.layout.name for each in self._heard],
        }

    def print(self) -> None:
        """Tell all this for people."""
        for verdict, kept in self._kept.items():
            for line in kept[:_SHOWN_LINES]:
                where = f"{line.file}: " if line.file else ""
                print(f"{where}line {line.number}: {verdict}: {line.reason}")
            more = self._counts[verdict] - _SHOWN_LINES
            if more > 0:
                print(f"… and {more:,} more {verdict} (--report FILE lists every line)")
        if self._are_people and self._counts[Verdict.TAKEN]:
            print(f"{self._mailable:,} became mailable; who was taken otherwise gets no issue.")
        if self._is_rehearsal:
            print("This was a dry run: nothing was changed. The import would give:")
        print(f"{self._summary()}.")

    def _note(self) -> str:
        if self._is_rehearsal:
            return f"Until then: {self._summary()}. It was a dry run: nothing was changed."
        return (
            f"Until then: {self._summary()}. The import can be repeated: whoever was taken is"
            " known then."
        )

    def _summary(self) -> str:
        # Somebody's end is rare, and worth a word only where it happened.
        return ", ".join(
            f"{self._counts[verdict]:,} {verdict}"
            for verdict in Verdict
            if verdict is not Verdict.ENDED or self._counts[verdict]
        )


def _describe_line(line: Line) -> dict[str, object]:
    described: dict[str, object] = {
        "line": line.number,
        "verdict": str(line.verdict),
        "reason": line.reason,
    }
    return {**described, "file": line.file} if line.file else described
