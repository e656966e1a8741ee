"""Issues and settings for tests of the checks."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from newsletter.checks.check import CheckedIssue, Checker
from newsletter.issues.issue import Issue
from newsletter.issues.load import load_issue
from newsletter.rendering.render import render_edition
from newsletter.settings import Settings, parse_settings

FAULTS = Path(__file__).parents[1] / "faults"

_NEWSLETTER = {
    "name": "A Good Week",
    "from": "A Good Week <weekly@news.example.org>",
    "base_url": "https://weekly.example.org",
    "postal_address": "7 Sample Lane, Seoul 04000, Korea",
}


def make_settings(**sections: dict[str, Any]) -> Settings:
    """Make settings that no check objects to, but for what is given by section and key."""
    wanted = {
        "transport": {"url": "memory:"},
        **sections,
        "newsletter": {**_NEWSLETTER, **sections.get("newsletter", {})},
    }
    lines = []
    for section, keys in wanted.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
    return parse_settings("\n".join(lines), path=Path("newsletter.toml"))


def check_file(path: Path, **sections: dict[str, Any]) -> CheckedIssue:
    """Check an issue file; its front matter may set settings by section, too."""
    issue = load_issue(path, newsletter=make_settings().newsletter)
    wanted = {
        name: {**sections.get(name, {}), **_read_table(issue, name)}
        for name in ("newsletter", "rendering", "brand", "checks")
    }
    settings = make_settings(**wanted)
    edition = render_edition(
        issue,
        newsletter=settings.newsletter,
        brand=settings.brand,
        own_themes=settings.own_themes,
        rendering=settings.rendering,
    )
    return _checker(settings).check(issue, edition)


def check_text(folder: Path, markdown: str, **sections: dict[str, Any]) -> CheckedIssue:
    """Check an issue that has a title and a preheader, its text beginning on line 6."""
    path = folder / "issue.md"
    head = '+++\ntitle = "A good week"\npreheader = "What was worth reading this week"\n+++\n\n'
    path.write_text(head + markdown, encoding="utf-8")
    return check_file(path, **sections)


def list_places(checked: CheckedIssue) -> list[str]:
    """List what was found as ``rule line:column``."""
    return [f"{each.rule} {each.line}:{each.column}" for each in checked.findings]


def _read_table(issue: Issue, name: str) -> dict[str, Any]:
    table = issue.extra.get(name)
    return dict(table) if isinstance(table, dict) else {}


@cache
def _checker(settings: Settings) -> Checker:
    return Checker(settings)
