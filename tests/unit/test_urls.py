"""Targets are ASCII, labels are readable, and nothing an author types is an exception."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.urls import absolute_url, ascii_url, display_url


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://한국.kr/길?검색=말#조각", "https://xn--3e0b707e.kr/%EA%B8%B8?%EA%B2%80%EC%83%89=%EB%A7%90#%EC%A1%B0%EA%B0%81"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://☕.example/", "https://xn--53h.example/"),
        ("https://user:pä@host.example:8080/", "https://user:p%C3%A4@host.example:8080/"),
        ("https://e.example/100%/a%20b%zz", "https://e.example/100%25/a%20b%25zz"),
        ("https://e.example/a b\"<>\\^`{|}", "https://e.example/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("https://e.example/wiki/Rust_(x)?a[]=1", "https://e.example/wiki/Rust_(x)?a%5B%5D=1"),
        ("HTTPS://E.example/?#", "https://E.example/?#"),
        ("mailto:김@한국.kr,b@e.kr?cc=한", "mailto:%EA%B9%80@xn--3e0b707e.kr,b@e.kr?cc=%ED%95%9C"),
        ("tel:+82-2-123", "tel:+82-2-123"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("http://[::1", "http://[::1"),
        ("http://a..한국/", "http://a..%ED%95%9C%EA%B5%AD/"),
        ("../글.md#x", "../%EA%B8%80.md#x"),
        ("//cdn.example/x", "//cdn.example/x"),
        ("java\tscript:alert(1)", "java%09script:alert(1)"),
        ("#", "#"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_url_is_encoded_in_ascii(url: str, encoded: str) -> None:
    """Clients and click trackers differ on anything else."""
    assert ascii_url(url) == encoded


@given(st.text() | st.text(alphabet="htps:/?#[]@%2김한.-\ud800 "))
def test_encoding_never_raises_and_encodes_once(url: str) -> None:
    """Garbage between brackets is the author's text, and encoding twice breaks a link."""
    encoded = ascii_url(url)

    assert encoded.isascii()
    assert encoded.isprintable()
    assert " " not in encoded
    assert ascii_url(encoded) == encoded


@given(st.text() | st.text(alphabet="htps:/?#[]@%2김한.-xn "))
def test_a_label_never_raises_and_means_the_same_url(url: str) -> None:
    """What is shown must lead where the link leads."""
    assert ascii_url(display_url(ascii_url(url))).lower() == ascii_url(url).lower()


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://xn--3e0b707e.kr/%EA%B8%B8", "https://한국.kr/길"),
        ("https://e.example/a%20b%2Fc%E2%80%AEd", "https://e.example/a%20b%2Fc%E2%80%AEd"),
        ("https://e.example/%FF%41", "https://e.example/%FF%41"),
    ],
)
def test_a_label_is_decoded_where_reading_gains_by_it(url: str, label: str) -> None:
    """Spaces, slashes and direction marks would show a different URL."""
    assert display_url(url) == label


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("images/a.png", "https://news.example.org/images/a.png"),
        ("/images/a.png?x=1#y", "https://news.example.org/images/a.png?x=1#y"),
        ("../../b/./c/..", "https://news.example.org/b/"),
        ("?x", "https://news.example.org/?x"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("https://e.example/../x", "https://e.example/../x"),
        ("mailto:a@e.example", "mailto:a@e.example"),
        ("#s1", "#s1"),
        ("", ""),
    ],
)
def test_a_relative_url_starts_at_the_base_url(url: str, absolute: str) -> None:
    """A message has no place of its own that a path could be relative to."""
    assert absolute_url(url, "https://news.example.org") == absolute
