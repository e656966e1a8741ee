"""Names of whoever may act: they stand in the record of actions, in logs and on pages."""

import re
from typing import Final

from newsletter.errors import RefusedError

#: No address fits: it would be one more to erase.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


def parse_actor_name(text: str, *, whose: str, example: str) -> str:
    """Read a name; capital letters become small ones.

    Args:
        text: As it was typed.
        whose: Such as ``an operator's``.
        example: One that would do.

    Raises:
        RefusedError: It has other characters than it may have.
    """
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise RefusedError(
            f"{text!r} cannot be {whose} name: it has 1 to 32 letters, digits, dots, hyphens or"
            f" underscores, such as {example}."
        )
    return name
