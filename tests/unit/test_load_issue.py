"""Issue files as people save them → issues, or every problem with its place."""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import IssueError, NotFoundError
from newsletter.issues.issue import Issue, Revision
from newsletter.issues.load import load_issue, parse_issue
from newsletter.issues.source import MAX_ISSUE_BYTES
from newsletter.settings import Mailbox, NewsletterSettings
from subscribers.address import EmailAddress

SEOUL = ZoneInfo("Asia/Seoul")
NEWSLETTER = NewsletterSettings(
    name="Weekly",
    sender=Mailbox("Weekly", EmailAddress.parse("weekly@example.org")),
    base_url="https://example.org",
    language="ko",
    list_id="weekly.example.org",
    timezone=SEOUL,
)
REVISION = Revision(commit=None, is_modified=True, content_sha256="0" * 64)


def parse(content: bytes | str, name: str = "issues/some-file.md") -> Issue:
    """Make an issue of a file's bytes."""
    return parse_issue(
        content.encode() if isinstance(content, str) else content,
        path=Path(name),
        newsletter=NEWSLETTER,
        revision=REVISION,
    )


def toml(lines: str) -> str:
    """Put lines into TOML front matter."""
    return f"+++\n{lines}\n+++\n"


def yaml(lines: str) -> str:
    """Put lines into YAML front matter."""
    return f"---\n{lines}\n---\n"


def test_everything_an_issue_can_say_is_read() -> None:
    """The names on the left are those of the documentation."""
    issue = parse(
        '+++\ntitle = "Issue 30"\nsubject = "Hello"\ndate = 2024-07-29T01:07:00+09:00\n'
        'description = "About"\nslug = "Issue 30!"\nauthors = ["Kim", "Lee"]\ntags = ["a", "b"]\n'
        'series = ["weekly"]\nlanguage = "en"\ndraft = true\ncategories = ["x"]\n'
        "[params]\ncolour = 3\n+++\n\nText\n"
    )

    assert issue == Issue(
        slug="issue-30",
        path=Path("issues/some-file.md"),
        title="Issue 30",
        subject="Hello",
        preheader="About",
        published_at=datetime(2024, 7, 28, 16, 7, tzinfo=UTC),
        language="en",
        authors=("Kim", "Lee"),
        tags=("a", "b"),
        series=("weekly",),
        is_draft=True,
        extra={"categories": ["x"], "params": {"colour": 3}},
        markdown="\nText\n",
        markdown_line=16,
        revision=REVISION,
    )


def test_a_file_without_front_matter_is_an_issue() -> None:
    """The first heading, the file's name and the settings say the rest."""
    issue = parse("# *First* issue\n\nText\n")

    assert (issue.title, issue.subject, issue.slug) == ("First issue", "First issue", "some-file")
    assert (issue.language, issue.published_at, issue.is_draft) == ("ko", None, False)
    assert (issue.markdown, issue.markdown_line) == ("# *First* issue\n\nText\n", 1)


