"""People: list, look up, add, change, let go."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from newsletter.operators.api_tokens import Scope
from newsletter.usecases.add_subscriber import add_subscriber
from newsletter.usecases.change_subscriber import (
    change_subscriber,
    get_person,
    list_evidence,
    look_up,
)
from newsletter.usecases.erase import erase
from newsletter.usecases.list_people import list_people
from newsletter.usecases.sign_up import SignUp, sign_up
from newsletter.usecases.tag_subscriber import count_tags
from newsletter.usecases.unsubscribe import unsubscribe
from newsletter.web.api.caller import Caller, get_caller
from newsletter.web.api.cursor import link_next, read_cursor
from newsletter.web.api.people_values import (
    ConfirmedSubscriber,
    ConsentOut,
    NewSubscriber,
    ProfileChange,
    SubscriberOut,
    SubscriberPage,
)
from newsletter.web.api.problems import explain_not_found
from newsletter.web.api.route import ApiRoute, needs
from newsletter.web.api.segments import NO_SUCH_SEGMENT
from newsletter.web.api.values import (
    DEFAULT_LIMIT,
    Cursor,
    Email,
    HexId,
    Limit,
    Request,
    SegmentText,
    Tag,
)
from newsletter.web.subscribe import ERRAND
from subscribers.exchange.csv_import import ImportTerms
from subscribers.profile import parse_language, parse_name, parse_tag
from subscribers.subscription import State
from subscribers.suppression import SuppressionReason

#: In the evidence, for what a program asked.
SOURCE: Final = "api"
router = APIRouter(route_class=ApiRoute, tags=["subscribers"])
Asking = Annotated[Caller, Depends(get_caller)]


class Asked(BaseModel):
    """It was written down, and a confirmation is sent where one may be."""

    status: str = Field(default="asked", json_schema_extra={"const": "asked"})


class Wanted(Request):
    """An address to be looked up. It stands in a body, since URLs are logged on their way."""

    email: Email


class Known(BaseModel):
    """What is known of an address."""

    subscriber: SubscriberOut | None
    suppressed: SuppressionReason | None


class TagCount(BaseModel):
    """A tag, and how many people carry it."""

    name: str
    subscribers: int


class TagList(BaseModel):
    """Every tag that anybody carries, by name."""

    items: list[TagCount]


class ConsentList(BaseModel):
    """The evidence about one person, oldest first."""

    items: list[ConsentOut]


@router.get("/subscribers", openapi_extra=needs(Scope.SUBSCRIBERS_READ))
def list_subscribers(
    caller: Asking,
    *,
    state: Annotated[State | None, Query(description="Only people in this state.")] = None,
    tag: Annotated[Tag | None, Query(description="Only people with this tag.")] = None,
    segment: Annotated[SegmentText, Query()] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> SubscriberPage:
    """List people, a page at a time. Erased ones are nobody any more, and not told of."""
    after_id = int(read_cursor(caller, "subscribers", cursor)[0]) if cursor else 0
    with explain_not_found(NO_SUCH_SEGMENT):
        found = list_people(
            caller.installation,
            state=state,
            tag=parse_tag(tag) if tag else "",
            segment=segment,
            after_id=after_id,
            limit=limit,
        )
    return SubscriberPage(
        items=[SubscriberOut.of(person) for person in found],
        next=link_next(caller, "subscribers", [found[-1].id]) if len(found) == limit else None,
    )


@router.post("/subscribers", status_code=202, openapi_extra=needs(Scope.SUBSCRIBERS_WRITE))
def add_pending(caller: Asking, new: NewSubscriber) -> Asked:
    """Ask somebody by mail to confirm a sign-up: double opt-in.

    The answer is the same whatever is known of the address. It gets no second message where the
    limits of the sign-up form would send none.
    """
    address = caller.parse_address(new.email)
    wanted = SignUp(
        address=address,
        name=parse_name(new.name),
        language=parse_language(new.language),
        tags=frozenset(map(parse_tag, new.tags)),
        form="api",
        wording=new.wording,
    )
    if caller.site.gate.hears(ERRAND.purpose, address):
        sign_up(caller.installation, wanted)
        caller.site.wake_worker()
    return Asked()


@router.post(
    "/confirmed-subscribers",
    status_code=201,
    responses={200: {"model": SubscriberOut, "description": "Known already; nothing was changed."}},
    openapi_extra=needs(Scope.SUBSCRIBERS_CONFIRM),
)
def add_confirmed(caller: Asking, new: ConfirmedSubscriber, response: Response) -> SubscriberOut:
    """Add somebody as confirmed, with the evidence of a consent that was given elsewhere.

    Whoever is known stays as he is, also unsubscribed; a suppressed address is refused.
    """
    address = caller.parse_address(new.email)
    terms = ImportTerms(state=State.CONFIRMED, basis=new.consent_basis, source=new.consent_source)
    is_new, _ = add_subscriber(caller.installation, address, new.build_profile(), terms)
    person, _ = look_up(caller.installation, address)
    assert person is not None  # noqa: S101 - he was added, or known
    if not is_new:
        response.status_code = 200
    return SubscriberOut.of(person)


@router.post("/subscriber-lookup", openapi_extra=needs(Scope.SUBSCRIBERS_READ))
def look_up_subscriber(caller: Asking, wanted: Wanted) -> Known:
    """Tell who is known by an address, and whether it is suppressed."""
    person, suppression = look_up(caller.installation, caller.parse_address(wanted.email))
    return Known(
        subscriber=SubscriberOut.of(person) if person else None,
        suppressed=suppression.reason if suppression else None,
    )


@router.get("/subscribers/{id}", openapi_extra=needs(Scope.SUBSCRIBERS_READ))
def show_subscriber(caller: Asking, id: HexId) -> SubscriberOut:  # noqa: A002 - the path's word
    """Tell of one person."""
    return SubscriberOut.of(get_person(caller.installation, bytes.fromhex(id))[0])


@router.patch("/subscribers/{id}", openapi_extra=needs(Scope.SUBSCRIBERS_WRITE))
def change_profile(
    caller: Asking,
    id: HexId,  # noqa: A002
    change: ProfileChange,
) -> SubscriberOut:
    """Change what a person told of himself.

    What the body does not name stays, so that nobody who changes something else at the same time is
    overwritten.
    """
    changed = change_subscriber(caller.installation, bytes.fromhex(id), change.change)
    return SubscriberOut.of(changed)


@router.get("/subscribers/{id}/consents", openapi_extra=needs(Scope.SUBSCRIBERS_READ))
def list_consents(caller: Asking, id: HexId) -> ConsentList:  # noqa: A002
    """List the evidence of a person's consent."""
    found = list_evidence(caller.installation, bytes.fromhex(id))
    return ConsentList(items=[ConsentOut.of(each) for each in found])


@router.post("/subscribers/{id}/unsubscribe", openapi_extra=needs(Scope.SUBSCRIBERS_WRITE))
def end_subscription(caller: Asking, id: HexId) -> SubscriberOut:  # noqa: A002
    """End a subscription; a send that is running hears of it with its next message."""
    public_id = bytes.fromhex(id)
    _, address = get_person(caller.installation, public_id)
    caller.note_address(address)
    unsubscribe(caller.installation, address, source=SOURCE)
    return SubscriberOut.of(get_person(caller.installation, public_id)[0])


@router.delete("/subscribers/{id}", status_code=204, openapi_extra=needs(Scope.SUBSCRIBERS_ERASE))
def erase_person(caller: Asking, id: HexId) -> None:  # noqa: A002
    """Erase a person for good. There is no way back but the person's own sign-up."""
    _, address = get_person(caller.installation, bytes.fromhex(id))
    erase(caller.installation, address, source=SOURCE)


@router.get("/tags", openapi_extra=needs(Scope.SUBSCRIBERS_READ))
def list_tags(caller: Asking) -> TagList:
    """List tags, with how many people carry each."""
    counts = count_tags(caller.installation)
    return TagList(items=[TagCount(name=name, subscribers=n) for name, n in counts.items()])
