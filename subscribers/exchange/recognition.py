"""Which program wrote a file: told by its header and its status words, never by a guess.

What fits several programs is asked about. A file of a program that is known is not read as any
other: its columns that say no would be taken for something else.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from subscribers.errors import ImportFileError, InvalidValueError
from subscribers.exchange.cells import ReadStanding
from subscribers.exchange.columns import CSV, find_meaning, is_heard, is_ours
from subscribers.exchange.layout import Layout, fold
from subscribers.exchange.services.beehiiv import BEEHIIV
from subscribers.exchange.services.buttondown import BUTTONDOWN
from subscribers.exchange.services.ghost import GHOST
from subscribers.exchange.services.kit import KIT
from subscribers.exchange.services.listmonk import LISTMONK
from subscribers.exchange.services.mailchimp import MAILCHIMP
from subscribers.exchange.services.substack import DASHBOARD_SIGNS, SUBSTACK
from subscribers.subscription import State

SERVICES = (MAILCHIMP, SUBSTACK, BUTTONDOWN, GHOST, LISTMONK, BEEHIIV, KIT)
#: What ``--from`` takes beside the services' names.
AUTO = "auto"
#: Asked for where only the addresses matter, whoever wrote the file and however people stood there.
ANY = ""
LAYOUTS = {layout.name: layout for layout in (*SERVICES, CSV)}
_PLAIN = "no column of a service that is known"
_OUR_STATES = frozenset(state.value for state in State)


class Recognition(NamedTuple):
    """As what a file is read, and why."""

    layout: Layout
    reason: str


def recognise(
    header: Sequence[str], sample: Sequence[Sequence[str]], *, line: int, asked: str = AUTO
) -> Recognition:
    """Tell as what a file is to be read.

    Args:
        header: The first line's cells.
        sample: The cells of some rows after it.
        line: Of the header, for errors.
        asked: A name of `LAYOUTS`, or `AUTO`, or `ANY`.

    Raises:
        ImportFileError: It is not what was asked for, or may be several things.
    """
    if asked == ANY:
        return Recognition(CSV, "only the addresses matter")
    # What people brought from a service is in fields of ours, under the names that it gave them.
    found = [] if is_ours(header) else _find_services(header, sample)
    if asked == AUTO:
        return _choose(header, sample, found, line=line)
    layout = LAYOUTS[asked]
    if layout is CSV and found:
        raise ImportFileError(
            f"line {line}: this is a file of {found[0].layout.title} ({found[0].reason}), and a"
            f" plain CSV would not know who said no. Import it with --from {found[0].layout.name}."
        )
    if missing := layout.lacks(frozenset(map(fold, header))):
        other = ""
        if found:
            other = f" It looks like {found[0].layout.title}: --from {found[0].layout.name}."
        raise ImportFileError(
            f"line {line}: this is no file of {layout.title}: there is no column"
            f" {', and none '.join(missing)}.{other}"
        )
    return Recognition(layout, "asked for")


def _find_services(header: Sequence[str], sample: Sequence[Sequence[str]]) -> list[Recognition]:
    """Find the services whose own columns the header has, and whose words the rows use."""
    headers = frozenset(map(fold, header))
    return [
        Recognition(layout, f"column {_name_columns(header, headers & layout.signs)}")
        for layout in SERVICES
        if headers & layout.signs
        and not layout.lacks(headers)
        and _is_understood(layout, header, sample, by=any)
    ]


def _choose(
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    found: Sequence[Recognition],
    *,
    line: int,
) -> Recognition:
    """Take the one service there is, or none; ask where it may be several."""
    if len(found) == 1:
        return found[0]
    if is_ours(header):
        return Recognition(CSV, _PLAIN)
    by_words = [] if found else _find_by_words(header, sample)
    if candidates := [each.layout for each in found] or by_words:
        titles = " or ".join(layout.title for layout in candidates)
        names = " or ".join(f"--from {layout.name}" for layout in candidates)
        raise ImportFileError(
            f"line {line}: this may be a file of {titles}, and their words do not mean the same."
            f" Say which with {names}; --from csv takes only our own words for a status."
        )
    for layout in SERVICES:
        if unheard := _find_unheard(header, layout):
            raise ImportFileError(
                f"line {line}: by its columns this may be a file of {layout.title}, but the words"
                f" under {unheard} are none of {layout.title}'s. Say --from {layout.name}, which"
                " refuses rows with such words, or --from csv if it is none."
            )
    if DASHBOARD_SIGNS & set(map(fold, header)):
        raise ImportFileError(
            f"line {line}: this is the file of Substack's dashboard, which need not say who has"
            " turned letters off. Take email_list.….csv out of the publication's export; or say"
            " --from csv if you know that everybody in this file gets letters."
        )
    return Recognition(CSV, _PLAIN)


def _find_unheard(header: Sequence[str], layout: Layout) -> str:
    """Name a column that may say no in a service's file, and that a plain CSV would not hear."""
    headers = frozenset(map(fold, header))
    if layout.lacks(headers) or not headers & (layout.signs - layout.standings.keys()):
        return ""
    return next(
        (text.strip() for text in header if fold(text) in layout.standings and not is_heard(text)),
        "",
    )


def _find_by_words(header: Sequence[str], sample: Sequence[Sequence[str]]) -> list[Layout]:
    """Find the services whose status words all of these are, where they are none of ours."""
    column = next(
        (i for i, text in enumerate(header) if find_meaning(text) == "subscription_state"), None
    )
    if column is None:
        return []
    words = {cells[column].strip().lower() for cells in sample if column < len(cells)} - {""}
    if not words or words & _OUR_STATES:
        return []
    headers = frozenset(map(fold, header))
    return [
        layout
        for layout in SERVICES
        if fold(header[column]) in layout.standings
        and not layout.lacks(headers)
        and _is_understood(layout, header, sample, by=all)
    ]


def _is_understood(
    layout: Layout,
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    *,
    by: Callable[[Iterable[bool]], bool],
) -> bool:
    """Tell whether the service's words are used in any or all of the rows that have a status."""
    readers = [
        (index, layout.standings[folded])
        for index, folded in enumerate(map(fold, header))
        if folded in layout.standings
    ]
    columns = [
        [
            _can_read(read, cells[index].strip())
            for cells in sample
            if index < len(cells) and cells[index].strip()
        ]
        for index, read in readers
    ]
    return all(by(answers) for answers in columns if answers)


def _can_read(read: ReadStanding, cell: str) -> bool:
    try:
        read(cell)
    except InvalidValueError:
        return False
    return True


def _name_columns(header: Sequence[str], signs: frozenset[str]) -> str:
    return ", ".join(text.strip() for text in header if fold(text) in signs)
