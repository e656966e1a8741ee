"""The drill's SMTP server, remembering all that was said to it."""

from collections import Counter
from dataclasses import dataclass, field

from newsletter.drill.smtp_server import Act, Said, Script, SmtpServer, Taken

__all__ = ["Act", "Said", "Script", "ScriptedSmtpServer"]


@dataclass
class ScriptedSmtpServer(SmtpServer):
    """Does what a test says, and tells what came of it."""

    #: The messages it took responsibility for.
    messages: list[bytes] = field(default_factory=list)
    #: How often it took a message for an address.
    taken: Counter[str] = field(default_factory=Counter)
    #: Everything that was said, in order.
    heard: list[Said] = field(default_factory=list)

    def verbs(self, connection: int = 1) -> list[str]:
        """List what was said on one connection."""
        return [said.verb for said in self.heard if said.connection == connection]

    def note_said(self, said: Said) -> None:
        """Keep it."""
        self.heard.append(said)

    def note_taken(self, taken: Taken) -> None:
        """Keep the message, and count for whom; answered or not, it was taken."""
        self.messages.append(taken.octets)
        self.taken.update(taken.recipients)
