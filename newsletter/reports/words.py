"""What others say about a message, made fit to be kept and shown."""

import re

#: More would not be read.
MOST_CHARACTERS = 500
#: Looked at, so that an endless line costs nothing.
_MOST_READ = 4 * MOST_CHARACTERS
#: Sendmail writes three dots behind one.
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@(?:(?!\.\.)[^\s<>()\[\];,\"'])+")


def mask_addresses(text: str) -> str:
    """Put three stars for each address: servers repeat it, and what is kept or shown must not."""
    return _ADDRESS.sub("***", text) if "@" in text else text


def clean_words(text: str) -> str:
    """Make one line without addresses of a server's words, cut to 500 characters."""
    line = text[:_MOST_READ]
    if not line.isprintable():
        line = "".join(letter if letter.isprintable() else " " for letter in line)
    return " ".join(mask_addresses(line).split())[:MOST_CHARACTERS]
