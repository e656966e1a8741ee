"""From a letter to a message: one compiled template for each kind and language, and its recipients.

A letter handed over again gives the same bytes: token, Message-ID and Date come from its row.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from newsletter.outbox.entry import Kind, Letter
from newsletter.outbox.links import confirm_url, disown_url, preferences_url, unsubscribe_url
from newsletter.rendering.system_message import choose_language, render_system_message
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.signature import SigningKey
from newsletter.sending.message.template import MessageTemplate, compile_message
from newsletter.settings import Settings
from subscribers.keyring import Keyring
from subscribers.mailed_tokens import TokenPurpose, derive_token
from subscribers.store.subscribers import find_by_id
from subscribers.tokens import make_token

_PURPOSES = {
    Kind.SIGN_UP: TokenPurpose.SIGN_UP,
    Kind.CHANGE_ADDRESS: TokenPurpose.CHANGE_ADDRESS,
    Kind.PREFERENCES: TokenPurpose.PREFERENCES,
}
#: These ask for a button to be pressed; the others are about a subscription that can be ended.
_CONFIRMING = frozenset({Kind.SIGN_UP, Kind.CHANGE_ADDRESS})


class Post:
    """Compiles templates, each once, and addresses letters."""

    def __init__(
        self, settings: Settings, keys: Keyring, signing_keys: Sequence[SigningKey]
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._signing_keys = signing_keys
        self._templates: dict[tuple[Kind, str], MessageTemplate] = {}

    def language_of(self, letter: Letter) -> str:
        """Choose the language a letter is written in: one that there are words for."""
        return choose_language(letter.language or self._settings.newsletter.language)

    def find_template(self, kind: Kind, language: str) -> MessageTemplate:
        """Find the template of a kind in a language of `language_of`; compiled when first needed.

        Raises:
            RenderError: The template cannot be used.
        """
        if (kind, language) not in self._templates:
            newsletter = self._settings.newsletter
            edition = render_system_message(
                kind.value, language=language, newsletter=newsletter, brand=self._settings.brand
            )
            template = compile_message(
                edition, newsletter, is_system=True, signing_keys=self._signing_keys
            )
            self._templates[kind, language] = template
        return self._templates[kind, language]

    def address(
        self, connection: sa.Connection, letter: Letter, *, now_ms: int
    ) -> Recipient | None:
        """Make the recipient of a letter; None when the person is gone.

        Args:
            connection: A transaction of the caller's.
            letter: As its row has it.
            now_ms: Milliseconds since 1970, UTC; the Date of a first attempt.
        """
        person = find_by_id(connection, letter.subscriber_id or 0)
        if person is None or person.address is None:
            return None
        newsletter = self._settings.newsletter
        sender = newsletter.sender.address.wire
        purpose = _PURPOSES.get(letter.kind)
        token = derive_token(self._keys, purpose, letter.nonce) if purpose else ""
        if letter.kind in _CONFIRMING:
            leave = token
            action, leave_url = confirm_url(newsletter, token), disown_url(newsletter, token)
        else:
            leave = make_token(self._keys, "unsubscribe", person.public_id)
            action = preferences_url(newsletter, token)
            leave_url = unsubscribe_url(newsletter, leave)
        return Recipient(
            delivery_id=DeliveryId(0, letter.id),
            address=letter.address,
            return_path=sender,
            fields={
                "asked_at": self._format_time(letter.asked_at_ms),
                "new_address": letter.details.get("new_address", ""),
            },
            message_id=self._name(letter, sender),
            dated_at_ms=letter.first_intent_at_ms or now_ms,
            unsubscribe_url=leave_url,
            unsubscribe_token=leave,
            action_url=action,
        )

    def _name(self, letter: Letter, sender: str) -> str:
        """Make the Message-ID, which tells nothing of the token."""
        mac = self._keys.sign("system message", letter.nonce, version=letter.nonce[0])
        return f"<{letter.kind}.{mac.hex()[:32]}@{sender.rpartition('@')[2]}>"

    def _format_time(self, milliseconds: int) -> str:
        """Write a time as readers of this newsletter have it on their clocks."""
        zone = self._settings.newsletter.timezone
        return datetime.fromtimestamp(milliseconds / 1000, zone).strftime("%Y-%m-%d %H:%M %Z")
