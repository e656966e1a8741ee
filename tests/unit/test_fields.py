"""Personal fields are a closed grammar; all other braces are text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.edition import Field, fill
from newsletter.rendering.fields import Sentinels, restore_text
from newsletter.rendering.markdown import parse_markdown, render_tokens, settle_targets


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("{{ unsubscribe_url }}", Field("unsubscribe_url", "", "text")),
        ("{{subscriber.name}}", Field("subscriber.name", "", "text")),
        ('{{ subscriber.name or "friend" }}', Field("subscriber.name", "friend", "text")),
        ("{{\tsubscriber.email  or  'it''' }}", None),
        ("{{ subscriber.name or 'a \"b\" }} c' }}", Field("subscriber.name", 'a "b" }} c', "text")),
        ('{{ subscriber.name or "" }}', Field("subscriber.name", "", "text")),
        ("{{ subscriber.회사-이름 }}", Field("subscriber.회사-이름", "", "text")),
        ("{{ subscriber.name or friend }}", None),
        ("{{ subscriber.name\n}}", None),
        ("{{ subscriber }}", None),
        ("{{ subscriber.1 }}", None),
        ("{{ subscriber.name.upper }}", None),
        ("{{ title }}", None),
        ("{{{ unsubscribe_url }}}", None),
        ("\\{{ unsubscribe_url }}", None),
        ("${{ unsubscribe_url }}", None),
        ("${{ secrets.X }}", None),
        ("{{< figure >}}", None),
        ("{% if subscriber.name %}", None),
    ],
)
def test_only_the_grammar_makes_a_field(source: str, field: Field | None) -> None:
    """Template examples and shortcodes belong to the author's text."""
    sentinels = Sentinels(source)

    open_text = sentinels.cut(sentinels.mark(source), "text")

    assert open_text == ((field,) if field else (source,))


@given(st.text(), st.text(alphabet="ab\"'{} or$\\\n"))
def test_marking_and_restoring_gives_back_the_source(before: str, inside: str) -> None:
    """Whatever stands around a field, its sentinel is told from the text."""
    source = f"{before}{{{{ subscriber.name {inside}}}}}{{{{ unsubscribe_url }}}}{before}"
    sentinels = Sentinels(source)

    marked = sentinels.mark(source)

    assert sentinels.restore(marked) == source


def test_neighbouring_fields_have_no_empty_text_between() -> None:
    """A message is spliced from the open_text: an empty one would be work for nothing."""
    source = "{{ subscriber.name }}{{ subscriber.email }}"
    sentinels = Sentinels(source)

    open_text = sentinels.cut(sentinels.mark(source), "html")

    assert open_text == (Field("subscriber.name"), Field("subscriber.email"))


def test_an_empty_text_is_one_empty_segment() -> None:
    """OpenText are never empty."""
    assert Sentinels("").cut("", "text") == ("",)


def test_a_field_inside_a_link_is_known_as_such() -> None:
    """There its value is percent-encoded, so that it stays one part of the link."""
    source = "[{{ subscriber.name }}](https://e.example/?n={{ subscriber.name }})"
    sentinels = Sentinels(source)
    tokens = parse_markdown(sentinels.mark(source))
    settle_targets(tokens, sentinels, "https://news.example.org")

    page = fill(sentinels.cut(render_tokens(tokens), "html"), {"subscriber.name": "A&B c"})

    assert page == '<p><a href="https://e.example/?n=A%26B%20c">A&amp;B c</a></p>\n'


def test_a_complete_url_in_the_plain_text_stays_as_it_is() -> None:
    """An ampersand in the plain part is an ampersand."""
    sentinels = Sentinels("")
    text = sentinels.as_target(sentinels.mark_name("unsubscribe_url"))

    filled = fill(sentinels.cut(text, "text"), {"unsubscribe_url": "https://e.example/?a&b"})

    assert filled == "https://e.example/?a&b"


@pytest.mark.parametrize(
    "source",
    [
        "`{{ subscriber.name }}`",
        "``` {{ subscriber.name }}\n{{ subscriber.name }}\n```",
        "    {{ subscriber.name }}",
        "> - `{{ subscriber.name }}`",
        "![`{{ subscriber.name }}`](x.png)",
    ],
)
def test_code_keeps_its_braces(source: str) -> None:
    """An issue about templates must not greet anyone in its examples."""
    sentinels = Sentinels(source)
    tokens = parse_markdown(sentinels.mark(source))

    restore_text(tokens, sentinels)

    assert "{{ subscriber.name }}" in render_tokens(tokens)
    assert sentinels.list_marks(render_tokens(tokens)) == []
