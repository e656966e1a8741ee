"""Issues as files in a folder: which are listed, and which one a name means."""

from pathlib import Path

import pytest

from newsletter.errors import IssueError, NotFoundError
from newsletter.issues.folder import find_issue, list_issue_files


def write(folder: Path, *names: str) -> None:
    """Make files below `issues`; each says its own name."""
    for name in names:
        path = folder / "issues" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a newsletter's folder, and stand in another one."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "newsletter"


def test_markdown_files_and_page_bundles_are_issues(folder: Path) -> None:
    """Drafts of editors, section pages and the parts of a bundle are not."""
    write(
        folder,
        *("b.md", "a.markdown", "C.MD", "2026/d.md", "spring/index.md", "spring/extra.md"),
        *("spring/deeper/e.md", ".hidden.md", "_index.md", ".git/f.md", "notes.txt", "index.md"),
    )

    found = [path.relative_to(folder / "issues").as_posix() for path in list_issue_files(folder)]

    assert found == ["2026/d.md", "C.MD", "a.markdown", "b.md", "index.md", "spring/index.md"]


def test_a_folder_without_issues_has_none(folder: Path) -> None:
    """The list of nothing is empty, not an error."""
    assert list_issue_files(folder) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("first", "first.md"),
        ("first.md", "first.md"),
        ("other", "other.markdown"),
        ("spring", "spring/index.md"),
        ("spring/index.md", "spring/index.md"),
        ("2026/deep", "2026/deep.md"),
        ("deep", "2026/deep.md"),
        ("jugan-sosig", "주간 소식.md"),
        ("given-name", "named.md"),
    ],
)
def test_a_name_finds_its_issue(folder: Path, name: str, found: str) -> None:
    """People type what they remember: a file, a folder or the slug from a link."""
    write(folder, "first.md", "other.markdown", "spring/index.md", "2026/deep.md", "주간 소식.md")
    (folder / "issues" / "named.md").write_text("---\nslug: Given name\n---\n")

    assert find_issue(folder, name) == folder / "issues" / found


def test_a_path_from_here_comes_first(folder: Path) -> None:
    """The shell completes such paths."""
    write(folder, "first.md")
    Path("first.md").touch()

    assert find_issue(folder, "first.md") == Path("first.md")


def test_an_absolute_path_is_taken_as_it_is(folder: Path) -> None:
    """The file need not be among the issues."""
    path = Path("elsewhere.md").absolute()
    path.touch()

    assert find_issue(folder, str(path)) == path


def test_a_broken_issue_does_not_hide_the_others(folder: Path) -> None:
    """The one that is meant may be fine."""
    write(folder, "2026/fine.md")
    (folder / "issues" / "broken.md").write_text("+++\n")

    assert find_issue(folder, "fine") == folder / "issues" / "2026" / "fine.md"


def test_a_slug_of_two_issues_is_refused(folder: Path) -> None:
    """The ledger knows an issue by its slug: it would take one for the other."""
    write(folder, "2025/spring.md", "2026/spring.md")

    with pytest.raises(IssueError, match="spring: several issues have this slug") as caught:
        find_issue(folder, "spring")

    assert caught.value.problems == (
        f'{folder}/issues/2025/spring.md:1:1: slug "spring"',
        f'{folder}/issues/2026/spring.md:1:1: slug "spring"',
    )


def test_a_name_slightly_wrong_gets_the_nearest_ones(folder: Path) -> None:
    """Most wrong names are typing errors."""
    write(folder, "2026-01-spring.md", "2026-01-string.md", "autumn.md")

    with pytest.raises(NotFoundError) as caught:
        find_issue(folder, "2026-01-sprnig")

    assert str(caught.value) == (
        "2026-01-sprnig: no such issue; did you mean 2026-01-spring, 2026-01-string?"
    )


def test_a_name_quite_wrong_gets_the_last_ones(folder: Path) -> None:
    """It helps to see what issues are called here."""
    write(folder, *(f"issue-{number}.md" for number in range(1, 8)))

    with pytest.raises(NotFoundError, match="last ones are issue-3, issue-4, issue-5, issue-6, "):
        find_issue(folder, "xyz")


@pytest.mark.parametrize("name", ["", " ", "x" * 5000, "a\0b", "a/b/c", "none.md"])
def test_a_name_of_nothing_is_not_found(folder: Path, name: str) -> None:
    """Whatever is typed, the answer is words."""
    with pytest.raises(NotFoundError, match="no such issue; there is no issue in "):
        find_issue(folder, name)
