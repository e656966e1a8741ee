"""What happened, for programs that read on where they stopped."""

from dataclasses import astuple
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from newsletter.operators.api_tokens import Scope
from newsletter.reports.report import BounceClass, ReportKind
from newsletter.sending.ledger.feed import ListedDelivery, ListedReport
from newsletter.usecases.list_events import ConsentEntry, Place, Told, list_events
from newsletter.web.api.caller import Caller, get_caller
from newsletter.web.api.cursor import read_cursor, write_cursor
from newsletter.web.api.issues import DeliveryOut
from newsletter.web.api.people_values import ConsentOut, tell_time
from newsletter.web.api.route import ApiRoute, needs
from newsletter.web.api.values import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(route_class=ApiRoute, tags=["events"])
Asking = Annotated[Caller, Depends(get_caller)]


class ConsentEventOut(BaseModel):
    """Somebody asked, confirmed, left, or was added or erased."""

    id: str
    kind: Literal["consent"]
    at: datetime | None
    subscriber_id: str | None
    consent: ConsentOut


class ReportedOut(BaseModel):
    """What came back about a message."""

    kind: ReportKind
    bounce_class: BounceClass | None
    occurred_at: datetime | None
    status_code: str
    words: str = Field(description="The reporter's, without addresses.")


class ReportEventOut(BaseModel):
    """Something came back about a message, or about a person."""

    id: str
    kind: Literal["report"]
    at: datetime | None
    issue: str | None
    subscriber_id: str | None
    report: ReportedOut


class DeliveryEventOut(BaseModel):
    """Where a delivery stood when its issue had ended."""

    id: str
    kind: Literal["delivery"]
    at: datetime | None
    issue: str
    subscriber_id: str | None
    delivery: DeliveryOut


EventOut = Annotated[
    ConsentEventOut | ReportEventOut | DeliveryEventOut, Field(discriminator="kind")
]


class EventPage(BaseModel):
    """What happened since a cursor."""

    items: list[EventOut]
    cursor: str = Field(description="Where to go on, now or later: keep it.")
    is_last: bool = Field(description="Nothing more has happened yet.")


@router.get("/events", openapi_extra=needs(Scope.EVENTS_READ))
def read_events(caller: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> EventPage:
    """Read what happened, from the beginning or after a cursor; nothing is told twice.

    Consents and reports are told as they are written down. The deliveries of an issue are told when
    it has ended, and again when it was gone on with and has ended anew.
    """
    place = Place()
    if cursor:
        numbers = map(int, read_cursor(caller, "events", cursor))
        place = Place(**dict(zip(Place.__slots__, numbers, strict=True)))
    page = list_events(caller.installation, place, limit=limit)
    return EventPage(
        items=[_describe(each, page.public_ids) for each in page.told],
        cursor=write_cursor(caller, "events", list(astuple(page.place))),
        is_last=len(page.told) < limit,
    )


def _describe(
    told: Told, public_ids: dict[int, bytes]
) -> ConsentEventOut | ReportEventOut | DeliveryEventOut:
    happening, at = told.happening, tell_time(told.at_ms)
    public_id = public_ids.get(happening.subscriber_id or 0)
    subscriber_id = public_id.hex() if public_id else None
    match happening:
        case ConsentEntry():
            return ConsentEventOut(
                id=f"consent-{happening.id}",
                kind="consent",
                at=at,
                subscriber_id=subscriber_id,
                consent=ConsentOut.of(happening.consent),
            )
        case ListedReport():
            return ReportEventOut(
                id=f"report-{happening.id}",
                kind="report",
                at=at,
                issue=happening.slug or None,
                subscriber_id=subscriber_id,
                report=ReportedOut(
                    kind=happening.kind,
                    bounce_class=happening.bounce_class,
                    occurred_at=tell_time(happening.occurred_at_ms),
                    status_code=happening.status_code,
                    words=happening.words,
                ),
            )
        case ListedDelivery():
            place = told.place
            return DeliveryEventOut(
                id=f"delivery-{place.issue_id}-{place.subscriber_id}-{place.ended_at_ms}",
                kind="delivery",
                at=at,
                issue=happening.slug,
                subscriber_id=subscriber_id,
                delivery=DeliveryOut.of(happening, public_ids),
            )
