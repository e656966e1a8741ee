"""Messages about a subscription: complete in every language, and nothing typed in gets into one."""

import tomllib
from dataclasses import replace

import pytest

from newsletter.outbox.entry import Kind
from newsletter.rendering.edition import Field, fill
from newsletter.rendering.system_message import choose_language, render_system_message
from newsletter.rendering.theme_folder import get_templates_folder
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import compile_message
from newsletter.settings import BrandSettings
from subscribers.address import EmailAddress
from tests.unit.sample_messages import NEWSLETTER

VALUES = {
    "action_url": "https://news.example.org/confirm/TOKEN",
    "unsubscribe_url": "https://news.example.org/confirm/TOKEN/not-me",
    "subscriber.asked_at": "2026-01-31 17:00 KST",
    "subscriber.new_address": "n•••@example.org",
}
LANGUAGES = ["en", "ko"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(Kind))
def test_every_message_is_whole_in_every_language(kind: Kind, language: str) -> None:
    """Both parts have the link, the way out and no word of the templates' own grammar."""
    edition = render_system_message(
        kind.value, language=language, newsletter=NEWSLETTER, brand=BrandSettings()
    )
    page, text = fill(edition.html, VALUES), fill(edition.text, VALUES)

    assert NEWSLETTER.name in fill(edition.subject, VALUES)
    for part in (page, text):
        assert VALUES["unsubscribe_url"] in part
        assert (VALUES["action_url"] + '"' in page) == (kind is not Kind.ADDRESS_CHANGED)
        assert [word for word in ("{newsletter}", "{asked_at}", "built-in") if word in part] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_it_takes_nothing_of_a_person_but_two_links_a_time_and_a_masked_address(kind: Kind) -> None:
    """Nobody can write to a stranger by way of a form."""
    edition = render_system_message(
        kind.value, language="en", newsletter=NEWSLETTER, brand=BrandSettings()
    )
    parts = (*edition.subject, *edition.html, *edition.text)

    names = {part.name for part in parts if isinstance(part, Field)}

    assert names <= set(VALUES)


def test_the_languages_have_the_same_words() -> None:
    """A word that is missing in one would be found by its readers."""
    folder = get_templates_folder() / "system" / "words"
    keys = [
        {
            (table, key)
            for table, words in tomllib.loads((folder / f"{each}.toml").read_text("utf-8")).items()
            for key in (words if isinstance(words, dict) else [""])
        }
        for each in LANGUAGES
    ]

    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("ko", "ko"), ("ko-KR", "ko"), ("KO", "ko"), ("fr", "en"), ("", "en"), ("../ko", "en")],
)
def test_a_language_without_words_gets_english(wanted: str, given: str) -> None:
    """The form's pages know no other, and a language may be any text."""
    assert choose_language(wanted) == given


def test_a_newsletters_name_cannot_break_out() -> None:
    """It is the owner's, and may hold anything."""
    newsletter = replace(NEWSLETTER, name='A & "B" <i> {{ subscriber.name }} {asked_at}')
    edition = render_system_message(
        "sign_up", language="en", newsletter=newsletter, brand=BrandSettings()
    )

    page = fill(edition.html, VALUES)

    assert "<i>" not in page
    assert "A &amp; " in page
    assert "{asked_at}" in fill(edition.subject, VALUES)


def test_the_brands_colours_and_logo_are_in_it() -> None:
    """It should look like the newsletter that was signed up for."""
    brand = BrandSettings(color="#aa0011", logo="https://example.org/logo.png")
    edition = render_system_message("sign_up", language="en", newsletter=NEWSLETTER, brand=brand)

    page = fill(edition.html, VALUES)

    assert page.count("#aa0011") >= 3
    assert 'src="https://example.org/logo.png"' in page


def test_its_headers_are_those_of_a_program_and_of_no_list() -> None:
    """RFC 3834; and one link to say no, as a page and by one click."""
    edition = render_system_message(
        "sign_up", language="en", newsletter=NEWSLETTER, brand=BrandSettings()
    )
    template = compile_message(edition, NEWSLETTER, is_system=True)
    recipient = Recipient(
        delivery_id=DeliveryId(0, 1),
        address=EmailAddress.parse("kim@example.org"),
        return_path="news@example.org",
        fields={},
        message_id="<sign_up.1@example.org>",
        dated_at_ms=0,
        unsubscribe_url=VALUES["unsubscribe_url"],
        unsubscribe_token="TOKEN",
        action_url=VALUES["action_url"],
    )

    header = template.splice(recipient).partition(b"\r\n\r\n")[0].decode()

    assert "Auto-Submitted: auto-generated\r\n" in header
    assert f"List-Unsubscribe: <{VALUES['unsubscribe_url']}>\r\n" in header
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in header
    assert "List-Id" not in header
    assert "mailto:" not in header
