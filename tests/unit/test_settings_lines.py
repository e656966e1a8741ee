"""The line on which a key of newsletter.toml stands."""

import json

from hypothesis import given
from hypothesis import strategies as st

from newsletter.settings.toml_file import locate_keys

TOML = """\
# [newsletter] in a comment

title = 1
dotted.name = 1
dotted."other.name" = { a = 1 }
[newsletter]
name = '''
[transport]
url = "no key"
''' # the end
"quoted.key" = [
  1, # ]
  2,
]
a.b = 1
[newsletter.sub] # comment
a = { d = 1, e = {} }
[[many]]
f = 1
"""


def test_a_key_is_found_on_the_line_where_it_begins() -> None:
    """Not where its value ends, and not where a text or a comment only looks like it."""
    assert locate_keys(TOML) == {
        ("title",): 3,
        ("dotted",): 4,
        ("dotted", "name"): 4,
        ("dotted", "other.name"): 5,
        ("newsletter",): 6,
        ("newsletter", "name"): 7,
        ("newsletter", "quoted.key"): 11,
        ("newsletter", "a"): 15,
        ("newsletter", "sub"): 16,
        ("many",): 18,
        ("many", "f"): 19,
    }


#: Names and values in TOML that look like other statements, the values in one line or several.
NAMES = st.text(alphabet="ab\"[]=#.' ", min_size=1)
VALUES = st.one_of(
    st.text(alphabet="ab'\"[]=#,{}\n").map(json.dumps),
    st.lists(st.sampled_from(["[x]", "y = 1", "#", '"', ""])).map(
        lambda lines: "\n".join(["'''", *lines, "'''"])
    ),
    st.lists(st.sampled_from(["1,", '"]",', "'#',", "[2,\n3],", "# ]"])).map(
        lambda lines: "\n".join(["[", *lines, "]"])
    ),
)


def write(sections: dict[str, dict[str, str]]) -> tuple[str, dict[tuple[str, ...], int]]:
    """Return a TOML document and the line of each of its names."""
    statements: list[str] = []
    lines: dict[tuple[str, ...], int] = {}
    for section, keys in sections.items():
        lines[section,] = "\n".join([*statements, ""]).count("\n") + 1
        statements.append(f"[{json.dumps(section)}]")
        for key, value in keys.items():
            lines[section, key] = "\n".join([*statements, ""]).count("\n") + 1
            statements.append(f"{json.dumps(key)} = {value}")
    return "\n".join(statements), lines


@given(sections=st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES)))
def test_every_key_of_any_document_is_found(sections: dict[str, dict[str, str]]) -> None:
    """Whatever the names and values hold."""
    text, lines = write(sections)

    assert locate_keys(text) == lines
