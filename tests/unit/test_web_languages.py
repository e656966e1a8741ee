"""The language that a browser likes best, among those the pages speak."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.web.languages import LANGUAGES, find_accepted_language, find_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("de,en;q=0.5,ko;q=0.6", "ko"),
        ("en, ko", "en"),
        ("ko;q=0, en;q=0.1", "en"),
        ("KO_kr", "ko"),
        ("korean", None),
        ("de", None),
        ("*", None),
        ("", None),
        (";;q=,", None),
    ],
)
def test_the_best_liked_language_is_found(header: str, language: str | None) -> None:
    """Weights first, then the order; zero means never (RFC 9110 section 12.4.2)."""
    assert find_accepted_language(header) == language


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    """It comes from outside."""
    assert find_accepted_language(header) in {None, *LANGUAGES}


@pytest.mark.parametrize(("tag", "language"), [("ko-KR", "ko"), ("en", "en"), ("", None)])
def test_a_region_does_not_matter(tag: str, language: str | None) -> None:
    """The pages have one Korean."""
    assert find_language(tag) == language
