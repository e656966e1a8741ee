"""Bad input, through the real command line: clear words, the right exit code, nothing lost.

A refused command leaves every file and every row as it was: `contents` is compared before and
after. What the file system or another process does is in `test_bad_surroundings.py`.
"""

import codecs
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.weekly import SLUG, TERMS, TEXT, Weekly

#: Front matter that cannot be used → where and in which words it is told.
BAD_ISSUES = {
    "TOML that breaks off": (b'+++\ntitle = "a\n+++\n', "2:11: TOML: "),
    "TOML that is never closed": (b'+++\ntitle = "a"\n', "1:1: +++ opens front matter"),
    "a key twice": (b'+++\ntitle = "a"\ntitle = "b"\n+++\nx', "3:12: TOML: "),
    "YAML that breaks off": (b"---\ntitle: [a\n---\nx", "3:1: YAML: "),
    "YAML that would run code": (
        b'---\ntitle: !!python/object/apply:os.system ["ls"]\n---\nx',
        "2:8: YAML: ",
    ),
    "JSON that breaks off": (b'{"title": }\n\nx', "1:11: JSON: "),
    "a number for a title": (b"+++\ntitle = 7\n+++\nx", "2:1: title must be text"),
    "a word for a flag": (b'+++\ndraft = "perhaps"\n+++\nx', "2:1: draft must be true or false"),
    "a word for a date": (b'+++\ndate = "soon"\n+++\nx', "2:1: date must be a date such as"),
    "no language": (b'+++\nlanguage = "klingon!"\n+++\nx', "2:1: language must be"),
    "a control character": (b'{"title": "a\\u0007b"}\nx', "control character U+0007"),
    "another encoding": ("# 제목\n".encode("cp949"), "1:3: byte 0xC1 is not UTF-8"),
    "UTF-16": ("# Title\n".encode("utf-16"), "1:1: the file is UTF-16"),
    "NUL": (b"# T\n\na\0b", "3:2: a NUL character"),
    "huge front matter": (b'+++\nx = "' + b"a" * 40_000 + b'"\n+++\n', "larger than 32 KiB"),
    "a picture": (b"a " * 1_100_000, "larger than 2048 KiB"),
}


@pytest.mark.parametrize(("content", "words"), BAD_ISSUES.values(), ids=BAD_ISSUES)
def test_an_issue_that_cannot_be_used_is_refused_with_its_place(
    weekly: Weekly, content: bytes, words: str
) -> None:
    """An author mends a file by line and column."""
    file = weekly.write_issue(content)
    before = weekly.contents()

    answer = weekly.run("send", str(file), "--yes")

    assert answer.code == 1
    assert f"{file}: this issue cannot be used" in answer.err
    assert words in answer.err
    assert weekly.contents() == before


def test_every_problem_of_an_issue_is_told_at_once(weekly: Weekly) -> None:
    """Nobody likes to be corrected one word at a time."""
    weekly.write_issue('+++\ntitle = 7\ndraft = "perhaps"\ndate = "soon"\n+++\nx')

    answer = weekly.run("send", SLUG, "--yes", "--json")

    assert answer.out == ""
    assert [problem.partition(".md:")[2][:4] for problem in answer.error["problems"]] == [
        "2:1:",
        "3:1:",
        "4:1:",
    ]


@pytest.mark.parametrize("key", ["title", "subject", "description"])
def test_a_line_break_in_front_matter_begins_no_header(weekly: Weekly, key: str) -> None:
    """Header injection is impossible: what looks like a header is text of the one before."""
    weekly.write_issue(f'+++\n{key} = "a\\nBcc: x@example.org"\n+++\nx')

    answer = weekly.send()

    message = weekly.messages()["kim@example.org"]
    assert answer.code == 0
    assert message["Bcc"] is None
    assert "x@example.org" not in str(message["To"])


def test_a_slug_never_leads_out_of_the_folder(weekly: Weekly, tmp_path: Path) -> None:
    """Rendered files bear its name."""
    file = weekly.write_issue('+++\nslug = "../../out\\nside"\n+++\nx')

    answer = weekly.run("render", str(file), "--out", str(tmp_path / "in"), "--json")

    written = [Path(each["path"]) for each in answer.document["files"].values()]
    assert {path.parent for path in written} == {tmp_path / "in"}
    assert re.fullmatch(r"[a-z0-9-]+", answer.document["issue"])


