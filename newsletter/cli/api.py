"""`newsletter api`: the API's own description."""

from __future__ import annotations

from newsletter.cli.help import Commands
from newsletter.cli.output import print_json
from newsletter.errors import UserError

app = Commands(
    help="""The API that `newsletter serve` answers at /api/v1.

    Example:
        newsletter api openapi > openapi.json
    """
)


@app.callback()
def _root() -> None:
    """Keep `openapi` a command of its own, though it is the only one."""


@app.command()
def openapi() -> None:
    """Print the API's description: OpenAPI 3.1, as JSON.

    Example:
        newsletter api openapi > openapi.json
    """
    try:
        from newsletter.web.api.app import create_api
    except ModuleNotFoundError as error:
        raise UserError(
            f"{error.name} is not installed: install newsletter-press with its extra api,"
            " newsletter-press[api]."
        ) from error
    print_json(create_api().openapi())
