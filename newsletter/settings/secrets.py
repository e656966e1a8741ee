"""The numbered secrets of an installation as text, in the key file and in the environment.

    # a comment
    1:BASE64URL
    2:BASE64URL

Each stands on a line of its own or after a comma. Numbers begin with 1 and have no gaps: a secret
is added, never replaced, for links made with the older ones stay valid for good.
"""

import base64

#: Of randomness in a new secret, and the least that is taken.
SECRET_BYTES = 32


def build_secret_line(number: int, secret: bytes) -> str:
    """Write one secret as it stands in the key file, without a line end."""
    return f"{number}:{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"


def parse_secrets(text: str) -> dict[int, bytes]:
    """Read numbered secrets.

    Raises:
        ValueError: Says what is wrong and where, without repeating any of it.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = [entry.strip() for line in lines for entry in line.split(",") if entry.strip()]
    if not entries:
        raise ValueError("holds no secret, expected 1:SECRET")
    secrets: dict[int, bytes] = {}
    for number, entry in enumerate(entries, start=1):
        label, colon, encoded = entry.partition(":")
        if not colon or label.strip() != str(number):
            raise ValueError(f"secret {number} does not begin with its number, expected {number}:")
        secrets[number] = _decode(encoded.strip(), number)
    return secrets


def _decode(encoded: str, number: int) -> bytes:
    padded = encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4)
    try:
        secret = base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError:
        raise ValueError(
            f"secret {number} is not written in base64url; was it copied in full?"
        ) from None
    if len(secret) < SECRET_BYTES:
        raise ValueError(
            f"secret {number} has {len(secret)} bytes, expected {SECRET_BYTES} or more;"
            " was it copied in full?"
        )
    return secret
