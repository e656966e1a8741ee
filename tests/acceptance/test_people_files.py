"""People leave and come in files of three formats, by the command line."""

import json

import pytest

from tests.acceptance.weekly import SLUG, TERMS, Weekly


@pytest.mark.parametrize("name", ["people.csv", "people.json", "people.jsonl"])
def test_the_name_of_a_file_tells_its_format(weekly: Weekly, name: str) -> None:
    """What was written is taken back, and everyone is known."""
    file = weekly.folder / name

    written = weekly.run("subscribers", "export", str(file), "--json")
    taken = weekly.run("subscribers", "import", str(file), *TERMS, "--json")

    assert written.document["format"] == file.suffix[1:]
    assert written.document["subscribers"] == 4
    assert {key: taken.document[key] for key in ("taken", "known", "refused")} == {
        "taken": 0,
        "known": 4,
        "refused": 0,
    }
    assert file.stat().st_mode & 0o777 == 0o600


def test_consent_and_history_are_told_on_demand(weekly: Weekly) -> None:
    """The evidence is what somebody asks for first, years later."""
    weekly.send()
    weekly.run("subscribers", "tag", "add", "kim@example.org", "ai")

    told = weekly.run(
        *("subscribers", "export", "--format", "jsonl", "--with", "consent,history"),
        *("--tag", "ai"),
    )

    [kim] = [json.loads(line) for line in told.out.splitlines()]
    assert [(each["event"], each["basis"]) for each in kim["consents"]] == [
        ("imported", "asked by mail")
    ]
    assert [(each["issue"], each["status"]) for each in kim["deliveries"]] == [(SLUG, "sent")]
    assert [each["kind"] for each in kim["actions"]] == ["tag"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["people.csv", "--with", "consent"], "Write JSON"),
        (["people.json", "--with", "secrets"], "expected consent or history"),
        (["people.json", "--state", "erased"], "nothing is left to tell"),
        (["-", "--json"], "--json needs a FILE"),
    ],
)
def test_what_cannot_be_written_is_told(weekly: Weekly, options: list[str], words: str) -> None:
    """Before any file is made."""
    told = weekly.run("subscribers", "export", *options)

    assert told.code == 2
    assert words in told.err


def test_an_older_file_stays_when_the_new_one_cannot_be_written(weekly: Weekly) -> None:
    """A folder in the way of the draft is as good as a full disk."""
    told = weekly.run("subscribers", "export", str(weekly.folder / "none" / "people.csv"))

    assert told.code == 1
    assert f"{weekly.folder / 'none' / 'people.csv'}: cannot be written" in told.err
