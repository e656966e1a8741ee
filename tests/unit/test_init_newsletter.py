"""A new newsletter: everything is there, nothing was overwritten, and it can be repeated."""

import stat
import subprocess
import tempfile
import tomllib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RefusedError, SettingsError, UserError
from newsletter.key_file import load_keyring
from newsletter.settings import load_settings
from newsletter.settings.private_files import PRIVATE_FILES
from newsletter.usecases.init_newsletter import init_newsletter

#: Already the next day in UTC.
LATE_EVENING = datetime(2026, 3, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))


def init(
    folder: Path,
    *,
    name: str = "The Weekly",
    sender: str = "The Weekly <weekly@example.org>",
    base_url: str = "https://weekly.example.org/",
    language: str = "en",
) -> list[str]:
    """Begin a newsletter; return the written files, relative to its folder."""
    written = init_newsletter(
        folder,
        name=name,
        sender=sender,
        base_url=base_url,
        language=language,
        now=LATE_EVENING,
        random_bytes=lambda size: b"r" * size,
    )
    return [path.relative_to(folder).as_posix() for path in written]


def git(folder: Path, *arguments: str) -> None:
    """Run git as somebody without settings of his own."""
    subprocess.run(
        ["git", "-c", "user.name=Kim", "-c", "user.email=kim@example.org", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_a_new_newsletter_has_all_that_is_needed(tmp_path: Path) -> None:
    """The next command can be `newsletter send`."""
    folder = tmp_path / "not" / "yet"

    written = init(folder)

    settings = load_settings(folder, environ={})
    assert written == [
        ".gitignore",
        "newsletter.key",
        "issues/2026-03-31-hello.md",
        "newsletter.toml",
    ]
    assert settings.newsletter.name == "The Weekly"
    assert str(settings.newsletter.sender) == "The Weekly <weekly@example.org>"
    assert settings.newsletter.base_url == "https://weekly.example.org"
    assert settings.newsletter.list_id == "the-weekly.example.org"
    assert settings.transport.url == f"maildir:{folder}/maildir"
    assert load_keyring(settings).newest_version == 1


def test_the_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    """It is made on a machine that others may use."""
    init(tmp_path)

    assert stat.S_IMODE((tmp_path / "newsletter.key").stat().st_mode) == 0o600


def test_the_settings_file_explains_itself(tmp_path: Path) -> None:
    """A person who opens it needs no manual."""
    init(tmp_path, name='The "Weekly" \\ more')

    assert (tmp_path / "newsletter.toml").read_text(encoding="utf-8") == (
        """\
# The settings of this newsletter. `newsletter config show --origin` lists every key there is.
# Passwords do not belong here, for this file goes into git: they come from the environment,
# where each key has a variable such as NEWSLETTER_TRANSPORT__URL.

[newsletter]
name = "The \\"Weekly\\" \\\\ more"
from = "The Weekly <weekly@example.org>"
# reply_to = "Name <name@example.org>"
# Where readers reach your pages: links in every issue begin with it.
base_url = "https://weekly.example.org"
language = "en"
# Shown at the end of every issue; the law of many countries asks for it.
postal_address = ""
# Readers' filters know the newsletter by it: leave it as it is, even under a new name.
list_id = "the-weekly-more.example.org"
# Times in issues are meant in it, such as "Europe/Berlin" or "Asia/Seoul".
timezone = "UTC"

[transport]
# "maildir:FOLDER" keeps every message in a folder of this machine; nothing leaves it.
url = "maildir:maildir"
# Messages per second; 0 for as fast as they are taken.
rate_per_second = 0
"""
    )


@given(name=st.text(), sender_name=st.text())
def test_any_name_is_read_back_or_refused(name: str, sender_name: str) -> None:
    """Quotes, backslashes and line breaks cannot change what else is set."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            init(Path(folder), name=name, sender=f"{sender_name} <weekly@example.org>")
        except SettingsError:
            assert list(Path(folder).iterdir()) == []
            return

        newsletter = load_settings(Path(folder), environ={}).newsletter

    assert newsletter.name == name.strip()
    assert newsletter.sender.address.text == "weekly@example.org"
    assert newsletter.base_url == "https://weekly.example.org"


def test_every_bad_value_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    """The command can be repeated as if it had never been called."""
    folder = tmp_path / "new"

    with pytest.raises(SettingsError) as caught:
        init(folder, name="a\nb", sender="weekly", base_url="weekly.org", language="korean")

    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "[newsletter] name",
        "[newsletter] from",
        "[newsletter] base_url",
        "[newsletter] language",
    ]
    assert not folder.exists()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ['{{ subscriber.name or "reader" }}', "- An issue is", "https://weekly.example.org)"],
        ),
        (
            "de",
            ['{{ subscriber.name or "reader" }}', "- An issue is", "https://weekly.example.org)"],
        ),
        ("ko-KR", ['{{ subscriber.name or "독자" }}', "- 한 호는", "https://weekly.example.org)"]),
    ],
)
def test_the_first_issue_shows_what_an_issue_can_do(
    tmp_path: Path, language: str, words: list[str]
) -> None:
    """A personal field, a list, a link and a preheader, dated by the author's calendar."""
    init(tmp_path, language=language)

    issue = (tmp_path / "issues" / "2026-03-31-hello.md").read_text(encoding="utf-8")
    _, front_matter, body = issue.split("+++\n")
    head = tomllib.loads(front_matter)
    assert head["date"] == LATE_EVENING.date()
    assert head["title"]
    assert head["description"]
    assert [word in body for word in words] == [True] * 3


def test_an_existing_newsletter_is_left_alone(tmp_path: Path) -> None:
    """Running the command twice by mistake costs nothing."""
    file = tmp_path / "newsletter.toml"
    file.write_text("mine", encoding="utf-8")

    with pytest.raises(RefusedError) as caught:
        init(tmp_path)

    assert str(caught.value).startswith(f"{file}: there is a newsletter already")
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["mine"]


def test_what_an_interrupted_run_wrote_is_kept_and_the_rest_added(tmp_path: Path) -> None:
    """The secret above all: something may have been signed with it."""
    init(tmp_path)
    (tmp_path / "newsletter.toml").unlink()
    (tmp_path / "newsletter.toml.new").write_text("hal", encoding="utf-8")
    issue = tmp_path / "issues" / "2026-03-31-hello.md"
    issue.rename(issue.with_name("mine.md"))
    before = (tmp_path / "newsletter.key").read_bytes()

    written = init(tmp_path)

    assert written == ["newsletter.toml"]
    assert (tmp_path / "newsletter.key").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".gitignore",
        "issues",
        "newsletter.key",
        "newsletter.toml",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"*.pyc", b"*.pyc\n\n"),
        (b"*.pyc\n", b"*.pyc\n\n"),
        (b"\xff\r\n*.pyc\r\n", b"\xff\r\n*.pyc\r\n\n"),
        (b"", b""),
    ],
)
def test_an_existing_gitignore_gets_what_is_missing(tmp_path: Path, old: bytes, new: bytes) -> None:
    """Its own lines stay byte for byte, whatever the encoding."""
    (tmp_path / ".gitignore").write_bytes(old)

    init(tmp_path)

    assert (tmp_path / ".gitignore").read_bytes() == new + (
        b"# People, mail and secrets stay out of git.\n"
        b"newsletter.db*\nmaildir/\nrendered/\nnewsletter.key*\nkeys/\nnewsletter.local.toml\n*.csv\n"
        b"people*.json\n*.jsonl\n*.zip\n"
    )


