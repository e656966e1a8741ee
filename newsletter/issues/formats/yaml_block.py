"""YAML front matter between `---` and `---` or `...`, read by a loader that makes plain values.

Aliases are followed, but not so far that a few lines grow into gigabytes.
"""

from functools import cache
from typing import TYPE_CHECKING

from newsletter.errors import IssueError
from newsletter.issues.source import Block, Entry

if TYPE_CHECKING:
    import yaml

#: Values in the front matter, each alias counted as often as what it stands for.
MAX_NODES = 10_000
MAX_DEPTH = 50

#: What PyYAML's constructors raise for a scalar that its resolver took for a date or a number
#: (`2026-02-31`), or that wears a tag it cannot bear (`!!int ""`).
_CONSTRUCTOR_ERRORS = (ValueError, TypeError, LookupError, AttributeError, OverflowError)


def parse_yaml(block: Block, *, skips_tags: bool = False) -> dict[str, Entry] | None:
    """Parse a block of YAML.

    Top-level keys are kept as they are written: `on` and `2026` are keys, not truth and number.

    Args:
        block: The text.
        skips_tags: A value with a tag of somebody's program, such as `!!python/name:…`, reads as
            nothing; else it is an error. It is never executed.

    Returns:
        The entries; None when the YAML is no mapping.

    Raises:
        IssueError: Names the line and column of the file where the YAML breaks.
    """
    import yaml

    try:
        return _parse(block, skips_tags=skips_tags)
    except IssueError:
        raise  # it is a ValueError, too
    except yaml.MarkedYAMLError as error:
        # The library counts more characters as line ends than editors do, but its index is true.
        mark = error.problem_mark or error.context_mark
        words = [error.context, error.problem, error.note]
        message = ", ".join(word for word in words if word)
        raise block.error(mark.index if mark else 0, f"YAML: {message}") from error
    except yaml.reader.ReaderError as error:
        message = f"YAML: the character U+{error.character:04X} is not allowed"
        raise block.error(error.position, message) from error
    except (*_CONSTRUCTOR_ERRORS, RecursionError) as error:
        raise block.error(0, f"YAML: {error}") from error


def _parse(block: Block, *, skips_tags: bool) -> dict[str, Entry] | None:
    import yaml

    loader = (_lenient_class() if skips_tags else _loader_class())(block.text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            return None
        _refuse_repeated_keys(block, node)
        loader.flatten_mapping(node)
        return {
            key.value: Entry(
                loader.construct_object(value, deep=True), block.place(key.start_mark.index)
            )
            for key, value in node.value
        }
    finally:
        loader.dispose()


def _refuse_repeated_keys(block: Block, node: "yaml.MappingNode") -> None:
    """Refuse what YAML forbids and PyYAML lets pass; keys must be plain words, too."""
    lines: dict[str, int] = {}
    for key, _ in node.value:
        offset = key.start_mark.index
        if not isinstance(key.value, str):
            raise block.error(offset, "YAML: a key of the front matter must be a word")
        if key.value in lines:
            message = f"{key.value} stands here again, first on line {lines[key.value]}"
            raise block.error(offset, f"YAML: {message}")
        lines[key.value] = block.place(offset).line


@cache
def _loader_class() -> "type[yaml.SafeLoader]":
    """Make the loader's class at the first use, since the library is imported as late."""
    import yaml

    class BoundedLoader(yaml.SafeLoader):
        """The safe loader with limits, and with a position for every refusal."""

        def __init__(self, stream: str) -> None:
            super().__init__(stream)
            self.depth = 0
            self.nodes = 0
            #: How many nodes an anchored node stands for, by its identity.
            self.sizes: dict[int, int] = {}

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            """Count what is composed, and what would be if every alias were written out."""
            if self.check_event(yaml.AliasEvent):
                node = super().compose_node(parent, index)
                # A node that is still open has no size yet: the alias is inside what it names.
                self.nodes += self.sizes.get(id(node), MAX_NODES)
            else:
                before = self.nodes
                self.nodes += 1
                self.depth += 1
                self._refuse_excess()
                node = super().compose_node(parent, index)
                self.depth -= 1
                self.sizes[id(node)] = self.nodes - before
            self._refuse_excess()
            return node

        def _refuse_excess(self) -> None:
            problem = ""
            if self.depth > MAX_DEPTH:
                problem = "nested too deeply"
            elif self.nodes > MAX_NODES:
                problem = "too many values, or an alias inside what it names"
            if problem:
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=self.get_mark())

        def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
            """Say where a value is that cannot be made, such as 2026-02-31."""
            try:
                return super().construct_object(node, deep=deep)
            except _CONSTRUCTOR_ERRORS as error:
                reason = f" ({error})" if isinstance(error, ValueError) else " for its tag"
                raise yaml.MarkedYAMLError(
                    problem=f"not a valid value{reason}", problem_mark=node.start_mark
                ) from error

    return BoundedLoader


@cache
def _lenient_class() -> "type[yaml.SafeLoader]":
    """Make a class of the same limits that reads as nothing what has an unknown tag."""

    class LenientLoader(_loader_class()):  # type: ignore[misc]  # a class made at the first use
        """The bounded loader for settings that other programs read."""

    LenientLoader.add_multi_constructor("", lambda *_: None)
    made: type[yaml.SafeLoader] = LenientLoader
    return made
