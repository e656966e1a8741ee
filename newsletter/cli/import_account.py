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

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

#: Lines kept for the screen, per verdict, and for --json; all of them go to the report file.
_SHOWN_LINES = 20
_LISTED_LINES = 1000
_PROGRESS_EVERY_LINES = 1000


class ImportAccount:
    """Counts lines by verdict and keeps the first that were not taken; memory does not grow."""

    def __init__(self, report: Path | None, *, is_quiet: bool) -> None:
        """Begin an account.

        Args:
            report: The file that gets a row for every line; None for no file.
            is_quiet: Show progress only on a terminal.
        """
        self._counts: Counter[Verdict] = Counter()
        self._kept: dict[Verdict, list[Line]] = {Verdict.KNOWN: [], Verdict.REFUSED: []}
        self._report = report
        self._progress = ProgressLine(None, "lines", is_quiet=is_quiet)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if self._report:
            self._writer = csv.writer(self._open.enter_context(open_target(self._report)))
            self._writer.writerow(["line", "verdict", "reason"])
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

    def add(self, line: Line) -> None:
        """Take the account of one line."""
        self._counts[line.verdict] += 1
        kept = self._kept.get(line.verdict)
        if kept is not None and len(kept) < _LISTED_LINES:
            kept.append(line)
        if self._report:
            self._writer.writerow([line.number, line.verdict, line.reason])
        done = self._counts.total()
        if done % _PROGRESS_EVERY_LINES == 0:
            self._progress.show(done)

    @property
    def has_only_refusals(self) -> bool:
        """Whether there were lines and not one of them could be used."""
        return self._counts.total() == self._counts[Verdict.REFUSED] > 0

    def describe(self) -> dict[str, object]:
        """Tell all this for machines."""
        lines = sorted(
            (line for kept in self._kept.values() for line in kept), key=lambda line: line.number
        )
        not_taken = self._counts[Verdict.KNOWN] + self._counts[Verdict.REFUSED]
        return {
            **{str(verdict): self._counts[verdict] for verdict in Verdict},
            "lines": [
                {"line": line.number, "verdict": str(line.verdict), "reason": line.reason}
                for line in lines
            ],
            "lines_left_out": not_taken - len(lines),
        }

    def print(self) -> None:
        """Tell all this for people."""
        for verdict, kept in self._kept.items():
            for line in kept[:_SHOWN_LINES]:
                print(f"line {line.number}: {verdict}: {line.reason}")
            more = self._counts[verdict] - _SHOWN_LINES
            if more > 0:
                print(f"… and {more:,} more {verdict} (--report FILE lists every line)")
        print(f"{self._summary()}.")

    def _note(self) -> str:
        return (
            f"Until then: {self._summary()}. The import can be repeated: whoever was taken is"
            " known then."
        )

    def _summary(self) -> str:
        return ", ".join(f"{self._counts[verdict]:,} {verdict}" for verdict in Verdict)
