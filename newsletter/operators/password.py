"""Passwords: Argon2id with the library's defaults, and as much work for a name that is not there.

Each hash takes 64 MB for a moment: two at a time are enough, and a flood of them stays small.
"""

import threading
from functools import cache
from typing import TYPE_CHECKING, Final

from newsletter.errors import RefusedError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: NIST SP 800-63B-4 section 3.1.1.2: a password that is the only factor.
MIN_CHARACTERS: Final = 15
#: More is not typed; hashing it would only cost.
MAX_CHARACTERS: Final = 1000
_AT_ONCE: Final = threading.BoundedSemaphore(2)


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
    with _AT_ONCE:
        return _hasher().hash(password)


def is_right(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is the one that was hashed.

    Args:
        password: What was typed.
        password_hash: None when nobody has the name: then the answer is no, after as much work.
    """
    from argon2.exceptions import Argon2Error

    known = password_hash or _hash_of_nobody()
    with _AT_ONCE:
        try:
            _hasher().verify(known, password[:MAX_CHARACTERS])
        except Argon2Error:
            return False
    return password_hash is not None


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    """Hash something once, so that there is something to compare with."""
    return _hasher().hash("")
