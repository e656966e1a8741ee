"""Progress of long work: a line that is drawn again on a terminal, one every ten seconds elsewhere.

    [=========>                    ]  1,204 of 4,169 messages, 118 a second, 25 s left

ASCII and a carriage return are all it needs: every terminal can do that, whatever its width,
colours, encoding and opinion of how wide a line-drawing character is.
"""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from newsletter.cli.output import format_duration

_REDRAW_EVERY_SECONDS = 0.1
_LINE_EVERY_SECONDS = 10.0
#: The rate is that of the last seconds: what was sent before a pause says nothing of the rest.
_RATE_OVER_SECONDS = 10.0
_BAR_WIDEST = 30
_BAR_NARROWEST = 5


class ProgressLine:
    """Tells on standard error how much is done, at which rate, and how long the rest takes.

    Its methods may be called from any thread.
    """

    def __init__(
        self,
        total: int | None,
        noun: str = "messages",
        *,
        is_quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to measure.

        Args:
            total: How much there is to do; None when nobody knows.
            noun: What is counted.
            is_quiet: Say something only on a terminal: machines read standard error for errors.
            clock: Seconds, monotonic.
        """
        self._total = total
        self._is_estimate = False
        self._noun = noun
        self._is_terminal = sys.stderr.isatty()
        self._is_quiet = is_quiet and not self._is_terminal
        self._clock = clock
        self._lock = threading.Lock()
        self._samples = deque([(clock(), 0)])
        self._told_at = clock()
        #: What stands on the terminal's line now.
        self._drawn = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Take the drawn line away: what follows tells the end of it."""
        with self._lock:
            self._draw("")

    def expect(self, total: int | None) -> None:
        """Take a better estimate of how much there is to do."""
        with self._lock:
            self._total = total
            self._is_estimate = True

    def show(self, done: int) -> None:
        """Show how far it is, as often as one likes: it is drawn as often as eyes can follow."""
        with self._lock:
            now = self._clock()
            every = _REDRAW_EVERY_SECONDS if self._is_terminal else _LINE_EVERY_SECONDS
            if self._is_quiet or now - self._told_at < every:
                return
            self._told_at = now
            parts = self._describe(done, now)
            if self._is_terminal:
                self._draw(self._fit(done, parts))
            else:
                _write(", ".join(parts) + "\n")

    def show_of(self, done: int, total: int) -> None:
        """Show how far it is, where the total is known once the work has begun."""
        self._total = total
        self.show(done)

    def say(self, text: str) -> None:
        """Say something on a line of its own; what is drawn stays above it."""
        with self._lock:
            if not self._is_quiet:
                _write(("\n" if self._drawn else "") + text + "\n")
            self._drawn = ""

    def _describe(self, done: int, now: float) -> list[str]:
        self._samples.append((now, done))
        while now - self._samples[1][0] > _RATE_OVER_SECONDS:
            self._samples.popleft()
        began, first = self._samples[0]
        rate = (done - first) / (now - began)
        about = "about " if self._is_estimate else ""
        of = f" of {about}{self._total:,}" if self._total else ""
        parts = [f"{done:,}{of} {self._noun}", f"{rate:,.{0 if rate >= 10 else 1}f} a second"]
        if self._total and rate:
            parts.append(f"{format_duration(max(0, self._total - done) / rate)} left")
        return parts

    def _fit(self, done: int, parts: list[str]) -> str:
        """Put a bar before the words if the terminal has room for it, else leave words out."""
        # The last column stays free: a terminal that is full to the edge begins a new line.
        columns = (os.get_terminal_size(sys.stderr.fileno()).columns or 80) - 1
        words = next(
            (
                text
                for text in (", ".join(parts), ", ".join(parts[::2]), parts[0])
                if len(text) <= columns
            ),
            parts[0][:columns],
        )
        width = min(_BAR_WIDEST, columns - len(words) - len("[]  "))
        if not self._total or width < _BAR_NARROWEST:
            return words
        filled = min(width, done * width // self._total)
        tip = ">" if filled < width else ""
        return f"[{'=' * filled + tip:<{width}}]  {words}"

    def _draw(self, line: str) -> None:
        """Replace what stands on the terminal's line."""
        if self._drawn or line:
            _write(f"\r{line:<{len(self._drawn)}}" + ("" if line else "\r"))
        self._drawn = line


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
