"""`newsletter theme`, and what a newsletter's own theme does to its issues."""

import pytest

from tests.acceptance.weekly import SLUG, Weekly


def read_page(weekly: Weekly, out: str) -> str:
    """Render the issue and return its page."""
    folder = weekly.folder / out
    rendered = weekly.run("render", SLUG, "--out", str(folder))
    assert rendered.code == 0, rendered.err
    return (folder / f"{SLUG}.html").read_text("utf-8")


def test_the_themes_are_listed_with_the_one_in_use(weekly: Weekly) -> None:
    """Whoever chooses one knows their names."""
    listed = weekly.run("theme", "list", "--json").document["themes"]

    assert [theme["name"] for theme in listed] == ["digest", "letter", "plain", "weekly"]
    assert [theme["name"] for theme in listed if theme["is_used"]] == ["weekly"]


def test_an_ejected_theme_makes_the_same_page_and_then_its_own(weekly: Weekly) -> None:
    """The copy is complete, and what is changed in it is seen."""
    before = read_page(weekly, "before")
    ejected = weekly.run("theme", "eject", "weekly", "--json").document
    same = read_page(weekly, "same")
    template = weekly.folder / "templates/issue/weekly/footer.mjml.j2"
    template.write_text(template.read_text("utf-8") + "<p>Mine</p>", encoding="utf-8")

    after = read_page(weekly, "after")

    assert str(template) in ejected["files"]
    assert before == same
    assert ">Mine</p>" in after


def test_an_ejected_theme_is_not_overwritten(weekly: Weekly) -> None:
    """It is somebody's work."""
    weekly.run("theme", "eject", "plain")
    sheet = weekly.folder / "templates/issue/plain/theme.css"
    sheet.write_text("/* mine */")

    refused = weekly.run("theme", "eject", "plain")
    kept = sheet.read_text()
    forced = weekly.run("theme", "eject", "plain", "--force")

    assert (refused.code, kept) == (6, "/* mine */")
    assert "--force" in refused.err
    assert forced.code == 0
    assert sheet.read_text() != "/* mine */"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (
            "issue.mjml.j2",
            "<mjml>\n<mj-bdy></mj-bdy></mjml>",
            "issue.mjml.j2:2:1: there is no element",
        ),
        (
            "issue.mjml.j2",
            "{% include 'issue.mjml.j2' %}",
            "issue.mjml.j2:1: a template or macro uses",
        ),
        (
            "issue.mjml.j2",
            "{% for a in 'x' * 9999999999 %}a{% endfor %}",
            "issue.mjml.j2:1: Overflow",
        ),
        (
            "issue.mjml.j2",
            "{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}ab{% endfor %}{% endfor %}",
            "it writes more than 2,000,000 characters",
        ),
        ("issue.mjml.j2", "<mjml><mj-body>" + "<mj-section>" * 9000, "cannot be used inside"),
        ("issue.mjml.j2", "<mjml><mj-body><mj-raw>" + "<div>" * 30000, "nest deeper than 200"),
        (
            "theme.css",
            "h1{color:var(--inq)}",
            "theme.css:1: there is no colour inq (did you mean ink?)",
        ),
        ("theme.css", "\nh1{color", "theme.css:2:"),
        ("palette.toml", '[light]\nink = "red"', "[light] ink: expected # and six hex digits"),
        ("palette.toml", "[light", "palette.toml: "),
        ("issue.mjml.j2", "\udcff", "cannot be read"),
    ],
)
def test_a_mistake_in_a_theme_is_told_and_nothing_dies(
    weekly: Weekly, file: str, content: str, said: str
) -> None:
    """No segmentation fault, no memory eaten, no traceback."""
    weekly.run("theme", "eject", "plain")
    broken = weekly.folder / "templates/issue/plain" / file
    broken.write_bytes(content.encode(errors="surrogateescape"))
    settings = weekly.folder / "newsletter.toml"
    said_before = settings.read_text("utf-8")
    with_theme = said_before.replace("[newsletter]", '[newsletter]\ntheme = "plain"')
    settings.write_text(with_theme, encoding="utf-8")

    done = weekly.run("render", SLUG)

    assert done.code == 1
    assert said in done.err
