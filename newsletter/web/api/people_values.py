"""People as the API tells them, and as it takes them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Self

from pydantic import BaseModel, Field, JsonValue

from newsletter.web.api.values import (
    Email,
    FieldName,
    FieldValue,
    Language,
    Name,
    Request,
    Tag,
    Timezone,
    Words,
)
from subscribers.consent import Consent, ConsentEvent
from subscribers.profile import (
    Profile,
    parse_field_name,
    parse_field_value,
    parse_language,
    parse_name,
    parse_tag,
    parse_timezone,
)
from subscribers.subscriber import Subscriber
from subscribers.subscription import State

#: Of one request; a person may have more.
MAX_FIELDS: Final = 30
#: The document would else allow names that fit no pattern.
_NO_OTHER_NAMES: Final[dict[str, JsonValue]] = {"additionalProperties": False}


def tell_time(milliseconds: int | None) -> datetime | None:
    """Tell a moment; None for one that never was."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


class SubscriberOut(BaseModel):
    """Somebody we know."""

    id: str = Field(examples=["0f1e2d3c4b5a69788796a5b4c3d2e1f0"])
    email: str
    state: State
    name: str
    language: str
    timezone: str
    tags: list[str]
    fields: dict[str, str]
    created_at: datetime | None
    confirmed_at: datetime | None
    state_changed_at: datetime | None
    paused_until: datetime | None

    @classmethod
    def of(cls, person: Subscriber) -> Self:
        """Tell of a person."""
        profile = person.profile
        return cls(
            id=person.public_id.hex(),
            email=str(person.address or ""),
            state=person.state,
            name=profile.name,
            language=profile.language,
            timezone=profile.timezone,
            tags=sorted(profile.tags),
            fields=dict(profile.fields),
            created_at=tell_time(person.created_at_ms),
            confirmed_at=tell_time(person.confirmed_at_ms),
            state_changed_at=tell_time(person.state_changed_at_ms),
            paused_until=tell_time(person.paused_until_ms),
        )


class SubscriberPage(BaseModel):
    """A page of people by the order in which they came."""

    items: list[SubscriberOut]
    next: str | None = Field(description="Path and query of the next page; null on the last.")


class ConsentOut(BaseModel):
    """A piece of evidence of consent."""

    event: ConsentEvent
    at: datetime | None
    basis: str
    source: str
    form: str
    network: str
    wording_sha256: str
    git_commit: str

    @classmethod
    def of(cls, consent: Consent) -> Self:
        """Tell of a piece of evidence."""
        origin = consent.origin
        return cls(
            event=consent.event,
            at=tell_time(consent.at_ms),
            basis=consent.basis,
            source=consent.source,
            form=origin.form,
            network=origin.network,
            wording_sha256=origin.wording_sha256,
            git_commit=origin.git_commit,
        )


class NewSubscriber(Request):
    """Somebody who filled in a form of yours, and is asked by mail to confirm it."""

    email: Email
    name: Name = ""
    language: Language = ""
    tags: list[Tag] = Field(default=[], max_length=50)
    wording: Words = Field(description="The text beside the form's button, whole: the evidence.")


class ConfirmedSubscriber(Request):
    """Somebody whose consent you can show, and who is not asked again."""

    email: Email
    name: Name = ""
    language: Language = ""
    timezone: Timezone = ""
    tags: list[Tag] = Field(default=[], max_length=50)
    fields: dict[FieldName, FieldValue] = Field(
        default={}, max_length=MAX_FIELDS, json_schema_extra=_NO_OTHER_NAMES
    )
    consent_basis: Words = Field(description="What the person agreed to, and how.")
    consent_source: Words = Field(description="Where the address comes from.")

    def build_profile(self) -> Profile:
        """Make the profile.

        Raises:
            InvalidValueError: A value cannot be kept.
        """
        return Profile(
            name=parse_name(self.name),
            language=parse_language(self.language),
            timezone=parse_timezone(self.timezone),
            tags=frozenset(map(parse_tag, self.tags)),
            fields=merge_fields({}, self.fields),
        )


class ProfileChange(Request):
    """What is to be different; what is left out stays."""

    name: Name | None = None
    language: Language | None = None
    timezone: Timezone | None = None
    add_tags: list[Tag] = Field(default=[], max_length=50)
    remove_tags: list[Tag] = Field(default=[], max_length=50)
    fields: dict[FieldName, FieldValue | None] = Field(
        default={},
        max_length=MAX_FIELDS,
        json_schema_extra=_NO_OTHER_NAMES,
        description="Custom fields; null takes one away.",
    )

    def change(self, profile: Profile) -> Profile:
        """Make the new profile.

        Raises:
            InvalidValueError: A value cannot be kept.
        """
        added, removed = set(map(parse_tag, self.add_tags)), set(map(parse_tag, self.remove_tags))
        return Profile(
            name=profile.name if self.name is None else parse_name(self.name),
            language=profile.language if self.language is None else parse_language(self.language),
            timezone=profile.timezone if self.timezone is None else parse_timezone(self.timezone),
            tags=(profile.tags | added) - removed,
            fields=merge_fields(profile.fields, self.fields),
        )


def merge_fields(known: Mapping[str, str], changed: Mapping[str, str | None]) -> dict[str, str]:
    """Set and take away custom fields; one without a value is none.

    Raises:
        InvalidValueError: A name or a value cannot be kept.
    """
    parsed = {
        parse_field_name(name): parse_field_value(text or "") for name, text in changed.items()
    }
    return {name: text for name, text in {**known, **parsed}.items() if text}
