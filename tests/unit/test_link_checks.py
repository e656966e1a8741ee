"""Where links lead and what they say: many spellings, one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.link import Link, is_private_host
from newsletter.checks.links import check_links
from newsletter.checks.words import check_words
from newsletter.rendering.urls import ascii_url

BASE_URL = "https://weekly.example.org"


def list_rules(*links: Link, base_url: str = BASE_URL) -> list[str]:
    """List the rules that object to some links."""
    found = check_links(links, base_url=base_url, anchors=frozenset({"s1"}), sections=[1])
    return [finding.rule for finding in found]


def link_to(target: str, words: str = "a page") -> Link:
    """Make a link in line 1."""
    return Link(target=target, words=words, line=1, column=1)


def bare(url: str) -> Link:
    """Make a link of a URL that stands in the text."""
    return Link(target=ascii_url(url), words=url, line=1, column=1, is_bare=True)


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org",
        "https://example.org:8443/a?b=c#d",
        "https://xn--3e0b707e.example/",
        "https://[2001:db8::1]/",
        "mailto:kim@example.org?subject=Hello",
        "tel:+82212345678",
        "#s1",
        "https://weekly.example.org/archive/1",
    ],
)
def test_a_good_target_is_not_spoken_of(target: str) -> None:
    """Whatever it is, some program follows it."""
    assert list_rules(link_to(target)) == []


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("", "link-invalid"),
        ("https://", "link-invalid"),
        ("https:///page", "link-invalid"),
        ("https://exa mple.org/", "link-invalid"),
        ("https://-.-/", "link-invalid"),
        ("http://[::1/", "link-invalid"),
        ("https://example.org:99999/", "link-invalid"),
        ("htttps://example.org/", "link-invalid"),
        ("mailto:", "link-invalid"),
        ("malto:kim@example.org", "link-invalid"),
        ("ftp://example.org/file", "link-scheme"),
        ("irc://irc.example.org/room", "link-scheme"),
        ("http://example.org/", "link-http"),
        ("http://localhost/", "link-local"),
        ("https://intranet/wiki", "link-local"),
        ("https://printer.local/", "link-local"),
        ("https://172.20.0.1/", "link-local"),
        ("http://[::1]/", "link-local"),
        ("#s2", "link-anchor"),
        ("https://tinyurl.com/abc", "link-shortener"),
    ],
)
def test_a_target_that_leads_nowhere_or_badly_has_one_finding(target: str, rule: str) -> None:
    """One fault, one finding."""
    assert list_rules(link_to(target)) == [rule]


@pytest.mark.parametrize(
    ("host", "is_private"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("fd00::1", True),
        ("172.15.0.1", False),
        ("100.example.org", False),
        ("10.example.org", False),
        ("example.local.org", False),
        ("feed.example.org", False),
    ],
)
def test_private_hosts(host: str, is_private: bool) -> None:
    """RFC 1918, RFC 6761, RFC 4193; names that only look like them are public."""
    assert is_private_host(host) is is_private


def test_what_is_made_from_a_local_base_url_is_told_once() -> None:
    """While one writes, the base URL often is one's own machine."""
    links = [link_to(f"http://localhost:8000/{number}", f"page {number}") for number in range(5)]

    assert list_rules(*links, base_url="http://localhost:8000") == ["base-url"]


@pytest.mark.parametrize(
    ("url", "swallowed"),
    [
        ("https://example.org/guide를", "를"),
        ("https://example.org/guide/에서", ""),
        ("https://example.org/a?b=c이라는", "이라는"),
        ("https://github.com/example/tool에서", "에서"),
        ("https://example.org를", "를"),
        ("https://example.org/を", "を"),
        ("https://example.org/page。", "。"),
        ("https://example.org/page”", "”"),
        ("https://ko.wikipedia.org/wiki/가을", ""),
        ("https://ko.wikipedia.org/wiki/대한민국", ""),
        ("https://example.org/guide", ""),
        ("https://example.org/태그/파이썬", ""),
    ],
)
def test_a_particle_behind_a_url_is_told_from_a_path(url: str, swallowed: str) -> None:
    """A Korean path is a path; a particle right behind ASCII is not."""
    found = check_links([bare(url)], base_url=BASE_URL, anchors=frozenset(), sections=[])

    told = [finding.message.split("”")[0].removeprefix("“") for finding in found]
    assert told == ([swallowed.rstrip("”")] if swallowed else [])


@pytest.mark.parametrize(
    ("words", "target", "is_misleading"),
    [
        ("https://example.org", "https://example.org/x", False),
        ("www.example.org", "https://example.org/", False),
        ("https://blog.example.org", "https://example.org/blog", False),
        ("https://example.org", "https://example.net/", True),
        ("https://한국.example", "https://xn--3e0b707e.example/", False),
        ("Node.js", "https://nodejs.example/", False),
        ("setup.py", "https://example.org/", False),
    ],
)
def test_words_that_are_an_address_must_be_the_targets(
    words: str, target: str, is_misleading: bool
) -> None:
    """Filters compare them; names with dots in them are no addresses."""
    assert list_rules(link_to(target, words)) == (["link-misleading"] if is_misleading else [])


def test_a_picture_without_words_in_a_link_is_not_empty() -> None:
    """It can be seen and pressed; that it has no description is another rule's."""
    around = Link(target="https://example.org/a", words="", line=4, column=1)
    picture = Link(target="https://example.org/a.png", words="", line=4, column=2, is_image=True)

    assert list_rules(around, picture) == []
    assert [finding.rule for finding in check_words([around, picture])] == ["alt-missing"]


def test_the_same_target_counts_once_in_each_section() -> None:
    """A list of references at the end may repeat what the sections link."""
    links = [
        Link(target="https://example.org/a", words=words, line=line)
        for words, line in (("first", 2), ("second", 3), ("third", 12))
    ]

    found = check_links(links, base_url=BASE_URL, anchors=frozenset(), sections=[1, 10])

    assert [(finding.rule, finding.line) for finding in found] == [("link-duplicate", 3)]


@pytest.mark.parametrize("words", ["Click here", "here.", "여기", "더 보기 →", "こちら", "HIER"])
def test_vague_words_are_found_in_many_languages(words: str) -> None:
    """Case and marks at the end change nothing."""
    found = list(check_words([link_to("https://example.org/", words)]))

    assert [finding.rule for finding in found] == ["link-text-vague"]


@given(st.text(), st.text(), st.booleans(), st.booleans())
def test_whatever_is_written_nothing_raises(
    target: str, words: str, is_bare: bool, is_image: bool
) -> None:
    """Checks run before every send."""
    link = Link(target=target, words=words, line=1, is_bare=is_bare, is_image=is_image)

    list_rules(link)
    findings = list(check_words([link]))

    assert all(finding.line == 1 for finding in findings)
