"""The sign-up form for other sites: HTML to be copied into a page there."""

from newsletter.settings import Settings
from newsletter.web.pages import Pages
from newsletter.web.subscribe import WORDING


def build_form(settings: Settings, language: str) -> str:
    """Write a plain form, without style or script.

    A form that was not shown by us has no stamp, so its reader presses one more button, here.
    """
    return _render(settings, language, "embed_form.html")


def build_frame(settings: Settings, language: str) -> str:
    """Write a frame with the form in it."""
    return _render(settings, language, "embed_frame.html")


def _render(settings: Settings, language: str, template: str) -> str:
    newsletter, pages = settings.newsletter, Pages(settings)
    wording = pages.translate(WORDING, language=language) % {"newsletter": newsletter.name}
    html = pages.render(
        template,
        language=language,
        path=lambda path: newsletter.base_url + path,
        variables={"wording": wording},
    )
    return html.strip()
