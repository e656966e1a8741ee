"""Write docs/reference/doctor.md from the rules in the code.

make references
"""

from pathlib import Path

from newsletter.doctor.rules import TOPICS
from tools.rule_table import write_topic

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "doctor.md"

_OPENING = """\
# What the doctor looks at

This page is made from the code by `make references`; a test compares the two.

`newsletter doctor` looks at everything that an issue needs to arrive, and sends nothing: settings,
key files, database, clock, the next hop up to its answer to our return path, the names in DNS, and
the answer of the readers' pages to a mail service. What Gmail, Yahoo and Microsoft want of bulk
senders (SPF, DKIM and DMARC that agree, TLS, one-click unsubscription) is among it. Each thing is
*ok*, *skipped* with the reason, or has findings. A finding names its rule, and what to do.

| severity | what it means |
| --- | --- |
| error | issues would not leave, not arrive, or harm somebody; the command ends with 3 |
| warning | some receivers will mind, or will soon |
| note | worth knowing; nothing has to change |

- `--fix` first mends what is safe: it makes key files and the database private, adds a key file to
  `.gitignore`, and brings older tables to this release's form. It says what it did. Everything else
  is explained only.
- `--nameserver HOST` or `HOST:PORT` asks that name server about every name, also about the host of
  `base_url`. The next hop is reached as the system finds it.
- `--message FILE` looks at a message that arrived, saved as its source: every DKIM signature is
  verified with the keys in DNS, and held against the From domain. It needs no newsletter.
- `--json` prints one document: `examined`, `mended`, and the numbers of `errors`, `warnings`,
  `notes`.

SPF is looked at where bounces come back to: `[transport] bounce_domain`, else the sender's domain.
With `sendgrid:` that place is SendGrid's, so its domain authentication is looked for instead. Which
organisation a domain belongs to is found by the DNS tree walk of RFC 9989, not by a list. One-click
is tried with a link that names nobody, so that nobody is unsubscribed by it. Clocks are compared
with PostgreSQL's, SendGrid's and the pages' own; SQLite and SMTP tell no time.

"""


def build_page() -> str:
    """Write the page."""
    return _OPENING + "\n".join(write_topic(heading, rules) for heading, rules in TOPICS.items())


if __name__ == "__main__":
    PAGE.write_text(build_page(), "utf-8")
    print(f"wrote {PAGE.name}")
