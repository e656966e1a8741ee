"""An IMAP server on loopback, over TLS, with what reading a mailbox takes of RFC 9051."""

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PASSWORD = "correct horse"


@dataclass
class ImapMailbox:
    """One folder, INBOX, with messages by their numbers."""

    messages: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    #: What was asked, without logins.
    commands: list[str] = field(default_factory=list)
    #: The connection breaks before this command is answered; empty for never.
    breaks_at: str = ""

    def add(self, raw: bytes) -> int:
        """Deliver a message."""
        number = len(self.messages) + 101
        self.messages[number] = raw
        return number

    def answer(self, line: str) -> tuple[list[bytes], str] | None:
        """Answer a command: untagged lines and the tagged end; None breaks the connection."""
        verb, _, rest = line.removeprefix("UID ").partition(" ")
        if verb == "LOGIN":
            return [], "OK" if rest == f'kim "{PASSWORD}"' else "NO wrong"
        self.commands.append(verb)
        return None if verb == self.breaks_at else self._answer_reader(verb, rest)

    def _answer_reader(self, verb: str, rest: str) -> tuple[list[bytes], str]:
        """Answer whoever has logged in."""
        lines: list[bytes] = []
        match verb:
            case "CAPABILITY":
                lines = [b"* CAPABILITY IMAP4rev1"]
            case "SELECT":
                return [b"* 1 EXISTS"], "OK" if rest == '"INBOX"' else "NO no such folder"
            case "SEARCH":
                found = [n for n in self.messages if rest == "ALL" or n not in self.seen]
                lines = [b"* SEARCH " + " ".join(map(str, found)).encode()]
            case "FETCH":
                number = int(rest.split(maxsplit=1)[0])
                raw = self.messages[number]
                head = f"* 1 FETCH (UID {number} BODY[]<0> {{{len(raw)}}}\r\n".encode()
                lines = [head + raw + b")"]
            case "STORE":
                assert rest.endswith(r"+FLAGS.SILENT (\Seen)")
                self.seen |= {int(number) for number in rest.split(maxsplit=1)[0].split(",")}
        return lines, "OK"


@contextmanager
def serve_imap(mailbox: ImapMailbox, tls: ssl.SSLContext) -> Iterator[int]:
    """Serve a mailbox; yield the port."""

    class Handler(socketserver.StreamRequestHandler):
        """Speaks to one client."""

        def handle(self) -> None:
            """Answer line by line until it takes leave."""
            with suppress(OSError):
                self._speak()

        def _speak(self) -> None:
            with tls.wrap_socket(self.connection, server_side=True) as connection:
                stream = connection.makefile("rwb")
                stream.write(b"* OK ready\r\n")
                stream.flush()
                while found := re.fullmatch(rb"(\S+) (.*)\r\n", stream.readline()):
                    answer = mailbox.answer(found[2].decode())
                    if answer is None:
                        return
                    lines, end = answer
                    for line in lines:
                        stream.write(line + b"\r\n")
                    stream.write(found[1] + b" " + end.encode() + b" done\r\n")
                    stream.flush()

    class Server(socketserver.ThreadingTCPServer):
        """Ends with its test."""

        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
