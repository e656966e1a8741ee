"""Records of the form ``name=value; name=value``, as DKIM and DMARC have them.

Source:
    RFC 6376 section 3.2; RFC 9989 section 4.7 uses the same.
"""

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def parse_tag_list(text: str) -> dict[str, str]:
    """Read the tags, names in lower case.

    Raises:
        ValueError: A part is no ``name=value``, or a name comes twice.
    """
    tags: dict[str, str] = {}
    parts = [part.strip() for part in text.split(";")]
    for part in parts[:-1] if parts[-1] == "" else parts:
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not _NAME.fullmatch(name):
            raise ValueError(f"“{part[:40]}” is no name=value")
        if name in tags:
            raise ValueError(f"{name}= comes twice")
        tags[name] = value.strip()
    return tags
