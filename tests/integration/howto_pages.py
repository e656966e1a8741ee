"""The pages of docs/howto/: what they tell to type."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
PAGES = sorted(HOWTO.glob("*.md"))


def list_commands(page: Path) -> Iterator[list[str]]:
    """List every `newsletter …` that stands on a line or in backquotes, without options of a shell.

    Words in capitals stand for what the reader knows; a command that is cut short ends in ``…``.
    """
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^(?:    |\$ |# )?newsletter .*$", text, re.MULTILINE)
    spans = re.findall(r"`newsletter ([^`]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in [*lines, *(f"newsletter {span}" for span in spans)]:
        words = shlex.split(" ".join(line.split()), comments=True)
        arguments = words[words.index("newsletter") + 1 :]
        stops = [place for place, word in enumerate(arguments) if word in {"||", "|", ">", "…"}]
        yield arguments[: min(stops, default=None)]


def get_block(page: str, title: str) -> str:
    """Get the lines of a page that are to be run."""
    text = (HOWTO / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- run: {title} -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found, f"{page} has no block to run called {title}"
    return found[1]
