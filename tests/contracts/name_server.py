"""A name server on the loopback that knows what a test has told it."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@contextmanager
def serving_names(records: Mapping[str, str]) -> Iterator[int]:
    """Answer questions for TXT records over UDP; yield the port.

    Args:
        records: Name without a dot at the end, to a record as a zone file has it.
    """

    class Question(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            packet, socket = self.request
            query = dns.message.from_wire(packet)
            asked = query.question[0]
            response = dns.message.make_response(query)
            response.flags |= dns.flags.AA
            found = records.get(asked.name.to_text(omit_final_dot=True))
            if found is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
            else:
                response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "TXT", found))
            socket.sendto(response.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Question) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
