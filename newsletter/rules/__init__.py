"""Every rule that findings name: the one list for settings, checks, rendering and documents.

The rules stand on the lowest floor, since the settings must know their names; what they find out
is done by `newsletter.rendering` and `newsletter.checks`.
"""

from newsletter.rules import accessibility, clients, links, parts, size, writing
from newsletter.rules.rule import Rule, Severity

__all__ = ["RULES", "TOPICS", "Rule", "Severity", "find_rule"]

#: Heading of the reference to its rules, in the order of the page.
TOPICS = {
    "Parts of the message": parts.RULES,
    "Links": links.RULES,
    "Accessibility": accessibility.RULES,
    "Size": size.RULES,
    "Mail clients": clients.RULES,
    "Markdown": writing.RULES,
}
RULES: tuple[Rule, ...] = tuple(rule for rules in TOPICS.values() for rule in rules)


def find_rule(name: str) -> Rule | None:
    """Find a rule by its id."""
    return next((rule for rule in RULES if rule.id == name), None)
