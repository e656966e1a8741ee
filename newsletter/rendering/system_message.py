"""A message about a subscription, such as a confirmation, rendered once for each language.

It is an edition like an issue's, with its fields open. Its words are in `templates/system/words`,
and nothing else gets into it: nobody can write to a stranger by way of a form.

Its page extends what the themes have in common; beside what a theme's templates are given
(`newsletter.rendering.theme`), both have:

    words             of this message: preheader, heading, text, button, after, by_hand, leave
    action_url        a sentinel: where the button leads; action_text is the same to be read
    unsubscribe_url   a sentinel: ends the subscription, or says "this was not me"
"""

import tomllib
from importlib.resources.abc import Traversable
from typing import Any, Final

from newsletter.rendering.edition import Edition, build_edition
from newsletter.rendering.fields import Sentinels
from newsletter.rendering.inliner import inline_styles
from newsletter.rendering.mjml import compile_mjml
from newsletter.rendering.theme import load_system_theme
from newsletter.rendering.theme_folder import get_templates_folder
from newsletter.rendering.words import get_direction
from newsletter.settings import BrandSettings, NewsletterSettings

_PAGE: Final = "message.mjml.j2"
_TEXT: Final = "message.txt.j2"
#: What the words leave open, and the field of the recipient that fills it.
_FIELDS: Final = {"asked_at": "subscriber.asked_at", "new_address": "subscriber.new_address"}


def choose_language(language: str) -> str:
    """Choose the language that a message for this one is written in: its own, else English."""
    primary = language.partition("-")[0].lower()
    words = _folder() / "words" / f"{primary}.toml"
    return primary if primary.isascii() and primary.isalpha() and words.is_file() else "en"


def render_system_message(
    kind: str, *, language: str, newsletter: NewsletterSettings, brand: BrandSettings
) -> Edition:
    """Render one kind of message in one language.

    Args:
        kind: A table of the words' files, such as ``sign_up``.
        language: By `choose_language`.
        newsletter: Gives its name, base URL and postal address.
        brand: Gives colours, logo, font and width.

    Raises:
        RenderError: The template cannot be used.
    """
    sentinels = Sentinels(newsletter.name, newsletter.postal_address)
    words = _load_words(kind, language, newsletter.name, sentinels)
    action_url = sentinels.mark_name("action_url")
    variables: dict[str, Any] = {
        "title": words["heading"],
        "series": "",
        "date": "",
        "authors": (),
        "preheader": words["preheader"],
        "newsletter_name": newsletter.name,
        "home_url": newsletter.base_url,
        "language": language,
        "direction": get_direction(language),
        "words": words,
        "brand": brand,
        "action_url": sentinels.as_target(action_url),
        "action_text": action_url,
        "unsubscribe_url": sentinels.as_target(sentinels.mark_name("unsubscribe_url")),
        "postal_address": tuple(newsletter.postal_address.splitlines()),
    }
    theme = load_system_theme(brand)
    page = inline_styles(compile_mjml(theme.render_mjml(variables, _PAGE)), theme.content_css)
    text = theme.render_text(variables, _TEXT)
    return build_edition(
        slug=kind,
        subject=sentinels.cut(words["subject"], "text"),
        preheader=words["preheader"],
        language=language,
        html=sentinels.cut(page, "html"),
        text=sentinels.cut(text, "text"),
        archive_url="",
    )


def _load_words(
    kind: str, language: str, newsletter_name: str, sentinels: Sentinels
) -> dict[str, Any]:
    """Read the words of one message, the newsletter's name and the open fields put into them."""
    found = tomllib.loads((_folder() / "words" / f"{language}.toml").read_text("utf-8"))
    marks = {name: sentinels.mark_name(field) for name, field in _FIELDS.items()}

    def write(text: str) -> str:
        for name, mark in marks.items():
            text = text.replace(f"{{{name}}}", mark)
        # Last, for a name may hold braces.
        return text.replace("{newsletter}", newsletter_name)

    words = {**found[kind], "by_hand": found["by_hand"]}
    return {
        key: [write(line) for line in value] if isinstance(value, list) else write(value)
        for key, value in words.items()
    }


def _folder() -> Traversable:
    return get_templates_folder() / "system"
