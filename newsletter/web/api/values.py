"""What requests are made of, as OpenAPI tells it: what fits may still be refused by a rule (403).

The patterns keep out what no database or message can hold; what a name, a tag or an address must be
beyond that is told by `subscribers`.
"""

from typing import Annotated, Final, TypeAlias

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from newsletter.web.api.problems import KINDS, TYPE_PREFIX
from subscribers.profile import MAX_FIELD_CHARACTERS, MAX_NAME_CHARACTERS, MAX_TAG_CHARACTERS
from subscribers.segments.grammar import MAX_CHARACTERS

_CONTROL: Final = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_TEXT: Final = rf"^[^{_CONTROL}]*$"
#: The first page of a list, and the most of one.
DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000

Email: TypeAlias = Annotated[
    str,
    StringConstraints(
        min_length=3,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$",
    ),
    Field(description="An email address.", examples=["kim@example.org"]),
]
Name: TypeAlias = Annotated[
    str, StringConstraints(max_length=MAX_NAME_CHARACTERS, pattern=_TEXT), Field(examples=["Kim"])
]
Tag: TypeAlias = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_TAG_CHARACTERS, pattern=rf"^[^{_CONTROL},;]+$"),
    Field(description="A tag; capital letters become small ones.", examples=["python"]),
]
Language: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=35, pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,4})?$"),
    Field(description="BCP 47; empty for none.", examples=["ko"]),
]
Timezone: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+/-]*$"),
    Field(description="The IANA name; empty for the newsletter's.", examples=["Asia/Seoul"]),
]
FieldName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
FieldValue: TypeAlias = Annotated[
    str, StringConstraints(max_length=MAX_FIELD_CHARACTERS, pattern=_TEXT)
]
Words: TypeAlias = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=2000, pattern=rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
    ),
]
#: As long as at the command line.
SegmentText: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=MAX_CHARACTERS, pattern=_TEXT),
    Field(
        description="A saved segment's name, or a rule.", examples=["tag:python and language:ko"]
    ),
]
#: Public ids and hashes are written alike.
HexId: TypeAlias = Annotated[
    str, Path(pattern=r"^[0-9a-f]{32}$", description="32 hex digits, as a list gives them.")
]
Slug: TypeAlias = Annotated[
    str,
    Path(pattern=r"^[a-z0-9-]{1,80}$", description="The issue's slug.", examples=["2026-01"]),
]
Limit: TypeAlias = Annotated[
    int, Query(ge=1, le=MAX_LIMIT, description="At most so many on one page.")
]
Cursor: TypeAlias = Annotated[
    str,
    Query(
        max_length=400,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="From `next` of the page before; empty for the first page.",
    ),
]


class Request(BaseModel):
    """A body; what it does not know it refuses, rather than leave it undone."""

    model_config = ConfigDict(extra="forbid")


class FaultOut(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(examples=["body.email"])
    message: str


class Problem(BaseModel):
    """Why a request was not done (RFC 9457)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": f"{TYPE_PREFIX}not-found"}]})
    type: str = Field(
        description="Stable: decide by it.",
        json_schema_extra={"enum": [TYPE_PREFIX + kind.name for kind in KINDS]},
    )
    title: str
    status: int
    detail: str
    faults: list[FaultOut] = Field(default=[], description="For `invalid-request`.")
