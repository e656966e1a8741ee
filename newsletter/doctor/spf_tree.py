"""An SPF record with everything it leads to: the questions it costs, and whom it allows.

Every branch is followed, also those that a receiver might not need: the limits hold for the worst.

Source:
    RFC 7208 sections 4.6.4 (limits) and 5 (mechanisms).
"""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from newsletter.doctor.names import Names
from newsletter.doctor.spf_record import ASKING, Mechanism, SpfRecord, is_spf, parse_spf

#: More than this is not followed, whatever a record leads to.
_MOST_LOOKUPS = 24
#: Of one ``mx`` (RFC 7208 section 4.6.4).
_MOST_MAIL_SERVERS = 10
_MACRO = "%{"


@dataclass(slots=True)
class SpfNode:
    """One domain's record and what its mechanisms lead to."""

    domain: str
    record: SpfRecord
    #: Mechanism → addresses and networks that it names.
    networks: dict[Mechanism, list[str]] = field(default_factory=dict)
    #: Mechanism → the record that it includes.
    included: dict[Mechanism, "SpfNode"] = field(default_factory=dict)
    redirected: "SpfNode | None" = None


class SpfTree:
    """The record of a domain, read whole."""

    def __init__(self, names: Names, domain: str) -> None:
        """Ask for everything.

        Raises:
            UnansweredError: A name server gave no answer.
        """
        self._names = names
        #: Questions that count; more than 10 are too many.
        self.lookups = 0
        #: Questions whose answer was empty; more than 2 are too many.
        self.voids: list[str] = []
        #: What cannot be read, in sentences.
        self.problems: list[str] = []
        #: As they stand in DNS; none or several are no use.
        self.texts = self._find(domain)
        self.root = self._read(domain, self.texts) if len(self.texts) == 1 else None

    def allows(self, address: str) -> bool | None:
        """Tell whether an IP address passes; None when that depends on the message (macros)."""
        result = _evaluate(self.root, address) if self.root else "?"
        return None if result == "%" else result == "+"

    def _find(self, domain: str) -> list[str]:
        return [text for text in self._names.list_texts(domain) if is_spf(text)]

    def _read(self, domain: str, texts: list[str]) -> SpfNode | None:
        try:
            node = SpfNode(domain, parse_spf(texts[0]))
        except ValueError as error:
            self.problems.append(f"the record of {domain}: {error}")
            return None
        for mechanism in node.record.mechanisms:
            if mechanism.name in ASKING:
                self._follow(node, mechanism)
            elif mechanism.value:
                node.networks[mechanism] = [mechanism.value]
        # A redirect beside "all" is ignored (RFC 7208 section 6.1).
        if node.record.redirect and not node.record.end:
            self.lookups += 1
            node.redirected = self._lead_on(
                node.record.redirect, f"redirect={node.record.redirect}"
            )
        return node

    def _follow(self, node: SpfNode, mechanism: Mechanism) -> None:
        self.lookups += 1
        target = mechanism.value or node.domain
        if _MACRO in target or mechanism.name == "ptr" or self.lookups > _MOST_LOOKUPS:
            return
        if mechanism.name == "include":
            included = self._lead_on(target, str(mechanism))
            if included:
                node.included[mechanism] = included
            return
        hosts = self._names.list_mail_servers(target) if mechanism.name == "mx" else [target]
        if len(hosts) > _MOST_MAIL_SERVERS:
            self.problems.append(f"{mechanism} leads to {len(hosts)} mail servers, 10 are allowed")
            return
        addresses = [each for host in hosts for each in self._names.list_addresses(host)]
        if not addresses:
            self.voids.append(str(mechanism))
        if mechanism.name != "exists":
            node.networks[mechanism] = [
                str(ip_network(f"{each}/{_bits(mechanism, each)}", strict=False))
                for each in addresses
            ]

    def _lead_on(self, domain: str, words: str) -> SpfNode | None:
        if _MACRO in domain or self.lookups > _MOST_LOOKUPS:
            return None
        texts = self._find(domain)
        if len(texts) != 1:
            what = "several SPF records" if texts else "no SPF record"
            self.problems.append(f"{words} leads to a name with {what}")
            return None
        return self._read(domain, texts)


def _bits(mechanism: Mechanism, address: str) -> int:
    return mechanism.ip6_bits if ":" in address else mechanism.ip4_bits


def _evaluate(node: SpfNode, address: str) -> str:
    """Give the qualifier that an address meets, ``%`` where it depends on the message."""
    for mechanism in node.record.mechanisms:
        if mechanism.name == "all":
            return mechanism.qualifier
        if mechanism in node.included:
            inner = _evaluate(node.included[mechanism], address)
            if inner in {"+", "%"}:
                return "%" if inner == "%" else mechanism.qualifier
        elif mechanism not in node.networks:
            return "%"
        elif any(_holds(network, address) for network in node.networks[mechanism]):
            return mechanism.qualifier
    return _evaluate(node.redirected, address) if node.redirected else "?"


def _holds(network: str, address: str) -> bool:
    parsed, inside = ip_network(network), ip_address(address)
    return parsed.version == inside.version and inside in parsed
