"""What the fake makes of a request that it took: the messages its readers would get."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any


@dataclass(frozen=True, slots=True)
class AcceptedCall:
    """A request that was taken."""

    message_id: str
    body: dict[str, Any]

    def build_messages(self) -> Iterator[EmailMessage]:
        """Build what each recipient would get."""
        for part in self.body["personalizations"]:
            yield _build_message(self.body, part)


def _build_message(body: dict[str, Any], part: dict[str, Any]) -> EmailMessage:
    """Put one recipient's substitutions into the shared content, blindly as SendGrid does."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _write_mailbox(body["from"])
    if "reply_to" in body:
        message["Reply-To"] = _write_mailbox(body["reply_to"])
    message["To"] = _write_mailbox(part["to"][0])
    message["Subject"] = part.get("subject", body.get("subject"))
    for name, value in {**body.get("headers", {}), **part.get("headers", {})}.items():
        message[name] = value
    contents = [_substitute(each["value"], part) for each in body["content"]]
    message.set_content(contents[0])
    for content in contents[1:]:
        message.add_alternative(content, subtype="html")
    return message


def _substitute(text: str, part: dict[str, Any]) -> str:
    for tag, value in part.get("substitutions", {}).items():
        text = text.replace(tag, value)
    return text


def _write_mailbox(mailbox: dict[str, str]) -> Address:
    return Address(mailbox.get("name", ""), addr_spec=mailbox["email"])
