"""Suppressions: addresses that get no issue, and the lifting of what only an operator may lift."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from newsletter.operators.api_tokens import Scope
from newsletter.usecases.suppress_addresses import (
    ListedSuppression,
    find_suppressed,
    lift_by_hash,
    list_suppressed,
    suppress_address,
)
from newsletter.web.api.caller import Caller, get_caller
from newsletter.web.api.cursor import link_next, read_cursor
from newsletter.web.api.people_values import tell_time
from newsletter.web.api.problems import NOT_FOUND, ApiProblemError
from newsletter.web.api.route import ApiRoute, needs
from newsletter.web.api.subscribers import SOURCE
from newsletter.web.api.values import DEFAULT_LIMIT, Cursor, Email, HexId, Limit, Request
from subscribers.suppression import SuppressionReason

router = APIRouter(route_class=ApiRoute, tags=["suppressions"])
Asking = Annotated[Caller, Depends(get_caller)]


class SuppressionOut(BaseModel):
    """A suppressed address."""

    id: str = Field(description="The keyed hash of the address.")
    email: str | None = Field(description="null where only the hash is left.")
    reason: SuppressionReason
    since: datetime | None
    source: str

    @classmethod
    def of(cls, listed: ListedSuppression) -> Self:
        """Tell of a suppression."""
        found = listed.suppression
        return cls(
            id=found.address_hash.hex(),
            email=str(listed.address) if listed.address else None,
            reason=found.reason,
            since=tell_time(found.at_ms),
            source=found.source,
        )


class SuppressionPage(BaseModel):
    """A page of suppressions, in the order of their ids."""

    items: list[SuppressionOut]
    next: str | None = Field(description="Path and query of the next page; null on the last.")


class NewSuppression(Request):
    """An address that is to get no issue."""

    email: Email
    reason: SuppressionReason = SuppressionReason.MANUAL


@router.get("/suppressions", openapi_extra=needs(Scope.SUPPRESSIONS_READ))
def list_suppressions(
    caller: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> SuppressionPage:
    """List suppressions, a page at a time."""
    after = str(read_cursor(caller, "suppressions", cursor)[0]) if cursor else ""
    found = list_suppressed(caller.installation, after=bytes.fromhex(after), limit=limit)
    place = [found[-1].suppression.address_hash.hex()] if len(found) == limit else None
    return SuppressionPage(
        items=[SuppressionOut.of(each) for each in found],
        next=link_next(caller, "suppressions", place) if place else None,
    )


@router.post("/suppressions", status_code=201, openapi_extra=needs(Scope.SUPPRESSIONS_WRITE))
def suppress(caller: Asking, new: NewSuppression) -> SuppressionOut:
    """Suppress an address, known or not; tell which reason stands now.

    A complaint or an operator's word takes the place of what a confirmation lifts, and of two that
    weigh the same the first stays.
    """
    address = caller.parse_address(new.email)
    suppress_address(caller.installation, address, new.reason, source=SOURCE)
    return _get(caller, caller.installation.keys.address_hash(address))


@router.get("/suppressions/{id}", openapi_extra=needs(Scope.SUPPRESSIONS_READ))
def show_suppression(caller: Asking, id: HexId) -> SuppressionOut:  # noqa: A002 - the path's word
    """Tell of one suppression."""
    return _get(caller, bytes.fromhex(id))


@router.delete("/suppressions/{id}", status_code=204, openapi_extra=needs(Scope.SUPPRESSIONS_WRITE))
def lift(caller: Asking, id: HexId) -> None:  # noqa: A002
    """Lift a suppression. Nobody becomes confirmed by it."""
    lift_by_hash(caller.installation, bytes.fromhex(id), source=SOURCE)


def _get(caller: Caller, address_hash: bytes) -> SuppressionOut:
    found = find_suppressed(caller.installation, address_hash)
    if found is None:
        raise ApiProblemError(NOT_FOUND, "This address is not suppressed.")
    return SuppressionOut.of(found)
