"""Whoever writes a theme is told what is wrong with its MJML, and where."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.mjml_check import check_mjml

PAGE = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"
HEAD = "<mjml><mj-head>{}</mj-head><mj-body></mj-body></mjml>"


def list_messages(mjml: str) -> list[str]:
    """List what is said about some MJML."""
    return [problem.message for problem in check_mjml(mjml)]


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (
            '<mj-text colour="#000000">a</mj-text>',
            "there is no attribute colour (did you mean color?)",
        ),
        ("<mj-txt>a</mj-txt>", "there is no element mj-txt (did you mean mj-text?)"),
        ("<div></div>", "there is no element div; HTML goes into an mj-text or an mj-raw"),
        (
            '<mj-text font-size="banana">a</mj-text>',
            'font-size="banana": expected a number with px',
        ),
        (
            '<mj-text padding="1px 2px 3px 4px 5px">a</mj-text>',
            "expected 1 to 4 numbers with px or %",
        ),
        ('<mj-text align="middle">a</mj-text>', "expected one of left, right, center, justify"),
        ('<mj-text color="#fff">a</mj-text>', "write six digits, #ffffff"),
        ('<mj-text color="banana">a</mj-text>', "expected a colour"),
        ('<mj-image src="x" fluid-on-mobile="yes" />', "expected true or false"),
        ('<mj-table cellpadding="x"></mj-table>', "expected a whole number"),
        ('<mj-text color="#000000" color="#ffffff">a</mj-text>', "color is written twice"),
        ("<mj-text color=red>a</mj-text>", 'write color="red", in quotes'),
        ("<mj-text hidden>a</mj-text>", 'write hidden="hidden", in quotes'),
        ("words", "text stands directly in mj-column, where it is dropped"),
        (
            "<mj-section></mj-section>",
            "mj-section cannot be used inside mj-column, only inside mj-body",
        ),
        ("<mj-text><mj-image /></mj-text>", "mj-image cannot be used inside mj-text"),
        ("<mj-text><p>a</mj-text>", "<p> is not closed before </mj-text>"),
        ("<mj-text>a</p></mj-text>", "</p> closes nothing"),
        ("<mj-text>a < b</mj-text>", "a < that begins no tag; write &lt;"),
        ("<mj-text><![CDATA[a]]></mj-text>", "a < that begins no tag"),
        ('<mj-text css-class="a>b</mj-text>', "<mj-text does not end with >"),
        ("<!-- a", "this comment does not end"),
        ("<!-- a --->", "this comment ends with more than -->"),
        ('<mj-text css-class="a"color="#000000">b</mj-text>', "a space must stand before color"),
        ("<mj-spacer / >", "<mj-spacer ends with / >"),
        ('<mj-include path="/etc/passwd" />', "write {% include %} in the template"),
        ('<mj-button title="a">a</mj-button>', "title: the compiler here ignores it"),
    ],
)
def test_a_mistake_in_the_body_is_named(inside: str, message: str) -> None:
    """The compiler would take most of these without a word."""
    assert any(message in each for each in list_messages(PAGE.format(inside)))


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<mj-title>a<b>c</b></mj-title>", "mj-title holds words only, no <b>"),
        ('<mj-style inline="inline">a{}</mj-style>', "inline: the compiler here ignores it"),
        ('<mj-raw position="file-start"></mj-raw>', "position: the compiler here refuses it"),
        ("<mj-html-attributes></mj-html-attributes>", "the compiler here has none"),
        (
            '<mj-attributes><mj-texd color="#000000" /></mj-attributes>',
            "there is no element mj-texd (did you mean mj-text?)",
        ),
        (
            '<mj-attributes><mj-class name="a" colour="#000000" /></mj-attributes>',
            "there is no attribute colour",
        ),
    ],
)
def test_a_mistake_in_the_head_is_named(inside: str, message: str) -> None:
    """What is wrong for all elements at once is worth most."""
    assert any(message in each for each in list_messages(HEAD.format(inside)))


def test_what_the_compiler_understands_is_no_mistake() -> None:
    """HTML with its void elements, comments for Outlook, styles with a child selector."""
    head = (
        '<mj-attributes><mj-all font-family="Arial" /><mj-class name="a" color="#000000" />'
        '<mj-text padding="0 32px" line-height="1.7" /></mj-attributes>'
        '<mj-raw><meta name="a" content="b"><!--[if mso]><style>*{}</style><![endif]--></mj-raw>'
        "<mj-style>a>b{color:#000000}</mj-style>"
    )
    body = '<mj-text mj-class="a" css-class="b">a<br><img src="x" alt=""> &nbsp;</mj-text>'

    mjml = PAGE.format(body).replace("<mj-body>", f"<mj-head>{head}</mj-head><mj-body>")

    assert list_messages(mjml) == []


def test_a_mistake_has_the_place_of_its_attribute() -> None:
    """The column leads to the word that is wrong."""
    mjml = PAGE.format('<mj-text color="#000000" colour="#ffffff">a</mj-text>')

    (problem,) = check_mjml(mjml)

    assert mjml[problem.offset :].startswith('colour="#ffffff"')


def test_a_template_that_is_all_wrong_gets_a_short_list() -> None:
    """Twenty lines are read, four hundred are not."""
    assert len(check_mjml(PAGE.format("<mj-txt />" * 400))) == 20


@given(st.text(alphabet="<>/!-= \"'amj-textbody\n", max_size=300))
def test_any_text_is_checked_without_an_exception(mjml: str) -> None:
    """A theme may hold anything; half of it is not MJML yet while it is being written."""
    assert all(0 <= problem.offset <= len(mjml) for problem in check_mjml(mjml))


@pytest.mark.parametrize(
    "text", ["<" * 100_000, "<a " * 50_000, '<a b="' * 50_000, "<!--" * 50_000]
)
def test_checking_takes_no_more_time_than_the_text_is_long(text: str) -> None:
    """A check that hangs is worse than none."""
    started = time.perf_counter()

    check_mjml(text)

    assert time.perf_counter() - started < 2
