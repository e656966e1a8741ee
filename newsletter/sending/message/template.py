"""An edition compiled once into a message that costs each recipient no more than a splice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from newsletter.rendering.edition import Edition, OpenText, Variant, fill, fill_field
from newsletter.sending.message.base64_text import Base64Text
from newsletter.sending.message.headers import (
    build_date_header,
    build_message_id_header,
    build_phrase_header,
    build_text_header,
    build_to_header,
)
from newsletter.sending.message.list_headers import (
    UnsubscribeLinks,
    build_list_headers,
    build_mailto,
    build_system_headers,
    build_unsubscribe_headers,
    build_unsubscribe_links,
)
from newsletter.sending.message.quoted_printable import QuotedPrintableText
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.message.signature import Signer, SigningKey
from newsletter.sending.message.values import (
    ValueReader,
    VariantChooser,
    compile_chooser,
    compile_readers,
    list_fields,
)
from newsletter.settings import NewsletterSettings

_EncodedText: TypeAlias = QuotedPrintableText | Base64Text

TEST_MARK = "[Test] "


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A MIME part: its frame, and its body encoded but for the holes."""

    #: The delimiter line before the part, the part's own header and the empty line.
    frame: bytes
    open_text: _EncodedText

    def fill(self, values: Mapping[str, str]) -> list[bytes]:
        """Return the pieces of the part with values in its holes."""
        filled = [fill_field(field, values) for field in self.open_text.fields]
        return [self.frame, *self.open_text.fill(filled)]


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageTemplate:
    """One edition as a message with holes, the same for all recipients; see `compile_message`.

    A transport that hands over no MIME but subject, HTML and text takes `subject`, the edition's
    html and text, `read_values` and `build_unsubscribe_links`.
    """

    edition: Edition
    newsletter: NewsletterSettings
    #: Marked as a test, and without the header fields that end a subscription.
    is_test: bool
    #: With the mark of a test.
    subject: OpenText
    #: The fields that tell what sort of message it is: of a list, or made by a program.
    sort_headers: str
    #: The header fields that all recipients share, folded, each with its CRLF.
    shared_headers: bytes
    #: No message is smaller, whoever it is for.
    least_octets: int
    #: None leaves signatures to the next hop.
    _signer: Signer | None
    _has_personal_subject: bool
    _readers: tuple[tuple[str, ValueReader], ...]
    _mailto: str
    _chooser: VariantChooser
    #: Plain text and page of each variant.
    _bodies: tuple[tuple[_Part, ...], ...]
    _end: bytes

    def splice(self, recipient: Recipient) -> bytes:
        """Put one recipient's values into the compiled message.

        Returns:
            Headers and body with CRLF ends, signed if there are keys; no body line has more than
            76 octets or begins with a dot, so SMTP takes it as it is. The same recipient gives
            the same bytes.

        Raises:
            ValueError: See `build_recipient_headers`.
        """
        if recipient.message is not None:
            return recipient.message
        values = self.read_values(recipient)
        headers = self.build_recipient_headers(recipient, values)
        pieces = self.build_body(values, self.choose_variant(recipient))
        if self._signer:
            body = b"".join(pieces)
            pieces = [body]
            headers = self._signer.sign(headers, body, second=_second(recipient)) + headers
        return b"".join((headers, self.shared_headers, b"\r\n", *pieces))

    def build_ahead(self, recipient: Recipient) -> Recipient:
        """Give a recipient his message; one that cannot be built is left to `splice` to tell."""
        try:
            return replace(recipient, message=self.splice(recipient))
        except ValueError:
            return recipient

    @property
    def is_signed(self) -> bool:
        """Whether a message takes so long to build that threads should do it ahead."""
        return self._signer is not None

    def read_values(self, recipient: Recipient) -> dict[str, str]:
        """Read what `newsletter.rendering.edition.fill` wants for this edition, unescaped."""
        return {name: read(recipient) for name, read in self._readers}

    def build_recipient_headers(self, recipient: Recipient, values: Mapping[str, str]) -> bytes:
        """Build the header fields that only this recipient gets, folded, each with its CRLF.

        Raises:
            ValueError: The address, the Message-ID, a link or the filled subject would break the
                header.
        """
        fields = [
            build_date_header(_second(recipient)),
            build_to_header(recipient),
            build_message_id_header(recipient.message_id),
        ]
        if self._has_personal_subject:
            fields.append(build_text_header("Subject", fill(self.subject, values)))
        if not self.is_test:
            fields.append(build_unsubscribe_headers(self.build_unsubscribe_links(recipient)))
        return "".join(fields).encode()

    def choose_variant(self, recipient: Recipient) -> int:
        """Return the place of a recipient's variant in the edition's list of them."""
        return self._chooser.choose(recipient)

    def build_body(self, values: Mapping[str, str], variant: int = 0) -> list[bytes]:
        """Build what follows the empty line; the pieces joined are exactly the wire bytes."""
        pieces: list[bytes] = []
        for part in self._bodies[variant]:
            pieces += part.fill(values)
        pieces.append(self._end)
        return pieces

    def build_unsubscribe_links(self, recipient: Recipient) -> UnsubscribeLinks:
        """Build the two links of the List-Unsubscribe header.

        Raises:
            ValueError: One of them cannot stand in a header.
        """
        return build_unsubscribe_links(recipient, self._mailto)

    def needs_smtputf8(self, recipient: Recipient) -> bool:
        """Tell whether an address in the header is outside ASCII (RFC 6532).

        Only a server that announces SMTPUTF8 takes such a message (RFC 6531); every other
        message is ASCII as a whole.
        """
        return not (self.shared_headers.isascii() and recipient.address.wire.isascii())


