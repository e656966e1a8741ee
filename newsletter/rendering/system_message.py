"""A message about a subscription, such as a confirmation, rendered once for each language.

It is an edition like an issue's, with its fields open. Its words are in `templates/system/words`,
and nothing else gets into it: nobody can write to a stranger by way of a form.

Both templates are given:

    subject, newsletter_name, home_url, language, direction, brand
    words             of this message: preheader, heading, text, button, after, by_hand, leave
    words_break       the class by which the words' lines are broken: keep or wrap
    action_url        a sentinel: where the button leads; action_text is the same to be read
    unsubscribe_url   a sentinel: ends the subscription, or says "this was not me"
    postal_address    tuple of str
"""

import tomllib
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, Final

from newsletter.rendering.edition import Edition, build_edition
from newsletter.rendering.fields import Sentinels
from newsletter.rendering.mjml import compile_mjml, escape_for_mjml
from newsletter.rendering.plain_text import TEXT_FILTERS
from newsletter.rendering.theme import get_templates_folder
from newsletter.rendering.words import get_direction
from newsletter.settings import BrandSettings, NewsletterSettings

if TYPE_CHECKING:
    from jinja2 import Environment

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
        "subject": words["subject"],
        "newsletter_name": newsletter.name,
        "home_url": newsletter.base_url,
        "language": language,
        "direction": get_direction(language),
        "words": words,
        "words_break": "keep" if language == "ko" else "wrap",
        "brand": brand,
        "action_url": sentinels.as_target(action_url),
        "action_text": action_url,
        "unsubscribe_url": sentinels.as_target(sentinels.mark_name("unsubscribe_url")),
        "postal_address": tuple(newsletter.postal_address.splitlines()),
    }
    page = _environment(is_page=True).get_template(_PAGE).render(variables)
    text = _environment(is_page=False).get_template(_TEXT).render(variables)
    return build_edition(
        slug=kind,
        subject=sentinels.cut(words["subject"], "text"),
        preheader=words["preheader"],
        language=language,
        html=sentinels.cut(compile_mjml(page, template=f"templates/system/{_PAGE}"), "html"),
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


def _environment(*, is_page: bool) -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(lambda name: (_folder() / name).read_text("utf-8")),
        autoescape=is_page,  # noqa: S701 - the other part is plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    if is_page:
        environment.finalize = escape_for_mjml
    else:
        environment.filters.update(TEXT_FILTERS)
    return environment