@pytest.mark.parametrize(
    ("content", "attribute", "expected"),
    [
        pytest.param("", "title", "some file", id="empty-file"),
        pytest.param("```\n# no\n```\n", "title", "some file", id="heading-only-in-code"),
        pytest.param(toml("title = ''") + "# A\n", "title", "A", id="empty-title"),
        pytest.param(yaml("title:") + "# A\n", "title", "A", id="title-of-nothing"),
        pytest.param(yaml("title: >\n  A\n  B"), "title", "A B", id="folded-title"),
        pytest.param(yaml("title: |\n  A\n\n  Bcc: b"), "title", "A Bcc: b", id="title-of-lines"),
        pytest.param(toml('title = "A\\r\\nBcc: b"'), "subject", "A Bcc: b", id="crlf-in-title"),
        pytest.param(toml('title = "A\\u2028B"'), "title", "A B", id="line-separator-in-title"),
        pytest.param(toml('title = "«\\u00a0A\\u00a0»"'), "title", "«\xa0A\xa0»", id="hard-space"),
        pytest.param("# A\x1b[31m B\n", "title", "A [31m B", id="escape-code-in-heading"),
        pytest.param(yaml("Title: A"), "title", "A", id="key-in-capitals"),
        pytest.param(yaml("summary: B"), "preheader", "B", id="summary"),
        pytest.param(yaml("description:\nsummary: B"), "preheader", "B", id="no-description"),
        pytest.param(yaml("summary: B\npreheader: A"), "preheader", "A", id="preheader"),
        pytest.param(yaml("author: King, Jr."), "authors", ("King, Jr.",), id="author"),
        pytest.param(yaml("authors:\n- name: A\n- B"), "authors", ("A", "B"), id="author-tables"),
        pytest.param("Slug: a\nAuthors: A, B; C\n", "authors", ("A, B", "C"), id="semicolons"),
        pytest.param("Slug: a\nTags: a, b,\n  a\n", "tags", ("a", "b"), id="header-tags"),
        pytest.param(yaml("tags: [2026, ai]"), "tags", ("2026", "ai"), id="year-as-tag"),
        pytest.param(yaml("series: Weekly, the one"), "series", ("Weekly", "the one"), id="series"),
        pytest.param(yaml("lang: pt_BR"), "language", "pt-BR", id="language-with-underscore"),
        pytest.param("Slug: a\nDraft: yes\n", "is_draft", True, id="draft-as-a-word"),
        pytest.param("Slug: a\nStatus: draft\n", "is_draft", True, id="pelican-draft"),
        pytest.param("Slug: a\nStatus: published\n", "is_draft", False, id="pelican-published"),
        pytest.param(yaml("published: false"), "is_draft", True, id="jekyll-unpublished"),
        pytest.param(yaml("draft: false"), "is_draft", False, id="no-draft"),
        pytest.param(
            yaml("status: published\na: 1"),
            "extra",
            {"status": "published", "a": 1},
            id="unused-keys-are-kept",
        ),
        pytest.param(yaml("slug: '002'"), "slug", "002", id="slug-of-digits"),
        pytest.param(yaml("slug: /2026/../a b"), "slug", "2026-a-b", id="slug-like-a-path"),
        pytest.param("\ufefftext\r\nmore\rend", "markdown", "text\nmore\nend", id="line-ends"),
        pytest.param("---\n\nHello", "markdown", "---\n\nHello", id="rule-at-the-top"),
    ],
)
def test_an_odd_file_is_read_as_it_was_meant(
    content: str, attribute: str, expected: object
) -> None:
    """Files come from Hugo, Jekyll, Pelican, Windows and hurried people."""
    issue = parse(content)

    assert getattr(issue, attribute) == expected


