"""Proof of work: ALTCHA's challenge and solution, good for one form, one network and one day."""

import base64
import hashlib
import json
from typing import Any

import altcha
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.web.proof_of_work import LIFE_SECONDS, build_challenge, check_solution
from subscribers.keyring import Keyring

KEYS = Keyring({1: b"a secret of at least thirty-two bytes"})
NOON = 1_769_846_400_000
NETWORK = "203.0.113.0/24"


def build() -> dict[str, Any]:
    """Build a challenge."""
    return build_challenge(
        KEYS,
        form_nonce="f0",
        network=NETWORK,
        now_ms=NOON,
        random_bytes=lambda size: bytes(range(size)),
    )


def solve(challenge: dict[str, Any]) -> int:
    """Find the counter as any client of the protocol would."""
    parameters = challenge["parameters"]
    for counter in range(10_000):
        password = bytes.fromhex(parameters["nonce"]) + counter.to_bytes(4, "big")
        salt = bytes.fromhex(parameters["salt"])
        key = hashlib.pbkdf2_hmac("sha256", password, salt, parameters["cost"], 32)
        if key.hex().startswith(parameters["keyPrefix"]):
            return counter
    raise AssertionError("no counter found")


def write(content: object) -> str:
    """Write a payload as a browser does."""
    return base64.b64encode(json.dumps(content).encode()).decode()


def check(payload: str, **changed: Any) -> str | None:
    """Check a payload for the form that the challenge was made for."""
    context: dict[str, Any] = {"form_nonce": "f0", "network": NETWORK, "now_ms": NOON}
    return check_solution(KEYS, payload, **{**context, **changed})


@pytest.fixture(scope="module")
def solved() -> dict[str, Any]:
    """Return a challenge with its solution."""
    challenge = build()
    return {
        "challenge": challenge,
        "solution": {"counter": solve(challenge), "derivedKey": "", "time": 1},
    }


def test_a_solution_is_taken_and_named_by_its_challenge(solved: dict[str, Any]) -> None:
    """The name is what makes it good once only."""
    assert check(write(solved)) == solved["challenge"]["signature"]


def test_what_altchas_own_library_finds_is_taken() -> None:
    """Any client of the protocol may solve our challenges."""
    challenge = altcha.Challenge.from_dict(build())
    solution = altcha.solve_challenge(challenge)
    assert solution is not None

    payload = altcha.Payload(challenge, solution).to_base64()

    assert check(payload) == challenge.signature


def test_the_next_counter_is_no_solution(solved: dict[str, Any]) -> None:
    """One in 256 is; the reference implementation forgets to ask for the prefix."""
    wrong = {**solved, "solution": {"counter": solved["solution"]["counter"] + 1}}

    assert check(write(wrong)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"form_nonce": "f1"},
        {"network": "203.0.114.0/24"},
        {"now_ms": NOON + (LIFE_SECONDS + 1) * 1000},
    ],
)
def test_a_solution_is_good_for_its_form_network_and_day(
    solved: dict[str, Any], changed: dict[str, Any]
) -> None:
    """Else it could be found elsewhere and brought here."""
    assert check(write(solved), **changed) is None


@pytest.mark.parametrize("name", ["cost", "keyPrefix", "expiresAt", "nonce", "salt"])
def test_a_challenge_cannot_be_made_easier(solved: dict[str, Any], name: str) -> None:
    """Every parameter is signed."""
    easier = {"cost": 1, "keyPrefix": "", "expiresAt": 2**40, "nonce": "00", "salt": "00"}
    parameters = {**solved["challenge"]["parameters"], name: easier[name]}
    challenge = {**solved["challenge"], "parameters": parameters}

    assert check(write({**solved, "challenge": challenge})) is None


@pytest.mark.parametrize("counter", [True, -1, 2**32, 1.0, "1", None, [], {}])
def test_a_counter_is_a_whole_number_of_four_bytes(solved: dict[str, Any], counter: object) -> None:
    """As the protocol packs it."""
    assert check(write({**solved, "solution": {"counter": counter}})) is None


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "!",
        "한글",
        base64.b64encode(b"\xff").decode(),
        write([]),
        write({}),
        write({"challenge": []}),
        write({"challenge": {"parameters": None, "signature": None}, "solution": {"counter": 1}}),
        base64.b64encode(b"[" * 3000).decode(),
        "A" * 10_000,
    ],
)
def test_what_is_no_payload_proves_nothing(payload: str) -> None:
    """Never an error: the page asks for one more button."""
    assert check(payload) is None


@given(st.text())
def test_any_payload_is_read(payload: str) -> None:
    """It comes from outside."""
    assert check(payload) is None
