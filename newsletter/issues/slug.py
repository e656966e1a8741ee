"""Any name → a slug: lower-case ASCII letters, digits and hyphens, safe in URLs and file names."""

import hashlib
import re
import unicodedata
from pathlib import Path

MAX_SLUG = 80

#: Suffixes of issue files; any other dot belongs to the name.
ISSUE_SUFFIXES = (".md", ".markdown")

#: Latin letters that have no decomposition in Unicode.
_LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)
_HANGUL = "HANGUL SYLLABLE "


def find_name(path: Path) -> str:
    """Find the name of an issue file: without its suffix; of `some-issue/index.md` the folder's."""
    name = path.stem if path.suffix.lower() in ISSUE_SUFFIXES else path.name
    return path.absolute().parent.name or name if name == "index" else name


def build_slug(name: str) -> str:
    """Build a slug from any text; never empty, at most `MAX_SLUG` characters.

    Accents are dropped and Korean syllables spelled in Latin letters, as Unicode names them.
    Where letters or digits of other scripts had to go, or the slug was too long, eight hex
    digits of the name's hash are added, so that different names do not become the same slug.
    """
    name = unicodedata.normalize("NFC", name)
    latin = "".join(_spell(character) for character in name.casefold())
    ascii_letters = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")
    is_lossy = any(
        not each.isascii() and (each.isalnum() or unicodedata.category(each) == "Cs")
        for each in latin
    )
    if ascii_letters and not is_lossy and len(ascii_letters) <= MAX_SLUG:
        return ascii_letters
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    kept = ascii_letters[: MAX_SLUG - len(digest) - 1].strip("-")
    return f"{kept or 'issue'}-{digest}"


def _spell(character: str) -> str:
    """Spell one character in ASCII where that is possible."""
    if character.isascii():
        return character
    spelled = unicodedata.name(character, "")
    if spelled.startswith(_HANGUL):
        return spelled.removeprefix(_HANGUL).lower()
    decomposed = unicodedata.normalize("NFKD", character.translate(_LATIN))
    return "".join(each for each in decomposed if not unicodedata.combining(each)).lower()
