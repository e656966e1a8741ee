"""Passwords: Argon2id with the library's defaults, and as much work for a name that is not there.

Each comparison takes 64 MB and a tenth of a second: two go on at a time, few wait for them, and a
flood of them leaves the threads to readers.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from newsletter.errors import RefusedError, TemporaryError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: NIST SP 800-63B-4 section 3.1.1.2: a password that is the only factor.
MIN_CHARACTERS: Final = 15
#: More is not typed; hashing it would only cost.
MAX_CHARACTERS: Final = 1000
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_IN_LINE: Final = threading.BoundedSemaphore(8)


def refuse_weak(password: str) -> None:
    """Refuse a password that could be guessed.

    Raises:
        RefusedError: It is too short, or longer than anyone types.
    """
    if len(password) < MIN_CHARACTERS:
        raise RefusedError(
            f"a password must have at least {MIN_CHARACTERS} characters: a few words in a row do."
        )
    if len(password) > MAX_CHARACTERS:
        raise RefusedError(f"a password may have at most {MAX_CHARACTERS} characters.")


def hash_password(password: str) -> str:
    """Hash a password for the database, with a salt of its own."""
    return _hasher().hash(password)


def is_right(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is the one that was hashed.

    Args:
        password: What was typed.
        password_hash: None when nobody has the name: then the answer is no, after as much work.

    Raises:
        TemporaryError: Too many are compared at this moment.
    """
    from argon2.exceptions import Argon2Error

    known = password_hash or _hash_of_nobody()
    with _take_turn():
        try:
            _hasher().verify(known, password[:MAX_CHARACTERS])
        except Argon2Error:
            return False
    return password_hash is not None


@contextmanager
def _take_turn() -> Iterator[None]:
    if not _IN_LINE.acquire(blocking=False):
        raise TemporaryError("too many passwords are compared at this moment")
    try:
        with _AT_ONCE:
            yield
    finally:
        _IN_LINE.release()


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    """Hash something once, so that there is something to compare with."""
    return _hasher().hash("")