@pytest.mark.parametrize(
    ("front_matter", "expected"),
    [
        pytest.param(toml("date = 2026-01-05"), datetime(2026, 1, 5, tzinfo=SEOUL), id="toml-date"),
        pytest.param(
            toml("date = 2026-01-05T09:00:00"),
            datetime(2026, 1, 5, 9, tzinfo=SEOUL),
            id="toml-naive",
        ),
        pytest.param(
            toml("date = 2026-01-05T09:00:00Z"), datetime(2026, 1, 5, 9, tzinfo=UTC), id="toml-utc"
        ),
        pytest.param(yaml("date: 2026-01-05"), datetime(2026, 1, 5, tzinfo=SEOUL), id="yaml-date"),
        pytest.param(
            yaml("date: 2026-01-05 09:00:00"),
            datetime(2026, 1, 5, 9, tzinfo=SEOUL),
            id="yaml-naive",
        ),
        pytest.param(
            yaml("date: 2026-01-05T11:15:38+02:00"),
            datetime(2026, 1, 5, 11, 15, 38, tzinfo=timezone(timedelta(hours=2))),
            id="yaml-aware",
        ),
        pytest.param(
            yaml("date: 2026-01-05 09:00:00 -0500"),
            datetime(2026, 1, 5, 9, tzinfo=timezone(timedelta(hours=-5))),
            id="jekyll",
        ),
        pytest.param(yaml("date: '2026-01-05'"), datetime(2026, 1, 5, tzinfo=SEOUL), id="quoted"),
        pytest.param(
            "Title: A\nDate: 2022-05-04 10:00\n",
            datetime(2022, 5, 4, 10, tzinfo=SEOUL),
            id="pelican",
        ),
        pytest.param(
            '{"date": "2026-01-05T09:00:00Z"}', datetime(2026, 1, 5, 9, tzinfo=UTC), id="json"
        ),
        pytest.param(yaml("pubDate: 2026-01-05"), datetime(2026, 1, 5, tzinfo=SEOUL), id="pubdate"),
    ],
)
def test_every_spelling_of_a_time_becomes_aware(front_matter: str, expected: datetime) -> None:
    """A time without an offset is the newsletter's, whatever the machine's zone is."""
    issue = parse(front_matter)

    assert issue.published_at == expected
    assert issue.published_at is not None
    assert issue.published_at.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(
            toml("title = 3"),
            '2:1: title must be text: put it in quotes ("…"); it is a number',
            id="title-number",
        ),
        pytest.param(
            yaml("title: yes"),
            '2:1: title must be text: put it in quotes ("…"); it is true or false',
            id="title-truth",
        ),
        pytest.param(
            yaml("title: 2026-01-05"),
            '2:1: title must be text: put it in quotes ("…"); it is a date',
            id="title-date",
        ),
        pytest.param(
            yaml("title: [a]"),
            '2:1: title must be text: put it in quotes ("…"); it is a list',
            id="title-list",
        ),
        pytest.param(
            toml('subject = "a\\u001b"'),
            "2:1: subject holds the control character U+001B",
            id="subject-escape",
        ),
        pytest.param(
            yaml("slug: 002"),
            '2:1: slug must be text: put it in quotes ("…"); it is a number',
            id="slug-number",
        ),
        pytest.param(
            toml('slug = "!!!"'), "2:1: slug must have a letter or a digit", id="slug-signs"
        ),
        pytest.param(
            toml('draft = "maybe"'),
            '2:1: draft must be true or false; it is text "maybe"',
            id="draft-maybe",
        ),
        pytest.param(
            toml("draft = 1"), "2:1: draft must be true or false; it is a number", id="draft-number"
        ),
        pytest.param(
            toml("date = 0001-01-01"),
            "2:1: date: the year must be 1900 to 2999",
            id="date-of-hugo-for-none",
        ),
        pytest.param(
            yaml("language: no"),
            "2:1: language must be a language tag in quotes, such as "
            '"ko" or "pt-BR"; it is true or false',
            id="language-norway",
        ),
        pytest.param(
            yaml("tags: [a, [b]]"),
            '2:1: tags must be a list of texts (["…", "…"]); it is a list',
            id="tags-list-in-list",
        ),
        pytest.param(
            toml("[authors]\na = 1"),
            '2:2: authors must be a list of texts (["…", "…"]); it is a table',
            id="authors-table",
        ),
        pytest.param(
            yaml("title: a\nTitle: b"),
            "3:1: Title and title are the same key; keep one of them",
            id="title-twice",
        ),
        pytest.param(
            "a\nb\0c\n", "2:2: a NUL character; this is no text file, or a damaged one", id="nul"
        ),
        pytest.param(
            b"a\r\nb\xe9c\n",
            "2:2: byte 0xE9 is not UTF-8; save the file again as UTF-8 "
            "(from an old Windows file: iconv -f WINDOWS-1252 -t UTF-8)",
            id="latin-1",
        ),
        pytest.param(
            "가\n나\r다".encode() + b"\xea\xb0",
            "3:2: byte 0xEA is not UTF-8; save the "
            "file again as UTF-8 (from an old Windows file: iconv -f WINDOWS-1252 -t "
            "UTF-8)",
            id="cut-in-a-syllable",
        ),
        pytest.param(
            "text".encode("utf-16"), "1:1: the file is UTF-16; save it again as UTF-8", id="utf-16"
        ),
    ],
)
def test_a_wrong_value_is_told_with_place_and_remedy(content: bytes | str, problem: str) -> None:
    """Guessing would send a wrong subject or a draft to everyone."""
    with pytest.raises(IssueError) as caught:
        parse(content)

    assert caught.value.problems == (f"issues/some-file.md:{problem}",)


@pytest.mark.parametrize(
    "value", ["yesterday", "2026", "2026-13-01", "2026-1-5", "05.01.2026", " "]
)
def test_a_date_that_is_no_date_is_refused(value: str) -> None:
    """The message shows what a date looks like."""
    with pytest.raises(IssueError, match="2:1: date must be a date such as 2026-01-05, "):
        parse(toml(f'date = "{value}"'))


