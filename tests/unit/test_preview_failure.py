from pathlib import Path

import pytest

from newsletter.errors import IssueError, RenderError, SettingsError
from newsletter.web.preview.failure import Line, Problem, describe_failure


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a newsletter's folder with an issue of five lines and a file of settings."""
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues" / "a.md").write_text("one\ntwo\nthree\nfour\nfive\n", encoding="utf-8")
    settings = '[newsletter]\nname = "A"\n\n[transport]\nurl = "smtp:"\nname = "B"\n'
    (tmp_path / "newsletter.toml").write_text(settings, encoding="utf-8")
    return tmp_path


def test_a_place_is_shown_with_the_lines_around_it(folder: Path) -> None:
    """Nobody has to open the file to see what is meant."""
    error = IssueError(
        f"{folder}/issues/a.md: this issue cannot be used",
        problems=[f"{folder}/issues/a.md:2:3: not so"],
    )

    failure = describe_failure(error, folder=folder)

    assert failure.kind == "issue"
    assert failure.summary == "issues/a.md: this issue cannot be used"
    assert failure.problems == (
        Problem(
            message="not so",
            file="issues/a.md",
            line=2,
            column=3,
            excerpt=(Line(1, "one"), Line(2, "two"), Line(3, "three"), Line(4, "four")),
        ),
    )


def test_a_setting_is_found_by_its_section_and_key(folder: Path) -> None:
    """Two sections may have keys of one name."""
    error = SettingsError("no", problems=["[transport] name: is wrong", "[database] url: missing"])

    failure = describe_failure(error, folder=folder)

    assert [(each.file, each.line) for each in failure.problems] == [
        ("newsletter.toml", 6),
        ("newsletter.toml", 0),
    ]


def test_a_template_of_the_newsletters_own_is_shown_before_the_packaged_one(folder: Path) -> None:
    """Both are named alike, and only one was used."""
    own = folder / "templates" / "issue" / "weekly" / "issue.mjml.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{% if %}\n", encoding="utf-8")
    error = RenderError("templates/issue/weekly/issue.mjml.j2:1: what if?")

    problem = describe_failure(error, folder=folder).problems[0]

    assert problem.excerpt == (Line(1, "{% if %}"),)


def test_an_error_without_a_place_is_its_words(folder: Path) -> None:
    """Not every mistake is in a file."""
    failure = describe_failure(RenderError("there is no theme 'x'"), folder=folder)

    assert failure.problems == (Problem(message="there is no theme 'x'"),)


def test_a_line_behind_the_end_of_a_file_does_no_harm(folder: Path) -> None:
    """The file may be shorter by the time it is looked at."""
    error = IssueError("issues/a.md:99:1: not closed")

    assert describe_failure(error, folder=folder).problems[0].excerpt == ()
