"""Write people out, for a spreadsheet, another program or another newsletter; as of one moment."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

import sqlalchemy as sa

from newsletter.operators.actions import ActionKind, find_actions_to
from newsletter.sending.ledger.person import find_deliveries_of, find_reports_of
from newsletter.usecases.choose_segment import find_condition
from newsletter.usecases.installation import Installation
from newsletter.usecases.show_subscriber import (
    describe_action,
    describe_consent,
    describe_delivery,
    describe_report,
)
from subscribers.exchange.csv_export import export_csv
from subscribers.exchange.json_export import FindMore, export_json
from subscribers.exchange.pages import EVERYONE, OnPage, Selection, TextSink
from subscribers.exchange.people_format import PeopleFormat
from subscribers.store.consents import find_consents, find_wordings
from subscribers.subscriber import Subscriber


class Part(StrEnum):
    """What can be told of people beside what an import takes; in JSON only."""

    #: The evidence, with the wordings that people read.
    CONSENT = "consent"
    #: Deliveries, what came back, what operators did.
    HISTORY = "history"


def export_people(
    installation: Installation,
    file: TextSink,
    selection: Selection = EVERYONE,
    *,
    segment: str = "",
    file_format: PeopleFormat = PeopleFormat.CSV,
    parts: Collection[Part] = (),
    on_page: OnPage = lambda _done, _total: None,
) -> int:
    """Write people in constant memory; return how many.

    Args:
        installation: Whose people.
        file: Opened for writing text.
        selection: Who is written; erased people never are.
        segment: Only people in it: a saved one's name, or a rule.
        file_format: How.
        parts: What else is told of them; not in CSV, where a person is one row of cells.
        on_page: Hears how far it is.

    Raises:
        SegmentError, NotFoundError: See `choose_segment`.
    """
    selection = replace(selection, where=find_condition(installation, segment))
    with installation.database.write() as connection:
        installation.record_action(
            connection, ActionKind.EXPORT, details=_describe(file_format, parts)
        )
    with installation.database.read() as connection:
        if file_format is PeopleFormat.CSV:
            return export_csv(connection, file, selection, on_page=on_page)
        return export_json(
            connection,
            file,
            selection,
            is_lines=file_format is PeopleFormat.JSONL,
            find_more=_build_finder(parts) if parts else None,
            on_page=on_page,
        )


def _describe(file_format: PeopleFormat, parts: Collection[Part]) -> str:
    told = " and ".join(sorted(parts))
    return f"people, as {file_format}" + (f", with {told}" if told else "")


def _build_finder(parts: Collection[Part]) -> FindMore:
    finders = [find for part, find in _FINDERS.items() if part in parts]

    def find_more(
        connection: sa.Connection, people: Sequence[Subscriber]
    ) -> dict[int, dict[str, object]]:
        numbers = [person.id for person in people]
        found: dict[int, dict[str, object]] = {number: {} for number in numbers}
        for find in finders:
            for number, told in find(connection, numbers).items():
                found[number] |= told
        return found

    return find_more


def _find_consent(
    connection: sa.Connection, numbers: Sequence[int]
) -> Mapping[int, dict[str, object]]:
    consents = find_consents(connection, numbers)
    digests = {each.origin.wording_sha256 for all_ in consents.values() for each in all_} - {""}
    wordings = find_wordings(connection, digests) if digests else {}
    return {
        number: {
            "consents": [
                describe_consent(each) | {"wording": wordings.get(each.origin.wording_sha256)}
                for each in all_
            ]
        }
        for number, all_ in consents.items()
    }


def _find_history(
    connection: sa.Connection, numbers: Sequence[int]
) -> Mapping[int, dict[str, object]]:
    deliveries = find_deliveries_of(connection, numbers)
    reports = find_reports_of(connection, numbers)
    actions = find_actions_to(connection, numbers)
    return {
        number: {
            "deliveries": [describe_delivery(each) for each in deliveries[number]],
            "reports": [describe_report(each) for each in reports[number]],
            "actions": [describe_action(each) for each in actions[number]],
        }
        for number in numbers
    }


_FINDERS: Mapping[
    Part, Callable[[sa.Connection, Sequence[int]], Mapping[int, dict[str, object]]]
] = {Part.CONSENT: _find_consent, Part.HISTORY: _find_history}
