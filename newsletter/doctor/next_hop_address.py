"""The next hop's addresses, as a receiver would judge them if they were the ones that send."""

from collections.abc import Iterator
from ipaddress import ip_address

from newsletter.doctor.examination import Examination, skip
from newsletter.doctor.names import Names
from newsletter.doctor.rules import next_hop as rules
from newsletter.doctor.spf_tree import SpfTree
from newsletter.rendering.finding import Finding, build_finding
from newsletter.settings.smtp_url import is_loopback


def examine_next_hop_address(names: Names, tree: SpfTree, host: str) -> Examination:
    """Look whether SPF allows the addresses of a host, and whether their names lead back.

    Raises:
        UnansweredError: A name server gave no answer.

    Source:
        Gmail's sender guidelines: forward and reverse names of sending addresses must match.
    """
    if is_loopback(host):
        return skip("next hop's address", "it is this machine; how it sends on is not known here")
    try:
        addresses = [str(ip_address(host))]
    except ValueError:
        addresses = names.list_addresses(host)
    return Examination(
        subject="next hop's address",
        seen=f"{', '.join(addresses)}: SPF allows it, its name leads back"
        if addresses
        else "not in DNS",
        findings=tuple(
            finding for address in addresses for finding in _judge(names, tree, address)
        ),
    )


def _judge(names: Names, tree: SpfTree, address: str) -> Iterator[Finding]:
    if tree.root is not None and tree.allows(address) is False:
        yield build_finding(
            rules.ADDRESS, f"SPF of {tree.root.domain} does not allow the next hop, {address}"
        )
    pointers = names.list_pointers(address)
    if not any(address in names.list_addresses(name) for name in pointers):
        what = f"has the name {pointers[0]}, which leads elsewhere" if pointers else "has no name"
        yield build_finding(rules.POINTER, f"{address} {what}")
