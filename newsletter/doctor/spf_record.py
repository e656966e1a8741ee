"""An SPF record, read as a receiver reads it.

Source:
    RFC 7208 sections 4.6, 5, 6 and 12.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_network

_TERM = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:=/])(.*))?")
_PREFIXES = re.compile(r"(?:/(\d{1,3}))?(?://(\d{1,3}))?")
_DOMAIN = re.compile(r"[!-~]+")
#: Which mechanisms have a domain: never, perhaps, always.
_DOMAIN_OF = {
    "all": "no",
    "ptr": "may",
    "a": "may",
    "mx": "may",
    "include": "must",
    "exists": "must",
}
#: Each of these, and ``redirect``, is a question to DNS (RFC 7208 section 4.6.4).
ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One thing a record says about senders."""

    #: ``+``, ``-``, ``~`` or ``?``.
    qualifier: str
    #: In lower case, such as ``include``.
    name: str
    #: Domain, or network for ``ip4`` and ``ip6``; empty for the record's own domain.
    value: str = ""
    #: Bits of an address that count, for ``a`` and ``mx``.
    ip4_bits: int = 32
    ip6_bits: int = 128

    def __str__(self) -> str:
        return (
            f"{self.qualifier.replace('+', '')}{self.name}{f':{self.value}' if self.value else ''}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SpfRecord:
    """What a domain says of who may send in its name."""

    mechanisms: tuple[Mechanism, ...]
    #: The domain whose record holds when nothing here matches; empty for none.
    redirect: str = ""

    @property
    def end(self) -> str:
        """The qualifier of ``all``; empty without one."""
        return next((each.qualifier for each in self.mechanisms if each.name == "all"), "")


def is_spf(text: str) -> bool:
    """Tell whether a TXT record is meant as SPF (RFC 7208 section 4.5)."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def parse_spf(text: str) -> SpfRecord:
    """Read a record that `is_spf`.

    Raises:
        ValueError: Names the term that is wrong, and how.
    """
    mechanisms, modifiers = [], dict[str, str]()
    for word in text.split()[1:]:
        term = _TERM.fullmatch(word)
        if term is None:
            raise ValueError(f"“{word}” is no term of SPF")
        qualifier, name, mark, value = term[1], term[2].lower(), term[3] or "", term[4] or ""
        if mark == "=" and not qualifier:
            if name in {"redirect", "exp"} and name in modifiers:
                raise ValueError(f"{name}= comes twice")
            modifiers[name] = value
        else:
            mechanisms.append(_parse_mechanism(word, qualifier or "+", name, f"{mark}{value}"))
    redirect = modifiers.get("redirect", "")
    if "redirect" in modifiers and not _DOMAIN.fullmatch(redirect):
        raise ValueError("redirect= names no domain")
    return SpfRecord(mechanisms=tuple(mechanisms), redirect=redirect)


def _parse_mechanism(word: str, qualifier: str, name: str, rest: str) -> Mechanism:
    if name in {"ip4", "ip6"}:
        return Mechanism(qualifier, name, _parse_network(word, name, rest))
    if name not in _DOMAIN_OF:
        raise ValueError(f"“{word}” has a mechanism that there is not")
    domain, bits = rest, ""
    if name in {"a", "mx"} and "/" in rest:
        domain, slash, bits = rest.partition("/")
        bits = slash + bits
    prefixes = _PREFIXES.fullmatch(bits)
    ip4_bits, ip6_bits = (
        int(each or most)
        for each, most in zip(
            prefixes.groups() if prefixes else (None, None), (32, 128), strict=True
        )
    )
    if prefixes is None or ip4_bits > 32 or ip6_bits > 128:
        raise ValueError(f"“{word}” has a prefix length that cannot be")
    has_domain = domain.startswith(":") and bool(_DOMAIN.fullmatch(domain[1:]))
    if (domain and not has_domain) or {"no": has_domain, "must": not has_domain}.get(
        _DOMAIN_OF[name], False
    ):
        raise ValueError(f"“{word}” names {'no domain' if not has_domain else 'a domain'}")
    return Mechanism(qualifier, name, domain[1:], ip4_bits, ip6_bits)


def _parse_network(word: str, name: str, rest: str) -> str:
    try:
        network = ip_network(rest.removeprefix(":"), strict=False)
    except ValueError:
        network = None
    if not rest.startswith(":") or network is None or network.version != int(name[2]):
        raise ValueError(f"“{word}” names no network of IPv{name[2]}")
    return str(network)
