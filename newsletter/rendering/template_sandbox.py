"""Templates that can do nothing but write, and not without end.

They are given their variables: no clock, chance, file, environment or inside of Python. What a
theme's author gets wrong ends in an error with its line, not in a process that dies or hangs.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from newsletter.errors import RenderError

if TYPE_CHECKING:
    from types import CodeType

    from jinja2.bccache import BytecodeCache
    from jinja2.sandbox import ImmutableSandboxedEnvironment

#: A page of 100,000 characters is too long for mail clients; this is a loop gone wild.
_MAX_CHARACTERS: Final = 2_000_000
#: What a template may make of one multiplication.
_MAX_PRODUCT: Final = 10_000
#: Of all loops together; the longest of ours takes 60, for the preheader.
_MAX_ROUNDS: Final = 100_000
#: Filters that a page does without and that may fill the memory, or give what differs each time.
_NO_FILTERS: Final = frozenset(
    ["batch", "center", "format", "indent", "pprint", "random", "slice", "tojson"]
)
#: The same among the methods of a text.
_NO_METHODS: Final = frozenset(
    ["center", "expandtabs", "format", "format_map", "ljust", "rjust", "zfill"]
)
_ROUND: Final = "count_round"

#: Name → text and name for messages; None for a template that there is not.
SourceLoader = Callable[[str], "tuple[str, str] | None"]


def build_sandbox(
    load_source: SourceLoader, *, autoescape: bool
) -> "ImmutableSandboxedEnvironment":
    """Make an environment for the templates of one theme."""
    from jinja2 import FunctionLoader, StrictUndefined, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """Multiplies small things only, and counts the rounds of loops."""

        intercepted_binops = frozenset({"*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            """Refuse what would fill the memory."""
            sizes = [len(each) if hasattr(each, "__len__") else each for each in (left, right)]
            is_large = operator == "*" and sizes[0] * sizes[1] > _MAX_PRODUCT
            if is_large or operator == "**" or (operator == "%" and isinstance(left, str)):
                raise OverflowError(f"{operator}: a product beyond {_MAX_PRODUCT:,}, or no number")
            return super().call_binop(context, operator, left, right)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            """Refuse methods that make a long text of a short one."""
            is_padding = isinstance(obj, str) and attr in _NO_METHODS
            return not is_padding and super().is_safe_attribute(obj, attr, value)

        def wrap_str_format(self, value: Any) -> None:  # noqa: ARG002 - jinja2's signature
            """Make no exception for `format`: it pads as well."""
            return

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            """Let each round of a loop begin with being counted."""
            template = super()._parse(source, name, filename)
            for loop in template.find_all(nodes.For):
                count = nodes.Call(nodes.Name(_ROUND, "load"), [], [], None, None)
                loop.body.insert(0, nodes.Output([count]))
                loop.body[0].set_lineno(loop.lineno)
            return template.set_environment(self)  # type: ignore[return-value]  # it says Node

    def load(name: str) -> tuple[str, str, None] | None:
        source = load_source(name)
        return None if source is None else (*source, None)

    environment = Sandbox(
        loader=FunctionLoader(load),
        bytecode_cache=_keep_compiled(autoescape),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in _NO_FILTERS:
        del environment.filters[name]
    environment.globals.clear()
    environment.globals[_ROUND] = _count_rounds()
    return environment


@cache
def _keep_compiled(_autoescape: bool) -> "BytecodeCache":
    """Keep what templates were compiled to: half of the time that they take, at each save.

    Escaping is compiled in, so there is one store with it and one without. A template whose text
    has changed takes the place of what it was.
    """
    from jinja2.bccache import Bucket, BytecodeCache

    class Memory(BytecodeCache):
        """Knows templates by name and text."""

        def __init__(self) -> None:
            self._kept: dict[str, tuple[str, CodeType | None]] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            checksum, code = self._kept.get(bucket.key, ("", None))
            bucket.code = code if checksum == bucket.checksum else None

        def dump_bytecode(self, bucket: Bucket) -> None:
            self._kept[bucket.key] = bucket.checksum, bucket.code

    return Memory()


def _count_rounds() -> Callable[[], str]:
    """Make a counter that writes nothing, and stops templates that go round and round.

    The functions of one environment live as long as it fills templates: for one issue.
    """
    rounds = 0

    def count() -> str:
        nonlocal rounds
        rounds += 1
        if rounds > _MAX_ROUNDS:
            raise OverflowError(f"its loops go round more than {_MAX_ROUNDS:,} times")
        return ""

    return count


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
