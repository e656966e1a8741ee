"""The plain-text part: readable, and nothing of the issue is lost."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.token import Token

from newsletter.rendering.display_width import display_width
from newsletter.rendering.markdown import parse_markdown
from newsletter.rendering.plain_text import TEXT_WIDTH, render_text_body, underline, wrap

GOLDEN = Path(__file__).parent.parent / "golden" / "plain_text"


def render(markdown: str) -> str:
    """Render Markdown as the edition does."""
    return render_text_body(parse_markdown(markdown))


@pytest.mark.parametrize("name", ["english", "hebrew", "japanese", "korean", "traits"])
def test_an_issue_reads_as_its_golden_file(name: str) -> None:
    """A person can open both files and judge them."""
    markdown = (GOLDEN / f"{name}.md").read_text("utf-8")

    text = render(markdown)

    assert text == (GOLDEN / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("", ""),
        ("# 제목", "제목\n====\n"),
        ("## Two *words*", "Two words\n---------\n"),
        ("#### Small", "#### Small\n"),
        ("#\n\n###\n\nend", "end\n"),
        (
            "## [News](https://e.example)",
            "News [1]\n--------\n\n----------------\n[1] https://e.example\n",
        ),
        ("one\n\n\n\n\ntwo", "one\n\ntwo\n"),
        ("one\n\n# two\n## three", "one\n\n\ntwo\n===\n\nthree\n-----\n"),
        ("a  \nb", "a\nb\n"),
        ("漢\n字", "漢字\n"),
        ("가\n나", "가 나\n"),
        ("**a** _b_ ~~c~~ `d e`", "*a* _b_ ~c~ `d e`\n"),
        ("`` a`b ``", "`` a`b ``\n"),
        ("***", " " * 33 + "* * *\n"),
        ("&nbsp;\n\nend", "end\n"),
        ("a&#10;b&#13;c", "a b c\n"),
        ("|a&#10;b|\n|-|\n|&nbsp;|\n|c|", "a b\n---\nc\n"),
        ("<b>bold</b>\n\n<div>\n", "<b>bold</b>\n\n<div>\n"),
        ("[{{ x }}] ${{ secrets.X }} {{< tube >}}", "[{{ x }}] ${{ secrets.X }} {{< tube >}}\n"),
        ("-", "-\n"),
        (">", ""),
        ("-- \n\nFrom me", "--\n\nFrom me\n"),
    ],
)
def test_each_construct_has_a_readable_form(markdown: str, text: str) -> None:
    """The marks are those people write in mail themselves."""
    assert render(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("- a\n- b\n  - c\n    - d\n      - e", "- a\n- b\n  + c\n    * d\n      - e\n"),
        ("- a\n\n- b", "- a\n\n- b\n"),
        ("- a\n\n  b", "- a\n\n  b\n"),
        ("9. a\n10. b\n    - c", " 9. a\n10. b\n    - c\n"),
        ("3) a\n3) b", "3) a\n4) b\n"),
        ("0. a", "0. a\n"),
        ("- a\n  > b\n  > - c", "- a\n\n  > b\n  >\n  > + c\n"),
        ("- a\n  ```\n  x\n  ```\n- b", "- a\n\n      x\n\n- b\n"),
        ("- # a\n  b", "- a\n  =\n\n  b\n"),
        ("- [ ] a\n- [x] b", "- [ ] a\n- [x] b\n"),
        ("> a\n>> b\n\nc", "> a\n>\n> > b\n\nc\n"),
        (">     x\n>\n>     y", ">     x\n>\n>     y\n"),
    ],
)
def test_lists_and_quotations_keep_their_nesting(markdown: str, text: str) -> None:
    """What belongs together is seen by its indent and its mark."""
    assert render(markdown) == text


def test_long_items_hang_below_their_first_word() -> None:
    """The markers must stay alone in their column."""
    lines = render("10. " + "word " * 30).splitlines()

    assert lines[0].startswith("10. word")
    assert lines[1].startswith("    word")


def test_code_is_verbatim() -> None:
    """Readers copy it."""
    code = "if x:\n\tprint('a  b')   # " + "long " * 30 + "\n\n\n-- \nFrom"

    text = render(f"```py\n{code}\n```")

    assert text == "".join(f"    {line}\n" if line else "\n" for line in code.split("\n"))


def test_blank_lines_in_code_are_empty_and_at_most_two() -> None:
    """A line of spaces or a tall gap looks like the end of the message."""
    text = render("```\n\na\n   \n\n\n\nb\n\n```\n\nend")

    assert text == "    a\n\n\n    b\n\nend\n"


@pytest.mark.parametrize(
    ("markdown", "body"),
    [
        ("[a](https://e.example/1)", "a [1]"),
        ("**[a](https://e.example/1)**.", "*a* [1]."),
        ("[**a**](https://e.example/1)", "*a* [1]"),
        ("[a](https://e.example/1) [b](https://e.example/1)", "a [1] b [1]"),
        ('[a](https://e.example/1 "title")', "a [1]"),
        ("![a *b*](https://e.example/1)", "[a b] [1]"),
        ("![a](https://e.example/1)\nb", "[a] [1]\nb"),
        ("![](https://e.example/1)", "[1] [1]"),
        ("[![a](https://e.example/2)](https://e.example/1)", "[a] [1]"),
        ("[a [b] c](https://e.example/1)", "a [b] c [1]"),
    ],
)
def test_a_label_is_followed_by_the_number_of_its_target(markdown: str, body: str) -> None:
    """Sentences stay readable, and each target is listed once."""
    assert render(markdown) == f"{body}\n\n----------------\n[1] https://e.example/1\n"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("https://e.example/a_b", "https://e.example/a_b\n"),
        ("<https://e.example/가>", "https://e.example/%EA%B0%80\n"),
        ("[https://e.example](https://e.example/)", "https://e.example/\n"),
        ("[`https://e.example/`](https://e.example/)", "https://e.example/\n"),
        ("[](https://e.example/)", "https://e.example/\n"),
        ("[![](https://e.example/i)](https://e.example/)", "https://e.example/\n"),
        ("**https://e.example/**", "https://e.example/\n"),
        ("<kim@e.example>", "kim@e.example\n"),
        ("[kim@e.example](mailto:kim@e.example)", "kim@e.example\n"),
        ("[Kim](mailto:kim@e.example)", "Kim (kim@e.example)\n"),
        ("[up](#top)", "up\n"),
        ("[none]()", "none\n"),
        ("words ![](https://e.example/ornament.png)", "words\n"),
        ("![](data:image/png;base64,AAAA)", ""),
        ("![dot](data:image/png;base64,AAAA)", "[dot]\n"),
    ],
)
def test_a_link_that_says_no_more_than_its_target_is_printed_once(markdown: str, text: str) -> None:
    """A number would only send the reader to the end and back."""
    assert render(markdown) == text


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("https://e.example/a/%EA%B0%80%0A.png?x=1#y", "가%0A.png"),
        ("https://e.example/", "e.example"),
        ("http://[x/a.png", "a.png"),
        ("//[", "["),
    ],
)
def test_an_image_alone_without_a_description_is_named_by_its_file(source: str, label: str) -> None:
    """It may be a code to scan or a chart: who reads the text must learn that it is there."""
    assert render(f"![]({source})").startswith(f"[{label}] [1]\n")


def test_a_mail_link_with_a_subject_keeps_all_of_it() -> None:
    """The subject may be what makes the message arrive where it should."""
    text = render("[Ask](mailto:kim@e.example?subject=Hi%20there)")

    assert text.endswith("\n[1] mailto:kim@e.example?subject=Hi%20there\n")


def test_references_are_aligned_and_never_cut() -> None:
    """A wrapped URL cannot be followed."""
    targets = [f"https://e.example/{n}/" + "x" * 90 for n in range(10)]

    text = render(" ".join(f"[w]({target})" for target in targets))

    assert text.endswith(f"\n [9] {targets[8]}\n[10] {targets[9]}\n")


def test_a_table_that_fits_has_aligned_columns() -> None:
    """Columns are counted by what is seen, and numbers stand under each other."""
    text = render("|이름|n|m|\n|---|--:|:-:|\n|사과|10|x|\n|b|9|yyy|\n|||\n")

    assert text == "이름 |  n |  m\n-----+----+----\n사과 | 10 |  x\nb    |  9 | yyy\n"


def test_a_table_without_headings_is_its_rows() -> None:
    """An empty line over a rule says nothing."""
    assert render("| | |\n|-|-|\n|a|b|") == "a | b\n"


def test_a_wide_table_becomes_a_record_for_each_row() -> None:
    """Columns that do not fit cannot be read."""
    long = "word " * 16

    text = render(f"|Who|Why?||\n|-|-|-|\n|Kim|{long}|x|\n|Lee|||")

    assert text == (
        "Who: Kim\n"
        "Why? word word word word word word word word word word word word word\n"
        "  word word word\n"
        "x\n"
        "\n"
        "Who: Lee\n"
        "Why?\n"
    )


def test_a_wide_heading_without_rows_is_wrapped() -> None:
    """Its words are a part of the issue too."""
    text = render(f"|{'a ' * 30}|{'b ' * 30}|\n|-|-|\n")

    assert text.replace("\n", " ").split().count("b") == 30


def test_sentinels_pass_whole() -> None:
    """A field that was cut could not be filled."""
    sentinel = "nlf1a2b3c4d0001x"

    text = render(f"안녕하세요 {sentinel}님, " * 9 + f"你好{sentinel}！" * 9)

    assert text.count(sentinel) == 18


def build_unknown_tokens() -> list[Token]:
    """Build tokens of a plugin the renderer has never heard of."""
    words = [
        Token("text", "", 0, content="a "),
        Token("sub_open", "sub", 1),
        Token("text", "", 0, content="low"),
        Token("sub_close", "sub", -1),
        Token("html_inline", "", 0, content="<i>"),
    ]
    return [
        Token("aside_open", "aside", 1),
        *parse_markdown("inside"),
        Token("aside_close", "aside", -1),
        Token("html_block", "", 0, content="<p>raw words</p>\n"),
        Token("paragraph_open", "p", 1),
        Token("inline", "", 0, children=words),
        Token("paragraph_close", "p", -1),
    ]


def test_unknown_tokens_keep_their_words() -> None:
    """A plugin added later must not make the text part poorer."""
    text = render_text_body(build_unknown_tokens())

    assert text == "inside\n\n<p>raw words</p>\n\na low<i>\n"


def test_a_title_is_underlined_as_wide_as_it_is_seen() -> None:
    """The text template prints it over the body."""
    assert underline("주간 뉴스 🎉") == "주간 뉴스 🎉\n============"
    assert underline("") == ""


def test_template_lines_are_wrapped_like_the_body() -> None:
    """Header and footer stand in the same column."""
    assert wrap("word " * 20).splitlines() == [("word " * 14).strip(), ("word " * 6).strip()]


@dataclass(frozen=True)
class Piece:
    """Markdown, the words a reader of it sees, and the targets he can follow."""

    markdown: str
    words: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


def join(pieces: Sequence[Piece], separator: str) -> Piece:
    """Write pieces one after the other."""
    return Piece(
        separator.join(piece.markdown for piece in pieces),
        tuple(word for piece in pieces for word in piece.words),
        tuple(target for piece in pieces for target in piece.targets),
    )


def dress(piece: Piece, before: str, after: str = "") -> Piece:
    """Put Markdown around a piece."""
    return Piece(before + piece.markdown + after, piece.words, piece.targets)


def prefix(piece: Piece, first: str, rest: str) -> Piece:
    """Put Markdown before each line of a piece."""
    return Piece(first + piece.markdown.replace("\n", "\n" + rest), piece.words, piece.targets)


WORD = st.text(
    st.sampled_from("abcxyzéяא가나다한글漢字仮名かなカナ🎉"), min_size=1, max_size=24
).map(lambda word: Piece(word, (word,)))
TARGET = st.text(st.sampled_from("abc123-_"), min_size=1, max_size=60).map(
    lambda path: f"https://e.example/{path}z"
)
WORDS = st.lists(WORD, min_size=1, max_size=12).map(lambda words: join(words, " "))


@st.composite
def links(draw: st.DrawFn) -> Piece:
    """Draw a link or an image of any kind."""
    label, target = draw(WORDS), draw(TARGET)
    form = draw(
        st.sampled_from(
            ["[{l}]({t})", "![{l}]({t})", "[**{l}**]({t})", "[![{l}](i.png)]({t})", "[`{l}`]({t})"]
        )
    )
    bare = draw(st.sampled_from(["<{t}>", "[]({t})", "[{t}]({t})"]))
    if draw(st.booleans()):
        return Piece(bare.format(t=target), (), (target,))
    return Piece(form.format(l=label.markdown, t=target), label.words, (target,))


LINE = st.lists(
    st.one_of(
        WORDS,
        links(),
        st.builds(dress, WORDS, st.just("**"), st.just("**")),
        st.builds(dress, WORDS, st.just("*"), st.just("*")),
        st.builds(dress, WORDS, st.just("~~"), st.just("~~")),
        st.builds(dress, WORDS, st.just("`"), st.just("`")),
    ),
    min_size=1,
    max_size=4,
)
SENTENCE = LINE.map(lambda pieces: join(pieces, " "))
PARAGRAPH = st.builds(join, LINE, st.sampled_from([" ", "\n", "  \n"]))
HEADING = st.builds(dress, SENTENCE, st.sampled_from(["# ", "## ", "### ", "###### "]))
CODE = st.builds(dress, WORDS, st.just("```\n"), st.just("\n```"))
RULE = st.just(Piece("***"))


@st.composite
def tables(draw: st.DrawFn) -> Piece:
    """Draw a table of one to three columns."""
    columns = draw(st.integers(1, 3))
    cells = st.lists(SENTENCE, min_size=columns, max_size=columns)
    header, *rows = (
        dress(join(row, " | "), "| ", " |") for row in draw(st.lists(cells, min_size=1, max_size=3))
    )
    return join([header, Piece("|" + "---|" * columns), *rows], "\n")


def containers(blocks: st.SearchStrategy[Piece]) -> st.SearchStrategy[Piece]:
    """Draw a list or a quotation of blocks."""
    items = st.lists(blocks, min_size=1, max_size=3)
    return st.one_of(
        st.builds(
            lambda item, gap: join([prefix(block, "- ", "  ") for block in item], gap),
            items,
            st.sampled_from(["\n", "\n\n"]),
        ),
        items.map(lambda item: join([prefix(block, "7. ", "   ") for block in item], "\n")),
        items.map(lambda item: prefix(join(item, "\n\n"), "> ", "> ")),
    )


BLOCK = st.recursive(st.one_of(PARAGRAPH, HEADING, CODE, RULE, tables()), containers, max_leaves=6)
DOCUMENT = st.lists(BLOCK, min_size=1, max_size=5).map(lambda blocks: join(blocks, "\n\n"))


def squeeze(text: str) -> str:
    """Drop white space and the marks of quotations, which may stand inside a wrapped word."""
    return re.sub(r"[\s>]+", "", text)


def iter_leaves(tokens: Sequence[Token]) -> Iterator[Token]:
    """Walk over the tokens that hold words."""
    for token in tokens:
        if token.children:
            yield from iter_leaves(token.children)
        elif token.type != "inline":
            yield token


def list_faults(text: str) -> list[str]:
    """List what no plain text may hold."""
    faults = [f"only spaces: {line!r}" for line in text.split("\n") if line and not line.strip()]
    if "\n\n\n\n" in text:
        faults.append("three blank lines")
    if text and (text[0] == "\n" or not text.endswith("\n") or text.endswith("\n\n")):
        faults.append("begins or ends with a blank line")
    if "\r" in text or "\0" in text:
        faults.append("control characters")
    return faults


@settings(max_examples=150, deadline=None)
@given(DOCUMENT)
def test_every_word_and_every_target_is_in_the_text(document: Piece) -> None:
    """Who reads the text part must not know less."""
    text = render(document.markdown)

    squeezed = squeeze(text)
    assert [word for word in document.words if word not in squeezed] == []
    assert [target for target in document.targets if target not in text] == []
    assert list_faults(text) == []


@settings(max_examples=150, deadline=None)
@given(SENTENCE)
def test_only_a_word_of_its_own_is_wider_than_a_line(sentence: Piece) -> None:
    """Everything that can be wrapped is wrapped."""
    body = render(sentence.markdown).split("\n\n----------------\n")[0]

    wide = [line for line in body.split("\n") if display_width(line) > TEXT_WIDTH]
    assert [line for line in wide if "https://" not in line] == []


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab가漢é \n\n#-*_`~[]()!|1.>\\&;<:\t"), max_size=80))
def test_what_the_tokens_hold_is_in_the_text(markdown: str) -> None:
    """Also where the Markdown is broken."""
    tokens = parse_markdown(markdown)

    text = render_text_body(tokens)

    squeezed = squeeze(text)
    leaves = [squeeze(token.content) for token in iter_leaves(tokens)]
    assert [leaf for leaf in leaves if leaf not in squeezed] == []
    assert list_faults(text) == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_makes_a_clean_part(markdown: str) -> None:
    """Nothing an author pastes may raise or break the form of the part."""
    text = render(markdown)

    assert list_faults(text) == []
    assert text == render(markdown)
