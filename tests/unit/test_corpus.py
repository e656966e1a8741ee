"""Issues in the manner of real weeklies: nothing of them is lost in either part."""

import html
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from newsletter.issues.issue import Revision
from newsletter.issues.load import parse_issue
from newsletter.rendering.edition import Edition, fill
from newsletter.rendering.render import render_edition
from newsletter.settings import RenderingSettings
from tests.unit.corpus_source import Source, read_source
from tests.unit.sample_issues import WEEKLY

CORPUS = Path(__file__).parent.parent / "corpus"
#: Sites hold posts and imports hold people: no issues.
OTHERS = {"sites", "imports"}
FILES = sorted(
    each for each in CORPUS.rglob("*.md") if each.relative_to(CORPUS).parts[0] not in OTHERS
)
NEWSLETTER = replace(WEEKLY, language="en")


def read_notes(file: Path) -> dict[str, Any]:
    """Read what is expected of an issue: the TOML beside it."""
    return tomllib.loads(file.with_suffix(".toml").read_text("utf-8"))


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.relative_to(CORPUS).stem)
def file(request: pytest.FixtureRequest) -> Path:
    """Return one issue of the corpus after the other."""
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def edition(file: Path) -> Edition:
    """Render the issue."""
    revision = Revision(commit=None, is_modified=False, content_sha256="0" * 64)
    issue = parse_issue(file.read_bytes(), path=file, newsletter=NEWSLETTER, revision=revision)
    rendering = RenderingSettings(allow_html=read_notes(file).get("allow_html", False))
    return render_edition(issue, newsletter=NEWSLETTER, rendering=rendering)


@pytest.fixture(scope="module")
def source(file: Path) -> Source:
    """Read the issue without any code of the product."""
    return read_source(file.read_text("utf-8"))


@pytest.fixture(scope="module")
def page(edition: Edition) -> str:
    """Return the pages of all variants."""
    return "\n".join(fill(variant.html, {}) for variant in edition.list_variants())


@pytest.fixture(scope="module")
def text(edition: Edition) -> str:
    """Return the plain texts of all variants."""
    return "\n".join(fill(variant.text, {}) for variant in edition.list_variants())


def squeeze(text: str) -> str:
    """Take white space away, and the marks of quotations and boxes at the start of lines."""
    return re.sub(r"^[>| ]+|\s", "", text, flags=re.MULTILINE)


def read_shown(page: str) -> str:
    """Give the words that a page shows, descriptions of images among them."""
    body = page[page.index("<body") :]
    alts = " ".join(re.findall(r'alt="([^"]*)"', body))
    shown = re.sub(r"<(?:style|title)\b.*?</\w+>|<!--.*?-->|<[^>]*>", "", body, flags=re.DOTALL)
    return squeeze(html.unescape(f"{shown} {alts}"))


def without(words: tuple[str, ...], notes: dict[str, Any]) -> set[str]:
    """Leave out the words that a reader need not see, by the notes beside the issue."""
    return set(words) - set(notes.get("absent", []))


def test_every_word_is_on_the_page(file: Path, source: Source, page: str) -> None:
    """Most people read the page."""
    shown = read_shown(page)

    words = without(source.words, read_notes(file))

    assert words
    assert sorted(word for word in words if word not in shown) == []


def test_every_word_is_in_the_plain_text(file: Path, source: Source, text: str) -> None:
    """Some people read the text, and machines read it to them."""
    squeezed = squeeze(text)

    words = without(source.words, read_notes(file))

    assert sorted(word for word in words if word not in squeezed) == []


def end_of(target: str) -> str:
    """Give the part of a target that does not change when it is made absolute."""
    plain = re.sub(r"\{[{%].*?[%}]\}|\{\w+\}", "", unquote(target)).removesuffix(".md")
    return re.sub("(?<=//)[^/]+", read_host, plain.lstrip("./").rstrip("/"))


def read_host(match: re.Match[str]) -> str:
    """Write a host in ASCII, as a target has it."""
    return match[0].encode("idna").decode() if not match[0].isascii() else match[0]


def test_every_link_can_be_followed_in_both_parts(source: Source, page: str, text: str) -> None:
    """Links are what a weekly is for."""
    targets = [unquote(html.unescape(link)) for link in re.findall(r'(?:href|src)="([^"]*)"', page)]
    links = [end_of(link) for link in source.links]

    assert [link for link in links if not any(link in target for target in targets)] == []
    assert [link for link in links if link[:1] != "#" and link not in unquote(text)] == []


def test_every_image_is_in_both_parts(source: Source, page: str, text: str) -> None:
    """The text names where the image is, or what it shows when it stands for a link."""
    sources = [unquote(html.unescape(each)) for each in re.findall(r'src="([^"]*)"', page)]
    images = [end_of(image) for image in source.images]

    assert [image for image in images if not any(image in each for each in sources)] == []


def test_the_findings_are_those_that_were_expected(file: Path, edition: Edition) -> None:
    """Each names the line and the column in the issue's file."""
    found = [f"{each.line}:{each.column} {each.rule}" for each in edition.findings]

    assert found == read_notes(file)["findings"]
