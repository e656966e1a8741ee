"""The header fields by which a mail client knows a list and lets its reader leave."""

import re
from typing import NamedTuple
from urllib.parse import quote

from newsletter.sending.message.headers import build_phrase_header, build_text_header
from newsletter.sending.message.recipient import Recipient
from newsletter.settings import NewsletterSettings
from subscribers.address import EmailAddress

#: Gmail wants 5 to 15 characters here, the same in every message of a sender.
_FEEDBACK_SENDER = "newsletterpress"
_FEEDBACK_SLUG_CHARACTERS = 64
#: Octets of a URI (RFC 3986) but for those that would end the brackets.
_URL = re.compile(r"https?://[!#-;=?-\[\]_a-z~]{1,900}")
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_LIST_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
#: What RFC 6068 section 2 leaves as it is in an address, and quote() would not.
_MAILTO_SAFE = "@!$'*+"


class UnsubscribeLinks(NamedTuple):
    """The two ways out, in the order of preference that RFC 2369 section 2 gives to the first."""

    #: By page and by one click.
    web: str
    #: By a message whose subject carries the token; empty for a system message, which has none.
    mailto: str

    @property
    def in_brackets(self) -> tuple[str, ...]:
        """The links as they stand in List-Unsubscribe, without what is between them."""
        return (f"<{self.web}>", f"<{self.mailto}>") if self.mailto else (f"<{self.web}>",)


def build_list_headers(newsletter: NewsletterSettings, slug: str) -> str:
    """Build the fields that are the same for all recipients: List-Id, Feedback-ID, Precedence.

    ``Precedence: bulk`` is no standard, but old vacation programs answer mail without it.

    Raises:
        ValueError: The list's id is not an ASCII name with dots, or the newsletter's name has a
            control character.

    Source:
        RFC 2919 (List-Id); Gmail's Feedback-ID: at most four fields, the last one constant.
    """
    if not _LIST_ID.fullmatch(newsletter.list_id):
        raise ValueError("list_id must be a name such as weekly.example.org, in ASCII")
    issue = quote(slug, safe="")[:_FEEDBACK_SLUG_CHARACTERS]
    feedback_id = f"{issue}:{newsletter.list_id}:{_FEEDBACK_SENDER}"
    return (
        build_phrase_header("List-Id", newsletter.name, newsletter.list_id)
        + build_text_header("Feedback-ID", feedback_id)
        + build_text_header("Precedence", "bulk")
    )


def build_system_headers() -> str:
    """Build the field by which programs that answer mail know not to answer this one.

    Source:
        RFC 3834 section 5.
    """
    return build_text_header("Auto-Submitted", "auto-generated")


def build_mailto(mailbox: EmailAddress) -> str:
    """Write the part of the mailto link that all recipients share; the token goes behind it."""
    return f"mailto:{quote(mailbox.wire, safe=_MAILTO_SAFE)}?subject=unsubscribe%20"


def build_unsubscribe_links(recipient: Recipient, mailto: str) -> UnsubscribeLinks:
    """Give a recipient's two links, fit to stand between angle brackets.

    Raises:
        ValueError: A link or the token has a character that a URI cannot have, or is too long
            for a header line.
    """
    if not _URL.fullmatch(recipient.unsubscribe_url):
        raise ValueError("the unsubscribe link must be an ASCII http or https URL; see base_url")
    if not _TOKEN.fullmatch(recipient.unsubscribe_token):
        raise ValueError("the unsubscribe token may have letters, digits and - . _ ~ only")
    by_message = mailto + recipient.unsubscribe_token if mailto else ""
    return UnsubscribeLinks(recipient.unsubscribe_url, by_message)


def build_unsubscribe_headers(links: UnsubscribeLinks) -> str:
    """Build both fields that let a mail client show its button (RFC 8058 section 3.1)."""
    ways_out = ",\r\n ".join(links.in_brackets)
    return f"List-Unsubscribe: {ways_out}\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
