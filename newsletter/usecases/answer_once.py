"""Do once what a program asks for twice: by an idempotency key the same answer comes again.

An answer may name a person. So it is sealed by the very key that was sent, of which a hash alone is
kept: nobody who reads the database can read it, and after a day it is gone.
"""

import hmac
import os
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from newsletter.operators import api_answers
from newsletter.usecases.installation import Installation

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: How long the same answer is given again.
KEPT_MS: Final = 24 * 3_600_000
#: A request takes a second or so. One that took longer was lost with its process, and what it asked
#: for may be asked for again, since each of these acts done twice is done once.
LOST_AFTER_MS: Final = 60_000
_NONCE_BYTES: Final = 12


class Repeated(Enum):
    """Why a request with a key that was used before is not answered."""

    #: The first of them is being answered at this moment.
    IN_PROGRESS = auto()
    #: The key was used for something else.
    OTHER_REQUEST = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Once:
    """A request with an idempotency key."""

    token_id: int
    key: str
    #: Method, path and body, as they came.
    request: bytes


def begin_once(installation: Installation, once: Once) -> bytes | Repeated | None:
    """Begin to answer, unless it was begun before.

    Returns:
        None when the caller is to answer, and to call `end_once` then; the answer that was given
        before; or why there is none.
    """
    key_hash, request_hash = _hash_key(installation, once), _hash_request(installation, once)
    now_ms = installation.now_ms()
    with installation.database.write() as connection:
        forget_old_answers(installation, connection)
        if api_answers.begin_answer(
            connection, once.token_id, key_hash, request_hash, now_ms=now_ms
        ):
            return None
        found = api_answers.find_answer(connection, once.token_id, key_hash)
    if found is None:
        # Taken and forgotten between the two questions, as PostgreSQL allows.
        return Repeated.IN_PROGRESS
    if not hmac.compare_digest(found.request_hash, request_hash):
        return Repeated.OTHER_REQUEST
    return Repeated.IN_PROGRESS if found.sealed is None else _open(installation, once, found.sealed)


def end_once(
    installation: Installation,
    once: Once,
    answer: bytes | None,
    *,
    address_hash: bytes | None = None,
) -> None:
    """Keep the answer for a day; None forgets the request, so that it may be tried again.

    One that is about an address is forgotten sooner when that person is erased, or its suppression
    lifted: what it says was made is gone then.
    """
    key_hash = _hash_key(installation, once)
    with installation.database.write() as connection:
        if answer is None:
            api_answers.forget_answer(connection, once.token_id, key_hash)
        else:
            sealed = _seal(installation, once, answer)
            api_answers.keep_answer(
                connection, once.token_id, key_hash, sealed, address_hash=address_hash
            )


def forget_old_answers(installation: Installation, connection: sa.Connection) -> None:
    """Forget what is older than a day, in the caller's transaction."""
    now_ms = installation.now_ms()
    api_answers.forget_answers(
        connection, before_ms=now_ms - KEPT_MS, unanswered_before_ms=now_ms - LOST_AFTER_MS
    )


def _hash_key(installation: Installation, once: Once) -> bytes:
    return installation.keys.sign("idempotency key", once.key.encode(), version=1)


def _hash_request(installation: Installation, once: Once) -> bytes:
    return installation.keys.sign("idempotent request", once.request, version=1)


def _seal(installation: Installation, once: Once, answer: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(installation, once).encrypt(nonce, answer, None)


def _open(installation: Installation, once: Once, sealed: bytes) -> bytes:
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return _cipher(installation, once).decrypt(nonce, rest, None)


def _cipher(installation: Installation, once: Once) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(installation.keys.sign("idempotent answer", once.key.encode(), version=1))
