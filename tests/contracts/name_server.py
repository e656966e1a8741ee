"""A name server on the loopback that knows what a test has told it."""

import socketserver
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zonefile


def serving_names(records: Mapping[str, str]) -> AbstractContextManager[int]:
    """Serve TXT records.

    Args:
        records: Name without a dot at the end, to a record as a zone file has it.
    """
    return serving_zone("\n".join(f"{name}. TXT {text}" for name, text in records.items()))


@contextmanager
def serving_zone(zone: str, *, broken: Collection[str] = ()) -> Iterator[int]:
    """Answer questions over UDP; yield the port.

    Args:
        zone: Lines of a zone file with whole names, such as ``example.org. MX 10 a.example.org.``
        broken: Names without a dot at the end that are answered SERVFAIL.
    """
    rrsets = dns.zonefile.read_rrsets(zone, ttl=60, rdclass=None)
    known = {(rrset.name, rrset.rdtype): rrset for rrset in rrsets}
    failing = {dns.name.from_text(name) for name in broken}

    def answer(query: dns.message.Message) -> dns.message.Message:
        asked = query.question[0]
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if asked.name in failing:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        name = asked.name
        while alias := known.get((name, dns.rdatatype.CNAME)):
            response.answer.append(alias)
            name = alias[0].target
        if found := known.get((name, asked.rdtype)):
            response.answer.append(found)
        elif not any(each.is_subdomain(name) for each, _ in known):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    class Question(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            packet, socket = self.request
            response = answer(dns.message.from_wire(packet))
            socket.sendto(response.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Question) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
