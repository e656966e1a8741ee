"""Hosts of a network of our own: each a network namespace, behind one switch, in nobody's way.

Addresses are private ones that exist inside these namespaces only. Whoever runs in a host sees its
network, its own name and its own processes, so that to the others it is another machine.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_NET = "10.77.0"


def is_possible() -> bool:
    """Tell whether this user may make networks here."""
    return os.geteuid() == 0 and all(map(shutil.which, ("ip", "tc", "ss")))


@dataclass
class Host:
    """One machine of the network."""

    name: str
    address: str
    #: Of its namespace, and of the switch's.
    namespace: str
    switch: str

    def cut(self) -> None:
        """Pull the cable: nothing goes in or out, and nobody is told."""
        _run("ip", "-n", self.switch, "link", "set", self.name, "down")

    def heal(self) -> None:
        """Put it in again."""
        _run("ip", "-n", self.switch, "link", "set", self.name, "up")

    def forget_connections(self) -> None:
        """Lose every connection, as a machine does that is started anew."""
        _run("ip", "netns", "exec", self.namespace, "ss", "--kill", "--tcp", "state", "all")

    def slow_down(self, kilobits_per_second: int) -> None:
        """Let so much through towards the host, and what is more wait."""
        rate = f"{kilobits_per_second}kbit"
        shaper = ("tbf", "rate", rate, "burst", "4kb", "latency", "2s")
        _run("tc", "-n", self.switch, "qdisc", "replace", "dev", self.name, "root", *shaper)

    def speed_up(self) -> None:
        """Let everything through again."""
        _run("tc", "-n", self.switch, "qdisc", "del", "dev", self.name, "root")

    @contextmanager
    def running(
        self, command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None
    ) -> Iterator["Running"]:
        """Run a program in the host; nothing of it outlives the block."""
        inside = f'hostname {self.name}; exec "$@"'
        with log.open("ab") as output:
            process = subprocess.Popen(
                [
                    *("ip", "netns", "exec", self.namespace),
                    *("unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child"),
                    *("sh", "-c", inside, "sh", *command),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(environ or {})},
            )
        running = Running(process)
        try:
            yield running
        finally:
            running.kill()


@dataclass
class Running:
    """A program in a host."""

    #: What started it; it ends with the program, and the program with it.
    outer: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it by SIGKILL, with everything in its host's process list, and wait for that."""
        inner = self._find_inner()
        # By itself it goes with the outer one, unless it has changed its user, as databases do.
        for each in inner:
            os.kill(each, signal.SIGKILL)
        self.outer.kill()
        self.outer.wait()
        while any(map(_is_running, inner)):
            time.sleep(0.01)

    def ask_to_end(self) -> None:
        """End it by SIGTERM."""
        self._signal(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop it where it stands."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for each in self._find_inner():
            os.kill(each, number)

    def _find_inner(self) -> list[int]:
        """Find the first process of the host, seen from outside; nothing when it has ended."""
        children = Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children")
        with suppress(OSError):
            return [int(child) for child in children.read_text("ascii").split()]
        return []


@dataclass
class Network:
    """A switch, and the hosts that are connected to it."""

    prefix: str
    _namespaces: list[str] = field(default_factory=list)

    @contextmanager
    def working(self) -> Iterator["Network"]:
        """Make the switch; with the block everything goes."""
        with ExitStack() as stack:
            stack.callback(self._remove)
            self._add_namespace("switch")
            self._on("switch", "link", "add", "bridge", "type", "bridge")
            self._on("switch", "link", "set", "bridge", "up")
            yield self

    def add_host(self, name: str) -> Host:
        """Connect one more host."""
        address = f"{_NET}.{len(self._namespaces)}"
        self._add_namespace(name)
        peer = ("peer", "name", "eth0", "netns", self._name(name))
        self._on("switch", "link", "add", name, "type", "veth", *peer)
        self._on("switch", "link", "set", name, "master", "bridge", "up")
        self._on(name, "address", "add", f"{address}/24", "dev", "eth0")
        self._on(name, "link", "set", "eth0", "up")
        return Host(name, address, self._name(name), self._name("switch"))

    def _add_namespace(self, name: str) -> None:
        _run("ip", "netns", "add", self._name(name))
        self._namespaces.append(self._name(name))
        self._on(name, "link", "set", "lo", "up")

    def _on(self, name: str, *arguments: str) -> None:
        _run("ip", "-n", self._name(name), *arguments)

    def _name(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def _remove(self) -> None:
        for namespace in self._namespaces:
            with suppress(subprocess.CalledProcessError):
                _run("ip", "netns", "delete", namespace)


def _is_running(number: int) -> bool:
    """Tell whether there is such a process, and not only what is left of it."""
    with suppress(OSError):
        stat = Path(f"/proc/{number}/stat").read_text("utf-8", "replace")
        return stat.rpartition(")")[2].split()[0] not in "ZX"
    return False


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
