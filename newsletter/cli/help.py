"""Help as plain text: as wide as the terminal, each example on a line of its own.

Panels and colours would double the time that `newsletter --help` takes, and they break examples.
"""

import inspect
import re
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

#: What typer tells of numbers, in a notation of its own; the texts say it in words.
_RANGE = re.compile(r" *\[x[^]]*\]|; x[^]]*(?=\])")
#: More than any first sentence has: the list of commands shows it whole.
_WHOLE_SENTENCE = 10_000


class Commands(typer.Typer):
    """Commands under one name, with plain help."""

    def __init__(self, *, help: str, epilog: str | None = None) -> None:  # noqa: A002 - typer's word
        super().__init__(
            cls=_PlainGroup,
            help=keep_examples(inspect.cleandoc(help)),
            epilog=epilog,
            no_args_is_help=True,
            add_completion=False,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Make a function into a command; its docstring is the help."""

        def register(function: Any) -> Any:
            text = keep_examples(inspect.getdoc(function) or "")
            return super(Commands, self).command(name, cls=_PlainCommand, help=text, **settings)(
                function
            )

        return register


def keep_examples(docstring: str) -> str:
    r"""Mark the paragraphs that begin with "Example", so that their lines stay as they are.

    The mark is typer's own: a line that holds nothing but the character ``\b``.
    """
    paragraphs = docstring.split("\n\n")
    return "\n\n".join(
        f"\b\n{paragraph}" if paragraph.startswith("Example") else paragraph
        for paragraph in paragraphs
    )


class _PlainCommand(TyperCommand):
    """A command whose help says nothing that the reader sees anyway."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Write ``ISSUE`` for an argument that is needed and ``[ISSUE]`` for one that is not."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, each with its own word for the value."""
        rows: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            name, text = parameter.get_help_record(ctx) or ("", "")
            if parameter.param_type_name == "argument":
                rows["Arguments"].append((name.partition(" ")[0], text.partition("  [")[0]))
            elif name:
                rows["Options"].append((name, _RANGE.sub("", text)))
        for title, found in rows.items():
            if found:
                with formatter.section(title):
                    formatter.write_dl(found)

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002 - the formatter wraps
        """Return the first sentence for the list of commands."""
        return super().get_short_help_str(_WHOLE_SENTENCE)


class _PlainGroup(TyperGroup):
    """A group in whose list each command has its whole first sentence."""

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002 - the formatter wraps
        """Return the first sentence for the list of commands."""
        return super().get_short_help_str(_WHOLE_SENTENCE)
