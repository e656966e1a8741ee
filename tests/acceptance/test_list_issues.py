import subprocess
from pathlib import Path

import pytest

from newsletter.bootstrap import open_installation
from newsletter.settings import load_settings
from newsletter.usecases.list_issues import ListedIssue, list_issues
from tests.acceptance.weekly import SLUG, TEXT, Weekly


def read_list(weekly: Weekly, *others: Path) -> list[ListedIssue]:
    """List the issues of a newsletter that is opened for it."""
    installation = open_installation(load_settings(weekly.folder))
    try:
        return list(list_issues(installation, others=others))
    finally:
        installation.database.close()


def test_an_issue_is_a_draft_until_it_is_sent(weekly: Weekly) -> None:
    """The ledger knows, whatever the file says."""
    before = read_list(weekly)[0].state
    weekly.send()

    assert (before, read_list(weekly)[0].state) == ("draft", "sent")


def test_the_newest_issue_is_first_and_one_that_cannot_be_read_before_it(weekly: Weekly) -> None:
    """What is being written is on top."""
    weekly.write_issue(TEXT.replace("2026-01-05", "2026-02-05"), "2026-02-thaw")
    weekly.write_issue("+++\ntitle =\n+++\n", "broken")

    listed = read_list(weekly)

    assert [each.slug for each in listed] == ["", "2026-02-thaw", SLUG]
    assert "broken.md" in listed[0].problem


def test_an_issue_that_is_named_from_elsewhere_is_listed_once(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names an issue of the newsletter does not add one."""
    monkeypatch.chdir(weekly.folder / "issues")

    assert len(read_list(weekly, Path(f"{SLUG}.md"))) == 1


def test_the_list_tells_what_git_has(weekly: Weekly, tmp_path: Path) -> None:
    """A text that only one disk holds is easily lost, and cannot be reviewed."""
    weekly.write_issue(TEXT, "changed")
    outside = tmp_path / "outside.md"
    outside.write_text(TEXT, encoding="utf-8")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (["init", "-q"], ["add", "issues"], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", weekly.folder, *command], check=True)
    weekly.write_issue(TEXT + "\nMore.\n", "changed")

    listed = {each.path.stem: each.in_git for each in read_list(weekly, outside)}

    assert listed == {SLUG: "committed", "changed": "modified", "outside": "none"}
