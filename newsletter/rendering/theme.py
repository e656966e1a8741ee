"""A theme: the templates and styles an issue is rendered with.

A theme is a folder `templates/issue/NAME`. What it does not have itself it takes from
`templates/issue/shared`:

    issue.mjml.j2     the page; usually extends base.mjml.j2
    issue.txt.j2      the plain-text part
    text.css          styles of what an author can write
    theme.css         styles of the theme itself, after those
    palette.toml      colours by name; a theme's own file holds what differs

Both templates are given the same variables:

    newsletter_name   str              the publication
    home_url          str              its base URL
    title             str              the issue's title
    series            str              the first series, empty when there is none
    date              str              2024-07-29, empty when the issue has no date
    authors           tuple of str     may be empty
    language          str              BCP 47, such as ko
    direction         str              ltr or rtl
    words             str by key       the theme's own words in the issue's language:
                                       view, contents, read, why, unsubscribe; and language
                                       and direction of these words
    preheader         str              never empty unless the issue is
    view_url          str              where the issue can be read in a browser
    unsubscribe_url   str              a sentinel: becomes the recipient's link
    postal_address    tuple of str     its lines; empty when the newsletter has none
    brand             BrandSettings    logo, font and width; its colours are in the palette

`issue.mjml.j2` has besides:

    sections          tuple            each with id, title (empty for a text before the first
                                       heading) and html; or, in place of html, picture (the
                                       image it begins with, or empty) and rest
    contents          tuple            the sections to list on top; empty for a short issue
    palette           str by name      the colours on light backgrounds
    head_css          markup           media queries and dark colours
    outlook_css       markup           dark colours for Outlook's apps; in a sheet of its own

`issue.txt.j2` has besides:

    body              str              the issue's text, wrapped, with a line end at the end
    underline, wrap   filters          for a title and for a paragraph of the template

A title or a preheader may hold sentinels of personal fields: print them, do not cut them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from newsletter.rendering.finding import Finding
from newsletter.rendering.mjml import escape_for_mjml
from newsletter.rendering.palette import Palette, build_palette
from newsletter.rendering.style_sheet import StyleSheets, build_style_sheets
from newsletter.rendering.template_places import Filled, mark_places, take_marks_out
from newsletter.rendering.template_sandbox import build_sandbox, fill_template
from newsletter.rendering.theme_folder import (
    PAGE,
    find_theme,
    get_shared_folder,
    get_templates_folder,
    read_file,
)
from newsletter.settings import BrandSettings

TEXT: Final = "issue.txt.j2"

_TEMPLATE_NAME: Final = re.compile(r"[\w-]+(\.[\w-]+)*")
_NO_BRAND: Final = BrandSettings()


@dataclass(frozen=True, kw_only=True, slots=True)
class Theme:
    """One theme, read; makes the page's MJML and the plain text."""

    name: str
    #: Where its files are: its own folder, then the shared one.
    folders: tuple[Traversable, ...]
    palette: Palette
    styles: StyleSheets

    @property
    def content_css(self) -> str:
        """The rules that are written into elements."""
        return self.styles.content

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Colours that cannot be read, the brand's among them."""
        return self.palette.findings

    @property
    def page_template(self) -> str:
        """The MJML template's name for messages."""
        return f"templates/issue/{self.name}/{PAGE}"

    @property
    def text_template(self) -> str:
        """The plain-text template's name for messages."""
        return f"templates/issue/{self.name}/{TEXT}"

    def render_mjml(self, variables: Mapping[str, object], template: str = PAGE) -> Filled:
        """Fill the page's template; the MJML remembers where it came from.

        Args:
            variables: What the template is given beside styles and colours.
            template: Another page in the looks of this theme.

        Raises:
            RenderError: The template cannot be used; names it and its line.
        """
        from markupsafe import Markup

        environment = build_sandbox(self._load_source, autoescape=True)
        environment.finalize = escape_for_mjml
        mark_places(environment)
        styles = {
            # The style sheets are the theme's own.
            "head_css": Markup(self.styles.head),  # noqa: S704
            "outlook_css": Markup(self.styles.outlook),  # noqa: S704
            "palette": self.palette.light,
        }
        marked = fill_template(environment, template, {**variables, **styles})
        return take_marks_out(marked, self.page_template)

    def render_text(self, variables: Mapping[str, object], template: str = TEXT) -> str:
        """Fill the plain-text template; nothing is escaped.

        Raises:
            RenderError: The template cannot be used; names it and its line.
        """
        from newsletter.rendering.plain_text import TEXT_FILTERS

        environment = build_sandbox(self._load_source, autoescape=False)
        environment.filters.update(TEXT_FILTERS)
        return fill_template(environment, template, variables)

    def _load_source(self, name: str) -> tuple[str, str] | None:
        """Read a template of this theme, or nothing for a name that leads elsewhere."""
        if not _TEMPLATE_NAME.fullmatch(name):
            return None
        return next(iter(_read_files(self.folders, name)), None)


def load_theme(
    name: str, own_themes: Path | None = None, brand: BrandSettings = _NO_BRAND
) -> Theme:
    """Read a theme.

    Args:
        name: Of a folder in `own_themes`, else of one that comes with the program.
        own_themes: A newsletter's own themes; may be absent.
        brand: Its colours go into the palette.

    Raises:
        RenderError: There is no theme of that name, and those there are are listed; or one of its
            files cannot be used.
    """
    return _read_theme(name, (find_theme(name, own_themes).folder, get_shared_folder()), brand)


def load_system_theme(brand: BrandSettings = _NO_BRAND) -> Theme:
    """Read the looks of messages about a subscription, which are the default theme's.

    Raises:
        RenderError: One of its files cannot be used.
    """
    folders = (get_templates_folder() / "system", find_theme("weekly").folder, get_shared_folder())
    return _read_theme("weekly", folders, brand)


def _read_theme(name: str, folders: tuple[Traversable, ...], brand: BrandSettings) -> Theme:
    palette = build_palette(_read_files(folders, "palette.toml")[::-1], brand)
    sheets = [
        sheet for file in ("text.css", "theme.css") for sheet in _read_files(folders, file)[:1]
    ]
    return Theme(
        name=name, folders=folders, palette=palette, styles=build_style_sheets(sheets, palette)
    )


def _read_files(folders: tuple[Traversable, ...], name: str) -> list[tuple[str, str]]:
    """Read a file of a theme, then the shared one of that name: content and name for messages."""
    return [read_file(file, folder) for folder in folders if (file := folder / name).is_file()]