def compile_message(
    edition: Edition,
    newsletter: NewsletterSettings,
    *,
    is_test: bool = False,
    is_system: bool = False,
    signing_keys: Sequence[SigningKey] = (),
) -> MessageTemplate:
    """Encode what all recipients share.

    Args:
        edition: With its fields open.
        newsletter: Gives sender, reply address, name and list id.
        is_test: Mark the subject, and leave out the header fields that end a subscription.
        is_system: Not an issue but a message about the subscription, such as a confirmation: it
            belongs to no list, and nobody's program is to answer it.
        signing_keys: Each signs each message; none leaves that to the next hop.

    Raises:
        ValueError: The subject or the newsletter's name has a control character, its list id is
            no name with dots, or there is no such field.

    Source:
        RFC 2046 section 5.1.4: the richer part of the alternatives comes last.
    """
    subject: OpenText = (TEST_MARK, *edition.subject) if is_test else edition.subject
    has_personal_subject = bool(list_fields(subject))
    # "=_" occurs in no body: quoted-printable writes "=" as "=3D", base64 has no "_".
    variants = edition.list_variants()
    boundary = f"=_{edition.digest[:32]}"
    sort_headers = (
        build_system_headers() if is_system else build_list_headers(newsletter, edition.slug)
    )
    shared_headers = "".join(
        (
            _build_sender_headers(newsletter),
            "" if has_personal_subject else build_text_header("Subject", fill(subject, {})),
            sort_headers,
            "MIME-Version: 1.0\r\n",
            build_text_header("Content-Language", edition.language),
            f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n',
        )
    ).encode()
    bodies = tuple(
        (
            _compile_part("plain", variant.text, f"--{boundary}"),
            _compile_part("html", variant.html, f"\r\n--{boundary}"),
        )
        for variant in variants
    )
    return MessageTemplate(
        edition=edition,
        newsletter=newsletter,
        is_test=is_test,
        subject=subject,
        sort_headers=sort_headers,
        shared_headers=shared_headers,
        least_octets=len(shared_headers)
        + min(sum(_measure_octets(part.open_text) for part in parts) for parts in bodies),
        _signer=Signer(signing_keys, shared_headers) if signing_keys else None,
        _has_personal_subject=has_personal_subject,
        _readers=compile_readers(list_fields((*subject, *_list_open_text(variants)))),
        _mailto=""
        if is_system
        else build_mailto((newsletter.reply_to or newsletter.sender).address),
        _chooser=compile_chooser(edition),
        _bodies=bodies,
        _end=f"\r\n--{boundary}--\r\n".encode(),
    )


def _second(recipient: Recipient) -> int:
    """Tell the second of a message's Date, which is also that of its signatures."""
    return recipient.dated_at_ms // 1000


def _list_open_text(variants: Sequence[Variant]) -> OpenText:
    return tuple(part for variant in variants for part in (*variant.text, *variant.html))


def _build_sender_headers(newsletter: NewsletterSettings) -> str:
    """Build From, and Reply-To if answers go elsewhere."""
    sender, reply_to = newsletter.sender, newsletter.reply_to
    headers = build_phrase_header("From", sender.name, sender.address.wire)
    if reply_to:
        headers += build_phrase_header("Reply-To", reply_to.name, reply_to.address.wire)
    return headers


def _compile_part(subtype: str, open_text: OpenText, delimiter: str) -> _Part:
    """Encode a part in whichever way makes it smaller; of equals, the readable one."""
    candidates: tuple[_EncodedText, ...] = (
        QuotedPrintableText(open_text),
        Base64Text(open_text),
    )
    chosen = min(candidates, key=_measure_octets)
    frame = (
        f'{delimiter}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: {chosen.encoding}\r\n\r\n"
    )
    return _Part(frame=frame.encode(), open_text=chosen)


def _measure_octets(open_text: _EncodedText) -> int:
    """Weigh a body whose holes are filled with nothing."""
    return sum(map(len, open_text.fill([""] * len(open_text.fields))))
