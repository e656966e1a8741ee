"""What a table's rows come to in a number, whatever order they are in and whichever database."""

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from newsletter.tables.rows import Values

_BYTES: Final = 16
_MODULUS: Final = 1 << (8 * _BYTES)
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False, default=bytes.hex
)


def encode_row(row: Values) -> str:
    """Write a row as one line of JSON, the same on every database; bytes become hexadecimal."""
    return _ENCODER.encode(row)


class Digest:
    """A count and a sum of hashes: one row that is lost, doubled or changed makes it another."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, lines: Iterable[str]) -> None:
        """Add rows, as `encode_row` wrote them."""
        for line in lines:
            # A lone surrogate, which SQLite may hold, is no reason to fail.
            found = hashlib.blake2b(line.encode("utf-8", "surrogatepass"), digest_size=_BYTES)
            self._sum += int.from_bytes(found.digest(), "big")
            self.rows += 1

    @property
    def hexadecimal(self) -> str:
        """The sum, in 32 hexadecimal digits."""
        return f"{self._sum % _MODULUS:032x}"