def test_all_problems_are_told_at_once() -> None:
    """Mending one thing per run is tedious."""
    with pytest.raises(IssueError) as caught:
        parse(toml('title = 3\ndate = "soon"\ndraft = "maybe"\ntags = 4.5\nlanguage = "?"'))

    assert [problem.split(" must")[0] for problem in caught.value.problems] == [
        "issues/some-file.md:2:1: title",
        "issues/some-file.md:3:1: date",
        "issues/some-file.md:4:1: draft",
        "issues/some-file.md:5:1: tags",
        "issues/some-file.md:6:1: language",
    ]


def test_a_file_name_cannot_forge_a_line_of_the_message() -> None:
    """Whoever reads the log must not be led to another file."""
    with pytest.raises(IssueError) as caught:
        parse(toml("title = 3"), name="a\nb.md:1:1: fine")

    assert caught.value.problems[0].startswith("a\\nb.md:1:1: fine:2:1: title")


@pytest.mark.parametrize(
    ("name", "title", "slug"),
    [
        (
            "issues/2026-01-05-new-year_news.md",
            "2026-01-05 new year news",
            "2026-01-05-new-year-news",
        ),
        ("issues/#349-2025.09.01.md", "#349-2025.09.01", "349-2025-09-01"),
        ("issues/주간 소식.md", "주간 소식", "jugan-sosig"),
        ("issues/spring/index.md", "spring", "spring"),
        ("issues/a\nb.md", "a b", "a-b"),
        ("issues/--.md", "issue-d8156bae", "issue-d8156bae"),
    ],
)
def test_a_file_name_serves_as_title_and_slug(name: str, title: str, slug: str) -> None:
    """A file that says nothing about itself can still be sent."""
    issue = parse("text\n", name=name)

    assert (issue.title, issue.slug) == (title, slug)


@given(
    st.one_of(
        st.binary(),
        st.text().map(str.encode),
        st.text(st.characters(exclude_categories=["Cs"])).map(
            lambda text: f"---\ntitle: {text}\n---\n".encode()
        ),
        st.text(st.characters(exclude_categories=["Cs"])).map(
            lambda text: f'+++\ntitle = "{text}"\n+++\n'.encode()
        ),
    )
)
def test_any_bytes_are_an_issue_or_a_problem(content: bytes) -> None:
    """A subject is one line without control characters, or there is no issue."""
    with suppress(IssueError):
        issue = parse(content)

        assert issue.title
        assert not any(unicodedata.category(each) == "Cc" for each in issue.title + issue.subject)


def test_a_file_is_loaded_with_its_hash(tmp_path: Path) -> None:
    """The ledger compares the hash, so it is that of the bytes and not of the settled text."""
    path = tmp_path / "a.md"
    path.write_bytes(b"# A\r\n")

    issue = load_issue(path, newsletter=NEWSLETTER)

    assert (issue.title, issue.path, issue.revision.commit) == ("A", path, None)
    assert issue.revision.content_sha256 == (
        "ec054cdfbe2628ecb67e5d3e6e2dc4b72d60b3b041eb05d67c44c8333bf21481"
    )


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """Not found has an exit code of its own."""
    with pytest.raises(NotFoundError, match=r"a\.md: there is no such file"):
        load_issue(tmp_path / "a.md", newsletter=NEWSLETTER)


def test_a_folder_is_no_issue(tmp_path: Path) -> None:
    """A folder named by mistake gets an answer in words."""
    with pytest.raises(IssueError, match="this is a folder; an issue is a Markdown file"):
        load_issue(tmp_path, newsletter=NEWSLETTER)


def test_a_named_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    """To open it would wait for ever for somebody to write."""
    os.mkfifo(tmp_path / "a.md")

    with pytest.raises(IssueError, match="this is no regular file"):
        load_issue(tmp_path / "a.md", newsletter=NEWSLETTER)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    """It is not an issue, and reading it whole would fill the memory."""
    (tmp_path / "a.md").write_bytes(b"x" * (MAX_ISSUE_BYTES + 1))

    with pytest.raises(IssueError, match="larger than 2048 KiB"):
        load_issue(tmp_path / "a.md", newsletter=NEWSLETTER)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's right to read everything, where the test runs as root."""
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    """The system's own words are the reason."""
    (tmp_path / "a.md").touch(mode=0o000)

    with as_nobody(), pytest.raises(IssueError, match="cannot be read: Permission denied"):
        load_issue(tmp_path / "a.md", newsletter=NEWSLETTER)
