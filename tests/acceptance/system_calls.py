"""What a command asked of the system, as strace saw it, and what a power cut would have left."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

#: What makes bytes leave for a disk or a socket, and what makes them stay.
_CALLS = (
    "write,pwrite64,writev,sendto,sendmsg,fsync,fdatasync,rename,renameat,renameat2,link,linkat"
)
_LINE = re.compile(
    r"(?P<thread>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<call>\w+)\()(?P<rest>.*)"
)
_PATH = re.compile(r"\d+<([^>]*)>")
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True)
class Call:
    """A system call as it began, or as it came back when something came between."""

    name: str
    thread: str
    #: The file, folder or socket it is about; for a new name the name.
    path: str
    #: What is written; for a new name both names.
    octets: bytes
    #: Where it is written, for `pwrite64`.
    offset: int
    has_begun: bool
    has_ended: bool


@dataclass
class Disk:
    """Files as they are, and as a power cut would leave them: only what was synced."""

    files: dict[str, bytearray] = field(default_factory=dict)
    synced: dict[str, bytes] = field(default_factory=dict)
    _syncing: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def see(self, call: Call) -> None:
        """Do what a call did."""
        if call.name == "pwrite64" and call.has_begun:
            content = self.files.setdefault(call.path, bytearray())
            content.extend(bytes(max(0, call.offset - len(content))))
            content[call.offset : call.offset + len(call.octets)] = call.octets
        if call.name in {"fsync", "fdatasync"}:
            key = (call.thread, call.name)
            if call.has_begun:
                # What is written while it is under way may miss it.
                self._syncing[key] = bytes(self.files.get(call.path, b""))
            if call.has_ended:
                self.synced[call.path] = self._syncing.pop(key)


def trace(
    command: Sequence[str], file: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command and write what it asks of the system into a file."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    return subprocess.run(
        [strace, "-f", "-y", "-xx", "-s", "200000", "-e", f"trace={_CALLS}", "-o", file, *command],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def read_calls(file: Path) -> Iterator[Call]:
    """Read a trace in the order in which things began, or came back."""
    paths: dict[str, str] = {}
    for line in file.read_text("ascii", "replace").splitlines():
        if not (found := _LINE.match(line)):
            continue
        thread, rest = found["thread"], found["rest"]
        if found["resumed"]:
            path = paths.pop(thread, "")
            yield Call(found["resumed"], thread, path, b"", 0, has_begun=False, has_ended=True)
            continue
        octets = b"".join(_unescape(text) for text in _QUOTED.findall(rest))
        place = _PATH.match(rest)
        path = (
            _unescape(place[1]).decode() if place and "\\x" in place[1] else (place or ("", ""))[1]
        )
        is_unfinished = rest.endswith("<unfinished ...>")
        if is_unfinished:
            paths[thread] = path
        offset = re.search(r", (\d+)(?:\) += \d+| <unfinished)", rest) if "pwrite" in line else None
        yield Call(
            found["call"],
            thread,
            path,
            octets,
            int(offset[1]) if offset else 0,
            has_begun=True,
            has_ended=not is_unfinished,
        )


def _unescape(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
