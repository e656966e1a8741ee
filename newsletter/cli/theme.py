"""`newsletter theme`."""

from typing import Annotated

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import load_settings_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json, print_table, talk

app = Commands(
    help="""Look at the themes, and make one your own.

    Examples:
        newsletter theme list
        newsletter theme eject weekly
    """
)


@app.command(name="list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the themes: those that come with the program, and the newsletter's own.

    The one in use is set by theme in [newsletter] of newsletter.toml.

    Example:
        newsletter theme list
    """
    from newsletter.rendering.theme_folder import list_themes

    settings = load_settings_of(context)
    themes = list_themes(settings.own_themes)
    if as_json:
        print_json(
            {
                "themes": [
                    {
                        "name": theme.name,
                        "is_used": theme.name == settings.newsletter.theme,
                        "is_own": theme.is_own,
                        "folder": str(theme.folder),
                    }
                    for theme in themes
                ]
            }
        )
        return
    print_table(
        ["theme", "in use", "comes from"],
        [
            [
                theme.name,
                "yes" if theme.name == settings.newsletter.theme else "",
                f"templates/issue/{theme.name}" if theme.is_own else "the program",
            ]
            for theme in themes
        ],
    )


@app.command()
def eject(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A theme of the program.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Write over the files of an earlier copy.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy a theme into templates/issue/NAME, where you can change it.

    The copy goes before the program's theme of that name. It is complete: a later version of the
    program does not change it.

    Example:
        newsletter theme eject weekly
    """
    from newsletter.usecases.eject_theme import eject_theme

    settings = load_settings_of(context)
    written = eject_theme(name, settings.own_themes, may_overwrite=force)
    if as_json:
        folder = settings.own_themes / name
        print_json({"theme": name, "folder": str(folder), "files": [str(path) for path in written]})
        return
    for path in written:
        print(f"wrote {path}")
    if settings.newsletter.theme != name:
        talk(f'\nTo use it, write theme = "{name}" under [newsletter] in newsletter.toml.')
