"""A theme: the templates and styles an issue is rendered with.

A theme is a folder `templates/issue/NAME` with `issue.mjml.j2` (the page), `issue.txt.j2` (the
plain-text part), `content.css` (written into the elements of the issue's text) and `head.css`
(media queries and dark mode, kept in the head). Both templates are given the same variables:

    newsletter_name   str              the publication
    home_url          str              its base URL
    title             str              the issue's title
    series            str              the first series, empty when there is none
    date              str              2024-07-29, empty when the issue has no date
    authors           tuple of str     may be empty
    language          str              BCP 47, such as ko
    direction         str              ltr or rtl
    words             str by key       the theme's own words in the issue's language:
                                       view, contents, read, why, unsubscribe
    preheader         str              never empty unless the issue is
    view_url          str              where the issue can be read in a browser
    unsubscribe_url   str              a sentinel: becomes the recipient's link
    postal_address    tuple of str     its lines; empty when the newsletter has none

`issue.mjml.j2` has besides:

    sections          tuple            each with id, title (empty for a text before the first
                                       heading) and html
    contents          tuple            the sections to list on top; empty for a short issue
    head_css          markup           the content of head.css

`issue.txt.j2` has besides:

    body              str              the issue's text, wrapped, with a line end at the end
    underline, wrap   filters          for a title and for a paragraph of the template

A title or a preheader may hold sentinels of personal fields: print them, do not cut them.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newsletter.errors import RenderError
from newsletter.rendering.mjml import escape_for_mjml

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Theme:
    """One theme, read; makes the page's MJML and the plain text."""

    name: str
    content_css: str
    head_css: str
    folder: Traversable

    @property
    def page_template(self) -> str:
        """The MJML template's name for messages."""
        return f"templates/issue/{self.name}/issue.mjml.j2"

    @property
    def text_template(self) -> str:
        """The plain-text template's name for messages."""
        return f"templates/issue/{self.name}/issue.txt.j2"

    def render_mjml(self, variables: Mapping[str, object]) -> str:
        """Fill the page's template.

        Raises:
            RenderError: The template cannot be used; names it and its line.
        """
        from markupsafe import Markup

        environment = self._build_environment(autoescape=True)
        environment.finalize = escape_for_mjml
        # The style sheet is the theme's own.
        head_css = Markup(self.head_css)  # noqa: S704
        return self._render(environment, "issue.mjml.j2", {**variables, "head_css": head_css})

    def render_text(self, variables: Mapping[str, object]) -> str:
        """Fill the plain-text template; nothing is escaped.

        Raises:
            RenderError: The template cannot be used; names it and its line.
        """
        from newsletter.rendering.plain_text import TEXT_FILTERS

        environment = self._build_environment(autoescape=False)
        environment.filters.update(TEXT_FILTERS)
        return self._render(environment, "issue.txt.j2", variables)

    def _build_environment(self, *, autoescape: bool) -> "ImmutableSandboxedEnvironment":
        """Give a template this folder and its variables; no clock, chance, file or environment."""
        from jinja2 import FunctionLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._load_source),
            autoescape=autoescape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.globals.clear()
        del environment.filters["random"]
        return environment

    def _load_source(self, name: str) -> tuple[str, str, None] | None:
        """Read a template of this theme, or nothing for a name that leads elsewhere."""
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", name):
            return None
        source = self.folder.joinpath(name)
        if not source.is_file():
            return None
        return source.read_text("utf-8"), f"templates/issue/{self.name}/{name}", None

    def _render(
        self,
        environment: "ImmutableSandboxedEnvironment",
        name: str,
        variables: Mapping[str, object],
    ) -> str:
        from jinja2 import TemplateNotFound, TemplateSyntaxError

        try:
            return environment.get_template(name).render(variables)
        except TemplateSyntaxError as error:
            place = f"{error.filename or name}:{error.lineno}"
            raise RenderError(f"{place}: {error.message}") from error
        except TemplateNotFound as error:
            raise RenderError(f"{self._failed_at(name)}: no template {error.name!r}") from error
        except Exception as error:  # a template may do anything that fails
            message = f"{self._failed_at(name)}: {type(error).__name__}: {error}"
            raise RenderError(message) from error

    def _failed_at(self, name: str) -> str:
        """Find the line of the innermost template in the traceback of the error being handled."""
        folder = f"templates/issue/{self.name}/"
        place = f"{folder}{name}"
        traceback = sys.exc_info()[2]
        while traceback is not None:
            filename = traceback.tb_frame.f_code.co_filename
            if filename.startswith(folder):
                place = f"{filename}:{traceback.tb_lineno}"
            traceback = traceback.tb_next
        return place


def get_templates_folder() -> Traversable:
    """Return the folder of all templates: the installed package's, else the checkout's.

    Raises:
        RenderError: There is neither; the installation is broken.
    """
    folder = find_templates_folder(files("newsletter"))
    if folder is None:
        raise RenderError("the templates are missing: install newsletter-press again")
    return folder


def find_templates_folder(package: Traversable) -> Traversable | None:
    """Find the templates in a package, where a wheel has them, or beside it, as in a checkout."""
    folders = (package / "templates", package / ".." / "templates")
    return next((folder for folder in folders if (folder / "issue").is_dir()), None)


def load_theme(name: str, own_themes: Path | None = None) -> Theme:
    """Read a theme.

    Args:
        name: Of a folder in `own_themes`, else of one that comes with the program.
        own_themes: A newsletter's own themes; may be absent.

    Raises:
        RenderError: There is no theme of that name; lists those there are.
    """
    themes = [*([own_themes] if own_themes else []), get_templates_folder() / "issue"]
    folders = [folder / name for folder in themes] if _NAME.fullmatch(name) else []
    folder = next((each for each in folders if each.is_dir()), None)
    if folder is None:
        known = sorted({item.name for each in themes if each.is_dir() for item in each.iterdir()})
        raise RenderError(f"there is no theme {name!r}; themes: {', '.join(known)}")
    return Theme(
        name=name,
        content_css=(folder / "content.css").read_text("utf-8"),
        head_css=(folder / "head.css").read_text("utf-8"),
        folder=folder,
    )
