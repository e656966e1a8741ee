"""`newsletter check`, and what `send` makes of the findings."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.acceptance.weekly import SLUG, Weekly

CLEAN = """\
+++
title = "Spring"
preheader = "The first flowers are out, and more"
+++

Dear {{ subscriber.name or "reader" }},

the [first flowers](https://example.org/flowers) are out.
"""
FAULTY = CLEAN + "\nThere is [](https://example.org/nothing) to press.\n"


class Missing(BaseHTTPRequestHandler):
    """A site that has no page."""

    def do_HEAD(self) -> None:
        """Answer that there is none."""
        self.send_error(404)

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def clean(weekly: Weekly) -> Weekly:
    """Return a newsletter whose issue and settings are without fault."""
    write(weekly, CLEAN)
    file = weekly.folder / "newsletter.toml"
    settings = file.read_text(encoding="utf-8")
    settings = settings.replace('postal_address = ""', 'postal_address = "7 Sample Lane"')
    file.write_text(settings, encoding="utf-8")
    return weekly


@pytest.fixture
def faulty(clean: Weekly) -> Weekly:
    """Return a newsletter whose issue has one error."""
    write(clean, FAULTY)
    return clean


def write(weekly: Weekly, text: str, name: str = SLUG) -> None:
    """Write an issue."""
    (weekly.folder / "issues" / f"{name}.md").write_text(text, encoding="utf-8")


def test_a_clean_issue_ends_with_0_and_says_how_large_it_is(clean: Weekly) -> None:
    """Gmail's limit is near for a long weekly."""
    answer = clean.run("check", SLUG)

    assert answer.code == 0
    assert f"{SLUG}: nothing found. HTML " in answer.out
    assert "Nothing is known of Naver and Daum" in answer.out
    assert answer.err == ""


def test_an_error_ends_with_3_and_names_its_place(faulty: Weekly) -> None:
    """An editor jumps to file:line:column."""
    answer = faulty.run("check", SLUG)

    assert answer.code == 3
    place = f"{SLUG}.md:10:10: error: the link to https://example.org/nothing has no words"
    assert f"{place} [link-empty]\n    Put words between the brackets.\n" in answer.out


def test_warnings_end_with_3_only_when_asked(clean: Weekly) -> None:
    """A strict house decides so for itself."""
    write(clean, CLEAN.replace("https:", "http:"))

    assert clean.run("check", SLUG).code == 0
    assert clean.run("check", SLUG, "--strict").code == 3


def test_all_issues_are_checked_when_none_is_named(faulty: Weekly) -> None:
    """In CI nobody knows which one was changed."""
    write(faulty, CLEAN, "2026-02-summer")

    answer = faulty.run("check", "--json")

    document = answer.document
    assert answer.code == 3
    assert [each["issue"] for each in document["issues"]] == [SLUG, "2026-02-summer"]
    assert (document["errors"], document["warnings"], document["notes"]) == (1, 0, 0)
    (finding,) = document["issues"][0]["findings"]
    assert finding["advice"] == "Put words between the brackets."
    assert (finding["rule"], finding["severity"]) == ("link-empty", "error")
    assert (finding["line"], finding["column"]) == (10, 10)
    assert document["issues"][0]["sizes"]["html_bytes"] > 5_000
    assert document["clients"]["not_covered"] == ["Naver", "Daum"]


def test_github_gets_an_annotation_for_each_finding(faulty: Weekly) -> None:
    """Colons, commas and line ends of ours must not end a property of theirs."""
    answer = faulty.run("check", SLUG, "--format", "github")

    (line,) = answer.out.splitlines()
    assert line.startswith("::error file=")
    assert f"{SLUG}.md,line=10,col=10,title=link-empty::the link to https:" in line


def test_two_formats_at_once_are_refused(clean: Weekly) -> None:
    """One document, or annotations."""
    answer = clean.run("check", "--json", "--format", "github")

    assert answer.code == 2


def test_an_ignored_rule_is_not_applied(faulty: Weekly) -> None:
    """A newsletter knows its readers."""
    with (faulty.folder / "newsletter.toml").open("a", encoding="utf-8") as file:
        file.write('\n[checks]\nignore = ["link-empty"]\n')

    answer = faulty.run("check", SLUG)

    assert answer.code == 0
    assert "nothing found" in answer.out


def test_what_the_theme_does_is_not_the_writers_fault(clean: Weekly) -> None:
    """One note for whoever made the theme, and no line of the issue."""
    clean.run("theme", "eject", "weekly")
    sheet = clean.folder / "templates" / "issue" / "weekly" / "theme.css"
    with sheet.open("a", encoding="utf-8") as file:
        file.write("\np{clip-path:circle(5px)}\n")

    answer = clean.run("check", SLUG, "--json")

    (finding,) = answer.document["issues"][0]["findings"]
    assert (finding["rule"], finding["line"]) == ("theme-support", 0)
    assert "clip-path" in finding["message"]


def test_checking_needs_neither_database_nor_key(clean: Weekly) -> None:
    """In CI there is neither."""
    clean.database.unlink()
    (clean.folder / "newsletter.key").unlink()

    answer = clean.run("check", SLUG)

    assert answer.code == 0


def test_errors_stop_a_send_before_anything_is_planned(faulty: Weekly) -> None:
    """What has left cannot be mended."""
    answer = faulty.send("--json")

    assert answer.code == 3
    assert answer.error["exit_code"] == 3
    assert f"{SLUG}.md:10:10: the link to" in answer.error["problems"][0]
    assert "--ignore-checks" in answer.error["error"]
    assert faulty.messages() == {}
    assert faulty.run("status", SLUG).code == 5


def test_a_send_may_ignore_the_checks(faulty: Weekly) -> None:
    """The operator has the last word, and the report keeps what he overrode."""
    answer = faulty.send("--ignore-checks", "--json")

    assert answer.code == 0
    checks = answer.document["checks"]
    assert (checks["errors"], checks["are_ignored"]) == (1, True)
    assert len(faulty.messages()) == 3


def test_the_forecast_tells_of_the_checks(faulty: Weekly) -> None:
    """A dry run ends as the send would."""
    answer = faulty.run("send", SLUG, "--dry-run")

    assert answer.code == 3
    assert f"Checks     1 error; to see them: newsletter check {SLUG}" in answer.out
    assert "Dry run: nothing was sent" in answer.out


def test_a_dry_run_tells_machines_of_the_checks(faulty: Weekly) -> None:
    """One document on standard output, the error beside it."""
    answer = faulty.run("send", SLUG, "--dry-run", "--json")

    assert answer.code == 3
    assert json.loads(answer.out)["checks"]["errors"] == 1


def test_what_is_planned_goes_on_whatever_the_checks_say(faulty: Weekly) -> None:
    """Some have it already; the others get the same."""
    faulty.send("--ignore-checks", "--limit", "1")

    answer = faulty.send("--json")

    assert answer.code == 0
    assert answer.document["sent"] == 3


def test_a_changed_issue_is_judged_anew(clean: Weekly) -> None:
    """--accept-changes brings another text to the rest."""
    clean.send("--limit", "1")
    write(clean, FAULTY)

    answer = clean.send("--accept-changes")

    assert answer.code == 3


def test_a_test_message_is_not_stopped(faulty: Weekly) -> None:
    """It is there to see what is wrong."""
    answer = faulty.run("send", SLUG, "--test", "me@example.org")

    assert answer.code == 0


def test_links_are_asked_for_when_told_to(clean: Weekly) -> None:
    """Never by itself: a send must not wait for other people's sites."""
    with HTTPServer(("127.0.0.1", 0), Missing) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        page = f"http://127.0.0.1:{server.server_port}/page"
        write(clean, CLEAN.replace("https://example.org/flowers", page))

        unasked = clean.run("check", SLUG, "--json").document
        asked = clean.run("check", SLUG, "--links", "--json").document
        server.shutdown()

    rules = [
        [finding["rule"] for finding in document["issues"][0]["findings"]]
        for document in (unasked, asked)
    ]
    assert rules == [["link-local"], ["link-dead", "link-local"]]


def test_an_issue_that_is_not_there_is_not_found(clean: Weekly) -> None:
    """With the nearest name."""
    answer = clean.run("check", "2026-01-sprng")

    assert answer.code == 5
    assert SLUG in answer.err


def test_a_broken_issue_is_reported_with_its_place_and_hides_no_other(faulty: Weekly) -> None:
    """One file in the middle of being written must not end the check of all."""
    write(faulty, "+++\ntitle = \n+++\n", "0-broken")
    write(faulty, "---\ntitle: a: b\n---\n", "z-broken")

    answer = faulty.run("check")
    annotations = faulty.run("check", "--format", "github")
    weekly_file = faulty.folder / "issues" / "0-broken.md"

    assert answer.code == 3
    assert "issues/0-broken.md:2:9: error: TOML: Invalid value [unusable]" in answer.out
    assert "issues/z-broken.md:2:9: error: YAML: " in answer.out
    assert "[link-empty]" in answer.out
    assert f"::error file={weekly_file},line=2,col=9,title=unusable::" in annotations.out


def test_machines_are_told_of_a_broken_issue(clean: Weekly) -> None:
    """It has a path, and neither a slug nor sizes."""
    write(clean, "{ broken", SLUG)
    write(clean, "---\ntitle: a: b\n---\n", "z-broken")

    (_, broken) = json.loads(clean.run("check", "--json").out)["issues"]

    assert (broken["issue"], broken["sizes"]) == (None, None)
    assert broken["path"].endswith("issues/z-broken.md")
    assert [(each["rule"], each["line"]) for each in broken["findings"]] == [("unusable", 2)]
