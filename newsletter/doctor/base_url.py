"""Where readers are led: whether anybody but this machine can get there."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from newsletter.checks.link import is_private_host
from newsletter.doctor.examination import Examination
from newsletter.doctor.names import Names
from newsletter.doctor.rules import pages as rules
from newsletter.rendering.finding import build_finding

#: RFC 2606.
_EXAMPLE = re.compile(r"(?:.*\.)?example(?:\.(?:com|net|org))?")


def examine_reach(base_url: str) -> Examination:
    """Tell whether a base URL is one that a reader can have."""
    host = urlsplit(base_url).hostname or ""
    findings = []
    if is_private_host(host):
        findings.append(build_finding(rules.LOCAL, f"{base_url} is on this machine or network"))
    elif _EXAMPLE.fullmatch(host):
        findings.append(build_finding(rules.LOCAL, f"{base_url} is an example, and nobody's"))
    return Examination(subject="base_url", seen=base_url, findings=tuple(findings))


def find_host(names: Names, base_url: str) -> tuple[Examination, str]:
    """Find where the host of a base URL is; with it, an address, empty for none.

    Raises:
        UnansweredError: A name server gave no answer.
    """
    host = urlsplit(base_url).hostname or ""
    try:
        addresses = [str(ip_address(host))]
    except ValueError:
        addresses = names.list_addresses(host)
    findings = (
        () if addresses else (build_finding(rules.UNKNOWN_HOST, f"{host} has no address in DNS"),)
    )
    examination = Examination(subject=f"host {host}", seen=", ".join(addresses), findings=findings)
    return examination, next(iter(addresses), "")
