"""The top of an issue file: what is front matter, what is text, and where it breaks."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import IssueError
from newsletter.issues.front_matter import MAX_FRONT_MATTER, FrontMatter, split_front_matter

PATH = Path("issues/a.md")

#: Pieces of which front matter is made, and what comes near it.
PIECES = st.lists(
    st.one_of(
        st.sampled_from(["+++", "---", "...", "\n", "\r\n", "\r", " ", "\t", "\ufeff", "\u2028"]),
        st.sampled_from(["title", "Title: ", "date: ", "a = ", "a: ", "2026-02-31", "0x", "한글"]),
        st.sampled_from(["'", '"', "[", "]", "{", "}", '{"', '":', ",", "- ", "# ", "|", "\x07"]),
        st.sampled_from(["&a ", "*a", "<<: ", "? ", "!", "!!int ", "\\ud800"]),
    ),
    max_size=25,
).map("".join)


def split(text: str) -> FrontMatter:
    """Split a text as if it came from a file."""
    return split_front_matter(text, path=PATH)


def values(front_matter: FrontMatter) -> dict[str, object]:
    """Leave the places of the entries away."""
    return {key: entry.value for key, entry in front_matter.entries.items()}


@pytest.mark.parametrize(
    ("text", "kind", "expected", "body", "body_line"),
    [
        pytest.param("+++\ntitle = 'A'\n+++\nHi\n", "toml", {"title": "A"}, "Hi\n", 4, id="toml"),
        pytest.param("+++\n+++", "toml", {}, "", 2, id="toml-empty"),
        pytest.param("+++\n+++\nHi", "toml", {}, "Hi", 3, id="toml-empty-with-body"),
        pytest.param("+++ \na = 1\n+++\t \nHi", "toml", {"a": 1}, "Hi", 4, id="toml-fence-space"),
        pytest.param("+++\na = 1\n+++", "toml", {"a": 1}, "", 3, id="toml-fence-at-end"),
        pytest.param("\ufeff+++\na = 1\n+++\nHi", "toml", {"a": 1}, "Hi", 4, id="toml-bom"),
        pytest.param("+++\r\na = 1\r\n+++\r\nHi\r\n", "toml", {"a": 1}, "Hi\n", 4, id="toml-crlf"),
        pytest.param("+++\ra = 1\r+++\rHi\r", "toml", {"a": 1}, "Hi\n", 4, id="toml-cr"),
        pytest.param(
            "\n \n+++\na = 1\n+++\n", "toml", {"a": 1}, "", 6, id="toml-after-blank-lines"
        ),
        pytest.param("---\ntitle: A\n---\nHi", "yaml", {"title": "A"}, "Hi", 4, id="yaml"),
        pytest.param("---\ntitle: A\n...\nHi", "yaml", {"title": "A"}, "Hi", 4, id="yaml-dots"),
        pytest.param("--- \na: 1\n---  \nHi", "yaml", {"a": 1}, "Hi", 4, id="yaml-fence-space"),
        pytest.param("---\r\na: 1\r\n---\r\nHi", "yaml", {"a": 1}, "Hi", 4, id="yaml-crlf"),
        pytest.param("---\n---\nHi", "yaml", {}, "Hi", 3, id="yaml-empty"),
        pytest.param(
            "---\n\n# note\ntitle: A\n---\n", "yaml", {"title": "A"}, "", 6, id="yaml-note"
        ),
        pytest.param("---\n{title: A}\n---\n", "yaml", {"title": "A"}, "", 4, id="yaml-flow"),
        pytest.param(
            "---\non: 1\n2026: 2\n---", "yaml", {"on": 1, "2026": 2}, "", 4, id="yaml-keys"
        ),
        pytest.param("---\na: &x [1]\nb: *x\n---", "yaml", {"a": [1], "b": [1]}, "", 4, id="alias"),
        pytest.param("---\n주제: A\n---\n", "yaml", {"주제": "A"}, "", 4, id="yaml-korean-key"),
        pytest.param('{"title": "A"}\nHi', "json", {"title": "A"}, "Hi", 2, id="json"),
        pytest.param(
            '{\n "a": {"b": 1}\n}\n\nHi', "json", {"a": {"b": 1}}, "\nHi", 4, id="json-long"
        ),
        pytest.param("{}\nHi", "json", {}, "Hi", 2, id="json-empty"),
        pytest.param(
            "Title: A\nDate: B\n\nHi", "header", {"title": "A", "date": "B"}, "\nHi", 3, id="header"
        ),
        pytest.param(
            "Title: A\nTags: a,\n    b\n",
            "header",
            {"title": "A", "tags": "a,\nb"},
            "",
            4,
            id="header-continued",
        ),
        pytest.param("Slug: a", "header", {"slug": "a"}, "", 1, id="header-alone"),
        pytest.param("", "none", {}, "", 1, id="empty-file"),
        pytest.param("\n\nHi", "none", {}, "\n\nHi", 1, id="blank-lines"),
        pytest.param("---", "none", {}, "---", 1, id="one-rule"),
        pytest.param("---\n\nHello", "none", {}, "---\n\nHello", 1, id="rule-and-text"),
        pytest.param("---\n\nHi\n\n---\n", "none", {}, "---\n\nHi\n\n---\n", 1, id="two-rules"),
        pytest.param(
            "---\n\nNote: a\n\n---\n",
            "none",
            {},
            "---\n\nNote: a\n\n---\n",
            1,
            id="prose-with-a-colon-between-rules",
        ),
        pytest.param("---\n# A\n---\n", "none", {}, "---\n# A\n---\n", 1, id="heading-in-rules"),
        pytest.param("---\n- a: b\n---\n", "none", {}, "---\n- a: b\n---\n", 1, id="list-in-rules"),
        pytest.param("----\na: b\n----\n", "none", {}, "----\na: b\n----\n", 1, id="four-dashes"),
        pytest.param("Note: prose\n", "none", {}, "Note: prose\n", 1, id="prose-with-a-colon"),
        pytest.param(
            "Date: Friday\nPlace: B\n",
            "none",
            {},
            "Date: Friday\nPlace: B\n",
            1,
            id="one-known-word",
        ),
        pytest.param("Title: A\n====\n", "none", {}, "Title: A\n====\n", 1, id="underlined-title"),
        pytest.param(
            "{{ subscriber.name }}\n", "none", {}, "{{ subscriber.name }}\n", 1, id="field"
        ),
        pytest.param("{{< note >}}\n", "none", {}, "{{< note >}}\n", 1, id="shortcode"),
        pytest.param("{} is empty\n", "none", {}, "{} is empty\n", 1, id="braces"),
    ],
)
def test_front_matter_and_text_are_told_apart(
    text: str, kind: str, expected: dict[str, object], body: str, body_line: int
) -> None:
    """Text taken for front matter would vanish; front matter taken for text would be sent."""
    front_matter = split(text)

    assert (front_matter.kind, values(front_matter)) == (kind, expected)
    assert (front_matter.body, front_matter.body_line) == (body, body_line)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("+++\na = 1\n", "1:1: +++ opens front matter that no", id="toml-open"),
        pytest.param("\n+++", "2:1: +++ opens front matter that no", id="toml-fence-alone"),
        pytest.param("+++\na = 1\nb = \n+++\n", "3:5: TOML: Invalid value", id="toml-no-value"),
        pytest.param(
            "+++\r\na = 1\r\na = 2\r\n+++\r\n", "3:6: TOML: Cannot overwrite", id="toml-twice"
        ),
        pytest.param("+++\na = '''\n+++\n", "3:1: TOML: Expected", id="toml-string-open"),
        pytest.param(
            "+++\na = " + "9" * 5000 + "\n+++", "2:1: TOML: a number has", id="toml-digits"
        ),
        pytest.param("+++\na = " + "[" * 5000 + "\n+++", "2:1: TOML: nested too", id="toml-deep"),
        pytest.param("+++\na" + ".a" * 60 + " = 1\n+++", "2:1: a: nested too", id="toml-dotted"),
        pytest.param("---\ntitle: A\n", "1:1: --- opens front matter that no", id="yaml-open"),
        pytest.param("---\ntitle: a: b\n---\n", "2:9: YAML: mapping values are", id="yaml-colon"),
        pytest.param(
            "---\na: 1\nb: [1\n---\n", "4:1: YAML: while parsing a flow", id="yaml-bracket"
        ),
        pytest.param(
            "---\na: \u2028 1\nb: @\n---", "3:4: YAML: while scanning", id="yaml-line-mark"
        ),
        pytest.param("---\na: 1\na: 2\n---\n", "3:1: YAML: a stands here again", id="yaml-twice"),
        pytest.param("---\nb: 1\n? [a]\n: 2\n---\n", "3:3: YAML: a key of the", id="yaml-list-key"),
        pytest.param(
            "---\nd: 2026-02-31\n---\n", "2:4: YAML: not a valid value (day", id="yaml-day"
        ),
        pytest.param("---\na: !!int ''\n---\n", "2:4: YAML: not a valid value", id="yaml-bad-tag"),
        pytest.param("---\na: !!python/name:os.x\n---", "2:4: YAML: could not", id="yaml-python"),
        pytest.param(
            "---\na: &x [*x]\n---\n", "2:11: YAML: too many values", id="yaml-alias-inside"
        ),
        pytest.param("---\na: " + "[" * 60 + "\n---\n", "3:1: YAML: nested too", id="yaml-deep"),
        pytest.param("---\na: x\x07\n---\n", "2:5: YAML: the character U+0007", id="yaml-bell"),
        pytest.param(
            '---\na: "\\ud800"\n---\n', "2:1: a: half of a surrogate", id="yaml-surrogate"
        ),
        pytest.param('{"a": 1,\n "b": }\n', "2:7: JSON: Expecting value", id="json-no-value"),
        pytest.param('{"a": 1', "1:8: JSON: Expecting ',' delimiter", id="json-open"),
        pytest.param('{"a": 1,\n"a": 2}', "2:1: a stands here again", id="json-twice"),
        pytest.param('{"a": NaN}\n', "1:1: JSON: NaN is no JSON", id="json-nan"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "1:1: JSON: a number has too", id="json-digits"),
        pytest.param('{"a": ' + "[" * 99999, "1:1: JSON: nested too", id="json-deep"),
        pytest.param('{"a": "\\ud800"}\n', "1:2: a: half of a surrogate", id="json-surrogate"),
        pytest.param('{"a": 1} text', "1:9: the text begins on a line", id="json-and-text"),
        pytest.param("Title: A\nHello\n", "2:1: a line of the header is", id="header-and-text"),
        pytest.param("Title: A\ntitle: B\n", "2:1: title stands here again", id="header-twice"),
    ],
)
def test_broken_front_matter_names_the_place_in_the_file(text: str, problem: str) -> None:
    """Whoever mends it has the file open, not the block between the fences."""
    with pytest.raises(IssueError) as caught:
        split(text)

    assert [each[: len(problem) + 12] for each in caught.value.problems] == [
        f"issues/a.md:{problem}"
    ]


def test_aliases_that_multiply_are_refused() -> None:
    """Five lines of YAML can stand for a hundred thousand values, ten for a full memory."""
    rows = [f"{name}: &{name} [" + f"*{last}," * 9 + "]" for last, name in ("ab", "bc", "cd", "de")]
    text = "\n".join(["---", "a: &a [1,2,3,4,5,6,7,8,9]", *rows, "---", ""])

    with pytest.raises(IssueError, match="too many values"):
        split(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("+++\na = '{}'\n+++\n", id="toml"),
        pytest.param("---\na: '{}'\n---\n", id="yaml"),
        pytest.param('{{"a": "{}"}}\n', id="json"),
        pytest.param("Title: {}\n", id="header"),
    ],
)
def test_front_matter_has_a_limit(text: str) -> None:
    """A picture pasted into a description must not make every command slow."""
    with pytest.raises(IssueError, match="front matter larger than 32 KiB"):
        split(text.format("x" * MAX_FRONT_MATTER))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param(
            "+++\n# title = 1\nt = '''\n[x]\ntitle = 3\n'''\na = [\n  'title = 4',\n]\n"
            'title = "A"\n"b c".d = 1\n[params]\ntitle = 5\n  [[ z ]]\n+++\n',
            {
                "t": (3, 1),
                "a": (7, 1),
                "title": (10, 1),
                "b c": (11, 1),
                "params": (12, 2),
                "z": (14, 5),
            },
            id="toml",
        ),
        pytest.param(
            "---\n# a: 1\ntitle: |\n  b: 1\n'c d': {e: 1}\n---\n",
            {"title": (3, 1), "c d": (5, 1)},
            id="yaml",
        ),
        pytest.param(
            '{ "a": "\\"b\\": 1", "c": {"d": [{"e": 1}]},\n  "f" : 2 }',
            {"a": (1, 3), "c": (1, 20), "f": (2, 3)},
            id="json",
        ),
        pytest.param(
            "\nTitle: A\n  b: 1\nDate: B\n", {"title": (2, 1), "date": (4, 1)}, id="header"
        ),
    ],
)
def test_each_key_knows_its_place(text: str, places: dict[str, tuple[int, int]]) -> None:
    """A wrong value is reported where its key stands, not where it only seems to stand."""
    front_matter = split(text)

    found = {
        key: (entry.place.line, entry.place.column) for key, entry in front_matter.entries.items()
    }
    assert found == places


@given(st.one_of(st.text(), PIECES))
def test_any_text_is_split_or_refused(text: str) -> None:
    """No file that somebody saved may end in a traceback, and none may lose a line."""
    settled = re.sub("\r\n?", "\n", text.removeprefix("\ufeff"))

    with suppress(IssueError):
        front_matter = split(text)

        head = settled.removesuffix(front_matter.body)
        assert head + front_matter.body == settled
        assert head.count("\n") == front_matter.body_line - 1


@given(
    st.sampled_from(
        [
            ("+++\na = 1\n+++\n", ""),
            ("---\na: 1\n---\n", ""),
            ('{"a": 1}\n', ""),
            ("Slug: a\n", "\n"),
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")),
)
def test_the_body_is_kept_to_the_last_character(head: tuple[str, str], text: str) -> None:
    """What stands below the front matter is the author's, whatever it looks like."""
    front_matter_lines, blank_line = head
    body = blank_line + text

    front_matter = split(front_matter_lines + body)

    assert front_matter.body == body
    assert front_matter.kind != "none"
