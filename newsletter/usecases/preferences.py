"""What a reader may see and change of his own data, by a link that was mailed to him.

The link is good for 24 hours and for everything here. Whoever asks for one, or names a new
address, gets the same answer whatever is known: the worker decides later, by message.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.outbox.entry import Entry, Kind
from newsletter.outbox.requests import write_request
from newsletter.usecases.erase import erase_person
from newsletter.usecases.installation import Installation
from newsletter.usecases.show_subscriber import describe_entry, describe_story, load_story
from subscribers.address import EmailAddress
from subscribers.consent import Consent, ConsentEvent
from subscribers.errors import InvalidTokenError, InvalidValueError
from subscribers.mailed_tokens import TokenPurpose, hash_token
from subscribers.store.consents import append_consents
from subscribers.store.profiles import change_profile, pause_until
from subscribers.store.subscribers import find_by_id
from subscribers.store.tags import replace_tags
from subscribers.store.tokens import find_token
from subscribers.subscriber import Subscriber
from subscribers.subscription import State
from subscribers.tokens import make_token

#: For how many days a reader may pause; 0 goes on at once.
PAUSE_DAYS = (0, 30, 90)
_DAY_MS = 24 * 3_600_000
#: In the evidence.
_SOURCE = "preferences page"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What the page shows to the owner of the address."""

    address: str
    name: str
    #: BCP 47; empty when the person never said.
    language: str
    tags: frozenset[str]
    #: Confirmed, and not gone meanwhile.
    is_subscribed: bool
    #: Milliseconds since 1970, UTC; 0 when not paused.
    paused_until_ms: int
    #: The token for ``/u/TOKEN``, to leave from here.
    unsubscribe_token: str


def request_preferences(
    installation: Installation, address: EmailAddress, *, language: str = "", network: str = ""
) -> None:
    """Write down that somebody asked for the link: one statement whatever is known.

    Args:
        installation: Where.
        address: Only a subscriber's gets a message.
        language: BCP 47, of the page; the subscriber's own goes before it.
        network: Of the asker, truncated; empty for unknown.
    """
    address_hash = installation.keys.address_hash(address)
    with installation.database.write() as connection:
        write_request(
            connection,
            Kind.PREFERENCES,
            address,
            address_hash,
            language=language,
            details={"network": network},
            now_ms=installation.now_ms(),
        )


def find_preferences(installation: Installation, token: str) -> Preferences | None:
    """Find whose page a token opens; changes nothing. None: unknown, replaced, expired."""
    with installation.database.read() as connection:
        person = _find_owner(installation, connection, token)
        return _describe(installation, person) if person else None


def change_preferences(
    installation: Installation,
    token: str,
    *,
    name: str,
    language: str,
    tags: frozenset[str],
    offered: frozenset[str],
) -> Preferences:
    """Change name, language and tags; made of parsed values only.

    Args:
        installation: Where.
        token: From the link.
        name: May be empty.
        language: BCP 47; may be empty.
        tags: Those of the offered ones that the reader wants.
        offered: Those that the page showed; a tag that it did not show stays as it is.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
    """
    with _as_owner(installation, token) as (connection, person):
        kept = (person.profile.tags - offered) | (tags & offered)
        change_profile(connection, person.id, name=name, language=language)
        if kept != person.profile.tags:
            replace_tags(connection, person.id, kept)
            evidence = Consent(
                event=ConsentEvent.CHANGED,
                at_ms=installation.now_ms(),
                basis=f"tags: {', '.join(sorted(kept)) or 'none'}",
                source=_SOURCE,
            )
            append_consents(connection, [person.id], evidence)
        return _describe_anew(installation, connection, person.id)


def change_address(
    installation: Installation, token: str, new: EmailAddress, *, network: str = ""
) -> None:
    """Ask the owner of the new address to confirm it; until then nothing changes.

    The answer is the same when the new address is known or suppressed: nothing is sent then.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
    """
    with _as_owner(installation, token) as (connection, person):
        write_request(
            connection,
            Kind.CHANGE_ADDRESS,
            new,
            installation.keys.address_hash(new),
            language=person.profile.language,
            details={"network": network},
            now_ms=installation.now_ms(),
            subscriber_id=person.id,
        )


def pause(installation: Installation, token: str, *, days: int) -> Preferences:
    """Send nothing for so many days from now, one of `PAUSE_DAYS`; 0 goes on.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
        InvalidValueError: Another number of days.
    """
    if days not in PAUSE_DAYS:
        raise InvalidValueError(f"a pause has {' or '.join(map(str, PAUSE_DAYS[1:]))} days")
    with _as_owner(installation, token) as (connection, person):
        until_ms = installation.now_ms() + days * _DAY_MS if days else 0
        pause_until(connection, person.id, until_ms)
        return _describe_anew(installation, connection, person.id)


def collect_my_data(installation: Installation, token: str) -> dict[str, object]:
    """Collect everything that is kept of the person, fit for JSON.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
    """
    with installation.database.read() as connection:
        person = _find_owner(installation, connection, token)
        if person is None or person.address_hash is None:
            raise _invalid()
        story = load_story(connection, person.address_hash)
    return {**describe_story(story), "outbox": [_describe_to_owner(each) for each in story.outbox]}


def erase_me(installation: Installation, token: str) -> None:
    """Erase the person for good; see `newsletter.usecases.erase`.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
    """
    with _as_owner(installation, token) as (connection, person):
        if person.address_hash is not None:
            erase_person(
                connection,
                person.id,
                person.address_hash,
                now_ms=installation.now_ms(),
                source=_SOURCE,
            )
    installation.database.empty_journal()


def _describe_to_owner(entry: Entry) -> dict[str, object]:
    """Tell all of a message, but not whether somebody else is known by the address it asked."""
    told = describe_entry(entry)
    if entry.kind is Kind.CHANGE_ADDRESS:
        return {name: told[name] for name in ("message", "asked_at")}
    return told


@contextmanager
def _as_owner(installation: Installation, token: str) -> Iterator[tuple[sa.Connection, Subscriber]]:
    """Open a transaction in the name of whoever has the link."""
    with installation.database.write() as connection:
        person = _find_owner(installation, connection, token)
        if person is None:
            raise _invalid()
        yield connection, person


def _find_owner(
    installation: Installation, connection: sa.Connection, token: str
) -> Subscriber | None:
    stored = find_token(connection, hash_token(token), now_ms=installation.now_ms())
    if stored is None or stored.purpose is not TokenPurpose.PREFERENCES:
        return None
    return find_by_id(connection, stored.subscriber_id)


def _invalid() -> InvalidTokenError:
    return InvalidTokenError("this link has expired, or a newer one has taken its place")


def _describe_anew(
    installation: Installation, connection: sa.Connection, subscriber_id: int
) -> Preferences:
    person = find_by_id(connection, subscriber_id)
    if person is None:
        raise _invalid()
    return _describe(installation, person)


def _describe(installation: Installation, person: Subscriber) -> Preferences:
    is_paused = person.paused_until_ms > installation.now_ms()
    return Preferences(
        address=str(person.address or ""),
        name=person.profile.name,
        language=person.profile.language,
        tags=person.profile.tags,
        is_subscribed=person.state is State.CONFIRMED,
        paused_until_ms=person.paused_until_ms if is_paused else 0,
        unsubscribe_token=make_token(installation.keys, "unsubscribe", person.public_id),
    )
