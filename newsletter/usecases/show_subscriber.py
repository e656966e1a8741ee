"""Everything that is known of one person: for the operator, and for the person himself."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from newsletter.operators.actions import Action
from newsletter.outbox.entry import Entry
from newsletter.outbox.history import list_entries
from newsletter.sending.ledger.person import (
    PersonalDelivery,
    PersonalReport,
    list_deliveries_of,
    list_reports_of,
)
from newsletter.usecases.installation import Installation
from newsletter.usecases.iso_time import iso_time
from subscribers.address import EmailAddress
from subscribers.consent import Consent
from subscribers.errors import UnknownSubscriberError
from subscribers.store.consents import find_wordings, list_consents
from subscribers.store.subscribers import find_subscriber
from subscribers.store.suppressions import find_suppression
from subscribers.subscriber import Subscriber
from subscribers.suppression import Suppression


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriberStory:
    """A person, the evidence of consent, what stands against mail, what was sent and came back."""

    #: None when only a suppression or the outbox knows the address.
    subscriber: Subscriber | None
    consents: tuple[Consent, ...] = ()
    #: SHA-256 → the words that consent was given to.
    wordings: dict[str, str] = field(default_factory=dict)
    suppression: Suppression | None
    deliveries: tuple[PersonalDelivery, ...] = ()
    reports: tuple[PersonalReport, ...] = ()
    #: System messages, such as confirmations, of the last 30 days.
    outbox: tuple[Entry, ...] = ()


def show_subscriber(installation: Installation, address: EmailAddress) -> SubscriberStory:
    """Tell what is known by an address.

    Raises:
        UnknownSubscriberError: Nothing is.
    """
    with installation.database.read() as connection:
        story = load_story(connection, installation.keys.address_hash(address))
    if story.subscriber is None and story.suppression is None and not story.outbox:
        raise UnknownSubscriberError("nobody is known by this address")
    return story


def load_story(connection: sa.Connection, address_hash: bytes) -> SubscriberStory:
    """Load what is known by an address hash, in the caller's transaction."""
    person = find_subscriber(connection, address_hash)
    number = person.id if person else None
    consents = list_consents(connection, number) if number else []
    digests = {each.origin.wording_sha256 for each in consents} - {""}
    return SubscriberStory(
        subscriber=person,
        consents=tuple(consents),
        wordings=find_wordings(connection, digests) if digests else {},
        suppression=find_suppression(connection, address_hash),
        deliveries=tuple(list_deliveries_of(connection, number)) if number else (),
        reports=tuple(list_reports_of(connection, number)) if number else (),
        outbox=tuple(list_entries(connection, subscriber_id=number, address_hash=address_hash)),
    )


def describe_story(story: SubscriberStory) -> dict[str, object]:
    """Tell machines, fit for JSON; `state` is null when only a suppression is known."""
    person, suppression = story.subscriber, story.suppression
    return {
        **(describe_person(person) if person else {"state": None}),
        "suppression": str(suppression.reason) if suppression else None,
        "consents": [describe_consent(each) for each in story.consents],
        "wordings": story.wordings,
        "deliveries": [describe_delivery(each) for each in story.deliveries],
        "reports": [describe_report(each) for each in story.reports],
        "outbox": [describe_entry(each) for each in story.outbox],
    }


def describe_delivery(delivery: PersonalDelivery) -> dict[str, object]:
    """Tell machines what became of one issue for one person."""
    return {
        "issue": delivery.slug,
        "status": str(delivery.status),
        "attempts": delivery.attempts,
        "first_attempt_at": iso_time(delivery.first_intent_at_ms or None),
        "settled_at": iso_time(delivery.settled_at_ms or None),
        "reply": delivery.reply,
    }


def describe_report(report: PersonalReport) -> dict[str, object]:
    """Tell machines one thing that came back about a person."""
    return {
        "issue": report.slug or None,
        "source": report.source,
        "kind": str(report.kind),
        "bounce_class": str(report.bounce_class) if report.bounce_class else None,
        "occurred_at": iso_time(report.occurred_at_ms),
        "status_code": report.status_code,
        "words": report.words,
    }


def describe_action(action: Action) -> dict[str, object]:
    """Tell machines what an operator did."""
    return {
        "at": iso_time(action.at_ms),
        "actor": action.actor,
        "kind": action.kind.value,
        "issue": action.issue or None,
        "subscriber": action.subscriber_id,
        "details": action.details or None,
    }


def describe_entry(entry: Entry) -> dict[str, object]:
    """Tell machines where one system message stands."""
    return {
        "message": str(entry.kind),
        "status": str(entry.status),
        "asked_at": iso_time(entry.asked_at_ms),
        "settled_at": iso_time(entry.settled_at_ms or None),
        "attempts": entry.attempts,
        "repeats": entry.repeats,
        "reply": entry.reply,
    }


def describe_person(person: Subscriber) -> dict[str, object]:
    """Tell machines what is kept of a person."""
    return {
        "number": person.id,
        "address": str(person.address) if person.address else None,
        "state": str(person.state),
        "name": person.profile.name,
        "language": person.profile.language,
        "timezone": person.profile.timezone,
        "tags": sorted(person.profile.tags),
        "fields": dict(person.profile.fields),
        "created_at": iso_time(person.created_at_ms),
        "confirmed_at": iso_time(person.confirmed_at_ms),
        "state_changed_at": iso_time(person.state_changed_at_ms),
        "paused_until": iso_time(person.paused_until_ms or None),
    }


def describe_consent(consent: Consent) -> dict[str, object]:
    """Tell machines one piece of evidence."""
    return {
        "event": str(consent.event),
        "at": iso_time(consent.at_ms),
        "basis": consent.basis,
        "source": consent.source,
        "form": consent.origin.form,
        "network": consent.origin.network,
        "wording_sha256": consent.origin.wording_sha256,
        "git_commit": consent.origin.git_commit,
    }
