"""The main job, from a Markdown file to a recorded delivery, through the real command line."""

import re
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger import deliveries, plan
from newsletter.sending.ledger.deliveries import Candidate
from tests.acceptance.weekly import SLUG, TERMS, TEXT, Weekly, check_sum, read_part

pytestmark = pytest.mark.databases("sqlite", "postgresql")

EVERYONE = {"kim@example.org", "lee@example.org", "park@example.org"}


def leave_intent_open(weekly: Weekly, subscriber_id: int) -> None:
    """Leave the ledger as a sender does who is killed with one message in flight."""
    database = Database(weekly.url)
    with database.write() as connection:
        planned = plan.find_issue(connection, SLUG)
        assert planned is not None
        candidates = [Candidate(subscriber_id, 0)]
        deliveries.record_intents(connection, planned.id, candidates, epoch=1, now_ms=1)
    database.close()


def test_an_issue_reaches_everyone_confirmed_once(weekly: Weekly) -> None:
    """The promise of the product, told in the words of the vocabulary."""
    answer = weekly.send("--json")

    assert answer.code == 0
    assert set(weekly.messages()) == EVERYONE
    status = answer.document
    check_sum(status)
    assert (status["ending"], status["state"], status["messages"]) == ("finished", "sent", 3)
    assert (status["planned"], status["sent"], status["remaining"]) == (3, 3, 0)
    assert answer.err == ""


