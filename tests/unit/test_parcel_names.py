import json
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import UserError
from newsletter.parcel.carried import TABLE_NAMES
from newsletter.parcel.manifest import Manifest, Member, build_manifest_text, parse_manifest
from newsletter.parcel.names import check_names, locate_file, name_table
from newsletter.tables.carried import CARRIED

PARTS = st.sampled_from(
    ["..", ".", "", "a", ".git", "C:", "\\", "files", "tables", "\0", "newsletter.key"]
)
NAMES = st.text(max_size=20) | st.lists(PARTS, max_size=5).map("/".join)


def build(*names: str) -> Manifest:
    """Build a manifest of whole tables and of these members."""
    tables = (name_table(table) for table in TABLE_NAMES)
    return Manifest(
        revision="0010",
        made_by="newsletter-press 0",
        made_at="2026-01-31T08:00:00.000+00:00",
        key_fingerprint="0" * 16,
        members=tuple(
            Member(name=name, size_bytes=1, sha256="0" * 64) for name in (*tables, *names)
        ),
        last_numbers={"subscriber": 5},
    )


def test_what_is_carried_and_what_is_left_behind_was_decided() -> None:
    """A new table has to be thought about: does it let somebody in, or is it about one machine?"""
    assert sorted(TABLE_NAMES) == [
        *("archived_edition", "attempt", "chunk", "consent", "delivery", "issue", "issue_summary"),
        *("lease", "operator_action", "outbox", "report", "schedule", "subscriber"),
        *("subscriber_tag", "suppression", "tag", "token", "warm_up_day", "wording"),
    ]
    assert sorted({table.name for table in CARRIED} - TABLE_NAMES) == [
        *("api_answer", "api_token", "installation", "issue_rate", "mark", "operator"),
    ]


def test_a_manifest_is_read_as_it_was_written() -> None:
    """It is all that an import knows beforehand."""
    manifest = build("files/newsletter.toml")

    assert parse_manifest(build_manifest_text(manifest).encode()) == manifest


@given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_anything_else_is_no_manifest(raw: bytes | str) -> None:
    """And is told so, without a traceback."""
    with pytest.raises(UserError):
        parse_manifest(raw if isinstance(raw, bytes) else raw.encode())


@given(
    st.dictionaries(
        st.sampled_from(sorted(json.loads(build_manifest_text(build())))),
        st.none() | st.integers() | st.text() | st.lists(st.none() | st.integers()),
    )
)
def test_a_manifest_with_other_values_is_refused(changed: dict[str, object]) -> None:
    """Whatever stands where a text, a number or a list should."""
    told = json.loads(build_manifest_text(build())) | changed

    with suppress(UserError):
        assert parse_manifest(json.dumps(told).encode()).members is not None


@given(NAMES)
def test_no_name_leads_outside_the_folder(name: str) -> None:
    """Nor into a repository, where a hook would be run."""
    manifest = build(f"files/{name}")

    with suppress(UserError):
        check_names(manifest, TABLE_NAMES)
        path = locate_file(manifest.members[-1])
        assert path is not None
        place = (Path("/folder") / path).resolve()
        assert place.is_relative_to("/folder")
        assert place != Path("/folder")
        assert not {".git", "..", "newsletter.key"} & set(path.parts)


@pytest.mark.parametrize(
    "names",
    [
        ["files/a", "files/A"],
        ["files/a", "files/a"],
        ["evil"],
        ["tables/operator.jsonl"],
        ["files/"],
        ["files/./a"],
        ["/etc/passwd"],
    ],
)
def test_names_that_no_parcel_has_are_refused(names: list[str]) -> None:
    """Before anything is written."""
    with pytest.raises(UserError):
        check_names(build(*names), TABLE_NAMES)


def test_a_parcel_without_a_table_is_not_whole() -> None:
    """An empty table would be taken for the truth."""
    manifest = build()

    with pytest.raises(UserError, match="not whole"):
        check_names(manifest, TABLE_NAMES | {"another"})


def test_ordinary_files_may_come() -> None:
    """In any script, at any depth."""
    manifest = build("files/issues/2026-01-봄.md", "files/templates/issue/mine/issue.mjml.j2")

    check_names(manifest, TABLE_NAMES)

    assert locate_file(manifest.members[-2]) == PurePosixPath("issues/2026-01-봄.md")
