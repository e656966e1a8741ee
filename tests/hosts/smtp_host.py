"""The next hop as a program: takes every message, and writes down for whom before it says so.

Usage: python tests/hosts/smtp_host.py ADDRESS PORT CERTIFICATE LOG SECONDS
A line of the log is an address; it is there before the client is answered, so that the log is the
witness of what left. CERTIFICATE holds key and certificate; SECONDS is how long it thinks about
each message.
"""

import asyncio
import os
import ssl
import sys
import threading
from dataclasses import dataclass

from newsletter.drill.smtp_server import Act, Said, SmtpServer, Taken


@dataclass
class Witness(SmtpServer):
    """Writes down whom it took a message for."""

    log: int = -1

    def note_taken(self, taken: Taken) -> None:
        """Write the addresses, each as one line."""
        os.write(self.log, "".join(f"{each}\n" for each in taken.recipients).encode())


def main() -> None:
    """Serve until killed."""
    address, port, certificate, log, seconds = sys.argv[1:]
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)

    async def think(said: Said) -> bytes | Act | None:
        if said.verb == "CONTENT":
            await asyncio.sleep(float(seconds))
        return None

    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    witness = Witness(script=think, tls=tls, address=address, port=int(port), log=file)
    with witness.serving():
        threading.Event().wait()


if __name__ == "__main__":
    main()