def test_a_message_is_personal_and_says_how_to_leave(weekly: Weekly) -> None:
    """RFC 8058: an https link, one click, and the person's own token in both."""
    weekly.send()

    messages = weekly.messages()
    kim, park = messages["kim@example.org"], messages["park@example.org"]
    assert "Dear Kim," in read_part(kim, "plain")
    assert "Dear reader," in read_part(park, "html")
    assert kim["List-Unsubscribe"].startswith("<https://example.org/u/")
    assert kim["List-Unsubscribe"] != park["List-Unsubscribe"]
    assert kim["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_finished_issue_sends_nothing_and_says_so(weekly: Weekly) -> None:
    """Whoever is unsure runs the command again."""
    weekly.send()
    before = weekly.contents()

    answer = weekly.send()

    assert answer.code == 0
    assert f"{SLUG} is finished: there was nothing to send." in answer.out
    assert weekly.contents() == before


def test_a_finished_issue_needs_no_confirmation(weekly: Weekly) -> None:
    """A timer that runs the same command again is no failure."""
    weekly.send()

    answer = weekly.run("send", SLUG, "--confirm-count", "3", "--json")

    assert answer.code == 0
    assert answer.document["messages"] == 0


def test_the_count_confirms(weekly: Weekly) -> None:
    """A script says what it expects instead of typing it."""
    answer = weekly.run("send", SLUG, "--confirm-count", "3")

    assert answer.code == 0
    assert set(weekly.messages()) == EVERYONE


def test_a_limited_run_leaves_the_rest_to_the_next(weekly: Weekly) -> None:
    """Warming up a new sender address takes several days."""
    first = weekly.send("--limit", "1", "--json")
    rest = weekly.send("--json")

    assert (first.code, first.document["ending"], first.document["remaining"]) == (0, "limited", 2)
    assert (rest.code, rest.document["messages"], rest.document["sent"]) == (0, 2, 3)
    assert set(weekly.messages()) == EVERYONE


def test_whoever_leaves_between_two_runs_gets_nothing(weekly: Weekly) -> None:
    """The audience is asked again with each intent."""
    weekly.send("--limit", "1")
    weekly.run("subscribers", "unsubscribe", "park@example.org")

    answer = weekly.send("--json")

    assert answer.code == 0
    check_sum(answer.document)
    assert answer.document["skipped_by_reason"] == {"unsubscribed": 1}
    assert set(weekly.messages()) == EVERYONE - {"park@example.org"}


def test_a_plan_grows_only_when_asked(weekly: Weekly) -> None:
    """Who confirms later gets an old issue only if the operator says so."""
    weekly.send()
    weekly.import_people(b"email\nnew@example.org\n")

    without = weekly.send("--json")
    with_new = weekly.send("--add-new", "--json")

    assert (without.code, without.document["messages"], without.document["planned"]) == (0, 0, 3)
    assert (with_new.code, with_new.document["messages"], with_new.document["planned"]) == (0, 1, 4)
    assert set(weekly.messages()) == {*EVERYONE, "new@example.org"}


def test_a_tag_narrows_the_audience_for_good(weekly: Weekly) -> None:
    """Running the command again without the tag does not widen the plan."""
    tagged = weekly.send("--tag", "seoul", "--json")
    again = weekly.send("--add-new", "--json")

    assert (tagged.document["planned"], tagged.document["segment"]) == (2, "tag:seoul")
    assert (again.document["planned"], again.document["messages"]) == (2, 0)
    assert set(weekly.messages()) == {"kim@example.org", "park@example.org"}


def test_a_dry_run_writes_nothing(weekly: Weekly) -> None:
    """It says what would happen: how many, who is left out and why."""
    before = weekly.contents()

    words = weekly.run("send", SLUG, "--dry-run")
    document = weekly.run("send", SLUG, "--dry-run", "--json").document

    assert "nothing was written" in words.out
    assert "1 pending" in words.out
    assert (document["messages"], document["left_out"]) == (3, {"pending": 1})
    assert (document["from"], document["git_commit"]) == ("weekly@example.org", None)
    assert document["transport"] == f"maildir:{weekly.folder}/maildir"
    assert weekly.contents() == before


def test_a_test_message_is_marked_inert_and_outside_the_ledger(weekly: Weekly) -> None:
    """Whoever forwards it must not end anybody's subscription."""
    answer = weekly.run("send", SLUG, "--test", "kim@example.org", "--json")

    message = weekly.messages()["kim@example.org"]
    assert answer.code == 0
    assert answer.document["test"][0]["outcome"] == "accepted"
    assert "Spring" in message["Subject"]
    assert message["Subject"] != "Spring"
    assert message["List-Unsubscribe"] is None
    assert weekly.run("status", SLUG).code == 5
    words = read_part(message, "plain") + read_part(message, "html")
    assert set(re.findall(r"https://example\.org/u/[\w.-]+", words)) == {
        "https://example.org/u/test"
    }


def test_a_test_of_a_draft_is_allowed(weekly: Weekly) -> None:
    """That is what a draft is for."""
    weekly.write_issue(TEXT.replace("date =", "draft = true\ndate ="))

    answer = weekly.run("send", SLUG, "--test", "me@example.org")

    assert answer.code == 0
    assert set(weekly.messages()) == {"me@example.org"}


def test_a_paused_issue_waits_until_it_is_resumed(weekly: Weekly) -> None:
    """Pausing is a switch in the ledger: it holds for every process."""
    weekly.send("--limit", "1")

    paused = weekly.run("pause", SLUG, "--json")
    refused = weekly.send()
    resumed = weekly.run("resume", SLUG, "--json")
    sent = weekly.send("--json")

    assert (paused.code, paused.document["state"]) == (0, "paused")
    assert (refused.code, resumed.code, sent.code) == (6, 0, 0)
    assert f"newsletter resume {SLUG}" in refused.err
    assert sent.document["sent"] == 3


def test_pausing_twice_changes_nothing(weekly: Weekly) -> None:
    """An operator in a hurry presses twice."""
    weekly.send("--limit", "1")
    weekly.run("pause", SLUG)

    again = weekly.run("pause", SLUG, "--json")

    assert again.code == 0
    assert again.document["has_changed"] is False


def test_a_cancelled_issue_reaches_nobody_else(weekly: Weekly) -> None:
    """What was never attempted is cancelled, and the sum still holds."""
    weekly.send("--limit", "1")

    cancelled = weekly.run("cancel", SLUG, "--json")
    refused = weekly.send()

    check_sum(cancelled.document)
    assert (cancelled.document["sent"], cancelled.document["cancelled"]) == (1, 2)
    assert refused.code == 6
    assert len(weekly.messages()) == 1


def test_what_was_in_flight_when_a_sender_died_is_held_in_doubt(weekly: Weekly) -> None:
    """Nobody gets it twice by default; the exit code says that something is left."""
    weekly.send("--limit", "1")
    leave_intent_open(weekly, 2)

    answer = weekly.send("--json")
    again = weekly.send("--json")

    assert (answer.code, again.code) == (7, 7)
    check_sum(answer.document)
    assert (answer.document["in_doubt"], answer.document["sent"]) == (1, 2)
    assert set(weekly.messages()) == EVERYONE - {"lee@example.org"}


def test_an_issue_whose_sender_died_after_the_last_message_is_finished_by_the_next(
    weekly: Weekly,
) -> None:
    """Else it would be called sending for ever, though nothing remains."""
    weekly.send()
    with closing(Database(weekly.url)) as database, database.write() as connection:
        connection.execute(sa.text("UPDATE issue SET state = 'sending', finished_at_ms = NULL"))

    answer = weekly.run("send", SLUG, "--json")

    assert answer.code == 0
    assert (answer.document["messages"], answer.document["state"]) == (0, "sent")


def test_what_is_in_doubt_is_tried_again_when_the_operator_says_so(weekly: Weekly) -> None:
    """He knows that whoever did get it gets it twice."""
    weekly.send("--limit", "1")
    leave_intent_open(weekly, 2)
    weekly.send()

    answer = weekly.send("--in-doubt", "retry", "--json")

    assert answer.code == 0
    assert (answer.document["in_doubt"], answer.document["sent"]) == (0, 3)
    assert set(weekly.messages()) == EVERYONE


def test_what_is_in_doubt_is_written_off_when_the_operator_says_so(weekly: Weekly) -> None:
    """Nothing is sent, so nothing has to be confirmed."""
    weekly.send("--limit", "1")
    leave_intent_open(weekly, 2)
    weekly.send()

    answer = weekly.run("send", SLUG, "--in-doubt", "write-off", "--json")

    assert answer.code == 0
    assert (answer.document["written_off"], answer.document["sent"]) == (1, 2)
    assert (answer.document["in_doubt"], answer.document["state"]) == (0, "sent")


def test_doubts_of_a_cancelled_issue_can_be_written_off(weekly: Weekly) -> None:
    """Otherwise they would stay on the list for ever."""
    weekly.send("--limit", "1")
    leave_intent_open(weekly, 2)
    weekly.run("cancel", SLUG)

    weekly.run("send", SLUG, "--in-doubt", "write-off")

    status = weekly.status()
    check_sum(status)
    assert (status["written_off"], status["cancelled"], status["sent"]) == (1, 1, 1)


def test_status_without_an_issue_lists_every_issue(weekly: Weekly) -> None:
    """The same words as for one issue."""
    weekly.send()

    words, document = weekly.run("status"), weekly.run("status", "--json").document

    assert SLUG in words.out
    assert [issue["sent"] for issue in document["issues"]] == [3]


def test_an_issue_is_named_by_path_or_slug(weekly: Weekly) -> None:
    """A shell completes paths; the slug is what everything else speaks of."""
    path = str(weekly.folder / "issues" / f"{SLUG}.md")

    weekly.run("send", path, "--yes")

    assert weekly.run("status", path, "--json").document == weekly.status()
    assert weekly.status()["issue"] == SLUG


def test_an_issue_whose_file_is_broken_can_still_be_stopped(weekly: Weekly) -> None:
    """Nothing may stand between an operator and the issue he wants to stop."""
    weekly.send("--limit", "1")
    weekly.write_issue("+++\ntitle = \n")

    answer = weekly.run("pause", SLUG)

    assert answer.code == 0


def test_a_person_has_a_state_and_evidence(weekly: Weekly) -> None:
    """The address is known by what was agreed to, and when."""
    answer = weekly.run("subscribers", "show", "kim@example.org", "--json")

    person = answer.document
    assert (person["state"], person["name"], person["tags"]) == ("confirmed", "Kim", ["seoul"])
    assert [each["basis"] for each in person["consents"]] == ["asked by mail"]


def test_a_repeated_import_changes_nobody(weekly: Weekly) -> None:
    """It can be stopped and repeated; who left stays away."""
    weekly.run("subscribers", "unsubscribe", "kim@example.org")

    answer = weekly.import_people(b"email,name\nkim@example.org,Someone\n", "--json")

    assert (answer.code, answer.document["known"], answer.document["taken"]) == (0, 1, 0)
    person = weekly.run("subscribers", "show", "kim@example.org", "--json").document
    assert (person["state"], person["name"]) == ("unsubscribed", "Kim")


def test_an_imports_report_does_not_overwrite_its_people(weekly: Weekly) -> None:
    """Also under another name of the same file."""
    other = weekly.folder / "report.csv"
    other.symlink_to(weekly.folder / "people.csv")

    answer = weekly.import_people(b"email\nnew@example.org\n", "--report", str(other))

    assert answer.code == 2
    assert "overwrite" in answer.err
    assert (weekly.folder / "people.csv").read_bytes() == b"email\nnew@example.org\n"


def test_an_import_accounts_for_every_line(weekly: Weekly, tmp_path: Path) -> None:
    """The report has a row for each line, the screen the ones that were not taken."""
    report = tmp_path / "report.csv"

    answer = weekly.import_people(
        b"email\nkim@example.org\nnew@example.org\nnobody\n", "--report", str(report)
    )

    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "1 taken, 1 known, 1 refused."
    assert [row.split(",")[:2] for row in report.read_text("utf-8").splitlines()] == [
        ["line", "verdict"],
        ["2", "known"],
        ["3", "taken"],
        ["4", "refused"],
    ]


def test_an_export_comes_back_as_it_was(weekly: Weekly, tmp_path: Path) -> None:
    """Whoever wants to leave takes his people along, with their states."""
    file = tmp_path / "people.csv"
    weekly.run("subscribers", "unsubscribe", "lee@example.org")

    exported = weekly.run("subscribers", "export", str(file), "--json")
    again = weekly.run("subscribers", "import", str(file), *TERMS, "--json")

    assert exported.document["subscribers"] == 4
    assert file.stat().st_mode & 0o077 == 0
    assert again.document["known"] == 4


def test_render_writes_what_one_reader_gets(weekly: Weekly, tmp_path: Path) -> None:
    """Sizes and times are printed, nothing is sent, the ledger stays empty."""
    options = ("--out", str(tmp_path / "out"), "--as", "kim@example.org")

    answer = weekly.run("render", SLUG, *options, "--json")

    assert answer.code == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        f"{SLUG}.eml",
        f"{SLUG}.html",
        f"{SLUG}.txt",
    ]
    assert "Dear Kim," in (tmp_path / "out" / f"{SLUG}.txt").read_text("utf-8")
    assert answer.document["files"]["html"]["bytes"] > 1000
    assert weekly.messages() == {}


@pytest.mark.parametrize("control", ["pause", "resume", "cancel"])
def test_an_issue_that_was_sent_cannot_be_changed(weekly: Weekly, control: str) -> None:
    """It has left."""
    weekly.send()

    answer = weekly.run(control, SLUG)

    assert answer.code == 6
    assert f"{SLUG} is sent" in answer.err


def test_paths_may_be_meant_from_the_newsletters_folder(weekly: Weekly) -> None:
    """Whoever says -C thinks of that folder; the current one is looked at first."""
    (weekly.folder / "more.csv").write_text("email\nnew@example.org\n", encoding="utf-8")

    taken = weekly.run("subscribers", "import", "more.csv", *TERMS, "--json")
    sent = weekly.run("send", f"issues/{SLUG}.md", "--yes", "--json")

    assert taken.document["taken"] == 1
    assert sent.document["sent"] == 4


def test_adding_someone_known_tells_the_state_he_has(weekly: Weekly) -> None:
    """Nothing is changed, and a script wants to know what is."""
    answer = weekly.run("subscribers", "add", "choi@example.org", "--json")

    assert answer.document == {"added": False, "state": "pending"}
