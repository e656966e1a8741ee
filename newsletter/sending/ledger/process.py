"""Which process on which machine: so that a dead owner can be told from a silent one."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process, named so that a later one with the same number is not taken for it."""

    #: Host, boot and process namespace: numbers mean something only inside.
    machine: str
    number: int
    #: Clock ticks from boot to its start; empty where the system does not tell.
    started: str

    @classmethod
    def current(cls) -> "Process":
        """Name the running process."""
        number = os.getpid()
        return cls(_machine(), number, _start_of(number))

    @classmethod
    def parse(cls, text: str) -> "Process":
        """Read what ``str`` of a process wrote."""
        machine, number, started = text.rsplit("/", 2)
        return cls(machine, int(number), started)

    def __str__(self) -> str:
        return f"{self.machine}/{self.number}/{self.started}"

    @property
    def host(self) -> str:
        """The host's name, for people."""
        return self.machine.partition(":")[0]

    @property
    def is_dead(self) -> bool:
        """Whether it certainly ended; of another machine nobody can say so."""
        if self.machine != _machine():
            return False
        try:
            os.kill(self.number, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        return _start_of(self.number) != self.started


def _machine() -> str:
    return f"{socket.gethostname()}:{_boot()}:{_namespace()}"


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _start_of(number: int) -> str:
    """Tell when a process began; empty when it is gone, a zombie, or the system does not tell."""
    try:
        stat = (_PROC / str(number) / "stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    # The name in parentheses may hold spaces; the state follows it, the start is 19 fields later.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
