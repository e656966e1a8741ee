"""What others say about a message, made fit to be kept and shown."""

import re

#: More would not be read.
MOST_CHARACTERS = 500
#: Looked at, so that an endless line costs nothing.
_MOST_READ = 4 * MOST_CHARACTERS
_ADDRESS = re.compile(r"[^\s\[\]<>()\"']+@[^\s\[\]<>()\"']+")


def clean_words(text: str) -> str:
    """Make one line without addresses of a server's words, cut to 500 characters."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[:_MOST_READ])
    return " ".join(_ADDRESS.sub("(address)", line).split())[:MOST_CHARACTERS]