def test_an_empty_issue_is_not_sent(weekly: Weekly) -> None:
    """It was saved by mistake, or not yet written."""
    weekly.write_issue('+++\ntitle = "Spring"\n+++\n\n')
    before = weekly.contents()

    answer = weekly.send()

    assert answer.code == 6
    assert "this issue has no text" in answer.err
    assert weekly.contents() == before


def test_a_draft_is_not_sent(weekly: Weekly) -> None:
    """The author says when it is ready."""
    weekly.write_issue('+++\ntitle = "Spring"\ndraft = true\n+++\nx')
    before = weekly.contents()

    answer = weekly.send()

    assert answer.code == 6
    assert "is a draft" in answer.err
    assert weekly.contents() == before


def test_a_missing_issue_is_not_found_and_the_nearest_is_named(weekly: Weekly) -> None:
    """Mostly it is a slip of the finger."""
    answer = weekly.run("send", "2026-01-sping", "--yes")

    assert answer.code == 5
    assert f"did you mean {SLUG}?" in answer.err


def test_two_files_with_one_slug_are_refused_by_that_name(weekly: Weekly) -> None:
    """The program does not guess which one is meant."""
    weekly.write_issue('+++\nslug = "same"\n+++\nx', "one")
    weekly.write_issue('+++\nslug = "same"\n+++\ny', "two")

    answer = weekly.run("send", "same", "--yes")

    assert answer.code == 1
    assert "several issues have this slug" in answer.err
    assert "one.md:1:1" in answer.err
    assert "two.md:1:1" in answer.err


def test_a_file_changed_since_it_was_planned_is_refused(weekly: Weekly) -> None:
    """Some readers would get another text than the others."""
    weekly.send("--limit", "1")
    weekly.write_issue(TEXT + "\nOne more thing.\n")
    before = weekly.contents()

    answer = weekly.send()

    assert answer.code == 6
    assert "has changed since the issue was planned" in answer.err
    assert weekly.contents() == before


def test_a_changed_file_is_sent_when_the_operator_accepts_it(weekly: Weekly) -> None:
    """A wrong link is better mended for the rest."""
    weekly.send("--limit", "1")
    weekly.write_issue(TEXT + "\nOne more thing.\n")

    answer = weekly.send("--accept-changes", "--json")

    assert (answer.code, answer.document["sent"]) == (0, 3)


def test_a_finished_issue_may_be_edited(weekly: Weekly) -> None:
    """Nobody is left who could get another text."""
    weekly.send()
    weekly.write_issue(TEXT + "\nA correction for the archive.\n")

    answer = weekly.send()

    assert answer.code == 0
    assert "there was nothing to send" in answer.out


def test_a_file_that_is_not_committed_is_refused_when_the_settings_demand_it(
    weekly: Weekly,
) -> None:
    """Whoever works in a team wants to know which text went out."""
    weekly.change_settings('timezone = "UTC"', 'timezone = "UTC"\nrequire_clean_tree = true')
    before = weekly.contents()

    answer = weekly.send()

    assert answer.code == 6
    assert "require_clean_tree" in answer.err
    assert weekly.contents() == before


#: A line of newsletter.toml, what it becomes, and what is told of it.
BAD_SETTINGS = {
    "an unknown section": ("[transport]", "[transprot]", "[transprot]: there is no such section"),
    "an unknown key": (
        "rate_per_second = 0",
        "rate_per_secnd = 0",
        "rate_per_secnd: there is no such key (did you mean rate_per_second?)",
    ),
    "a password": (
        "rate_per_second = 0",
        'password = "hunter2"',
        "a secret does not belong in newsletter.toml",
    ),
    "a password in a URL": (
        "[transport]",
        '[database]\nurl = "postgresql://u:hunter2@h/x"\n[transport]',
        "NEWSLETTER_DATABASE__PASSWORD",
    ),
    "a base URL that is none": (
        '"https://example.org"',
        '"example"',
        "[newsletter] base_url: expected a URL",
    ),
    "a time zone that is none": ('"UTC"', '"Asia/Soul"', "did you mean Asia/Seoul?"),
    "a negative rate": ("rate_per_second = 0", "rate_per_second = -1", "rate_per_second: "),
    "a transport that is none": ('"maildir:maildir"', '"maildr:x"', "[transport] url: "),
    "an address that is none": ('"weekly@example.org"', '"weekly"', "[newsletter] from: "),
    "a line break in the name": ('"Weekly"', r'"Weekly\r\nBcc: x@example.org"', "line break"),
    "a line break in From": (
        '"weekly@example.org"',
        r'"W\nBcc: x@example.org <weekly@example.org>"',
        "[newsletter] from: holds a line break",
    ),
    "broken TOML": ("rate_per_second = 0", "rate_per_second = = 0", "newsletter.toml:23:19: "),
}


