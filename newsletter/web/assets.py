"""Style sheet and scripts: read once, called by their content's hash, kept by browsers for good."""

import hashlib
from dataclasses import dataclass
from typing import Final

from newsletter.rendering.theme_folder import get_templates_folder
from newsletter.settings import BrandSettings
from newsletter.web.colors import choose_text_on, make_readable

#: What the style sheet writes text on, in light and in dark; `site.css` says the same.
LIGHT_BACKGROUND: Final = "#ffffff"
DARK_BACKGROUND: Final = "#16181d"
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_HASH_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    content: bytes
    media_type: str


class Assets:
    """The files of `templates/pages/` that a page refers to."""

    def __init__(self, brand: BrandSettings) -> None:
        worker = _read("solve-worker.js")
        # The script loads its worker by the name that browsers know it by.
        script = _read("solve.js").replace("solve-worker.js", _name("solve-worker.js", worker))
        contents = {
            "site.css": f"{build_brand_css(brand)}{_read('site.css')}",
            "article.css": _read("article.css"),
            "desk.css": _read("desk/desk.css"),
            "desk.js": _read("desk/desk.js"),
            "icon.svg": _build_icon(brand),
            "solve.js": script,
            "solve-worker.js": worker,
        }
        #: Name in the templates → name in URLs.
        self.names = {name: _name(name, text) for name, text in contents.items()}
        self._assets = {
            self.names[name]: Asset(text.encode(), _TYPES[name.rpartition(".")[2]])
            for name, text in contents.items()
        }

    def find(self, name: str) -> Asset | None:
        """Find a file by its name in URLs."""
        return self._assets.get(name)


def build_brand_css(brand: BrandSettings) -> str:
    """Write the brand as properties of the page, every colour fit to be read."""
    light = _build_colors(brand.color, LIGHT_BACKGROUND)
    dark = _build_colors(brand.color_dark, DARK_BACKGROUND)
    font = f"--brand-font:{brand.font},;" if brand.font else "--brand-font:;"
    return f":root{{{font}{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _build_icon(brand: BrandSettings) -> str:
    """Paint the icon of the browser's tab; no style sheet reaches it."""
    svg = _read("icon.svg")
    for name, color in (("on-brand", choose_text_on(brand.color)), ("brand", brand.color)):
        svg = svg.replace(f'"{name}"', f'"{color}"')
    return svg


def _build_colors(color: str, background: str) -> str:
    return (
        f"--brand:{color};--on-brand:{choose_text_on(color)};"
        f"--link:{make_readable(color, background=background)}"
    )


def _read(name: str) -> str:
    return (get_templates_folder() / "pages" / name).read_text("utf-8")


def _name(name: str, text: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]}.{suffix}"
