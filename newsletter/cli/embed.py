"""`newsletter embed`."""

from typing import Annotated

import typer

from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import load_settings_of


def embed(
    context: typer.Context,
    *,
    html: Annotated[
        bool, typer.Option("--html", help="A plain form; the page it is on decides its looks.")
    ] = False,
    iframe: Annotated[
        bool, typer.Option("--iframe", help="A frame with our page in it, for allowed sites.")
    ] = False,
    language: Annotated[
        str, typer.Option(metavar="CODE", help="Of the form; the newsletter's own without it.")
    ] = "",
) -> None:
    """Print the sign-up form for another site: copy it into a page there.

    The plain form works on any site, without JavaScript and cookies. The frame is shown on sites
    that [web] embed_origins names.

    Examples:
        newsletter embed
        newsletter embed --iframe --language ko
    """
    from newsletter.errors import RefusedError
    from newsletter.web.embed import build_form, build_frame
    from newsletter.web.languages import LANGUAGES, find_language

    if html and iframe:
        raise WrongUsageError("--html and --iframe are two ways to show the form: choose one")
    settings = load_settings_of(context)
    spoken = find_language(language or settings.newsletter.language)
    if language and spoken is None:
        raise WrongUsageError(f"--language {language}: the pages speak {', '.join(LANGUAGES)}")
    if iframe and not settings.web.embed_origins:
        raise RefusedError(
            "no site may show the form in a frame yet. Name those that may, in newsletter.toml:"
            ' [web] embed_origins = ["https://blog.example.org"]'
        )
    build = build_frame if iframe else build_form
    print(build(settings, spoken or "en"))
