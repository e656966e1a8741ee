"""Segment → a condition on `subscriber` in SQL, the same on SQLite and PostgreSQL.

What somebody wrote becomes bound values and nothing else. Each test is true or false, never
unknown, so that ``not`` finds exactly the others; and none asks a function of an indexed column.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from subscribers.segments.keys import FIELD
from subscribers.segments.moment import Stretch
from subscribers.segments.tree import (
    Compares,
    Either,
    Every,
    Has,
    Is,
    Not,
    Order,
    Outside,
    Saved,
    Segment,
    iter_tests,
)
from subscribers.store.schema import subscriber, subscriber_tag
from subscribers.store.tags import select_tagged

Condition = sa.ColumnElement[bool]
#: Selects the numbers of the people for whom a test of this key holds.
SelectOutside = Callable[[Outside], sa.Select[int]]


def refuse_outside(test: Outside) -> sa.Select[int]:
    """Answer no test: for a store that nobody else stands behind."""
    raise ValueError(f"nobody answers for {test.key}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """As of when, on whose clock, and with whose help a segment is asked."""

    #: Milliseconds since 1970, UTC.
    now_ms: int
    #: Whose clock a time without an offset stands on.
    zone: tzinfo
    select_outside: SelectOutside = refuse_outside


def compile_segment(segment: Segment, question: Question) -> Condition:
    """Make the condition that a person is in a segment; names must be resolved before."""
    return _compile(segment, question, is_negated=False, may_lead=True)


def _compile(
    segment: Segment, question: Question, *, is_negated: bool, may_lead: bool
) -> Condition:
    """Compile one node.

    Args:
        segment: The node.
        question: See `Question`.
        is_negated: Compile its opposite. It is carried down to the tests, since databases look for
            "not in the list" far more slowly than for "there is no such row".
        may_lead: Only people for whom it holds are wanted, so that they may be found by it.
    """
    match segment:
        case Not(part):
            return _compile(part, question, is_negated=not is_negated, may_lead=may_lead)
        case Either(parts) if may_lead and not is_negated and any(map(_looks_elsewhere, parts)):
            # A look by key for each person and part took PostgreSQL 2 s among a million people.
            return subscriber.c.id.in_(sa.union(*(_select_people(p, question) for p in parts)))
        case Every(parts) | Either(parts):
            joins_all = isinstance(segment, Every) is not is_negated
            conditions = [
                _compile(part, question, is_negated=is_negated, may_lead=may_lead and joins_all)
                for part in parts
            ]
            if joins_all:
                return sa.and_(sa.true(), *conditions)
            return sa.or_(sa.false(), *conditions)
        case Is("tag") | Has("tag") | Outside():
            numbers = _select_numbers(segment, question)
            return _is_among(numbers, is_negated=is_negated, may_lead=may_lead)
        case _:
            condition = _compile_own(segment, question)
            return ~condition if is_negated else condition


def _select_numbers(test: Is | Has | Outside, question: Question) -> sa.Select[int]:
    """Select the people for whom a test of another table holds."""
    match test:
        case Outside():
            return question.select_outside(test)
        case Is(value=name):
            return select_tagged(name)
        case Has():
            return sa.select(subscriber_tag.c.subscriber_id)


def _looks_elsewhere(segment: Segment) -> bool:
    """Tell whether a test of another table is in it."""
    return any(
        isinstance(test, Outside) or (isinstance(test, Is | Has) and test.key == "tag")
        for test in iter_tests(segment)
    )


def _select_people(segment: Segment, question: Question) -> sa.Select[int]:
    """Select the people for whom a node holds, as a list of its own."""
    match segment:
        case Is("tag") | Has("tag") | Outside():
            return _select_numbers(segment, question)
        case _:
            condition = _compile(segment, question, is_negated=False, may_lead=True)
            return sa.select(subscriber.c.id).where(condition).correlate(None)


def _compile_own(test: Is | Has | Compares | Saved, question: Question) -> Condition:
    """Compile a test of what stands in a person's own row."""
    match test:
        case Compares(key, order, moment):
            at_ms = subscriber.c[f"{key}_ms"]
            stretch = moment.find_stretch(question.zone, now_ms=question.now_ms)
            return sa.and_(at_ms.is_not(None), _ORDERS[order](at_ms, stretch))
        case Has("confirmed_at"):
            return subscriber.c.confirmed_at_ms.is_not(None)
        case Has(key):
            return _find_text(key) != ""
        case Is("domain", value):
            address = subscriber.c.address
            return sa.and_(address.is_not(None), address.endswith(f"@{value}", autoescape=True))
        case Is("language", value):
            language = subscriber.c.language
            return sa.or_(language == value, language.startswith(f"{value}-", autoescape=True))
        case Is(key, value):
            return _find_text(key) == value
        case Saved(name):
            raise ValueError(f"segment:{name} was not resolved")


def _find_text(key: str) -> sa.ColumnElement[str]:
    """Find the text that stands under a key; empty for none."""
    if key.startswith(FIELD):
        name = sa.literal(key.removeprefix(FIELD), sa.Text)
        return sa.case(
            (subscriber.c.fields == "{}", ""),
            else_=sa.func.coalesce(_JsonText(subscriber.c.fields, name), ""),
        )
    column: sa.ColumnElement[str] = subscriber.c[key]
    return column


def _is_among(numbers: sa.Select[int], *, is_negated: bool, may_lead: bool) -> Condition:
    """Make the condition that a person's number is one of those, or is none of them.

    A list at the top leads SQLite to the few people of a rare tag. Everywhere else a look by key
    for each person is what neither database can take a wrong turn with.
    """
    if may_lead and not is_negated:
        return subscriber.c.id.in_(numbers)
    (number,) = numbers.selected_columns
    found = numbers.where(number == subscriber.c.id).correlate(subscriber).exists()
    return ~found if is_negated else found


_ORDERS: Final[dict[Order, Callable[[sa.ColumnElement[int], Stretch], Condition]]] = {
    Order.EQUAL: lambda at_ms, it: sa.and_(at_ms >= it.begins_ms, at_ms < it.ends_ms),
    Order.BEFORE: lambda at_ms, it: at_ms < it.begins_ms,
    Order.UNTIL: lambda at_ms, it: at_ms < it.ends_ms,
    Order.AFTER: lambda at_ms, it: at_ms >= it.ends_ms,
    Order.SINCE: lambda at_ms, it: at_ms >= it.begins_ms,
}


class _JsonText(FunctionElement[str]):
    """The text under a name in a JSON object that is stored as text; NULL for none."""

    type = sa.Text()
    inherit_cache = True


@compiles(_JsonText, "sqlite")
def _extract_on_sqlite(element: _JsonText, compiler: SQLCompiler, **options: Any) -> str:
    json, name = (compiler.process(each, **options) for each in element.clauses)
    return f"json_extract({json}, '$.' || {name})"


@compiles(_JsonText, "postgresql")
def _extract_on_postgresql(element: _JsonText, compiler: SQLCompiler, **options: Any) -> str:
    json, name = (compiler.process(each, **options) for each in element.clauses)
    return f"(CAST({json} AS JSON) ->> CAST({name} AS TEXT))"
