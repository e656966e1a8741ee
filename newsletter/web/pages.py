"""Templates → HTML, in one of the languages; what every page knows is put in here."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from newsletter.rendering.theme_folder import get_templates_folder
from newsletter.rendering.words import get_direction
from newsletter.settings import Settings
from newsletter.web.languages import LANGUAGES, load_catalogue

if TYPE_CHECKING:
    from jinja2 import Environment


class Pages:
    """The templates of `templates/pages/`, one environment for each language."""

    def __init__(self, settings: Settings) -> None:
        newsletter = settings.newsletter
        self._shared = {
            "newsletter_name": newsletter.name,
            "base_url": newsletter.base_url,
            "postal_address": newsletter.postal_address.splitlines(),
            "logo": settings.brand.logo,
            "languages": LANGUAGES,
        }
        self._environments = {language: _build_environment(language) for language in LANGUAGES}

    def render(
        self,
        template: str,
        *,
        language: str,
        path: Callable[[str], str],
        variables: Mapping[str, object],
    ) -> str:
        """Fill a template.

        Args:
            template: Its file name.
            language: One of `LANGUAGES`.
            path: Makes the link of a page out of its path below the base URL.
            variables: What this page alone knows.
        """
        page = self._environments[language].get_template(template)
        own = {"language": language, "direction": get_direction(language), "path": path}
        return page.render({**self._shared, **own, **variables})

    def translate(self, text: str, *, language: str) -> str:
        """Translate a text that no template holds, such as a finding of a form."""
        return load_catalogue(language).gettext(text)


def _build_environment(language: str) -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_load_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds these two, which its types do not tell.
    extended: Any = environment
    extended.policies["ext.i18n.trimmed"] = True
    extended.install_gettext_translations(load_catalogue(language), newstyle=True)
    return environment


def _load_source(name: str) -> str | None:
    source = get_templates_folder() / "pages" / name
    return source.read_text("utf-8") if source.is_file() else None
