"""Rules that rendering itself applies, while it reads the Markdown."""

from newsletter.rules.rule import Rule

RULES: tuple[Rule, ...] = ()
