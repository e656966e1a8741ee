"""Random segments and people, and a plain evaluation that knows nothing of SQL."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from hypothesis import strategies as st

from subscribers.profile import Profile
from subscribers.segments.moment import Moment
from subscribers.segments.tree import (
    Compares,
    Either,
    Every,
    Has,
    Is,
    Not,
    Order,
    Outside,
    Segment,
)
from subscribers.subscription import State

TAGS = ("ai", "weekly digest", "a_b%", "größe", "and")
LANGUAGES = ("", "ko", "ko-KR", "kok", "en-GB", "zh-Hant-TW")
NAMES = ("", "Kim", "kim", "김민지", 'O\'Brien "x" \\', "100%")
ZONES = ("", "Asia/Seoul", "Europe/Berlin")
DOMAINS = ("example.org", "sub.example.org", "münchen.de")
VALUES = ("", "1", "01", "Größe & 한글", 'a"b\\c', "$.x", "x' OR 1=1 --")
FIELD_NAMES = ("company", "x_1")
SLUGS = ("issue-1", "issue-2")
STATES = tuple(state for state in State if state is not State.ERASED)
#: 2026-01-31T08:00:00Z, as in `tests.contracts.people`, and steps from it to the ends of a day.
NOON = 1_769_846_400_000
TIMES = tuple(NOON + hours * 3_600_000 for hours in (-3000, -720, -32, -8, -1, 0, 15, 16, 40))
MOMENTS = ("2026-01", "2026-01-31", "2026-01-31T08:00Z", "2026-02-01", "-30d", "-1h", "2025-12-31")


@dataclass(frozen=True, kw_only=True)
class RandomPerson:
    """What a segment may ask of somebody."""

    domain: str
    profile: Profile
    state: State
    created_at_ms: int
    confirmed_at_ms: int | None
    received: Collection[str]


@st.composite
def people(draw: st.DrawFn) -> RandomPerson:
    """Make somebody."""
    fields = draw(st.dictionaries(st.sampled_from(FIELD_NAMES), st.sampled_from(VALUES[1:])))
    return RandomPerson(
        domain=draw(st.sampled_from(DOMAINS)),
        profile=Profile(
            name=draw(st.sampled_from(NAMES)),
            language=draw(st.sampled_from(LANGUAGES)),
            timezone=draw(st.sampled_from(ZONES)),
            tags=draw(st.frozensets(st.sampled_from(TAGS))),
            fields=fields,
        ),
        state=draw(st.sampled_from(STATES)),
        created_at_ms=draw(st.sampled_from(TIMES)),
        confirmed_at_ms=draw(st.none() | st.sampled_from(TIMES)),
        received=draw(st.frozensets(st.sampled_from(SLUGS))),
    )


def list_people() -> list[RandomPerson]:
    """List somebody with each value, and with none."""
    longest = max(len(TIMES), len(VALUES), len(LANGUAGES), len(NAMES)) + 1
    return [
        RandomPerson(
            domain=DOMAINS[number % len(DOMAINS)],
            profile=Profile(
                name=NAMES[number % len(NAMES)],
                language=LANGUAGES[number % len(LANGUAGES)],
                timezone=ZONES[number % len(ZONES)],
                tags=frozenset(TAGS[: number % (len(TAGS) + 1)]),
                fields=dict.fromkeys(FIELD_NAMES[: number % 3], value),
            ),
            state=STATES[number % len(STATES)],
            created_at_ms=TIMES[number % len(TIMES)],
            confirmed_at_ms=[None, *TIMES][number % (len(TIMES) + 1)],
            received=SLUGS[: number % 3],
        )
        for number in range(2 * longest)
        for value in VALUES[1 + number % (len(VALUES) - 1) :][:1]
    ]


def segments() -> st.SearchStrategy[Segment]:
    """Make a segment of every kind of test, of names that some have."""
    return st.recursive(st.sampled_from(list_tests()), _combine, max_leaves=8)


def is_member(person: RandomPerson, segment: Segment, *, zone: tzinfo, now_ms: int) -> bool:
    """Tell whether a person is in a segment, the plain way."""
    match segment:
        case Every(parts):
            return all(is_member(person, part, zone=zone, now_ms=now_ms) for part in parts)
        case Either(parts):
            return any(is_member(person, part, zone=zone, now_ms=now_ms) for part in parts)
        case Not(part):
            return not is_member(person, part, zone=zone, now_ms=now_ms)
        case Compares(key, order, moment):
            at_ms = person.created_at_ms if key == "created_at" else person.confirmed_at_ms
            return at_ms is not None and _stands(at_ms, order, moment, zone, now_ms)
        case _:
            return _holds(person, segment)


def _holds(person: RandomPerson, test: Segment) -> bool:
    match test:
        case Outside(_, slug):
            return slug in person.received
        case Has(key):
            return bool(_list_values(person, key))
        case Is(key, value):
            return value in _list_values(person, key)
        case _:
            raise AssertionError(test)


def _list_values(person: RandomPerson, key: str) -> Collection[str]:
    """List what a person has under a key; of a language also what it is a kind of."""
    profile = person.profile
    subtags = profile.language.split("-")
    texts = {
        "name": profile.name,
        "timezone": profile.timezone,
        "domain": person.domain,
        "state": person.state.value,
        "confirmed_at": str(person.confirmed_at_ms or ""),
        **{f"field.{name}": profile.fields.get(name, "") for name in FIELD_NAMES},
    }
    several: Mapping[str, Collection[str]] = {
        "tag": profile.tags,
        "language": ["-".join(subtags[: length + 1]) for length in range(len(subtags))],
    }
    values = several.get(key) or [texts.get(key, "")]
    return [value for value in values if value]


def _stands(at_ms: int, order: Order, moment: Moment, zone: tzinfo, now_ms: int) -> bool:
    begins_ms, ends_ms = moment.find_stretch(zone, now_ms=now_ms)
    is_before, is_over = at_ms < begins_ms, at_ms >= ends_ms
    return {
        Order.EQUAL: not is_before and not is_over,
        Order.BEFORE: is_before,
        Order.UNTIL: not is_over,
        Order.AFTER: is_over,
        Order.SINCE: not is_before,
    }[order]


def list_tests() -> list[Segment]:
    """List a test of every kind with every value."""
    values = {
        "tag": [*TAGS, "nobody"],
        "language": [*LANGUAGES[1:], "zh"],
        "name": NAMES[1:],
        "timezone": ZONES[1:],
        "domain": [*DOMAINS, "e.org"],
        "state": [state.value for state in STATES],
        **{f"field.{name}": VALUES[1:] for name in FIELD_NAMES},
    }
    keys = ("tag", "name", "language", "timezone", "confirmed_at", "field.company")
    return [
        *(Is(key, value) for key, known in values.items() for value in known),
        *(Has(key) for key in keys),
        *(Outside("received", slug) for slug in SLUGS),
        *(
            Compares(key, order, Moment.parse(moment))
            for key in ("confirmed_at", "created_at")
            for order in Order
            for moment in MOMENTS
            if order is not Order.EQUAL or not moment.startswith("-")
        ),
    ]


def _combine(parts: st.SearchStrategy[Segment]) -> st.SearchStrategy[Segment]:
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return several.map(Every) | several.map(Either) | parts.map(Not)
