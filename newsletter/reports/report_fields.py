"""The fields of machine-readable reports: blocks of ``Name: value`` (RFC 3464, RFC 5965)."""

import re
from typing import Final

from newsletter.reports.part import Part

Fields = dict[str, str]

_FIELD: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)")
_MOST_LINES: Final = 5000
_MOST_CHARACTERS: Final = 4000
#: What begins a recipient's group: a second one in a block begins another group.
_FIRST: Final = frozenset({"original-recipient", "final-recipient", "action"})

#: ``\x{1F600}`` of RFC 6533 section 3.
_CODE_POINT: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
#: Of the address type and of what RFC 3461 section 4 makes of the characters + and =.
_TYPE: Final = re.compile(r"\s*[A-Za-z0-9-]{1,40}\s*;")


def parse_blocks(part: Part) -> list[Fields]:
    """Read a part's fields, a block for each group; of fields that recur the first holds.

    Blocks end at an empty line, or where it is missing at a field that begins another group. A
    field that stands between the part's own header fields, for want of an empty line, is read too.
    """
    blocks: list[Fields] = [{}]
    name = ""
    for line in [*part.headers.lines(), "", *part.text.split("\n")[:_MOST_LINES]]:
        if not line.strip():
            blocks.append({})
            name = ""
        elif line[0] in " \t" and name:
            blocks[-1][name] = f"{blocks[-1][name]} {line.strip()}"[:_MOST_CHARACTERS]
        elif found := _FIELD.fullmatch(line.rstrip()):
            name = found[1].lower()
            if name in _FIRST and name in blocks[-1]:
                blocks.append({})
            if name in blocks[-1]:
                name = ""
            else:
                blocks[-1][name] = found[2][:_MOST_CHARACTERS]
        else:
            name = ""
    return [block for block in blocks if block]


def parse_typed_address(value: str) -> str:
    """Read ``rfc822; kim@example.org`` or ``utf-8; …`` (RFC 3464 section 2.3.1, RFC 6533).

    Returns:
        The address as text, not checked; empty when there is none.
    """
    untyped = _TYPE.sub("", value, count=1) if ";" in value else value
    address = untyped.partition("(")[0].strip().strip("<>").strip()
    address = address.replace("+2B", "+").replace("+3D", "=")
    address = _CODE_POINT.sub(_read_code_point, address)
    return address if "@" in address and len(address) <= 320 and " " not in address else ""


def _read_code_point(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    is_character = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number) if is_character and chr(number).isprintable() else "�"
