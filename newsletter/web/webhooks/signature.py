"""Whether a post is SendGrid's: its signature over time and body, as they came.

Source:
    https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from base64 import b64decode

from starlette.datastructures import Headers

from newsletter.errors import SettingsError

_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


class SignatureCheck:
    """Checks posts by one public key: ECDSA over P-256 with SHA-256.

    How old a post is does not matter: SendGrid repeats for a day, and an event that was taken
    before changes nothing.
    """

    def __init__(self, public_key: str) -> None:
        """Load a key.

        Args:
            public_key: DER in base64, as `parse_webhook_key` gives it.

        Raises:
            SettingsError: It is no point of the curve.
        """
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        try:
            key = load_der_public_key(b64decode(public_key))
        except ValueError as error:
            raise SettingsError(
                "[sendgrid] webhook_public_key: is no key of the curve P-256; copy it again from"
                " SendGrid's page"
            ) from error
        assert isinstance(key, EllipticCurvePublicKey)  # noqa: S101 - the settings saw to it
        self._key = key
        self._algorithm = ECDSA(SHA256())

    def passes(self, headers: Headers, body: bytes) -> bool:
        """Tell whether a post is signed by the key's owner; whatever is no signature is not."""
        from cryptography.exceptions import InvalidSignature

        signatures, timestamps = headers.getlist(_SIGNATURE), headers.getlist(_TIMESTAMP)
        if len(signatures) != 1 or len(timestamps) != 1:
            return False
        try:
            signature = b64decode(signatures[0], validate=True)
            # Headers were decoded by this; the signature is over the octets.
            signed = timestamps[0].encode("latin-1") + body
            self._key.verify(signature, signed, self._algorithm)
        except (ValueError, InvalidSignature):
            return False
        return True
