"""A message that arrived, as a file: whatever its bytes are, they are read without complaint."""

import re
from dataclasses import dataclass
from email.utils import getaddresses

#: RFC 5322 section 2.2: any printable character but the colon.
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_HEADER_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_FOLD = re.compile(rb"(?:\r\n|\r|\n)(?=[ \t])")


@dataclass(frozen=True, slots=True)
class ArrivedMessage:
    """The header of a message, taken apart, and the whole as it is."""

    content: bytes
    #: Name in lower case and value, unfolded, in the order of the message.
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, content: bytes) -> "ArrivedMessage":
        """Take the header apart; a line that is no field is passed over."""
        # An mbox begins with a line of its own.
        if content.startswith((b"From ", b">From ")):
            content = content.partition(b"\n")[2]
        header = _HEADER_END.split(content, maxsplit=1)[0]
        lines = _LINE_END.split(_FOLD.sub(b"", header))
        found = [match for line in lines if (match := _FIELD.fullmatch(line))]
        return cls(content, tuple((_text(each[1]).lower(), _text(each[2])) for each in found))

    def list_values(self, name: str) -> list[str]:
        """List the values of a field, which may come more than once; its name in lower case."""
        return [value for each, value in self.fields if each == name]

    def list_addresses(self, name: str) -> list[str]:
        """List the addresses in a field, in lower case."""
        try:
            pairs = getaddresses(self.list_values(name))
        except RecursionError:  # comments within comments
            return []
        return [address.lower() for _, address in pairs if "@" in address]

    @property
    def from_domain(self) -> str:
        """The domain of the From address; empty unless there is exactly one."""
        addresses = self.list_addresses("from")
        return addresses[0].rpartition("@")[2] if len(addresses) == 1 else ""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").strip()
