"""What is wrong in a page is told with the line and column that the author of a theme wrote."""

from pathlib import Path

import pytest

from newsletter.errors import RenderError
from newsletter.rendering.mjml import compile_mjml
from newsletter.rendering.theme import Theme, load_theme

START = "<mjml><mj-body><mj-section><mj-column>\n"
END = "</mj-column></mj-section></mj-body></mjml>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of an own theme called `mine`."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "issue.mjml.j2").write_text("")
    return folder


def load(folder: Path, page: str, **others: str) -> Theme:
    """Load the theme with this page, and with other templates beside it."""
    (folder / "issue.mjml.j2").write_text(page, encoding="utf-8")
    for name, source in others.items():
        (folder / f"{name}.j2").write_text(source, encoding="utf-8")
    return load_theme("mine", folder.parent)


@pytest.mark.parametrize(
    ("page", "place"),
    [
        (f"{START}  <mj-txt />{END}", "issue.mjml.j2:2:3"),
        (f"{START}{{# a\n b #}}\n\n <mj-txt />{END}", "issue.mjml.j2:5:2"),
        (f'{START}<mj-text\n  color="#000000"\n  colour="x">a</mj-text>{END}', "issue.mjml.j2:4:3"),
        (f'{START}{{% if 1 %}}\n{{% endif %}}<mj-txt a="" />{END}', "issue.mjml.j2:3:12"),
        (f'{START}<mj-text color="{{{{ w }}}}" colour="">a</mj-text>{END}', "issue.mjml.j2:2:26"),
        (f'{START}<mj-text color="#{{{{ w }}}}">a</mj-text>{END}', "issue.mjml.j2:2:10"),
        (f'{START}{{% for _ in "ab" %}}\n<mj-txt />\n{{% endfor %}}\n{END}', "issue.mjml.j2:3:1"),
        (f"{START}{{% include 'other.j2' %}}{END}", "other.j2:2:2"),
        (
            "{% extends 'base.j2' %}\n{% block b %}\n<mj-txt />{% endblock %}",
            "issue.mjml.j2:3:1",
        ),
        (
            f"{{% macro m() %}}\n <mj-txt />{{% endmacro %}}\n{START}{{{{ m() }}}}{END}",
            "issue.mjml.j2:2:2",
        ),
        (f"{START}{{% set x %}}<mj-txt />{{% endset %}}\n{{{{ x }}}}{END}", "issue.mjml.j2:2:1"),
    ],
)
def test_a_mistake_has_its_place(folder: Path, page: str, place: str) -> None:
    """Whatever the template does around it: comments, loops, values, other templates."""
    others = {"other": "\n <mj-txt />", "base": f"{START}{{% block b %}}{{% endblock %}}{END}"}
    theme = load(folder, page, **others)

    with pytest.raises(RenderError) as refused:
        compile_mjml(theme.render_mjml({"w": "#1d4ed8"}))

    assert str(refused.value).startswith(f"templates/issue/mine/{place}: ")


def test_places_are_those_of_the_template_however_often_it_is_filled(folder: Path) -> None:
    """A template is compiled once and kept."""
    places = []

    for values in ({"w": "a"}, {"w": "a longer one"}):
        theme = load(folder, f"{START}<mj-text>{{{{ w }}}}</mj-text><mj-txt />{END}")
        with pytest.raises(RenderError) as refused:
            compile_mjml(theme.render_mjml(values))
        places.append(str(refused.value).partition(": ")[0])

    assert places == ["templates/issue/mine/issue.mjml.j2:2:27"] * 2


def test_text_that_a_template_keeps_is_compared_as_it_is(folder: Path) -> None:
    """A mark inside of it would make two equal texts differ."""
    page = "{% set x %}left{% endset %}{% if x == 'left' %}<a/>{% endif %}"

    assert load(folder, page).render_mjml({}).text == "<a/>"


def test_a_page_holds_no_marks(folder: Path) -> None:
    """They are for messages only."""
    page = "<a>{% for x in xs %}<b c='{{ x }}'/> d{% endfor %}</a>\n"

    assert load(folder, page).render_mjml({"xs": "12"}).text == "<a><b c='1'/> d<b c='2'/> d</a>\n"
