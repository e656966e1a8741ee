"""Proof of work: a second of a browser's time for a sign-up, so that a million costs a million.

Challenge and solution are those of the ALTCHA protocol, version 2: a counter is sought whose key,
derived by PBKDF2 from nonce and counter, begins with the wanted bytes. A challenge is good for one
form and one network; that a solution is good once is the business of `newsletter.web.limits`.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, Final

from subscribers.keyring import Keyring

ALGORITHM: Final = "PBKDF2/SHA-256"
#: Iterations of PBKDF2 for one try. Verifying takes as long as one: 2 ms.
COST: Final = 5_000
#: One try in 256 succeeds: about a second in a browser.
KEY_PREFIX: Final = "00"
KEY_LENGTH: Final = 32
#: As long as the form that it belongs to is good.
LIFE_SECONDS: Final = 86_400
_NONCE_BYTES: Final = 16
_MAX_PAYLOAD_CHARACTERS: Final = 4_096


def build_challenge(
    keys: Keyring,
    *,
    form_nonce: str,
    network: str,
    now_ms: int,
    random_bytes: Callable[[int], bytes],
) -> dict[str, object]:
    """Make a challenge.

    Args:
        keys: To sign with.
        form_nonce: Of the form's stamp: the solution is good for that form only.
        network: Of the asker; the challenge shows a hash of it.
        now_ms: Milliseconds since 1970, UTC.
        random_bytes: Returns that many bytes nobody can guess.

    Returns:
        An object for JSON: ``parameters`` and ``signature``.
    """
    parameters: dict[str, object] = {
        "algorithm": ALGORITHM,
        "cost": COST,
        "data": {"form": form_nonce, "network": _hash_network(keys, network)},
        "expiresAt": now_ms // 1000 + LIFE_SECONDS,
        "keyLength": KEY_LENGTH,
        "keyPrefix": KEY_PREFIX,
        "nonce": random_bytes(_NONCE_BYTES).hex(),
        "salt": random_bytes(_NONCE_BYTES).hex(),
    }
    return {"parameters": parameters, "signature": _sign(keys, parameters)}


def check_solution(
    keys: Keyring, payload: str, *, form_nonce: str, network: str, now_ms: int
) -> str | None:
    """Check what a browser found.

    Args:
        keys: That the challenge was signed with.
        payload: Base64 of a JSON object: ``challenge``, as it was given, and ``solution``.
        form_nonce: Of the form it came with.
        network: It came from.
        now_ms: Milliseconds since 1970, UTC.

    Returns:
        The challenge's signature, by which to use it once only; None for a wrong solution, or one
        for another form, network or day.
    """
    try:
        content = _parse_payload(payload)
        parameters, signature = (
            content["challenge"]["parameters"],
            content["challenge"]["signature"],
        )
        counter = content["solution"]["counter"]
        # The signature first: nothing that we did not make is computed with.
        if not hmac.compare_digest(str(signature).encode(), _sign(keys, parameters).encode()):
            return None
        expected = {"form": form_nonce, "network": _hash_network(keys, network)}
        is_current = now_ms // 1000 <= parameters["expiresAt"]
        if parameters["data"] != expected or not is_current or type(counter) is not int:
            return None
        return str(signature) if _is_solved(parameters, counter) else None
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None


def _parse_payload(payload: str) -> Any:
    if len(payload) > _MAX_PAYLOAD_CHARACTERS:
        raise ValueError("too long")
    try:
        return json.loads(base64.b64decode(payload, validate=True))
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _is_solved(parameters: dict[str, Any], counter: int) -> bool:
    password = bytes.fromhex(parameters["nonce"]) + counter.to_bytes(4, "big")
    salt = bytes.fromhex(parameters["salt"])
    key = hashlib.pbkdf2_hmac("sha256", password, salt, parameters["cost"], KEY_LENGTH)
    return key.hex().startswith(parameters["keyPrefix"])


def _sign(keys: Keyring, parameters: dict[str, Any]) -> str:
    """Sign the parameters, written as JSON with sorted keys and no spaces."""
    text = json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return keys.sign("proof of work", text.encode(), version=keys.newest_version).hex()


def _hash_network(keys: Keyring, network: str) -> str:
    return keys.sign("proof of work", f"network {network}".encode(), version=1).hex()[:16]
