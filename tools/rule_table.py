"""Rules as a table of Markdown, for the documents that are made from the code."""

from collections.abc import Iterable

from newsletter.rules import Rule


def write_topic(heading: str, rules: Iterable[Rule]) -> str:
    """Write a heading and a row for each rule."""
    rows = [
        f"| `{rule.id}` | {rule.severity} | {cell(rule.meaning)} | {cell(rule.advice)} |"
        for rule in rules
    ]
    head = ["| rule | severity | what it finds | how to mend it |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {heading}", "", *head, *rows, ""])


def cell(text: str) -> str:
    """Keep marks of Markdown and HTML what they are: text."""
    return text.replace("|", r"\|").replace("<", "&lt;").replace("](", r"]\(")
