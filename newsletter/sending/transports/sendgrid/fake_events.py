"""What the fake tells later of the messages that it took: events, signed and posted as SendGrid's.

What becomes of a message is told by the address it goes to: ``bounce@…`` and ``bounce7@…`` bounce,
and so on for every name in `STORIES`; all others are delivered.
"""

import http.client
import json
import re
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError

from newsletter.sending.transports.sendgrid.fake_messages import AcceptedCall

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

SIGNATURE_HEADER: Final = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER: Final = "X-Twilio-Email-Event-Webhook-Timestamp"
_PATIENCE_SECONDS: Final = 60

#: What an event has beside what all have. A value of ``event`` stands for the name in `STORIES`.
_BOUNCE: Final = {"event": "bounce", "type": "bounce"}
_BLOCKED: Final = {"event": "bounce", "type": "blocked"}
_DETAILS: Final[Mapping[str, Mapping[str, Any]]] = {
    "processed": {},
    "delivered": {"response": "250 2.0.0 OK"},
    "deferred": {"response": "451 4.7.1 Greylisted, try again", "attempt": "1"},
    "bounce": {
        **_BOUNCE,
        "reason": "550 5.1.1 The email account that you tried to reach does not exist.",
        "status": "5.1.1",
        "bounce_classification": "Invalid Address",
    },
    "full": {
        **_BOUNCE,
        "reason": "552 5.2.2 The mailbox is over quota.",
        "status": "5.2.2",
        "bounce_classification": "Mailbox Unavailable",
    },
    "blocked": {
        **_BLOCKED,
        "reason": "550 5.7.1 Our system has detected that this message is likely unsolicited.",
        "status": "5.7.1",
        "bounce_classification": "Reputation",
    },
    "unauthenticated": {
        **_BLOCKED,
        "reason": "550 5.7.26 This mail is unauthenticated: it passes neither SPF nor DKIM.",
        "status": "5.7.26",
        "bounce_classification": "Reputation",
    },
    "vague": {**_BLOCKED, "reason": "550 Not today", "bounce_classification": "Unclassified"},
    "dropped": {"reason": "Bounced Address"},
    "spamreport": {},
    "unsubscribe": {},
    "group_unsubscribe": {"asm_group_id": 10},
    "group_resubscribe": {"asm_group_id": 10},
    "open": {"useragent": "Mozilla/5.0", "ip": "192.0.2.1", "sg_machine_open": False},
    "tomorrow": {"novelty": {"of": ["another", "kind"]}},
}
#: Begin of a local part → the events about its message, in order.
STORIES: Final[Mapping[str, Sequence[str]]] = {
    "bounce": ("processed", "bounce"),
    "full": ("processed", "deferred", "full"),
    "blocked": ("processed", "blocked"),
    "unauthenticated": ("processed", "unauthenticated"),
    "vague": ("processed", "vague"),
    "deferred": ("processed", "deferred", "deferred", "delivered"),
    "dropped": ("dropped",),
    "spamreport": ("processed", "delivered", "open", "spamreport"),
    "unsubscribe": ("processed", "delivered", "unsubscribe"),
    "group": ("processed", "delivered", "group_unsubscribe", "group_resubscribe"),
    "tomorrow": ("processed", "delivered", "tomorrow"),
    "": ("processed", "delivered"),
}


class EventSender:
    """Tells of messages, by one signing key."""

    def __init__(
        self,
        private_key: "EllipticCurvePrivateKey | None" = None,
        *,
        now_seconds: Callable[[], float] = time.time,
    ) -> None:
        """Take a key, or make one.

        Args:
            private_key: Of the curve P-256.
            now_seconds: Since 1970, UTC; when events happen and posts are signed.
        """
        from cryptography.hazmat.primitives.asymmetric import ec

        self._private_key = private_key or ec.generate_private_key(ec.SECP256R1())
        self._now_seconds = now_seconds
        self._numbers = count(1)

    @classmethod
    def load(cls, file: Path) -> "EventSender":
        """Load the key from a file in PEM, and make that first if there is none."""
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        if not file.exists():
            sender = cls()
            file.touch(mode=0o600)
            file.write_bytes(sender.write_key())
            return sender
        key = load_pem_private_key(file.read_bytes(), None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError(f"{file} holds a key of another kind")
        return cls(key)

    @property
    def public_key(self) -> str:
        """What to set as ``[sendgrid] webhook_public_key``."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = self._private_key.public_key()
        return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    def write_key(self) -> bytes:
        """Write the private key in PEM."""
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        return self._private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def tell(self, call: AcceptedCall) -> list[dict[str, Any]]:
        """Build the events of every message of a call, each message's in their order."""
        return [
            self.build_event(name, call.message_id, part)
            for part in call.body["personalizations"]
            for name in _find_story(part["to"][0]["email"])
        ]

    def build_event(self, name: str, message_id: str, part: Mapping[str, Any]) -> dict[str, Any]:
        """Build one event.

        Args:
            name: A key of the details above; another one is the event's own name.
            message_id: SendGrid's, of the call.
            part: The personalization of the message.
        """
        number = next(self._numbers)
        return {
            "email": part["to"][0]["email"],
            "timestamp": int(self._now_seconds()),
            "smtp-id": part.get("headers", {}).get("Message-ID", ""),
            "event": name,
            "sg_event_id": b64encode(f"{name}-{number}-{message_id}".encode()).decode(),
            "sg_message_id": f"{message_id}.recvd-{number}",
            **part.get("custom_args", {}),
            **_DETAILS.get(name, {}),
        }

    def sign(self, body: bytes) -> dict[str, str]:
        """Sign a post; return the headers that go with it."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        timestamp = str(int(self._now_seconds()))
        signature = self._private_key.sign(timestamp.encode() + body, ECDSA(SHA256()))
        return {
            SIGNATURE_HEADER: b64encode(signature).decode(),
            TIMESTAMP_HEADER: timestamp,
            "Content-Type": "application/json;charset=utf-8",
        }

    def post(self, url: str, events: Sequence[Mapping[str, Any]]) -> int:
        """Post events to an http or https URL; return the status of the answer, 0 for none."""
        body = json.dumps(events).encode()
        request = urllib.request.Request(url, body, self.sign(body))  # noqa: S310 - the caller's
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (OSError, http.client.HTTPException):
            return 0


def _find_story(address: str) -> Sequence[str]:
    beginning = re.match(r"[a-z]*", address)
    return STORIES.get(beginning[0] if beginning else "", STORIES[""])
