"""The keys of ``[dkim]``, from the settings to what signs."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from newsletter.errors import SettingsError
from newsletter.key_file import read_private
from newsletter.sending.message.private_key import Ed25519Key, RsaKey, parse_pem
from newsletter.sending.message.signature import SigningKey
from newsletter.settings import DkimSettings, Settings


class KeySetting(NamedTuple):
    """A key as the settings name it."""

    #: ``rsa`` or ``ed25519``.
    kind: str
    selector: str
    file: Path


def load_signing_keys(settings: Settings) -> tuple[SigningKey, ...]:
    """Load the keys of ``[dkim]``; none for a provider that takes no message but its parts.

    Raises:
        SettingsError: A key cannot be used, or its domain is not the sender's, nor one above it.
    """
    keys = tuple(list_key_settings(settings.dkim))
    domain, sender = signing_domain_of(settings), settings.newsletter.sender_domain
    if keys and f".{sender}".removesuffix(f".{domain}") == f".{sender}":
        raise SettingsError(
            f"[dkim] domain: {domain} is not the sender's domain {sender}, nor one above it:"
            " receivers would not take its signatures for yours (RFC 9989, alignment)"
        )
    if settings.transport.url.startswith("sendgrid:"):
        return ()
    return tuple(
        SigningKey(domain=domain, selector=key.selector, private_key=load_private_key(key))
        for key in keys
    )


def signing_domain_of(settings: Settings) -> str:
    """Tell the domain that signs, in ASCII: the sender's own unless ``[dkim]`` names one."""
    return settings.dkim.domain or settings.newsletter.sender_domain


def list_key_settings(dkim: DkimSettings) -> Iterator[KeySetting]:
    """List the keys that the settings name, RSA first."""
    for kind, selector, file in (
        ("rsa", dkim.rsa_selector, dkim.rsa_key_file),
        ("ed25519", dkim.ed25519_selector, dkim.ed25519_key_file),
    ):
        if file is not None:
            yield KeySetting(kind, selector, file)


def load_private_key(key: KeySetting) -> RsaKey | Ed25519Key:
    """Load one key.

    Raises:
        SettingsError: It is missing, shared with others, no key, or one of another kind.
    """
    label = f"[dkim] {key.kind}_key_file"
    try:
        private_key = parse_pem(read_private(key.file, f"the key of {label}"))
    except UnicodeDecodeError:
        raise SettingsError(f"{label}: {key.file} is no private key in PEM") from None
    except OSError as error:
        raise SettingsError(
            f"{label}: {key.file} cannot be read: {error.strerror}."
            " Make a key with: newsletter keys generate dkim"
        ) from error
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(f"{label}: {key.file} {error}") from None
    if not private_key.algorithm.startswith(key.kind):
        raise SettingsError(f"{label}: {key.file} holds a key of another kind")
    return private_key
