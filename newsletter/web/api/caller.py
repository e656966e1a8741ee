"""Who asks by the API: a token that is good, its scopes, and how often it may ask."""

import math
import re
from dataclasses import dataclass, replace
from typing import Final, cast

from starlette.requests import Request

from newsletter.operators.api_tokens import ApiToken, Scope
from newsletter.usecases.installation import Installation
from newsletter.usecases.manage_tokens import find_token
from newsletter.web.api.problems import FORBIDDEN, NO_TOKEN, TOO_MANY, ApiProblemError
from newsletter.web.site import Site, get_site
from subscribers.address import EmailAddress

#: RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1).
_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)
#: So many may come at once, in seconds of the rate.
_BURST_SECONDS: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """A request whose token was found to be good."""

    site: Site
    token: ApiToken
    request: Request

    @property
    def installation(self) -> Installation:
        """The installation, with the token as its actor."""
        return replace(self.site.installation, actor=f"token:{self.token.name}")

    def parse_address(self, text: str) -> EmailAddress:
        """Take the address that a request is about.

        Raises:
            InvalidAddressError: It is none.
        """
        address = EmailAddress.parse(text)
        self.note_address(address)
        return address

    def note_address(self, address: EmailAddress) -> None:
        """Note whom the answer is about: a kept one is forgotten with him."""
        self.request.state.address_hash = self.installation.keys.address_hash(address)


class Turns:
    """How often each token may ask; of each process, and in memory: it writes nothing."""

    def __init__(self, rate_per_second: float) -> None:
        """Begin to count.

        Args:
            rate_per_second: Requests of one token; five seconds' worth may come at once. 0 for any
                number.
        """
        self._period_ms = 1000 / rate_per_second if rate_per_second else 0.0
        self._burst_ms = max(self._period_ms, _BURST_SECONDS * 1000.0)
        #: Token's number → theoretical arrival time.
        self._tat_ms: dict[int, float] = {}

    def take(self, token_id: int, *, now_ms: int) -> int:
        """Take a turn; return 0, or how many seconds to wait when there is none left."""
        if not self._period_ms:
            return 0
        tat_ms = max(self._tat_ms.get(token_id, 0.0), now_ms) + self._period_ms
        if tat_ms - now_ms > self._burst_ms:
            return max(1, math.ceil((tat_ms - now_ms - self._burst_ms) / 1000))
        self._tat_ms[token_id] = tat_ms
        return 0


def admit(request: Request, scope: Scope, turns: Turns) -> Caller:
    """Let a request in.

    Raises:
        ApiProblemError: 401 without a token that is good, 403 for one that does not allow this,
            429 for one that asks too often.
    """
    site = get_site(request)
    lines = request.headers.getlist("authorization")
    shown = _BEARER.fullmatch(lines[0]) if len(lines) == 1 else None
    token = find_token(site.installation, shown[1]) if shown else None
    if token is None:
        raise ApiProblemError(NO_TOKEN, "Send Authorization: Bearer and a token that is good.")
    if seconds := turns.take(token.id, now_ms=site.installation.now_ms()):
        raise ApiProblemError(TOO_MANY, headers={"Retry-After": str(seconds)})
    if scope not in token.scopes:
        raise ApiProblemError(FORBIDDEN, f"This needs a token with the scope {scope}.")
    return Caller(site=site, token=token, request=request)


def get_caller(request: Request) -> Caller:
    """Return who asks, as `ApiRoute` found it."""
    return cast("Caller", request.state.caller)
