"""Where a list goes on: a signed place in it, which says nothing to whoever holds it."""

import base64
import hmac
import json
import re
from typing import Final, TypeAlias
from urllib.parse import urlencode

from newsletter.web.api.caller import Caller
from newsletter.web.api.problems import UNKNOWN_CURSOR, ApiProblemError

Place: TypeAlias = list[int] | list[str]

_MAC_BYTES: Final = 12
_CURSOR: Final = re.compile(r"[A-Za-z0-9_-]{16,400}")


def write_cursor(caller: Caller, which: str, place: Place) -> str:
    """Write a place in one of the lists."""
    payload = json.dumps(place, separators=(",", ":")).encode()
    raw = _sign(caller, which, payload) + payload
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def read_cursor(caller: Caller, which: str, text: str) -> Place:
    """Read a place that was written for the same list.

    Raises:
        ApiProblemError: 404, it was not.
    """
    if _CURSOR.fullmatch(text) and len(text) % 4 != 1:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if hmac.compare_digest(mac, _sign(caller, which, payload)):
            place: Place = json.loads(payload)
            return place
    raise ApiProblemError(UNKNOWN_CURSOR, "Begin anew, without a cursor.")


def link_next(caller: Caller, which: str, place: Place) -> str:
    """Write the path and query of the page after a place: the same question with another cursor."""
    url = caller.request.url
    query = {**caller.request.query_params, "cursor": write_cursor(caller, which, place)}
    return f"{url.path}?{urlencode(query)}"


def _sign(caller: Caller, which: str, payload: bytes) -> bytes:
    # The first secret for good: a program may keep its place in the events for months.
    signed = which.encode() + b"\0" + payload
    return caller.installation.keys.sign("api cursor", signed, version=1)[:_MAC_BYTES]
