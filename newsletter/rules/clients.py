"""Rules about what mail clients do not support."""

from newsletter.rules.rule import Rule, Severity

UNSUPPORTED = Rule(
    "client-support",
    Severity.WARNING,
    "The issue uses something that the clients of at least 5 % of readers do not support.",
    "Leave it out, or see to it that the issue can be read without it.",
)
PARTIAL = Rule(
    "client-partial",
    Severity.NOTE,
    "The issue uses something that the clients of at least 25 % of readers support only in part.",
    "See the note, and look at the issue in these clients.",
)
THEME = Rule(
    "theme-support",
    Severity.NOTE,
    "The theme itself uses something that clients do not support and that was not reviewed.",
    "Nothing to do for the issue; whoever made the theme should look at it.",
)

RULES = (UNSUPPORTED, PARTIAL, THEME)
