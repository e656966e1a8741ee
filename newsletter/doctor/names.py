"""Questions to DNS, each answered in seconds or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: For one question, with every server and repetition.
TIMEOUT_SECONDS = 6.0
#: Until a server is asked again, or the next one.
_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class NameServer:
    """A server to ask in place of the system's."""

    #: IP address.
    address: str
    port: int = 53


class UnansweredError(Exception):
    """A name server gave no answer, not even that there is nothing; says why."""

    def __init__(self, why: str, *, is_silence: bool = False) -> None:
        super().__init__(why)
        #: Nobody said anything; else a server said that it cannot answer.
        self.is_silence = is_silence


class Names:
    """Asks the system's name servers, or one that was named. Answers are remembered."""

    def __init__(self, server: NameServer | None = None) -> None:
        """Set up; nothing is asked.

        Args:
            server: The one to ask; None for those of the system.

        Raises:
            UnansweredError: The system names no server.
        """
        import dns.resolver

        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration as error:
            raise UnansweredError("this system names no name server", is_silence=True) from error
        if server is not None:
            self._resolver.nameservers = [server.address]
            self._resolver.port = server.port
        self._resolver.cache = dns.resolver.Cache()
        self._resolver.timeout = min(_PATIENCE_SECONDS, TIMEOUT_SECONDS)
        self._resolver.lifetime = TIMEOUT_SECONDS

    @property
    def shown_servers(self) -> str:
        """The servers, for people."""
        return ", ".join(str(server) for server in self._resolver.nameservers)

    def list_texts(self, name: str) -> list[str]:
        """List the TXT records of a name; the strings of each are joined (RFC 7208 section 3.3).

        Raises:
            UnansweredError: As for every question here.
        """
        return [
            b"".join(each.strings).decode("utf-8", "replace") for each in self._ask(name, "TXT")
        ]

    def list_mail_servers(self, domain: str) -> list[str]:
        """List the hosts of the MX records, the preferred first; ``.`` is null MX (RFC 7505)."""
        found = sorted(
            (each.preference, each.exchange.to_text(omit_final_dot=True))
            for each in self._ask(domain, "MX")
        )
        return [host or "." for _, host in found]

    def list_addresses(self, host: str) -> list[str]:
        """List the IPv4 and IPv6 addresses of a host."""
        return [each.address for kind in ("A", "AAAA") for each in self._ask(host, kind)]

    def list_pointers(self, address: str) -> list[str]:
        """List the names that an IP address has."""
        import dns.reversename

        reverse = dns.reversename.from_address(address).to_text()
        return [each.target.to_text(omit_final_dot=True) for each in self._ask(reverse, "PTR")]

    def _ask(self, name: str, kind: str) -> Sequence[Any]:
        """Ask one question; a name that cannot be has no records."""
        import dns.exception
        import dns.name
        import dns.resolver

        try:
            absolute = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError, ValueError):
            return []
        try:
            return list(self._resolver.resolve(absolute, kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout as error:
            why = f"{name}: no answer within {self._resolver.lifetime:g} s"
            raise UnansweredError(why, is_silence=True) from error
        except dns.resolver.NoNameservers as error:
            # Each error comes with the response that was none, if there was one.
            if not any(response for *_, response in error.kwargs["errors"]):
                raise UnansweredError(f"{name}: nobody is there", is_silence=True) from error
            raise UnansweredError(f"{name}: the name servers cannot answer (SERVFAIL)") from error
        except (dns.exception.DNSException, OSError) as error:
            raise UnansweredError(f"{name}: {type(error).__name__}") from error
