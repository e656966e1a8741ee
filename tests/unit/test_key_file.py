"""The installation's secret: made once, kept private, read strictly."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.key_file import add_secret, create_key_file, load_keyring
from newsletter.settings import Settings, parse_settings
from subscribers.errors import InvalidTokenError
from subscribers.keyring import Keyring
from subscribers.tokens import make_token, read_token

FIRST = bytes(range(32))
SECOND = bytes(range(32, 64))
FIRST_LINE = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
SECOND_LINE = "2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings whose folder is empty."""
    return parse_settings(
        "",
        path=tmp_path / "newsletter.toml",
        overrides={
            "newsletter.name": "The Weekly",
            "newsletter.from": "weekly@example.org",
            "newsletter.base_url": "https://weekly.example.org",
            "transport.url": "memory:",
        },
    )


def write_key_file(settings: Settings, text: str, *, mode: int = 0o600) -> None:
    """Write a key file as somebody might have edited it."""
    settings.key_file.write_text(text, encoding="utf-8")
    settings.key_file.chmod(mode)


def test_a_new_key_file_gives_the_keys_of_its_secret(settings: Settings) -> None:
    """What is written is read back."""
    path = create_key_file(settings.folder, lambda size: FIRST[:size])

    assert path == settings.key_file
    assert load_keyring(settings) == Keyring({1: FIRST})
    assert path.read_text(encoding="utf-8").splitlines()[-1] == FIRST_LINE


def test_a_new_key_file_is_private_whatever_the_umask(settings: Settings) -> None:
    """Nobody else on the machine may make links in its name, not for a moment either."""
    before = os.umask(0)
    try:
        path = create_key_file(settings.folder, os.urandom)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_file_is_never_overwritten(settings: Settings) -> None:
    """A lost secret takes every link and suppression with it."""
    create_key_file(settings.folder, lambda size: FIRST[:size])

    with pytest.raises(FileExistsError):
        create_key_file(settings.folder, lambda size: SECOND[:size])

    assert load_keyring(settings) == Keyring({1: FIRST})
    assert list(settings.folder.iterdir()) == [settings.key_file]


def test_a_renewed_secret_keeps_the_first_one(settings: Settings) -> None:
    """Lines are added; comments, spaces, Windows line ends and padding do no harm."""
    write_key_file(settings, f"# one, two\r\n {FIRST_LINE}= \r\n\r\n# new\r\n{SECOND_LINE}\r\n")

    keys = load_keyring(settings)

    assert keys == Keyring({1: FIRST, 2: SECOND})


def test_the_environment_overrides_the_key_file(settings: Settings) -> None:
    """A host without a disk of its own gets its secret from outside."""
    write_key_file(settings, FIRST_LINE)

    keys = load_keyring(replace(settings, secrets={1: SECOND}))

    assert keys == Keyring({1: SECOND})


@pytest.mark.parametrize("content", [f"{FIRST_LINE},{SECOND_LINE}", f"{FIRST_LINE}\n{SECOND_LINE}"])
def test_the_environment_takes_several_secrets(content: str, tmp_path: Path) -> None:
    """Commas suit a variable, lines a mounted file; either has both."""
    settings = parse_settings(
        "",
        path=tmp_path / "newsletter.toml",
        environ={
            "NEWSLETTER_NEWSLETTER__NAME": "The Weekly",
            "NEWSLETTER_NEWSLETTER__FROM": "weekly@example.org",
            "NEWSLETTER_NEWSLETTER__BASE_URL": "https://weekly.example.org",
            "NEWSLETTER_TRANSPORT__URL": "memory:",
            "NEWSLETTER_SECRET_KEY": content,
        },
    )

    assert load_keyring(settings) == Keyring({1: FIRST, 2: SECOND})


def test_a_missing_key_file_is_not_made_anew(settings: Settings) -> None:
    """A new secret would break what the old one made; the operator has to know."""
    with pytest.raises(SettingsError, match=r"newsletter\.key: the key file is missing\. Bring it"):
        load_keyring(settings)

    assert not settings.key_file.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_shared_key_file_is_refused(settings: Settings, mode: int) -> None:
    """Whoever reads it can unsubscribe anybody; the message has the command that mends it."""
    write_key_file(settings, FIRST_LINE, mode=mode)

    with pytest.raises(SettingsError) as caught:
        load_keyring(settings)

    assert str(caught.value) == (
        f"{settings.key_file}: others on this machine may read the key file (mode {mode:o})."
        f" Make it private with: chmod 600 {settings.key_file}"
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "holds no secret, expected 1:SECRET"),
        ("# a comment alone\n", "holds no secret, expected 1:SECRET"),
        (FIRST_LINE[2:], "secret 1 does not begin with its number, expected 1:"),
        (SECOND_LINE, "secret 1 does not begin with its number, expected 1:"),
        (
            f"{FIRST_LINE}\n1{SECOND_LINE[1:]}",
            "secret 2 does not begin with its number, expected 2:",
        ),
        (
            FIRST_LINE[:-3],
            "secret 1 has 30 bytes, expected 32 or more; was it copied in full?",
        ),
        (
            f"{FIRST_LINE[:-1]}~",
            "secret 1 is not written in base64url; was it copied in full?",
        ),
    ],
)
def test_a_damaged_key_file_is_refused_without_showing_it(
    settings: Settings, text: str, what: str
) -> None:
    """A part of a secret in a log is a part of the secret gone."""
    write_key_file(settings, text)

    with pytest.raises(SettingsError) as caught:
        load_keyring(settings)

    assert str(caught.value) == f"{settings.key_file}: the key file is damaged: {what}"


def test_a_key_file_that_is_no_text_is_refused(settings: Settings) -> None:
    """A wrong file under the right name."""
    settings.key_file.write_bytes(b"\xff\xfe")
    settings.key_file.chmod(0o600)

    with pytest.raises(SettingsError, match="damaged: it is no text in UTF-8"):
        load_keyring(settings)


def test_a_folder_in_the_place_of_the_key_file_is_refused(settings: Settings) -> None:
    """Docker makes one when a mounted file is missing."""
    settings.key_file.mkdir(mode=0o700)

    with pytest.raises(SettingsError, match="the key file is no regular file"):
        load_keyring(settings)


def test_a_running_program_finds_a_secret_that_was_added_since(settings: Settings) -> None:
    """A server must know the links that a send makes after a rotation."""
    create_key_file(settings.folder, os.urandom)
    running = load_keyring(settings)

    number = add_secret(settings, os.urandom)

    made = make_token(load_keyring(settings), "unsubscribe", bytes(16))
    assert (number, read_token(running, "unsubscribe", made).public_id) == (2, bytes(16))


def test_another_key_file_is_not_taken_for_a_newer_one(settings: Settings) -> None:
    """Its links are not this installation's."""
    create_key_file(settings.folder, os.urandom)
    running = load_keyring(settings)
    settings.key_file.unlink()
    create_key_file(settings.folder, os.urandom)
    add_secret(settings, os.urandom)

    made = make_token(load_keyring(settings), "unsubscribe", bytes(16))

    with pytest.raises(InvalidTokenError):
        read_token(running, "unsubscribe", made)
