"""The language of a page: what the reader asked for, among those the pages are written in.

English is the language the templates are written in; every other one is a folder of
`templates/locale/` with a gettext catalogue.
"""

import gettext
import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from newsletter.rendering.theme_folder import get_templates_folder

#: Language → its own name for itself, in the order shown.
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "ko": "한국어"}
_DOMAIN: Final = "pages"
_QUALITY: Final = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)")
#: A longer header is no person's; what is behind is not read.
_MAX_HEADER_CHARACTERS = 500


@cache
def load_catalogue(language: str) -> gettext.NullTranslations:
    """Read the translations into a language of `LANGUAGES`."""
    if language == "en":
        return gettext.NullTranslations()
    folder = get_templates_folder() / "locale" / language / "LC_MESSAGES"
    with (folder / f"{_DOMAIN}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def find_language(tag: str) -> str | None:
    """Find the pages' language for a tag such as ``ko-KR``; None for one they do not speak."""
    primary = tag.strip().replace("_", "-").partition("-")[0].lower()
    return primary if primary in LANGUAGES else None


def find_accepted_language(header: str) -> str | None:
    """Find the language a browser likes best (RFC 9110 section 12.5.4); None for none of ours."""
    wishes: list[tuple[float, str]] = []
    for wish in header[:_MAX_HEADER_CHARACTERS].split(","):
        tag, _, parameter = wish.partition(";")
        quality = _QUALITY.fullmatch(parameter.strip())
        weight = float(quality[1]) if quality else 1.0
        language = find_language(tag)
        if language and weight > 0:
            wishes.append((-weight, language))
    # The first named wins among equals: sorting by weight alone keeps their order.
    return min(wishes, key=lambda wish: wish[0])[1] if wishes else None
