"""How many messages leave when robots flood the form? An attack on one's own machine.

Starts `newsletter serve` with a maildir behind it and signs up thousands of times: for one address,
for as many addresses from a few networks, and for as many from networks of their own. A *hasty*
robot posts and goes on; the others are patient: they fetch the form, wait as a person would, and
press the button of the step-up page. None computes proofs of work, each of which would cost it half
a second of processor time.

Usage: python -m bench.flood [--sign-ups N] [--robots N]
"""

import argparse
import html
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode

from bench.weekly import Weekly

_PATIENCE_SECONDS = 2.1
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Attack:
    """One way to misuse the form."""

    name: str
    #: Number of the sign-up → its address, and the network it comes from.
    target: Callable[[int], tuple[str, str]]
    is_patient: bool = True


ATTACKS = [
    Attack("one address, hasty", lambda n: ("victim@example.org", _network(n % 4)), False),
    Attack("one address, 4 networks", lambda n: ("victim@example.org", _network(n % 4))),
    Attack("one address, every network", lambda n: ("victim@example.org", _network(n))),
    Attack("every address, 4 networks", lambda n: (f"v{n}@d{n % 97}.example", _network(n % 4))),
    Attack("every address and network", lambda n: (f"v{n}@d{n % 97}.example", _network(n))),
]


def _network(number: int) -> str:
    return f"{20 + number // 65_536}.{number // 256 % 256}.{number % 256}.7"


class Robot:
    """Signs up again and again over one connection."""

    def __init__(self, port: int, attack: Attack) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._attack = attack
        self._stamp = ""
        #: Status → how often.
        self.answers: Counter[int] = Counter()

    def prepare(self) -> None:
        """Fetch a form; its stamp is good for many sign-ups once a person could have filled it."""
        self._stamp = _read_hidden(self._ask("GET", "203.0.113.9")[1]).get("stamp", "")

    def sign_up(self, number: int) -> None:
        """Sign up once, as far as this robot goes."""
        address, network = self._attack.target(number)
        fields = {"email": address, "form": "page", "stamp": self._stamp}
        status, body = self._ask("POST", network, fields)
        if status == 429 and self._attack.is_patient:
            fields = _read_hidden(body)
            if fields.get("step"):
                status, _ = self._ask("POST", network, fields)
        self.answers[status] += 1

    def _ask(
        self, method: str, network: str, fields: dict[str, str] | None = None
    ) -> tuple[int, str]:
        headers = {"X-Forwarded-For": network, **(_FORM if fields else {})}
        body = urlencode(fields) if fields else None
        self._connection.request(method, "/subscribe", body, headers)
        response = self._connection.getresponse()
        return response.status, response.read().decode()


def _read_hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def measure(attack: Attack, sign_ups: int, robots: int) -> str:
    """Run one attack; return its row."""
    with Weekly(1, paragraphs=1) as weekly:
        with weekly.serve("--proxy", "127.0.0.1") as (port, _):
            crew = [Robot(port, attack) for _ in range(robots)]
            for robot in crew:
                robot.prepare() if attack.is_patient else None
            time.sleep(_PATIENCE_SECONDS)
            began = time.perf_counter()
            threads = [
                threading.Thread(target=_work, args=(robot, range(place, sign_ups, robots)))
                for place, robot in enumerate(crew)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - began
            # The worker looks at least once a second.
            time.sleep(3)
        new = weekly.folder / "maildir" / "new"
        messages = len(list(new.glob("*"))) if new.exists() else 0
    answers = sum((robot.answers for robot in crew), Counter())
    told = ", ".join(f"{status}: {times:,}" for status, times in sorted(answers.items()))
    return f"{attack.name:<28} {sign_ups:>9,} {messages:>9,} {seconds:>8,.0f}   {told}"


def _work(robot: Robot, numbers: range) -> None:
    for number in numbers:
        robot.sign_up(number)


def main() -> None:
    """Print a row per attack."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sign-ups", type=int, default=10_000)
    parser.add_argument("--robots", type=int, default=40)
    options = parser.parse_args()
    print(f"{'attack':<28} {'sign-ups':>9} {'messages':>9} {'seconds':>8}   answers")
    for attack in ATTACKS:
        print(measure(attack, options.sign_ups, options.robots), flush=True)


if __name__ == "__main__":
    main()
