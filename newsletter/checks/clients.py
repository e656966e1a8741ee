"""What mail clients would not show as it is meant, by the readers who have such a client.

What a theme does by itself is not the writer's fault: the same theme is rendered with one of
everything that Markdown has (`BASELINE`), and only what goes beyond that is told line by line.
"""

from collections.abc import Iterable, Iterator
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

#: One of everything that Markdown can ask of a theme.
BASELINE: Final = """\
Words, *emphasis*, **strong**, ~~struck~~, `code`, [a page](https://example.org/ "title")[^1],
https://example.org.

- list
  - [ ] task
- ![image](https://example.org/image.png "title"){ width=100 }

1. number

> quote

> [!NOTE]
> note

!!! note "Note"
    note

Term
: definition

| left | right |
|:-----|------:|
| 1    | 2     |

```python
print("code", 1)  # comment
```

***

![image](https://example.org/image.jpg)

## Section

### Part

#### Piece

## Section

## Section

## Section

[up](#s1)

[^1]: Footnote.
"""


def check_clients(page: Page, baseline: Page) -> Iterator[Finding]:
    """Tell what clients would not show.

    Args:
        page: Of the issue.
        baseline: Of `BASELINE`, in the same theme.
    """
    facts = load_client_facts()
    ours = _find_uses(facts, list_signs(baseline))
    for feature, uses in _find_uses(facts, list_signs(page)).items():
        written = [sign for sign in uses if sign.place.line]
        if feature not in ours and written:
            yield from _judge(facts, feature, written)
    yield from _judge_theme(ours)


def _find_uses(facts: ClientFacts, signs: Iterable[Sign]) -> dict[Feature, list[Sign]]:
    """Sort what is used by feature, but for what was reviewed and allowed."""
    uses: dict[Feature, list[Sign]] = {}
    for sign in signs:
        for feature in facts.by_sign.get(sign.name, ()):
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


def _judge_theme(uses: dict[Feature, list[Sign]]) -> Iterator[Finding]:
    unknown = [feature.title for feature in uses if sum_shares(feature.missing_in) >= _MISSING_FROM]
    if unknown:
        yield build_finding(rules.THEME, f"the theme uses {', '.join(sorted(unknown))}")


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
