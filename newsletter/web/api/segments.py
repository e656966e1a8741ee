"""Segments: what is saved under names, and how many people a rule picks."""

from typing import Annotated, Final, TypeAlias

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from newsletter.operators.api_tokens import Scope
from newsletter.usecases.count_segment import count_segment, list_segments
from newsletter.web.api.caller import Caller, get_caller
from newsletter.web.api.problems import explain_not_found
from newsletter.web.api.route import ApiRoute, needs
from newsletter.web.api.values import Request, SegmentText

router = APIRouter(route_class=ApiRoute, tags=["segments"])
Asking: TypeAlias = Annotated[Caller, Depends(get_caller)]
NO_SUCH_SEGMENT: Final = (
    "No segment is saved under this name, or the rule asks for an issue that was not sent or begun."
)


class SegmentOut(BaseModel):
    """A segment that is saved in newsletter.toml."""

    name: str
    rule: str = Field(description="In its one spelling, other saved ones written out in it.")
    mailable: int = Field(description="How many people an issue for it would reach today.")


class SegmentList(BaseModel):
    """Every saved segment, by name."""

    items: list[SegmentOut]


class WantedSegment(Request):
    """A saved segment's name, or a rule."""

    segment: Annotated[SegmentText, StringConstraints(min_length=1)]


class SegmentCountOut(BaseModel):
    """How many people a segment picks."""

    rule: str
    people: int = Field(description="In it, in whatever state.")
    mailable: int = Field(description="In it, and an issue would reach them today.")
    left_out: dict[str, int] = Field(description="Why it would not reach the others.")
    unknown_tags: list[str] = Field(description="Tags in it that nobody carries.")


@router.get("/segments", openapi_extra=needs(Scope.SUBSCRIBERS_READ))
def list_saved(caller: Asking) -> SegmentList:
    """List saved segments."""
    found = list_segments(caller.installation)
    return SegmentList(
        items=[SegmentOut(name=each.name, rule=each.text, mailable=count) for each, count in found]
    )


@router.post(
    "/segment-count",
    responses={404: {"description": "No such saved segment, or issue that the rule names."}},
    openapi_extra=needs(Scope.SUBSCRIBERS_READ),
)
def count(caller: Asking, wanted: WantedSegment) -> SegmentCountOut:
    """Count the people of a segment. What is wrong with a rule is told with its column."""
    with explain_not_found(NO_SUCH_SEGMENT):
        found = count_segment(caller.installation, wanted.segment)
    return SegmentCountOut(
        rule=found.chosen.text,
        people=found.people,
        mailable=found.mailable,
        left_out=dict(found.left_out),
        unknown_tags=list(found.unknown_tags),
    )
