"""Whether a sign-up may cause a message: limits, haste, and what was asked of the browser.

Confirmation alone does not keep a form from being used to flood somebody's mailbox, since each
request sends a message to an address that somebody else may own. An honest reader notices nothing
of the limits; where one stands in his way, he is asked for one more button, and not turned away.

    requests that would send a message                     what then
    ───────────────────────────────────────────────────    ────────────────────────────────────────
    a form that is too fast, too old or not ours;          the step-up page: the same request, and
    beyond 5 from a network and one in 2 minutes,          one more button that is good once
    beyond 60 to a domain and one in a minute
    beyond 20 from a network and one in 72 minutes,        proof of work; without it the step-up
    beyond 200 altogether and one in 18 seconds:           page, for 30 and one in 2 minutes, then
    an attack                                              "later, please"
    beyond 100 from a network and one in 14 minutes        "later, please"
    for an address beyond one in 15 minutes,               the usual answer, and no message
    3 and one in 8 hours, 5 and one in 6 days;
    for a mailbox, by whatever spelling of its
    address, beyond 10 and one in 2.4 hours

The address is asked about last, and a request that is answered and not heard counts like one that
is: nobody learns from the gate whether somebody else has asked for the same address.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from typing import Final

import sqlalchemy as sa

from newsletter.log import Log
from newsletter.usecases.installation import Installation
from newsletter.web.limits import Limit, build_key, is_exhausted, sweep, take, use_once
from newsletter.web.proof_of_work import build_challenge, check_solution
from newsletter.web.stamp import MAX_AGE_MS, MIN_AGE_MS, Stamp, read_stamp, write_stamp
from subscribers.address import EmailAddress
from subscribers.keyring import Keyring

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS

ADDRESS: Final = (
    Limit("address soon", burst=1, period_ms=15 * _MINUTE_MS),
    Limit("address day", burst=3, period_ms=_DAY_MS // 3),
    Limit("address month", burst=5, period_ms=6 * _DAY_MS),
)
MAILBOX: Final = Limit("mailbox", burst=10, period_ms=_DAY_MS // 10)
NETWORK_SOON: Final = Limit("network soon", burst=5, period_ms=2 * _MINUTE_MS)
NETWORK_DAY: Final = Limit("network day", burst=20, period_ms=_DAY_MS // 20)
NETWORK_MOST: Final = Limit("network most", burst=100, period_ms=_DAY_MS // 100)
DOMAIN: Final = Limit("domain", burst=60, period_ms=_MINUTE_MS)
INSTALLATION: Final = Limit("installation", burst=200, period_ms=_HOUR_MS // 200)
UNPROVEN: Final = Limit("unproven", burst=30, period_ms=_HOUR_MS // 30)

_log = Log(__name__)


class Verdict(Enum):
    """What becomes of a request."""

    PASS = auto()
    #: Answered like one that passed, and nothing is sent.
    QUIET = auto()
    STEP_UP = auto()
    TRY_LATER = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request that would cause a message, and what its form carried."""

    #: What is asked for, such as ``sign-up``: each has limits of its own.
    purpose: str
    address: EmailAddress
    network: str
    stamp: str = field(repr=False)
    #: The stamp of the step-up page; empty for the first form.
    step_stamp: str = field(default="", repr=False)
    #: ALTCHA's payload; empty without one.
    proof: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What a form that is shown carries in hidden fields."""

    stamp: str
    #: For JSON; None when the browser need not compute.
    challenge: dict[str, object] | None


class _Effort(IntEnum):
    """What a request cost its sender."""

    #: No form of ours, one that is too old, or one that was filled in faster than a person can.
    NONE = auto()
    FILLED_IN = auto()
    PRESSED_AGAIN = auto()
    PROVEN = auto()


class Gate:
    """Decides, for one installation; what it remembers is in the database."""

    def __init__(self, installation: Installation, random_bytes: Callable[[int], bytes]) -> None:
        self._installation = installation
        self._random_bytes = random_bytes
        self._proof_of_work = installation.settings.web.proof_of_work
        self._swept_at_ms = 0
        self._warned_at_ms = 0

    def open_form(self, purpose: str, network: str) -> Ticket:
        """Prepare a form that is shown for the first time."""
        return self._write_ticket(purpose, purpose, network)

    def open_step(self, asked: Asked) -> Ticket:
        """Prepare the step-up page for a request; it is good for that address and network only."""
        return self._write_ticket(asked.purpose, _name_step(asked), asked.network)

    def decide(self, asked: Asked) -> Verdict:
        """Decide about a request, and count it if it passes.

        What leads to another page leaves no trace, so that a button pressed on the step-up page is
        not a second request.
        """
        now_ms = self._installation.now_ms()
        effort, used = self._measure_effort(asked, now_ms)
        if effort is _Effort.NONE:
            return Verdict.STEP_UP
        with self._installation.database.write() as connection:
            self._sweep(connection, now_ms)
            with connection.begin_nested() as savepoint:
                is_new = [use_once(connection, key, until_ms=until_ms) for key, until_ms in used]
                counter = _Counter(connection, self._installation, asked, now_ms)
                verdict = self._count(counter, effort) if all(is_new) else Verdict.STEP_UP
                if verdict in {Verdict.STEP_UP, Verdict.TRY_LATER}:
                    savepoint.rollback()
        return verdict

    def hears(self, purpose: str, address: EmailAddress) -> bool:
        """Count a request that a program vouches for; False when its address has had enough.

        No form was filled in and no network is known, but the mailbox is as easily flooded.
        """
        asked = Asked(purpose=purpose, address=address, network="", stamp="")
        now_ms = self._installation.now_ms()
        with self._installation.database.write() as connection:
            self._sweep(connection, now_ms)
            return _Counter(connection, self._installation, asked, now_ms).take_address()

    def _count(self, counter: "_Counter", effort: _Effort) -> Verdict:
        """Ask the limits in turn; each has its own answer for what goes beyond it."""
        asked = counter.asked
        if not counter.take(NETWORK_MOST, asked.network):
            return Verdict.TRY_LATER
        is_usual = [
            counter.take(NETWORK_SOON, asked.network),
            counter.take(DOMAIN, asked.address.domain),
        ]
        if not all(is_usual) and effort < _Effort.PRESSED_AGAIN:
            return Verdict.STEP_UP
        is_calm = [counter.take(NETWORK_DAY, asked.network), self._take_installation(counter)]
        is_work_due = not all(is_calm) or self._proof_of_work == "always"
        if is_work_due and effort is not _Effort.PROVEN:
            if effort < _Effort.PRESSED_AGAIN:
                return Verdict.STEP_UP
            if not counter.take(UNPROVEN, ""):
                return Verdict.TRY_LATER
        return Verdict.PASS if counter.take_address() else Verdict.QUIET

    def _take_installation(self, counter: "_Counter") -> bool:
        is_calm = counter.take(INSTALLATION, "")
        if not is_calm and counter.now_ms - self._warned_at_ms > _HOUR_MS:
            self._warned_at_ms = counter.now_ms
            _log.warning(
                "more requests in an hour than usual: taken for an attack, until it is over",
                most=INSTALLATION.burst,
                purpose=counter.asked.purpose,
            )
        return is_calm

    def _measure_effort(self, asked: Asked, now_ms: int) -> tuple[_Effort, list[tuple[bytes, int]]]:
        """Measure what a request cost, and name what may be used once only, until when."""
        keys = self._installation.keys
        step = read_stamp(keys, asked.step_stamp, purpose=_name_step(asked))
        stamp = step or read_stamp(keys, asked.stamp, purpose=asked.purpose)
        if stamp is None or not self._is_timely(stamp, now_ms, is_step=stamp is step):
            return _Effort.NONE, []
        until_ms = stamp.shown_at_ms + MAX_AGE_MS
        used = [(build_key(keys, "step", stamp.nonce), until_ms)] if step else []
        signature = asked.proof and check_solution(
            keys, asked.proof, form_nonce=stamp.nonce, network=asked.network, now_ms=now_ms
        )
        if signature:
            return _Effort.PROVEN, [*used, (build_key(keys, "proof", signature), until_ms)]
        return _Effort.PRESSED_AGAIN if step else _Effort.FILLED_IN, used

    def _is_timely(self, stamp: Stamp, now_ms: int, *, is_step: bool) -> bool:
        """Tell whether a person may have answered; one button is pressed faster than a form."""
        return (0 if is_step else MIN_AGE_MS) <= now_ms - stamp.shown_at_ms <= MAX_AGE_MS

    def _write_ticket(self, purpose: str, stamp_purpose: str, network: str) -> Ticket:
        keys, now_ms = self._installation.keys, self._installation.now_ms()
        text, stamp = write_stamp(
            keys, purpose=stamp_purpose, now_ms=now_ms, random_bytes=self._random_bytes
        )
        challenge = None
        if self._is_proof_due(purpose, network, now_ms):
            challenge = build_challenge(
                keys,
                form_nonce=stamp.nonce,
                network=network,
                now_ms=now_ms,
                random_bytes=self._random_bytes,
            )
        return Ticket(stamp=text, challenge=challenge)

    def _is_proof_due(self, purpose: str, network: str, now_ms: int) -> bool:
        if self._proof_of_work != "auto":
            return self._proof_of_work == "always"
        keys = self._installation.keys
        with self._installation.database.read() as connection:
            return any(
                is_exhausted(
                    connection, _build_key(keys, purpose, limit, value), limit, now_ms=now_ms
                )
                for limit, value in ((INSTALLATION, ""), (NETWORK_DAY, network))
            )

    def _sweep(self, connection: sa.Connection, now_ms: int) -> None:
        if now_ms - self._swept_at_ms > _HOUR_MS:
            self._swept_at_ms = now_ms
            sweep(connection, now_ms=now_ms)


class _Counter:
    """Takes from limits, for one request in one transaction."""

    def __init__(
        self, connection: sa.Connection, installation: Installation, asked: Asked, now_ms: int
    ) -> None:
        self._connection = connection
        self._keys = installation.keys
        self.asked = asked
        self.now_ms = now_ms

    def take(self, limit: Limit, value: str) -> bool:
        """Take one of what a value is allowed by a limit."""
        key = _build_key(self._keys, self.asked.purpose, limit, value)
        return take(self._connection, key, limit, now_ms=self.now_ms)

    def take_address(self) -> bool:
        """Take one of the messages that an address may be sent."""
        address = self.asked.address
        is_heard = all(self.take(limit, address.key) for limit in ADDRESS)
        return is_heard and self.take(MAILBOX, _find_mailbox(address))


def _build_key(keys: Keyring, purpose: str, limit: Limit, value: str) -> bytes:
    return build_key(keys, f"{purpose} {limit.kind}", value)


def _find_mailbox(address: EmailAddress) -> str:
    """Find where an address leads: most servers hand ``kim+news`` to kim, Gmail also ``k.im``."""
    name, _, domain = address.key.rpartition("@")
    name = name.partition("+")[0] or name
    if domain in {"gmail.com", "googlemail.com"}:
        return f"{name.replace('.', '')}@gmail.com"
    return f"{name}@{domain}"


def _name_step(asked: Asked) -> str:
    """Name the step-up page of one request, so that its stamp serves no other."""
    return f"step-up {asked.purpose} {asked.network} {asked.address.key}"
