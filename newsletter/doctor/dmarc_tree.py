"""DMARC records up a domain's tree, and the organisation that a domain belongs to.

Nobody has to know public suffixes: the records themselves say where an organisation begins.

Source:
    RFC 9989 sections 4.7 (tags), 4.10 (DNS tree walk), 4.10.2 (organisational domain).
"""

from dataclasses import dataclass, field

from newsletter.doctor.names import Names
from newsletter.doctor.tag_list import parse_tag_list

#: Of a longer name only the last so many labels are asked for, after the name itself.
_MOST_LABELS = 7
POLICIES = ("none", "quarantine", "reject")


@dataclass(slots=True)
class DmarcTree:
    """What a walk from a domain up to the root has found."""

    domain: str
    #: Domain → the tags of its one record, from the domain upwards.
    records: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Domain → its records as they stand in DNS, where they are several.
    several: dict[str, list[str]] = field(default_factory=dict)
    #: Domain → what is wrong with a record that is meant as one.
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def organization(self) -> str:
        """The organisational domain; the domain itself when no record is there."""
        for place, tags in self.records.items():
            if tags.get("psd") == "n":
                return place
            if tags.get("psd") == "y" and place != self.domain:
                labels = self.domain.split(".")
                return ".".join(labels[-len(place.split(".")) - 1 :])
        return next(reversed(self.records), self.domain)

    @property
    def policy_domain(self) -> str:
        """Whose record holds for the domain; empty for none."""
        return next((each for each in (self.domain, self.organization) if each in self.records), "")

    @property
    def tags(self) -> dict[str, str]:
        """The record that holds for the domain; empty for none."""
        return self.records.get(self.policy_domain, {})

    @property
    def policy(self) -> str:
        """What the record asks for: ``none``, ``quarantine``, ``reject``; empty for nothing."""
        tags = self.tags
        policy = tags.get("p", "").lower()
        if self.policy_domain != self.domain:
            policy = tags.get("sp", policy).lower()
        # A record that asks for reports alone counts as one with p=none.
        return policy if policy in POLICIES else "none" if tags.get("rua") else ""


def walk_dmarc(names: Names, domain: str) -> DmarcTree:
    """Look for records at a domain and above it, until one says that it is the last.

    Raises:
        UnansweredError: A name server gave no answer.
    """
    tree = DmarcTree(domain)
    for place in _list_places(domain):
        texts = [text for text in names.list_texts(f"_dmarc.{place}") if _is_dmarc(text)]
        if len(texts) > 1:
            tree.several[place] = texts
        for text in texts if len(texts) == 1 else ():
            try:
                tree.records[place] = parse_tag_list(text)
            except ValueError as error:
                tree.unreadable[place] = str(error)
        if tree.records.get(place, {}).get("psd") in {"y", "n"}:
            break
    return tree


def is_aligned(names: Names, tree: DmarcTree, other: str, *, tag: str) -> bool:
    """Tell whether another domain counts for the tree's (RFC 9989 section 4.4).

    Args:
        names: Where to ask for the other domain's organisation.
        tree: Of the From domain.
        other: Of a signature or a return path.
        tag: ``adkim`` or ``aspf``; ``s`` there wants the very same domain.

    Raises:
        UnansweredError: A name server gave no answer.
    """
    if other == tree.domain:
        return True
    if tree.tags.get(tag, "r").lower() == "s":
        return False
    return walk_dmarc(names, other).organization == tree.organization


def _is_dmarc(text: str) -> bool:
    name, _, rest = text.partition("=")
    return name.strip().lower() == "v" and rest.partition(";")[0].strip() == "DMARC1"


def _list_places(domain: str) -> list[str]:
    labels = domain.split(".")
    above = labels[1:] if len(labels) <= _MOST_LABELS else labels[-_MOST_LABELS:]
    return [domain, *(".".join(above[start:]) for start in range(len(above)))]
