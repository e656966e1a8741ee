"""Slugs: safe in URLs, file names and the ledger, and still readable."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.slug import MAX_SLUG, build_slug, find_name


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("2026-01-spring", "2026-01-spring"),
        ("Hello, World!", "hello-world"),
        ("#349-2025.09.01", "349-2025-09-01"),
        ("Été à Łódź & Straße", "ete-a-lodz-strasse"),
        ("E\u0301te\u0301", "ete"),
        ("주간 소식 30호", "jugan-sosig-30ho"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\r\nBcc: b", "a-bcc-b"),
        ("2026-03-26-סיכום", "2026-03-26-11686192"),
        ("周报", "issue-949ded34"),
        ("!!!", "issue-e84c538e"),
        ("", "issue-e3b0c442"),
        ("Issue ٣", "issue-982c56bb"),
        ("caf\udce9", "caf-0dabcef4"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 71 + "-4d1f7bb8"),
    ],
)
def test_a_slug_is_readable_ascii(name: str, slug: str) -> None:
    """It is typed in commands and stands in links, so it needs no escapes anywhere."""
    assert build_slug(name) == slug


def test_names_that_differ_in_lost_letters_get_different_slugs() -> None:
    """Two issues of one day under one slug would be one issue to the ledger: one is never sent."""
    assert build_slug("2026-03-26-סיכום") != build_slug("2026-03-26-חדשות")
    assert build_slug("x" * 100 + "a") != build_slug("x" * 100 + "b")


@given(st.text(st.characters()))
def test_any_name_gives_a_slug(name: str) -> None:
    """Never empty, never a path, and a slug stays as it is when it is read again."""
    slug = build_slug(name)

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= MAX_SLUG
    assert build_slug(slug) == slug


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("issues/2026.01.02-a.md", "2026.01.02-a"),
        ("issues/a.MARKDOWN", "a"),
        ("issues/2026.01", "2026.01"),
        ("issues/some-issue/index.md", "some-issue"),
        ("issues/old/../new/./index.md", "new"),
        ("/index.md", "index"),
    ],
)
def test_an_issue_is_named_after_its_file_or_folder(path: str, name: str) -> None:
    """A page bundle of Hugo keeps the name in the folder."""
    assert find_name(Path(path)) == name