@pytest.mark.parametrize(("old", "new", "words"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_settings_that_cannot_be_used_are_refused_with_their_key(
    weekly: Weekly, old: str, new: str, words: str
) -> None:
    """The message names section, key and line, and never repeats a secret."""
    weekly.change_settings(old, new)
    before = weekly.contents()

    answer = weekly.send()

    assert answer.code == 2
    assert words in answer.err
    assert "hunter2" not in answer.err
    assert weekly.contents() == before


def test_every_problem_of_the_settings_is_told_at_once(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the file and those of the environment."""
    weekly.change_settings('"UTC"', '"Asia/Soul"')
    weekly.change_settings("rate_per_second = 0", 'rate_per_second = "fast"')
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__RATE", "5")

    answer = weekly.run("status", "--json")

    assert (answer.code, answer.out) == (2, "")
    told = "\n".join(answer.error["problems"])
    assert len(answer.error["problems"]) == 3
    assert "[newsletter] timezone" in told
    assert "[transport] rate_per_second" in told
    assert "NEWSLETTER_TRANSPORT__RATE: there is no such setting" in told


def test_a_folder_without_settings_says_how_to_make_a_newsletter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first mistake of every newcomer."""
    answer = Weekly(tmp_path, capsys).run("status")

    assert answer.code == 2
    assert "Make a newsletter with: newsletter init" in answer.err


def test_a_second_init_leaves_everything_as_it_is(weekly: Weekly) -> None:
    """It would replace the secret that old links were made with."""
    before = weekly.contents()

    answer = weekly.run(
        *("init", "--name", "Other", "--from", "o@example.org", "--base-url", "https://o.example")
    )

    assert answer.code == 6
    assert "there is a newsletter already" in answer.err
    assert weekly.contents() == before


#: What may have happened to the key file → what is told.
BAD_KEYS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda key: key.unlink(), "the key file is missing"),
    "shared": (lambda key: key.chmod(0o644), "chmod 600"),
    "malformed": (lambda key: key.write_text("hello"), "the key file is damaged"),
    "binary": (lambda key: key.write_bytes(b"\xff\xfe\x00"), "the key file is damaged"),
    "of another newsletter": (
        lambda key: key.write_text(f"1:{'b' * 64}\n"),
        "not the one this database was made with",
    ),
}


@pytest.mark.parametrize(("change", "words"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_that_cannot_be_used_stops_every_command(
    weekly: Weekly, change: Callable[[Path], object], words: str
) -> None:
    """With another key suppressions would not be found, and people written to who said no."""
    change(weekly.folder / "newsletter.key")
    before = weekly.contents()

    answer = weekly.send()

    assert answer.code == 2
    assert words in answer.err
    assert weekly.contents() == before


#: Files that are no list of people → what is told.
BAD_LISTS = {
    "another encoding": (
        "email,name\nx@example.org,한\n".encode("cp949"),
        "line 2: this is not UTF-8",
    ),
    "half a spreadsheet": (b"PK\x03\x04" + bytes(range(256)) * 9, "this zip file is damaged"),
    "no email column": (b"nombre,apellido\nx@example.org,X\n", "no column holds email addresses"),
    "a column twice": (b"email,name,name\nx@example.org,a,b\n", "would both be 'name'"),
    "an open quotation mark": (b'email,name\nx@example.org,"X\n', "line 2: a quotation mark"),
    "nothing": (b"", "the file is empty"),
    "one endless line": (b"email\n" + b"a" * 1_100_000, "line 2: longer than 1,000,000"),
}


@pytest.mark.parametrize(("content", "words"), BAD_LISTS.values(), ids=BAD_LISTS)
def test_a_file_that_is_no_list_of_people_is_refused_with_its_line(
    weekly: Weekly, content: bytes, words: str
) -> None:
    """The message names the file, too: there may be many of them in one script."""
    (weekly.folder / "people.csv").write_bytes(content)
    before = weekly.contents()

    answer = weekly.import_people(content)

    assert answer.code == 1
    assert f"{weekly.folder / 'people.csv'}: " in answer.err
    assert words in answer.err
    assert weekly.contents() == before


#: Rows that cannot be taken → what the account says of the line.
BAD_ROWS = {
    "no address": (b"email\nkim at example.org\n", "line 2: refused: column 1: "),
    "a header in an address": (
        b'email\n"x@example.org\r\nBcc: y@example.org"\n',
        "line 2: refused",
    ),
    "NUL in a name": (b"email,name\nx@example.org,a\0b\n", "line 2: refused: column 2: "),
    "a cell too many": (b"email,name\nx@example.org,X,Y\n", "line 2: refused: 3 cells"),
    "an unknown state": (b"email,status\nx@example.org,keen\n", "line 2: refused: column 2"),
}


@pytest.mark.parametrize(("content", "words"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_cannot_be_taken_is_told_by_its_line(
    weekly: Weekly, content: bytes, words: str
) -> None:
    """When nothing at all could be taken, the exit code says so."""
    answer = weekly.import_people(content)

    assert answer.code == 1
    assert words in answer.out
    assert answer.out.endswith("0 taken, 0 known, 1 refused.\n")


def test_bad_rows_do_not_hinder_good_ones(weekly: Weekly) -> None:
    """Of ten thousand lines a few are always wrong."""
    answer = weekly.import_people(b"email\nnobody\nnew@example.org\n")

    assert answer.code == 0
    assert answer.out.endswith("1 taken, 0 known, 1 refused.\n")


#: Files that look odd and are good → the options they need.
ODD_LISTS = {
    "UTF-16": ("email,name\nnew@example.org,최\n".encode("utf-16"), ()),
    "UTF-8 with a mark": (codecs.BOM_UTF8 + "email,name\nnew@example.org,최\n".encode(), ()),
    "Korean Excel": ("email,name\nnew@example.org,최\n".encode("cp949"), ("--encoding", "cp949")),
    "semicolons": ("email;name\nnew@example.org;최\n".encode(), ()),
}


@pytest.mark.parametrize(("content", "options"), ODD_LISTS.values(), ids=ODD_LISTS)
def test_a_list_from_a_spreadsheet_is_understood(
    weekly: Weekly, content: bytes, options: tuple[str, ...]
) -> None:
    """Nobody knows how his program saves CSV."""
    answer = weekly.import_people(content, *options)

    person = weekly.run("subscribers", "show", "new@example.org", "--json").document
    assert answer.code == 0
    assert person["name"] == "최"


def test_a_line_break_in_a_name_begins_no_header(weekly: Weekly) -> None:
    """Whoever signs up with such a name gets a letter like everyone else."""
    weekly.import_people(b'email,name\nnew@example.org,"X\r\nBcc: y@example.org"\n')

    weekly.send()

    message = weekly.messages()["new@example.org"]
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["new@example.org"]


def test_a_header_alone_is_a_list_of_nobody(weekly: Weekly) -> None:
    """An export of an empty list is no mistake."""
    answer = weekly.import_people(b"email,name\n")

    assert answer.code == 0
    assert answer.out == "0 taken, 0 known, 0 refused.\n"


#: Imports without evidence → what is told.
BAD_TERMS = {
    "nothing said": ((), "--status, --consent-basis, --source"),
    "no basis": (("--status", "confirmed", "--source", "x"), "--consent-basis"),
    "a blank basis": (
        ("--status", "confirmed", "--consent-basis", " ", "--source", "x"),
        "the basis of their consent",
    ),
    "an unknown state": (
        ("--status", "active", "--consent-basis", "x", "--source", "x"),
        "'active' is not one of",
    ),
    "a state nobody can be imported in": (
        ("--status", "erased", "--consent-basis", "x", "--source", "x"),
        "nobody can be imported as erased",
    ),
}


@pytest.mark.parametrize(("terms", "words"), BAD_TERMS.values(), ids=BAD_TERMS)
def test_an_import_without_evidence_is_refused(
    weekly: Weekly, terms: tuple[str, ...], words: str
) -> None:
    """Consent is the evidence kept: it cannot be made up later."""
    file = weekly.folder / "people.csv"
    before = weekly.contents()

    answer = weekly.run("subscribers", "import", str(file), *terms)

    assert answer.code == 2
    assert words in answer.err
    assert weekly.contents() == before


def test_a_list_that_is_not_there_is_not_found(weekly: Weekly) -> None:
    """The name is repeated as it was typed."""
    answer = weekly.run("subscribers", "import", "nowhere.csv", *TERMS)

    assert answer.code == 5
    assert "nowhere.csv: there is no such file" in answer.err


def test_an_unknown_encoding_is_told_with_the_usual_ones(weekly: Weekly) -> None:
    """Its name was misspelt."""
    answer = weekly.import_people(b"email\nnew@example.org\n", "--encoding", "klingon")

    assert answer.code == 1
    assert "encoding 'klingon' is not known; usual ones are utf-8" in answer.err


def test_an_address_that_complained_is_not_taken_again(weekly: Weekly) -> None:
    """Suppression outlives a list that somebody brings along, and an operator's slip."""
    weekly.import_people(b"email,status\nangry@example.org,complained\n")

    imported = weekly.import_people(b"email\nangry@example.org\n")
    added = weekly.run("subscribers", "add", "angry@example.org")

    assert imported.code == 1
    assert "line 2: refused: suppressed" in imported.out
    assert added.code == 6
    assert "this address is suppressed" in added.err


#: Options of `send` that cannot be meant → exit code and words.
BAD_OPTIONS = {
    "the wrong count": (("--confirm-count", "4"), 6, "it would be 3 messages"),
    "nobody to ask": ((), 6, "--confirm-count 3"),
    "nobody to ask, with JSON": (("--json",), 6, "nobody is asked with --json"),
    "a tag that nobody has": (("--tag", "busan", "--yes"), 6, "3 not in the segment"),
    "no messages at all": (("--limit", "0", "--yes"), 2, "--limit"),
    "a limit in words": (("--limit", "few", "--yes"), 2, "a whole number"),
    "an unknown decision": (("--in-doubt", "ignore", "--yes"), 2, "'hold', 'retry', 'write-off'"),
    "a test address that is none": (("--test", "me"), 2, "--test"),
    "a test that is a dry run": (("--test", "me@example.org", "--dry-run"), 2, "use it alone"),
    "an unknown option": (("--force",), 2, "--force"),
    "an issue too many": (("other",), 2, "other"),
}


@pytest.mark.parametrize(("options", "code", "words"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_a_send_that_cannot_be_meant_sends_nothing(
    weekly: Weekly, options: tuple[str, ...], code: int, words: str
) -> None:
    """Not even the plan is written."""
    before = weekly.contents()

    answer = weekly.run("send", SLUG, *options)

    assert answer.code == code
    assert words in answer.err
    assert weekly.contents() == before


def test_an_audience_of_nobody_is_refused(weekly: Weekly) -> None:
    """Most likely the import was forgotten, or went wrong."""
    weekly.run("subscribers", "unsubscribe", "kim@example.org")
    weekly.run("subscribers", "unsubscribe", "lee@example.org")
    weekly.run("subscribers", "unsubscribe", "park@example.org")
    before = weekly.contents()

    answer = weekly.send()

    assert answer.code == 6
    assert "nobody is in the audience of this issue (1 pending, 3 unsubscribed)" in answer.err
    assert weekly.contents() == before


def test_an_audience_of_nobody_for_a_misspelt_tag_tells_it(weekly: Weekly) -> None:
    """The numbers alone would not say why."""
    answer = weekly.send("--segment", "tag:pyhton")

    assert answer.code == 6
    assert "nobody carries the tag pyhton" in answer.err


def test_another_tag_than_the_planned_one_is_refused(weekly: Weekly) -> None:
    """A plan keeps its audience."""
    weekly.send("--tag", "seoul", "--limit", "1")

    answer = weekly.send("--tag", "busan")

    assert answer.code == 6
    assert "was planned for tag:seoul" in answer.err


#: Commands that fail → their exit codes.
FAILURES = {
    "frobnicate": 2,
    "send": 2,
    f"send {SLUG} --limit x": 2,
    "subscribers export": 2,
    "subscribers import x.csv": 2,
    "subscribers add nobody": 2,
    "subscribers show nobody@example.org": 5,
    "subscribers unsubscribe nobody@example.org": 5,
    "render nothing": 5,
    "status nothing": 5,
    f"pause {SLUG}": 5,
    f"send {SLUG}": 6,
    "init --name x": 2,
}


@pytest.mark.parametrize(("command", "code"), FAILURES.items(), ids=FAILURES)
def test_with_json_an_error_is_one_object_on_standard_error(
    weekly: Weekly, command: str, code: int
) -> None:
    """Scripts read one thing from one place, also when they called the command wrongly."""
    answer = weekly.run(*command.split(), "--json")

    assert (answer.code, answer.out) == (code, "")
    assert set(answer.error) == {"error", "problems", "notes", "exit_code"}
    assert answer.error["exit_code"] == code
    assert answer.error["error"]
