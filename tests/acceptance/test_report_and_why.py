"""What became of an issue, for all and for one reader, by the command line."""

import csv
import io
import sqlite3
from contextlib import closing

import pytest

from tests.acceptance.weekly import SLUG, Weekly, check_sum


def change(weekly: Weekly, *statements: str) -> None:
    """Change the database as servers and time would."""
    with closing(sqlite3.connect(weekly.database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def list_kinds(weekly: Weekly) -> list[str]:
    """List what is on record, the oldest first."""
    with closing(sqlite3.connect(weekly.database)) as connection:
        return [row[0] for row in connection.execute("SELECT kind FROM operator_action")]


@pytest.fixture
def troubled(weekly: Weekly) -> Weekly:
    """Return a newsletter whose issue failed for one and is in doubt for another."""
    assert weekly.send().code == 0
    change(
        weekly,
        "UPDATE delivery SET status = 'failed', reply = '550 5.1.1 <kim@example.org>: no kim here'"
        " WHERE subscriber_id = 1",
        "UPDATE delivery SET status = 'in_doubt', reply = '=cmd|calc' WHERE subscriber_id = 2",
        "DELETE FROM issue_summary",
    )
    return weekly


def test_the_report_adds_up_and_has_no_address(troubled: Weekly) -> None:
    """It is shown around: what a server repeated of an address is masked."""
    shown = troubled.run("report", SLUG)
    told = troubled.run("report", SLUG, "--json").document

    check_sum(told)
    assert told["sum"] == told["rows"] == told["planned"] == 3
    assert [(each["code"], each["count"]) for each in told["errors"]] == [
        ("550 5.1.1", 1),
        (None, 1),
    ]
    assert told["errors"][0]["sample"] == "550 5.1.1 <***>: no *** here"
    assert "3  = 3 planned" in shown.out
    assert "kim" not in shown.out.replace(told["actions"][0]["actor"], "")


def test_the_report_as_csv_is_safe_in_a_spreadsheet(troubled: Weekly) -> None:
    """A server's words could be a formula."""
    rows = list(csv.DictReader(io.StringIO(troubled.run("report", SLUG, "--format", "csv").out)))

    words = {row["status"]: row["words"] for row in rows if row["part"] == "error"}
    counts = {row["name"]: int(row["count"]) for row in rows if row["part"] == "sum"}
    assert words["in_doubt"] == "'=cmd|calc"
    assert counts["planned"] == sum(counts.values()) - counts["planned"] == 3


def test_the_report_as_html_is_one_page_that_loads_nothing(troubled: Weekly) -> None:
    """It can be kept, or sent on."""
    page = troubled.run("report", SLUG, "--format", "html").out

    assert page.startswith("<!DOCTYPE html>")
    assert "Spring" in page
    assert "550 5.1.1 &lt;***&gt;: no *** here" in page
    assert [word for word in ("src=", "<link", "<script", "http://") if word in page] == []


def test_a_report_is_the_same_from_kept_sums_and_counted_anew(weekly: Weekly) -> None:
    """A run keeps them when it ends; nobody may see the difference."""
    weekly.run("subscribers", "unsubscribe", "park@example.org")
    weekly.send()
    with closing(sqlite3.connect(weekly.database)) as connection:
        [(kept,)] = connection.execute("SELECT count(*) FROM issue_summary")

    from_sums = weekly.run("report", SLUG, "--json").document
    change(weekly, "DELETE FROM issue_summary")
    counted = weekly.run("report", SLUG, "--json").document

    assert kept == 1
    assert from_sums == counted


def test_json_and_another_format_are_refused(troubled: Weekly) -> None:
    """One of the two would be ignored."""
    answer = troubled.run("report", SLUG, "--json", "--format", "csv")

    assert answer.code == 2
    assert "use one" in answer.err


def test_an_issue_that_was_never_planned_has_no_report(weekly: Weekly) -> None:
    """And the error says where to look."""
    answer = weekly.run("report", SLUG)

    assert answer.code == 5
    assert "newsletter status" in answer.err


def test_why_tells_attempts_and_reports(troubled: Weekly) -> None:
    """With times, and in the servers' words."""
    change(
        troubled,
        "INSERT INTO attempt VALUES (1, 1, 1, 1769846400000, 1769846401000, 'rejected', '550 no')",
        "INSERT INTO report (source, source_id, issue_id, subscriber_id, kind, bounce_class,"
        " occurred_at_ms, received_at_ms, status_code, words)"
        " VALUES ('mail', 'x', 1, 1, 'bounce', 'hard', 1769846402000, 0, '5.1.1', 'unknown')",
    )

    shown = troubled.run("why", "kim@example.org").out
    told = troubled.run("why", "kim@example.org", SLUG, "--json").document

    [issue] = told["issues"]
    assert (issue["status"], issue["is_planned"]) == ("failed", True)
    assert issue["attempts"][0]["began_at"] == "2026-01-31T08:00:00.000+00:00"
    assert issue["reports"][0]["bounce_class"] == "hard"
    assert "attempt 1  2026-01-31 08:00:00 UTC  rejected  550 no" in shown
    assert "bounce (hard)  5.1.1 unknown" in shown


def test_why_tells_why_not(weekly: Weekly) -> None:
    """For whoever had not confirmed, and for whoever came later."""
    weekly.send()
    late = ("subscribers", "add", "late@example.org", "--status", "confirmed")
    weekly.run(*late, "--consent-basis", "asked", "--source", "by hand")

    pending = weekly.run("why", "choi@example.org", "--json").document
    late_story = weekly.run("why", "late@example.org").out
    nobody = weekly.run("why", "nobody@example.org")

    assert pending["issues"][0]["why_not"] == "pending"
    assert pending["why_not_today"] == "pending"
    assert "not for him: was not known when the issue was planned" in late_story
    assert "would be for him" in late_story
    assert nobody.code == 5


def test_a_skip_is_told_with_its_reason(weekly: Weekly) -> None:
    """Whoever left between plan and turn was selected, and then was not."""
    weekly.send("--limit", "1")
    weekly.run("subscribers", "unsubscribe", "park@example.org")
    weekly.send()

    shown = weekly.run("why", "park@example.org").out

    assert "skipped: not attempted" in shown
    assert "reason     unsubscribed" in shown


def test_what_an_operator_does_is_on_record_without_an_address(weekly: Weekly) -> None:
    """Each act in its own transaction, under the name of who did it."""
    weekly.send("--limit", "1")
    weekly.run("pause", SLUG)
    weekly.run("pause", SLUG)
    weekly.run("resume", SLUG)
    weekly.send("--in-doubt", "retry")
    weekly.run("subscribers", "tag", "add", "lee@example.org", "ai")
    weekly.run("subscribers", "unsubscribe", "lee@example.org")
    weekly.run("subscribers", "suppress", "add", "stranger@example.org")
    weekly.run("subscribers", "suppress", "remove", "stranger@example.org")
    weekly.run("subscribers", "erase", "park@example.org", "--yes")
    weekly.run("subscribers", "erase", "nobody@example.org", "--yes")
    weekly.run("subscribers", "export", str(weekly.folder / "all.csv"))

    rows = [line for line in weekly.list_rows() if '"operator_action"' in line]

    assert list_kinds(weekly) == [
        "import",
        "add",
        "send",
        "pause",
        "resume",
        "retry doubt",
        "send",
        "tag",
        "unsubscribe",
        "suppress",
        "lift",
        "erase",
        "export",
    ]
    assert [line for line in rows if "example.org" in line] == []


def test_an_operator_is_added_with_a_password_that_is_not_on_the_command_line(
    weekly: Weekly,
) -> None:
    """From a file here; at a terminal it is asked for twice."""
    file = weekly.folder / "password"
    file.write_text("three words in a row\n", encoding="utf-8")
    short = weekly.folder / "short"
    short.write_text("short\n", encoding="utf-8")

    asked = weekly.run("operators", "add", "kim")
    weak = weekly.run("operators", "add", "kim", "--password-file", str(short))
    added = weekly.run("operators", "add", "Kim", "--password-file", str(file), "--json").document
    again = weekly.run("operators", "add", "kim", "--password-file", str(file))
    listed = weekly.run("operators", "list", "--json").document
    ended = weekly.run("operators", "sign-out", "kim", "--json").document
    removed = weekly.run("operators", "remove", "kim")
    nobody = weekly.run("operators", "remove", "kim")

    assert (asked.code, weak.code, again.code) == (6, 6, 6)
    assert "15 characters" in weak.err
    assert added == {"added": "kim", "url": "https://example.org/desk/"}
    assert [each["name"] for each in listed["operators"]] == ["kim"]
    assert ended == {"ended": 0}
    assert (removed.code, nobody.code) == (0, 5)
    assert [line for line in weekly.list_rows() if "three words" in line] == []
