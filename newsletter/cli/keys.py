"""`newsletter keys`: the secrets that links are signed with."""

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import load_settings_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json, talk

app = Commands(
    help="""Look after the secrets.

    Example:
        newsletter keys rotate
    """
)


@app.command()
def rotate(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Add a new secret to the key file.

    New links are signed with it. Links in messages already sent go on working for good, because
    the older secrets stay in the file. A running `newsletter serve` finds the new secret by
    itself, and signs with it from then on.

    Example:
        newsletter keys rotate
    """
    from newsletter.usecases.rotate_keys import rotate_keys

    number = rotate_keys(load_settings_of(context))
    if as_json:
        print_json({"newest_secret": number})
    else:
        print(f"Secret {number} was added; new links are signed with it.")
        talk("Back up newsletter.key now. Machines with a copy of it need the new one.")
