"""Write docs/reference/checks.md from the rules in the code.

make references
"""

from pathlib import Path

from newsletter.checks.allowed_features import ALLOWED
from newsletter.checks.client_facts import SHARES, UNCOVERED, load_client_facts
from newsletter.rules import TOPICS
from tools.rule_table import cell, write_topic

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "checks.md"

_OPENING = """\
# What is checked

This page is made from the code by `make references`; a test compares the two.

`newsletter check` applies these rules, and so does `newsletter send` before it plans anything. Each
finding names its rule, its severity, the place in the Markdown as `file:line:column`, and how to
mend it. A finding without a line concerns the whole issue, the theme or the settings.

| severity | what follows from it |
| --- | --- |
| error | `check` ends with 3; `send` plans nothing and ends with 3, but for `--ignore-checks` |
| warning | `check --strict` ends with 3 |
| note | nothing |

A rule whose findings are of no use to a newsletter is left out by its name in `newsletter.toml`:

    [checks]
    ignore = ["link-text-url", "link-duplicate"]

"""

_CLIENTS = """\
## Where the facts about mail clients come from

From {source}, as of {updated_on}: of each client the newest version that was tested.
The data has nothing on {uncovered}, so nothing is said about them.
`make caniemail` fetches the newest data.

How many percent of readers have which client is an assumption. Public counts of opens give Apple
about half, which its own machines open in part; that was cut down, and the rest spread over
platforms. Your readers may differ.

| client | percent |
| --- | ---: |
{shares}

What a theme does by itself is not told of an issue: the same theme is rendered with one of
everything that Markdown has, and only what goes beyond that is reported. These features are not
known to every client and are used all the same, each for a reason; the names are those of
caniemail.com:

| feature | why it may be used |
| --- | --- |
{allowed}
"""


def build_page() -> str:
    """Write the page."""
    topics = [write_topic(heading, rules) for heading, rules in TOPICS.items()]
    return _OPENING + "\n".join(topics) + "\n" + _write_clients()


def _write_clients() -> str:
    facts = load_client_facts()
    shares = [
        f"| {facts.names[client]} | {share:g} |"
        for client, share in sorted(SHARES.items(), key=lambda each: -each[1])
    ]
    allowed = [f"| `{slug}` | {cell(reason)} |" for slug, reason in sorted(ALLOWED.items())]
    return _CLIENTS.format(
        source=facts.source,
        updated_on=facts.updated_on,
        uncovered=" and ".join(UNCOVERED),
        shares="\n".join(shares),
        allowed="\n".join(allowed),
    )


if __name__ == "__main__":
    PAGE.write_text(build_page(), "utf-8")
    print(f"wrote {PAGE.name}")
