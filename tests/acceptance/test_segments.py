"""Segments at the command line: for lists, exports and sends, written out or saved by name."""

import re

import pytest

from tests.acceptance.weekly import SLUG, Weekly

KOREANS = {"kim@example.org", "park@example.org"}


def save(weekly: Weekly, **segments: str) -> None:
    """Save segments in newsletter.toml, in place of those that are there."""
    file = weekly.folder / "newsletter.toml"
    text, _, _ = file.read_text(encoding="utf-8").partition("\n[segments]\n")
    lines = [f"{name} = '{rule}'" for name, rule in segments.items()]
    file.write_text("\n".join([text, "[segments]", *lines, ""]), encoding="utf-8")


def test_people_are_listed_and_exported_by_segment(weekly: Weekly) -> None:
    """Also those whom no issue reaches."""
    listed = weekly.run("subscribers", "list", "--segment", "not tag:seoul", "--json")
    exported = weekly.run("subscribers", "export", "--segment", "tag:seoul and domain:example.org")

    addresses = [person["address"] for person in listed.document["subscribers"]]
    assert addresses == ["lee@example.org", "choi@example.org"]
    assert set(re.findall(r"\w+@example.org", exported.out)) == KOREANS


def test_a_segment_is_counted_with_the_reasons(weekly: Weekly) -> None:
    """The sum is everybody, as it is shown before sending."""
    save(weekly, locals="segment:base and not name:Kim", base="tag:seoul or state:pending")

    shown = weekly.run("segments", "show", "locals", "--json").document
    listed = weekly.run("segments", "list").out

    assert shown == {
        "segment": "(tag:seoul or state:pending) and not name:Kim",
        "segment_name": "locals",
        "people": 2,
        "mailable": 1,
        "left_out": {"pending": 1, "not_in_segment": 2},
        "unknown_tags": [],
    }
    assert re.search(r"^locals +1 +segment:base and not name:Kim$", listed, re.MULTILINE)


def test_only_the_segment_gets_the_issue_and_the_next_can_leave_them_out(weekly: Weekly) -> None:
    """`received:` is what the ledger says."""
    save(weekly, koreans="tag:seoul")
    words = weekly.run("send", SLUG, "--segment", "koreans", "--dry-run").out
    sent = weekly.send("--segment", "koreans", "--json").document

    rest = weekly.run("segments", "count", f"not received:{SLUG}", "--json").document

    assert "Audience   2 confirmed subscribers in the segment koreans (tag:seoul)" in words
    assert "Left out   1 pending, 1 not in the segment" in words
    assert (sent["segment"], sent["segment_name"], sent["planned"]) == ("tag:seoul", "koreans", 2)
    assert set(weekly.messages()) == KOREANS
    assert (rest["people"], rest["mailable"]) == (2, 1)


def test_a_plan_keeps_its_rule_when_the_saved_segment_changes(weekly: Weekly) -> None:
    """Two rules under one name would send an issue to people for whom it was not meant."""
    save(weekly, koreans="tag:seoul")
    weekly.send("--segment", "koreans", "--limit", "1")
    save(weekly, koreans="tag:busan")

    told = weekly.run("send", SLUG, "--dry-run")
    by_name = weekly.send("--segment", "koreans")
    with_new = weekly.send("--add-new")
    by_rule = weekly.send("--add-new", "--segment", "tag:seoul", "--json")

    assert "the segment koreans has changed since" in told.out
    assert (by_name.code, with_new.code, by_rule.code) == (6, 6, 0)
    assert "was planned for tag:seoul" in by_name.err
    assert "say it with --segment tag:seoul" in with_new.err
    assert set(weekly.messages()) == KOREANS


def test_a_scheduled_issue_sent_by_hand_keeps_its_segment(weekly: Weekly) -> None:
    """Its time has nothing more to say, its audience has."""
    save(weekly, koreans="tag:seoul")
    weekly.send("--segment", "koreans", "--at", "2999-01-01 09:00")

    sent = weekly.send("--json").document

    assert (sent["segment"], sent["segment_name"], sent["planned"]) == ("tag:seoul", "koreans", 2)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--segment", "tag:seoul and langauge:ko"), 2, "error: column 15: there is no key"),
        (("--segment", "koreans"), 5, 'there is no saved segment "koreans"'),
        (("--segment", "not received:issue-3O"), 5, "received:issue-3O: no issue of that name"),
        (("--segment", "tag:seoul", "--test", "me@example.org"), 2, "use it alone"),
        (("--segment", "not tag:busan", "--dry-run"), 0, "nobody carries the tag busan"),
    ],
)
def test_a_slip_of_the_finger_is_told_before_anything_is_sent(
    weekly: Weekly, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """A misspelt word after `not` would be everyone."""
    answer = weekly.run("send", SLUG, *arguments)

    assert answer.code == code
    assert words in answer.err + answer.out
    assert weekly.messages() == {}


def test_a_slip_of_the_finger_leaves_the_file_of_the_last_export(weekly: Weekly) -> None:
    """It may be the only one."""
    file = weekly.folder / "people.csv"
    before = file.read_bytes()

    answer = weekly.run("subscribers", "export", str(file), "--segment", "tag:(")

    assert (answer.code, file.read_bytes()) == (2, before)


def test_a_mistake_in_the_settings_is_told_with_its_place(weekly: Weekly) -> None:
    """As soon as anything reads them, not when an issue is to leave."""
    save(weekly, good="tag:a", bad="tag:a and lang:ko", circle="not segment:circle")
    line = (weekly.folder / "newsletter.toml").read_text(encoding="utf-8").count("\n") - 1

    answer = weekly.run("subscribers", "stats")

    assert answer.code == 2
    assert f"(newsletter.toml:{line}:18)" in answer.err
    assert "a segment cannot be part of itself: circle → circle" in answer.err


def test_a_tag_and_a_segment_are_for_whom_both_hold(weekly: Weekly) -> None:
    """A segment of spaces is none."""
    both = weekly.run("send", SLUG, "--tag", "seoul", "--segment", "name:Kim", "--dry-run").out
    blank = weekly.run("send", SLUG, "--tag", "seoul", "--segment", " ", "--dry-run").out

    assert "1 confirmed subscriber in the segment tag:seoul and name:Kim" in both
    assert "2 confirmed subscribers in the segment tag:seoul" in blank
