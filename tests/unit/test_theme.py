"""A theme is found in both kinds of installation and can do nothing but write."""

from pathlib import Path

import pytest

from newsletter.errors import RenderError
from newsletter.rendering.palette import Palette
from newsletter.rendering.style_sheet import StyleSheets
from newsletter.rendering.theme import Theme, load_theme
from newsletter.rendering.theme_folder import find_templates_folder
from newsletter.rendering.words import get_direction, load_words


def make_theme(home: Path, **templates: str) -> Theme:
    """Write a theme of the given templates."""
    folder = home / "mine"
    folder.mkdir()
    for name, source in templates.items():
        (folder / f"{name}.j2").write_text(source, encoding="utf-8")
    return Theme(
        name="mine",
        folders=(folder,),
        palette=Palette({}, {}, {}),
        styles=StyleSheets(content="", head="a>b{}", outlook=""),
    )


def test_the_packaged_templates_win_over_the_checkout(tmp_path: Path) -> None:
    """An installed program must not pick up a folder that happens to lie beside it."""
    package = tmp_path / "newsletter"
    (tmp_path / "templates" / "issue").mkdir(parents=True)
    package.mkdir()
    beside = find_templates_folder(package)

    (package / "templates" / "issue").mkdir(parents=True)
    inside = find_templates_folder(package)

    assert str(beside) == str(package / ".." / "templates")
    assert inside == package / "templates"


def test_a_broken_installation_has_no_templates(tmp_path: Path) -> None:
    """The caller says so instead of failing later."""
    assert find_templates_folder(tmp_path) is None


@pytest.mark.parametrize("name", ["weekley", "..", "../words", ".", "", "WEEKLY", "/"])
def test_an_unknown_theme_is_refused_with_those_there_are(name: str) -> None:
    """A name from the settings never leads out of the folder of themes."""
    with pytest.raises(RenderError, match=r"there is no theme .*; themes: .*weekly"):
        load_theme(name)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a\n{{ missing }}", r"mine/issue.mjml.j2:2: UndefinedError: 'missing' is undefined"),
        ("a\n{% if %}", r"mine/issue.mjml.j2:2: Expected an expression"),
        ("\n\n{{ 1 / 0 }}", r"mine/issue.mjml.j2:3: ZeroDivisionError"),
        ("{% include '../secret.j2' %}", r"mine/issue.mjml.j2:1: no template '../secret.j2'"),
        ("{% include '/etc/passwd' %}", r"mine/issue.mjml.j2:1: no template '/etc/passwd'"),
        ("{% include 'other.j2' %}", r"mine/other.j2:2: ZeroDivisionError"),
        ("{{ ''.__class__.__mro__ }}", r"mine/issue.mjml.j2:1: SecurityError"),
        ("{{ [].append(1) }}", r"mine/issue.mjml.j2:1: SecurityError"),
        ("{{ range(3) }}", r"mine/issue.mjml.j2:1: UndefinedError: 'range'"),
        ("{{ lipsum() }}", r"mine/issue.mjml.j2:1: UndefinedError: 'lipsum'"),
        ("{{ [1] | random }}", r"mine/issue.mjml.j2:1: No filter named 'random'"),
        ("{{ 'x' | center(9999999999) }}", r"mine/issue.mjml.j2:1: No filter named 'center'"),
        ("a\n{{ 'x'.zfill(9999999999) }}", r"mine/issue.mjml.j2:2: SecurityError"),
        ("{{ '{:>9999999999}'.format(1) }}", r"mine/issue.mjml.j2:1: SecurityError"),
        ("{{ '%9999999999d' % 1 }}", r"mine/issue.mjml.j2:1: OverflowError"),
        ("{{ 'x' * 9999999999 }}", r"mine/issue.mjml.j2:1: OverflowError"),
        ("{{ 9 ** 9999999999 }}", r"mine/issue.mjml.j2:1: OverflowError"),
        (
            "{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}{% endfor %}{% endfor %}",
            r"mine/issue.mjml.j2:1: OverflowError: its loops go round more than 100,000 times",
        ),
        ("{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}", "a template or macro uses itself"),
    ],
)
def test_a_template_that_fails_names_its_line(tmp_path: Path, source: str, message: str) -> None:
    """No files, no chance and no inside of Python; and the writer of a theme finds the place."""
    theme = make_theme(tmp_path, **{"issue.mjml": source, "other": "\n{{ 1 / 0 }}"})

    with pytest.raises(RenderError, match=message):
        theme.render_mjml({})


def test_values_are_escaped_in_the_page_and_raw_in_the_text(tmp_path: Path) -> None:
    """The plain part is no HTML; the theme's own styles are no value."""
    source = "{{ title }}{{ head_css }}"
    theme = make_theme(tmp_path, **{"issue.mjml": source, "issue.txt": "{{ title }}\n"})

    page, text = theme.render_mjml({"title": '<"\u200d'}), theme.render_text({"title": '<"\u200d'})

    assert page.text == "&lt;&#34;&#8205;a>b{}"
    assert text == '<"\u200d\n'


@pytest.mark.parametrize("language", ["ko", "ko-KR", "KO"])
def test_words_are_those_of_the_language(language: str) -> None:
    """The region does not matter."""
    words = load_words(language, newsletter_name="소식")

    assert words["unsubscribe"] == "구독 해지"
    assert words["why"].startswith("소식 ")


@pytest.mark.parametrize("language", ["he", "", "../en", "x" * 99])
def test_words_not_translated_are_english(language: str) -> None:
    """A reader can still leave."""
    words = load_words(language, newsletter_name="N")

    assert words["unsubscribe"] == "Unsubscribe"
    assert (words["language"], words["direction"]) == ("en", "ltr")


def test_every_language_has_every_word() -> None:
    """A missing one would be an error in the middle of a send."""
    assert (
        load_words("ko", newsletter_name="").keys() == load_words("en", newsletter_name="").keys()
    )


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("ko", "ltr"),
        ("he", "rtl"),
        ("ar-EG", "rtl"),
        ("fa", "rtl"),
        ("UR", "rtl"),
        ("ar-Latn", "ltr"),
        ("pa-Arab-PK", "rtl"),
        ("", "ltr"),
    ],
)
def test_the_direction_follows_language_and_script(language: str, direction: str) -> None:
    """Hebrew read from the left is no Hebrew."""
    assert get_direction(language) == direction
