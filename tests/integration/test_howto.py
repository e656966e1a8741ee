"""What docs/howto/ tells to type is what the program takes, and does what it says."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.cli import run
from tests.integration.howto_pages import HOWTO, PAGES, get_block, list_commands
from tests.integration.typed import run_shell

COMMANDS = [(page.name, arguments) for page in PAGES for arguments in list_commands(page)]


@pytest.mark.parametrize(("page", "arguments"), COMMANDS, ids=lambda each: "".join(each[:12]))
def test_a_page_tells_of_commands_and_options_that_there_are(
    page: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With ``--help`` behind them the program reads them, and does nothing."""
    code = run([*arguments, "--help"])

    told = capsys.readouterr()
    assert code == 0, f"{page}: {told.err}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_leads_to_places_that_there_are(page: Path) -> None:
    """A link that leads nowhere is found when somebody needs it."""
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    # It stands in an example of Markdown.
    missing = {link for link in links if not (HOWTO / link).exists()} - {"picture.png"}
    assert missing == set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a newsletter as the page about one machine does, and send its first issue."""
    run_shell(get_block("one-machine.md", "one machine"), tmp_path)
    return tmp_path


def write_issue(folder: Path) -> None:
    """Write the issue that the pages speak of."""
    (folder / "issues" / "2026-01-spring.md").write_text(
        '+++\ntitle = "Spring"\ndate = 2026-01-05\n+++\n\nHello.\n', encoding="utf-8"
    )


def test_one_machine_is_set_up_and_upgraded_as_the_pages_tell(folder: Path) -> None:
    """Its first message is there, and the tables are this release's."""
    told = run_shell(get_block("upgrade.md", "upgrade"), folder)

    assert len(list((folder / "maildir" / "new").iterdir())) == 1
    assert "The database is at revision" in told
    assert re.search(r"-hello +sent +1 +1 ", told)


def test_a_backup_is_brought_back_as_the_page_tells(folder: Path) -> None:
    """What left since then is noticed, and nothing more leaves before somebody has decided."""
    run_shell(get_block("backup.md", "backup"), folder)
    write_issue(folder)
    run_shell("newsletter send 2026-01-spring --yes", folder)

    told = run_shell(get_block("backup.md", "restore"), folder)
    refused = run_shell("newsletter send 2026-01-spring --yes 2>&1 || test $? = 6", folder)

    assert "-hello" in told
    assert "accept-restore" in refused
    assert len(list((folder / "maildir" / "new").iterdir())) == 2


def test_a_warm_up_is_shown_before_it_is_done(folder: Path) -> None:
    """With the settings of the page, as if they were written today and for fewer people."""
    page = (HOWTO / "warm-up.md").read_text(encoding="utf-8")
    settings = re.search(r"```toml\n(\[warm_up\].*?)```", page, re.DOTALL)
    assert settings
    today = re.sub(r"\d{4}-\d\d-\d\d", f"{datetime.now(UTC):%Y-%m-%d}", settings[1])
    with (folder / "newsletter.toml").open("a", encoding="utf-8") as stream:
        stream.write(today.replace("first_day = 500 ", "first_day = 2 "))
    write_issue(folder)
    add = "subscribers add {}@example.org --status confirmed --consent-basis a --source b"
    run_shell("\n".join(f"newsletter {add.format(who)}" for who in ("lee", "park")), folder)

    told = run_shell(get_block("warm-up.md", "warm-up"), folder)

    assert re.search(
        r"^Warm-up +2 people today \(UTC\), 2 left; this takes until ", told, re.MULTILINE
    )


def test_what_is_in_doubt_is_seen_and_decided_as_the_page_tells(folder: Path) -> None:
    """Both decisions end the doubt; one of them by a second message."""
    write_issue(folder)
    run_shell("newsletter send 2026-01-spring --yes", folder)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection:
        connection.execute(
            "UPDATE delivery SET status = 'in_doubt' WHERE issue_id ="
            " (SELECT id FROM issue WHERE slug = '2026-01-spring')"
        )
        connection.execute("UPDATE issue SET state = 'sending' WHERE slug = '2026-01-spring'")
        connection.commit()

    told = run_shell(get_block("issue-in-doubt.md", "in doubt"), folder)
    run_shell("newsletter send 2026-01-spring --in-doubt write-off --yes", folder)
    after = run_shell("newsletter status 2026-01-spring --json", folder)

    assert "kim@example.org" in told
    assert '"in_doubt": 0' in after
    assert '"written_off": 1' in after
