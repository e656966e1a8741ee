"""Templates that can do nothing but write, and not without end.

They are given their variables: no clock, chance, file, environment or inside of Python. What a
theme's author gets wrong ends in an error with its line, not in a process that dies or hangs.
"""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from newsletter.errors import RenderError

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

#: A page of 100,000 characters is too long for mail clients; this is a loop gone wild.
_MAX_CHARACTERS: Final = 2_000_000
#: What a template may make of one multiplication.
_MAX_PRODUCT: Final = 10_000

#: Name → text and name for messages; None for a template that there is not.
SourceLoader = Callable[[str], "tuple[str, str] | None"]


def build_sandbox(
    load_source: SourceLoader, *, autoescape: bool
) -> "ImmutableSandboxedEnvironment":
    """Make an environment for the templates of one theme."""
    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """Multiplies and raises small things only."""

        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            """Refuse what would fill the memory."""
            sizes = [len(each) if hasattr(each, "__len__") else each for each in (left, right)]
            if operator == "**" or sizes[0] * sizes[1] > _MAX_PRODUCT:
                raise OverflowError(f"a product beyond {_MAX_PRODUCT}")
            return super().call_binop(context, operator, left, right)

    def load(name: str) -> tuple[str, str, None] | None:
        source = load_source(name)
        return None if source is None else (*source, None)

    environment = Sandbox(
        loader=FunctionLoader(load),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    del environment.filters["random"]
    return environment


def fill_template(
    environment: "ImmutableSandboxedEnvironment", name: str, variables: Mapping[str, object]
) -> str:
    """Fill a template.

    Raises:
        RenderError: It cannot be used; names the file and the line.
    """
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    try:
        return _join_parts(environment.get_template(name).generate(variables))
    except TemplateSyntaxError as error:
        place = f"{error.filename or name}:{error.lineno}"
        raise RenderError(f"{place}: {error.message}") from error
    except TemplateNotFound as error:
        raise RenderError(f"{_failed_at(name)}: no template {error.name!r}") from error
    except RecursionError as error:
        raise RenderError(f"{_failed_at(name)}: a template or macro uses itself") from error
    except Exception as error:  # a template may do anything that fails
        message = f"{_failed_at(name)}: {type(error).__name__}: {error}"
        raise RenderError(message) from error


def _join_parts(parts: Any) -> str:
    joined: list[str] = []
    length = 0
    for part in parts:
        joined.append(part)
        length += len(part)
        if length > _MAX_CHARACTERS:
            raise OverflowError(f"it writes more than {_MAX_CHARACTERS:,} characters")
    return "".join(joined)


def _failed_at(name: str) -> str:
    """Find the line of the innermost template in the traceback of the error being handled."""
    place = name
    traceback = sys.exc_info()[2]
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename.startswith("templates/"):
            place = f"{filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
