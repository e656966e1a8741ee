"""Every rule that the doctor's findings name, as docs/reference/doctor.md lists them.

They are no rules of `newsletter check`: nothing of them can be ignored, and no setting names them.
"""

from newsletter.doctor.rules import installation, message, names, next_hop, pages
from newsletter.rules import Rule

#: Heading of the reference to its rules, in the order of the page.
TOPICS: dict[str, tuple[Rule, ...]] = {
    "Settings, keys, database and clock": installation.RULES,
    "The next hop": next_hop.RULES,
    "The names in DNS": names.RULES,
    "The readers' pages": pages.RULES,
    "A message that arrived": message.RULES,
}
