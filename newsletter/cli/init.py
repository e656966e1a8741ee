"""`newsletter init`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import folder_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import ask, can_ask, print_json, talk


def init(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder; made if it is not there.")
    ] = Path(),
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="What the newsletter is called.")] = "",
    sender: Annotated[
        str,
        typer.Option(
            "--from", metavar="ADDRESS", help="Whom it is from: an address, or Name <address>."
        ),
    ] = "",
    base_url: Annotated[
        str, typer.Option(metavar="URL", help="Where readers will reach its pages.")
    ] = "",
    language: Annotated[
        str, typer.Option(metavar="CODE", help="Language of the issues, such as ko.")
    ] = "en",
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask; fail instead.")] = False,
    as_json: AsJson = False,
) -> None:
    r"""Make a newsletter: settings, a first issue, a secret.

    Asks for what was not said. Files that are there already are left alone.

    Example:
        newsletter init weekly --name "My Weekly" --from me@example.org \
            --base-url https://weekly.example.org
    """
    import secrets
    from datetime import datetime

    from newsletter.usecases.init_newsletter import init_newsletter

    if not (no_input or as_json) and can_ask():
        name = name or ask("What is the newsletter called? ")
        sender = sender or ask("Which address does it come from? ")
        base_url = base_url or ask("Where will readers reach its pages (https://…)? ")
    needed = {"--name": name, "--from": sender, "--base-url": base_url}
    if missing := [option for option, value in needed.items() if not value]:
        raise WrongUsageError(f"a newsletter needs {', '.join(missing)}")
    folder = folder_of(context) / directory
    written = init_newsletter(
        folder,
        name=name,
        sender=sender,
        base_url=base_url,
        language=language,
        now=datetime.now().astimezone(),
        random_bytes=secrets.token_bytes,
    )
    if as_json:
        print_json({"files": [str(path) for path in written]})
        return
    for path in written:
        print(f"wrote {path}")
    _tell_next(folder, written)


def _tell_next(folder: Path, written: list[Path]) -> None:
    """Say what to take care of, and which commands come next."""
    first_issue = next((path.stem for path in written if path.suffix == ".md"), "ISSUE")
    commands = [
        *([f"cd {shlex.quote(str(folder))}"] if folder != Path() else []),
        "newsletter subscribers add you@example.org --status confirmed \\",
        '    --consent-basis "my own address" --source "by hand"',
        f"newsletter render {first_issue}",
        f"newsletter send {first_issue} --dry-run",
    ]
    talk(
        "\nBack up newsletter.key. Without it, links in messages you have sent stop working, and"
        "\nwhoever said no is no longer recognised. It must not get into git."
        "\n\nNext:"
    )
    for command in commands:
        talk(f"  {command}")
