"""Every text of the pages is translated, and what is shipped was compiled from it."""

import io
import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from newsletter.web.languages import LANGUAGES

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "templates" / "locale"
TRANSLATED = [language for language in LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)s|<[^>]+>")


def list_texts() -> set[str]:
    """List every text that the pages mark to be translated, as `make messages` does."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    mappings = settings["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        str(ROOT),
        [(each["pattern"], each["method"]) for each in mappings],
        {each["pattern"]: each for each in mappings},
        keywords={"N_": None, "_": None, "gettext": None},
    )
    # A text with a plural would be a pair, and need its own tests.
    return {str(text) for _file, _line, text, _comments, _context in found}


def read_catalogue(language: str) -> Catalog:
    """Read a language's translations."""
    with (LOCALE / language / "LC_MESSAGES" / "pages.po").open("rb") as file:
        return read_po(file, locale=language)


def test_the_texts_of_the_pages_are_found() -> None:
    """An extraction that finds nothing would find nothing missing."""
    texts = list_texts()

    assert {"Subscribe", "You are unsubscribed", "There is no such page"} <= texts
    assert len(texts) > 90


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_has_a_translation(language: str) -> None:
    """None missing, none doubtful, none left over; `make messages` collects them."""
    catalogue = read_catalogue(language)

    messages = {str(each.id): each for each in catalogue if each.id}
    doubtful = [text for text, each in messages.items() if each.fuzzy or not each.string]

    assert doubtful == []
    assert set(messages) == list_texts()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_what_is_filled_in_and_the_markup(language: str) -> None:
    """A lost name would not be noticed by who cannot read the language."""
    changed = [
        str(each.id)
        for each in read_catalogue(language)
        if each.id
        and sorted(PLACEHOLDER.findall(str(each.id)))
        != sorted(PLACEHOLDER.findall(str(each.string)))
    ]

    assert changed == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_shipped_was_compiled_from_the_translations(language: str) -> None:
    """The pages read the compiled file, and no tool of ours is needed where they run."""
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(language))

    shipped = (LOCALE / language / "LC_MESSAGES" / "pages.mo").read_bytes()

    assert shipped == compiled.getvalue(), "run: make messages"


def test_each_language_that_is_offered_has_a_folder() -> None:
    """And each folder is offered."""
    assert sorted(path.name for path in LOCALE.iterdir()) == sorted(TRANSLATED)
