"""The theme's own words in the issue's language, and the direction that language is written in."""

import re
import tomllib
from typing import Final

from newsletter.rendering.theme_folder import get_templates_folder

_LANGUAGE: Final = re.compile(r"[a-z]{2,8}")
_SCRIPT: Final = re.compile(r"-([A-Za-z]{4})(?:-|$)")
#: Languages written from right to left unless a script is named (ISO 639).
_RTL_LANGUAGES: Final = frozenset(
    ["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "syr", "ug", "ur", "yi"]
)
#: Scripts written from right to left (ISO 15924).
_RTL_SCRIPTS: Final = frozenset(["adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"])


def load_words(language: str, *, newsletter_name: str) -> dict[str, str]:
    """Read the theme's own words in a language, or in English where they are not translated.

    Args:
        language: BCP 47; only its first part counts.
        newsletter_name: Written in place of ``{newsletter}``.

    Returns:
        The words by key; besides, ``language`` and ``direction`` of these words, since English
        ones may stand in a Hebrew issue.
    """
    folder = get_templates_folder() / "words"
    primary = language.split("-", 1)[0].lower()
    source = folder / f"{primary}.toml"
    if not _LANGUAGE.fullmatch(primary) or not source.is_file():
        source = folder / "en.toml"
    words = tomllib.loads(source.read_text("utf-8"))
    written_in = source.name.removesuffix(".toml")
    return {
        **{key: word.replace("{newsletter}", newsletter_name) for key, word in words.items()},
        "language": written_in,
        "direction": get_direction(written_in),
    }


def get_direction(language: str) -> str:
    """Tell how a language is written: ``ltr`` or ``rtl``."""
    script = _SCRIPT.search(language)
    if script is not None:
        return "rtl" if script[1].lower() in _RTL_SCRIPTS else "ltr"
    return "rtl" if language.split("-", 1)[0].lower() in _RTL_LANGUAGES else "ltr"
