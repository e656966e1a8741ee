"""What the API says when it does not do what was asked: RFC 9457, a stable type for each kind.

Nothing of a request is repeated in a problem: it may be logged where it arrives.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from newsletter.errors import (
    DatabaseError,
    NotFoundError,
    RefusedError,
    TemporaryError,
    UserError,
)
from subscribers.errors import (
    ForbiddenChangeError,
    InvalidAddressError,
    InvalidValueError,
    UnknownSubscriberError,
)

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:newsletter-press:problem:"
#: How long to wait before the same is tried again, when the database was busy.
_BUSY_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: programs decide by its name, people read its title."""

    name: str
    status_code: int
    title: str


NO_TOKEN: Final = ProblemKind("no-token", 401, "A token that is good is needed")
FORBIDDEN: Final = ProblemKind("scope-missing", 403, "The token does not allow this")
REFUSED: Final = ProblemKind("refused", 403, "A rule stands against it")
NOT_FOUND: Final = ProblemKind("not-found", 404, "There is no such thing")
UNKNOWN_CURSOR: Final = ProblemKind("unknown-cursor", 404, "This cursor was not given here")
WRONG_METHOD: Final = ProblemKind("wrong-method", 405, "This cannot be done here")
CONFLICT: Final = ProblemKind("conflict", 409, "It cannot be done as things stand")
IN_PROGRESS: Final = ProblemKind("in-progress", 409, "The same request is being answered")
TOO_LARGE: Final = ProblemKind("too-large", 413, "The body is too large")
NOT_JSON: Final = ProblemKind("not-json", 415, "The body must be application/json")
INVALID: Final = ProblemKind("invalid-request", 422, "The request is not as described")
KEY_REUSED: Final = ProblemKind("key-reused", 409, "The key was used for another request")
TOO_MANY: Final = ProblemKind("too-many-requests", 429, "Too many requests")
ONE_MORE_STEP: Final = ProblemKind("one-more-step", 429, "A person has to press once more")
MISTAKE: Final = ProblemKind("mistake", 500, "A mistake of ours; it was noted")
BUSY: Final = ProblemKind("busy", 503, "Not just now")
NOT_INSTALLED: Final = ProblemKind("not-installed", 503, "The API is not installed here")
OTHER_HOST: Final = ProblemKind("other-host", 400, "This is not the host that was asked")
OTHER_SITE: Final = ProblemKind("other-site", 403, "This came from another site")

KINDS: Final = (
    OTHER_HOST,
    NO_TOKEN,
    FORBIDDEN,
    REFUSED,
    OTHER_SITE,
    NOT_FOUND,
    UNKNOWN_CURSOR,
    WRONG_METHOD,
    CONFLICT,
    IN_PROGRESS,
    KEY_REUSED,
    TOO_LARGE,
    NOT_JSON,
    INVALID,
    TOO_MANY,
    ONE_MORE_STEP,
    MISTAKE,
    BUSY,
    NOT_INSTALLED,
)
#: Which kind a bare status is, as routing and the guard give it. FastAPI says 400 for a body that
#: is not even text.
_BY_STATUS: Final[Mapping[int, ProblemKind]] = {
    400: INVALID,
    404: NOT_FOUND,
    405: WRONG_METHOD,
    413: TOO_LARGE,
    415: NOT_JSON,
    422: INVALID,
    503: BUSY,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request."""

    #: Such as ``body.email``.
    where: str
    message: str


@dataclass
class ApiProblemError(Exception):
    """A request is not done; raised by whoever sees why, answered in one place."""

    kind: ProblemKind
    detail: str = ""
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Further members of the document.
    members: Mapping[str, object] = field(default_factory=dict)


def show_problem(problem: ApiProblemError) -> Response:
    """Answer with a problem."""
    document = {
        "type": TYPE_PREFIX + problem.kind.name,
        "title": problem.kind.title,
        "status": problem.kind.status_code,
        "detail": problem.detail or problem.kind.title + ".",
        **({"faults": [_describe(fault) for fault in problem.faults]} if problem.faults else {}),
        **problem.members,
    }
    headers = {"Cache-Control": "no-store", **problem.headers}
    if problem.kind is NO_TOKEN:
        headers["WWW-Authenticate"] = "Bearer"
    if problem.kind is BUSY:
        headers.setdefault("Retry-After", str(_BUSY_SECONDS))
    return Response(
        json.dumps(document, ensure_ascii=False).encode(),
        problem.kind.status_code,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def find_problem(error: Exception) -> ApiProblemError | None:
    """Find what an error means to a program; None for a mistake of ours."""
    if isinstance(error, ApiProblemError):
        return error
    if isinstance(error, HTTPException):
        kind = _BY_STATUS.get(error.status_code, MISTAKE)
        return ApiProblemError(kind, headers=dict(error.headers or {}))
    return next((make(error) for kinds, make in _MEANINGS if isinstance(error, kinds)), None)


@contextmanager
def explain_not_found(detail: str) -> Iterator[None]:
    """Tell what is not there where the path alone does not say it.

    Args:
        detail: A sentence.

    Raises:
        ApiProblemError: 404, with the detail.
    """
    try:
        yield
    except NotFoundError as error:
        raise ApiProblemError(NOT_FOUND, detail) from error


def _find_words(error: Exception) -> str:
    """Tell what an error says, without what is meant for the command line."""
    return error.summary if isinstance(error, UserError) else str(error)


#: What an error means; words that name files, servers or commands stay here.
_MEANINGS: Final[
    tuple[tuple[tuple[type[Exception], ...], Callable[[Exception], ApiProblemError]], ...]
] = (
    ((UnknownSubscriberError, NotFoundError), lambda _: ApiProblemError(NOT_FOUND)),
    ((ForbiddenChangeError,), lambda error: ApiProblemError(CONFLICT, str(error))),
    (
        (InvalidAddressError, InvalidValueError, RefusedError),
        lambda error: ApiProblemError(REFUSED, _find_words(error)),
    ),
    ((TemporaryError, DatabaseError), lambda _: ApiProblemError(BUSY)),
    ((ClientDisconnect,), lambda _: ApiProblemError(INVALID)),
)


def _describe(fault: Fault) -> dict[str, str]:
    return {"where": fault.where, "message": fault.message}
