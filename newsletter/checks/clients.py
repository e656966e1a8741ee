"""What mail clients would not show as it is meant, by the readers who have such a client.

What a theme does by itself is not the writer's fault: only what goes beyond is told.
"""

from collections.abc import Collection, Iterator
from typing import Final

from newsletter.checks.allowed_features import ALLOWED
from newsletter.checks.client_facts import (
    SHARES,
    ClientFacts,
    Feature,
    load_client_facts,
    sum_shares,
)
from newsletter.checks.page import Page
from newsletter.checks.signs import Sign, list_signs
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import clients as rules

#: Percent of readers from which on a finding is told.
_MISSING_FROM: Final = 5
_PARTIAL_FROM: Final = 25
_CLIENTS_SHOWN: Final = 4


def check_clients(page: Page, ours: Collection[Feature]) -> Iterator[Finding]:
    """Tell what clients would not show.

    Args:
        page: Of the issue.
        ours: What the theme uses by itself, by `find_features`.
    """
    facts = load_client_facts()
    for feature, uses in find_features(page).items():
        written = [sign for sign in uses if sign.place.line]
        if feature not in ours and written:
            yield from _judge(facts, feature, written)
    unknown = [feature.title for feature in ours if sum_shares(feature.missing_in) >= _MISSING_FROM]
    if unknown:
        yield build_finding(rules.THEME, f"the theme uses {', '.join(sorted(unknown))}")


def find_features(page: Page) -> dict[Feature, list[Sign]]:
    """Find what a page uses, but for what was reviewed and allowed."""
    by_sign = load_client_facts().by_sign
    uses: dict[Feature, list[Sign]] = {}
    for sign in list_signs(page):
        for feature in by_sign.get(sign.name, ()):
            if feature.slug not in ALLOWED:
                uses.setdefault(feature, []).append(sign)
    return uses


def _judge(facts: ClientFacts, feature: Feature, uses: list[Sign]) -> Iterator[Finding]:
    first, lines = uses[0], sorted({sign.place.line for sign in uses})
    also = f" (also in {_list_lines(lines[1:])})" if len(lines) > 1 else ""
    share = sum_shares(feature.missing_in)
    if share >= _MISSING_FROM:
        yield build_finding(
            rules.UNSUPPORTED,
            f"{first.shown}: {feature.title} is unknown to {_name(facts, feature.missing_in)},"
            f" about {share:g} % of readers{also}",
            **first.place._asdict(),
        )
        return
    partial = tuple(feature.partial_in)
    share += sum_shares(partial)
    if share >= _PARTIAL_FROM:
        notes = dict.fromkeys(
            note for client, note in feature.partial_in.items() if client in SHARES and note
        )
        yield build_finding(
            rules.PARTIAL,
            f"{first.shown}: {feature.title} is known in part only to {_name(facts, partial)},"
            f" about {share:g} % of readers{also}. {' '.join(notes)}".rstrip(),
            **first.place._asdict(),
        )


def _name(facts: ClientFacts, clients: tuple[str, ...]) -> str:
    """Name the most used clients."""
    counted = sorted((each for each in clients if each in SHARES), key=lambda each: -SHARES[each])
    names = [facts.names[each] for each in counted[:_CLIENTS_SHOWN]]
    more = len(counted) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _list_lines(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:_CLIENTS_SHOWN]))
    return (
        f"line{'s' if len(lines) > 1 else ''} {shown}{', …' if len(lines) > _CLIENTS_SHOWN else ''}"
    )
