"""Whether a domain that mail comes back to takes any: replies, bounces."""

from collections.abc import Iterator

from newsletter.doctor.examination import Examination
from newsletter.doctor.names import Names
from newsletter.doctor.rules import names as rules
from newsletter.rendering.finding import Finding, build_finding

_NULL_MX = "."


def examine_mail_domain(names: Names, domain: str, purpose: str) -> Examination:
    """Look for the servers that take mail for a domain.

    Args:
        names: Where to ask.
        domain: In ASCII.
        purpose: What comes back there, such as ``replies``.

    Raises:
        UnansweredError: A name server gave no answer.

    Source:
        RFC 5321 section 5.1: MX records, and without any the domain's own address; RFC 7505.
    """
    servers = names.list_mail_servers(domain)
    return Examination(
        subject=f"mail to {domain} ({purpose})",
        seen=f"taken by {', '.join(servers or [domain])}",
        findings=tuple(_judge(names, domain, purpose, servers)),
    )


def _judge(names: Names, domain: str, purpose: str, servers: list[str]) -> Iterator[Finding]:
    if servers == [_NULL_MX]:
        yield build_finding(
            rules.MAIL_NONE, f"{domain} says that it takes no mail (null MX): {purpose} are lost"
        )
    elif not servers and not names.list_addresses(domain):
        yield build_finding(
            rules.MAIL_NONE, f"{domain} has neither MX nor address: {purpose} are lost"
        )
    for server in servers:
        if server != _NULL_MX and not names.list_addresses(server):
            yield build_finding(
                rules.MAIL_LOST, f"{domain} has the MX {server}, which has no address"
            )