def test_lines_that_a_gitignore_has_are_not_repeated(tmp_path: Path) -> None:
    """Windows line ends make no difference to git, nor here."""
    lines = [line for line in PRIVATE_FILES if line != "newsletter.key*"]
    old = "".join(f"{line}\r\n" for line in lines).encode()
    (tmp_path / ".gitignore").write_bytes(old)

    init(tmp_path)

    assert (tmp_path / ".gitignore").read_bytes() == old + (
        b"\n# People, mail and secrets stay out of git.\nnewsletter.key*\n"
    )


def test_git_sees_the_issue_and_the_settings_only(tmp_path: Path) -> None:
    """Subscribers, mail and secrets can never be committed by `git add .`."""
    git(tmp_path, "init")
    init(tmp_path)
    (tmp_path / "newsletter.db").touch()
    (tmp_path / "newsletter.db-wal").touch()
    (tmp_path / "newsletter.key.123.new").touch()
    (tmp_path / "people.csv").touch()

    git(tmp_path, "add", ".")

    listed = subprocess.run(
        ["git", "ls-files"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert listed == [".gitignore", "issues/2026-03-31-hello.md", "newsletter.toml"]


def test_a_secret_that_git_tracks_is_refused_even_when_it_was_deleted(tmp_path: Path) -> None:
    """Everybody with a clone has it, and a new one of that name would be committed again."""
    git(tmp_path, "init")
    key_file = tmp_path / "newsletter.key"
    key_file.touch()
    git(tmp_path, "add", "newsletter.key")
    key_file.unlink()

    with pytest.raises(RefusedError, match=r"git rm --cached newsletter\.key"):
        init(tmp_path)

    assert not (tmp_path / "newsletter.toml").exists()


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    """A slip in the argument, not a traceback."""
    folder = tmp_path / "file"
    folder.touch()

    with pytest.raises(UserError) as caught:
        init(folder)

    assert str(caught.value) == (
        f"{folder}: cannot be written: File exists."
        " Once that is mended, run the same command again."
    )
