"""Networks: where something came from, as far as it is kept; never a single address."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

#: What a customer is given at least, so that nobody has more than one for nothing. It is what
#: consent keeps, too: enough to tell where a sign-up came from, too little to name a household.
_PREFIX_LENGTHS = {4: 24, 6: 48}


def find_host(text: str) -> Network | None:
    """Read an IP address as the network of itself alone; None when the text is none."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return ip_network(address)


def find_network(text: str) -> Network | None:
    """Find the network of an IP address: a /24 of IPv4 or a /48 of IPv6; None when it is none."""
    host = find_host(text)
    return host and host.supernet(new_prefix=_PREFIX_LENGTHS[host.version])
