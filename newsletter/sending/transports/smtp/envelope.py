"""One message ready for one connection: the commands before it and the content."""

import re
from typing import NamedTuple

from newsletter.sending.message.recipient import Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.transports.smtp.session import Extensions

#: Whatever ends a path or a command is no part of an address.
_PATH = re.compile(rb"[^\x00-\x20\x7f<>]{1,254}@[^\x00-\x20\x7f<>@]{1,253}")


class Attempt(NamedTuple):
    """One try to hand one message over."""

    recipient: Recipient
    #: The commands MAIL and RCPT, each with its CRLF.
    mail: bytes
    rcpt: bytes
    #: With CRLF ends, the last one included, and without lines that begin with a dot.
    content: bytes


def build_attempt(
    template: MessageTemplate, recipient: Recipient, extensions: Extensions
) -> Attempt:
    """Build a message and its envelope for a server.

    Raises:
        ValueError: This server cannot take the message, or no message can be built.

    Source:
        RFC 1870 (SIZE), RFC 6531 section 3.4 (SMTPUTF8). The content is ASCII otherwise, so
        BODY is not needed.
    """
    sender, address = recipient.return_path.encode(), recipient.address.wire.encode()
    if not (_PATH.fullmatch(sender) and _PATH.fullmatch(address)):
        raise ValueError("the address cannot be written in SMTP")
    content = template.splice(recipient)
    parameters = b""
    if extensions.size is not None:
        parameters = b" SIZE=%d" % len(content)
        if 0 < extensions.size < len(content):
            raise ValueError(
                f"the message has {len(content):,} bytes, and the server takes"
                f" {extensions.size:,} at most"
            )
    if not sender.isascii() or template.needs_smtputf8(recipient):
        if not extensions.smtputf8:
            raise ValueError("the server takes no address outside ASCII (it lacks SMTPUTF8)")
        parameters += b" BODY=8BITMIME SMTPUTF8"
    return Attempt(
        recipient=recipient,
        mail=b"MAIL FROM:<" + sender + b">" + parameters + b"\r\n",
        rcpt=b"RCPT TO:<" + address + b">\r\n",
        content=content,
    )
