"""The folders of four site generators, read as their generators would, and never run."""

import re
import shutil
from datetime import UTC
from pathlib import Path

import pytest

from newsletter.articles.post import FoundPosts, Post
from newsletter.articles.sites.site import read_folder
from newsletter.errors import UserError

SITES = Path(__file__).parents[1] / "corpus" / "sites"


def read(folder: Path) -> FoundPosts:
    """Read a site."""
    return read_folder(folder, timezone=UTC)


def find(source: FoundPosts, title: str) -> Post:
    """Find the post of a title."""
    return next(post for post in source.posts if post.title == title)


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Copy a site that a test may change."""
    return shutil.copytree(SITES / request.param, tmp_path / "site")


def change(path: Path, old: str, new: str) -> None:
    """Change a line of a file."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("generator", "expected"),
    [
        (
            "hugo",
            {
                "Small note": "https://hugo.example.org/blog/notes/small-note/",
                "A bundle": "https://hugo.example.org/blog/2026/01/packed/",
                "Later": "https://hugo.example.org/blog/2999/01/later/",
                "Old": "https://hugo.example.org/blog/classic/",
                "봄이 왔다": "https://hugo.example.org/blog/ko/2026/01/bom/",
                "Spring Is Here": "https://hugo.example.org/blog/2026/01/spring-is-here/",
            },
        ),
        (
            "jekyll",
            {
                "Hello, World": "https://jekyll.example.org/b/life/work/2026/01/06/hello-world/",
                "Own place": "https://jekyll.example.org/b/special/2026/own-place.html",
                "Bread": "https://jekyll.example.org/b/recipes/2026/01/08/bread/",
            },
        ),
        (
            "pelican",
            {
                "The Wren's Song": "https://pelican.example.org/2026/birds/the-wrens-song/",
                "부엉이": "",
            },
        ),
        (
            "mkdocs",
            {
                "Version 2 is out": "https://docs.example.org/blog/2026/01/06/version-2-is-out/",
                "Slugs": "https://docs.example.org/blog/2026/01/07/own-slug/",
            },
        ),
    ],
)
def test_each_post_has_the_address_its_generator_gives_it(
    generator: str, expected: dict[str, str]
) -> None:
    """Drafts, pages, sections and files of bundles are no posts."""
    assert {post.title: post.url for post in read(SITES / generator).posts} == expected


def test_nothing_of_a_site_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of Pelican write a file and abort; those of MkDocs would abort."""
    monkeypatch.chdir(tmp_path)

    for generator in ("pelican", "mkdocs"):
        read(SITES / generator)

    assert list(tmp_path.iterdir()) == []


def test_a_summary_is_what_the_author_says_else_the_beginning() -> None:
    """As plain words: shortcodes, pictures and boxes stay on the site."""
    summaries = [
        find(read(SITES / generator), title).summary
        for generator, title in (
            ("hugo", "A bundle"),
            ("hugo", "Spring Is Here"),
            ("hugo", "Small note"),
            ("jekyll", "Hello, World"),
            ("pelican", "The Wren's Song"),
            ("mkdocs", "Slugs"),
        )
    ]

    assert summaries == [
        "With a picture.",
        "The first flowers are out.\n\nSecond paragraph.",
        "Then words.",
        "The first paragraph with code.",
        "It is small.",
        "Words of the post.",
    ]


def test_what_cannot_be_read_is_told_with_its_place() -> None:
    """The other posts come in all the same."""
    source = read(SITES / "hugo")

    assert any("posts/broken.md:3:5: YAML" in remark for remark in source.remarks)
    assert "1 left out: still a draft" in source.remarks


def test_a_slug_that_cannot_be_worked_out_is_left_to_the_author() -> None:
    """Pelican spells Korean in Latin letters by a table of its own."""
    post = find(read(SITES / "pelican"), "부엉이")

    assert "slug" in post.gap
    assert post.place.endswith("birds/owl.md:1")


@pytest.mark.parametrize(
    ("site", "file", "changed", "title", "expected"),
    [
        (
            "hugo",
            "hugo.toml",
            ('/:slug/"', '/:section/:filename/"'),
            "A bundle",
            "2026/01/posts/bundle/",
        ),
        (
            "hugo",
            "hugo.toml",
            ("[permalinks]", "uglyURLs = true\n[permalinks]"),
            "Small note",
            "notes/small-note.html",
        ),
        ("hugo", "hugo.toml", ("[permalinks]", "[permalinks.page]"), "A bundle", "2026/01/packed/"),
        ("jekyll", "_config.yml", ("pretty", "date"), "Bread", "recipes/2026/01/08/bread.html"),
        ("jekyll", "_config.yml", ("pretty", "ordinal"), "Bread", "recipes/2026/008/bread.html"),
        ("jekyll", "_config.yml", ("pretty", "/:title"), "Bread", "bread"),
        (
            "pelican",
            "publishconf.py",
            ("\n\n", "\n\nARTICLE_URL = '{slug}.html'\n"),
            "The Wren's Song",
            "the-wrens-song.html",
        ),
        (
            "mkdocs",
            "mkdocs.yml",
            ("theme:", "use_directory_urls: false\ntheme:"),
            "Slugs",
            "blog/2026/01/07/own-slug.html",
        ),
        (
            "mkdocs",
            "mkdocs.yml",
            ("post_slugify:", "post_url_format: '{slug}'\n      post_slugify:"),
            "Slugs",
            "blog/own-slug/",
        ),
        ("mkdocs", "mkdocs.yml", ("  - blog:", "  - other:"), "Slugs", "blog/posts/later/"),
    ],
    indirect=["site"],
)
def test_the_settings_say_where_posts_are(
    site: Path, file: str, changed: tuple[str, str], title: str, expected: str
) -> None:
    """Permalinks, their styles and their places."""
    change(site / file, *changed)

    assert find(read(site), title).url.endswith(f"/{expected}")


@pytest.mark.parametrize(
    ("site", "file", "old", "new", "said"),
    [
        ("hugo", "hugo.toml", "baseURL", "otherURL", r"hugo\.toml:1 names no baseURL"),
        ("hugo", "hugo.toml", ":slug", ":mood", r"permalink :mood of .*hugo\.toml:4"),
        ("jekyll", "_config.yml", "url:", "uri:", r"_config\.yml:1 names no url"),
        ("jekyll", "_config.yml", "pretty", "/:mood/", r"permalink :mood of .*_config\.yml:4"),
        ("pelican", "publishconf.py", '"https', "HOST + '", "no SITEURL"),
        ("mkdocs", "mkdocs.yml", "site_url", "site_uri", "names no site_url"),
    ],
    indirect=["site"],
)
def test_an_address_that_cannot_be_worked_out_is_a_gap(
    site: Path, file: str, old: str, new: str, said: str
) -> None:
    """It says which setting is missing, and where."""
    text = (site / file).read_text("utf-8").replace(old, new)
    (site / file).write_text(
        text.replace('example.org"', "example.org'") if "HOST" in new else text
    )

    gaps = [post.gap for post in read(site).posts if post.gap]

    assert any(re.search(said, gap) for gap in gaps)


def test_a_folder_without_a_generator_is_told(tmp_path: Path) -> None:
    """It says what was looked for."""
    with pytest.raises(UserError, match=r"mkdocs\.yml"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("pelicanconf.py", "SITEURL = (", r"pelicanconf\.py:1:\d+: Python"),
        ("mkdocs.yml", "a: [", r"mkdocs\.yml:\d+:\d+: YAML"),
        ("_config.yml", "a: b: c", r"_config\.yml:1:\d+: YAML"),
    ],
)
def test_broken_settings_are_told_with_line_and_column(
    tmp_path: Path, file: str, text: str, said: str
) -> None:
    """No traceback for a slip in a file."""
    (tmp_path / file).write_text(text)

    with pytest.raises(UserError) as caught:
        read(tmp_path)

    assert re.search(said, str(caught.value))
    assert "this issue" not in str(caught.value)


def test_a_link_does_not_lead_out_of_the_site(tmp_path: Path) -> None:
    """Somebody else's repository must not read files of this machine into a mail."""
    (tmp_path / "secret.md").write_text("---\ndate: 2026-01-06\n---\n# Secret\n")
    site = tmp_path / "site"
    (site / "docs").mkdir(parents=True)
    (site / "mkdocs.yml").write_text("site_url: https://e.org/\n")
    (site / "docs" / "a.md").symlink_to(tmp_path / "secret.md")
    (site / "docs" / "more").symlink_to(tmp_path)

    assert read(site).posts == ()


@pytest.mark.parametrize("link", ["docs", "docs/blog"])
def test_a_folder_of_pages_that_leads_out_of_the_site_is_told(tmp_path: Path, link: str) -> None:
    """Nothing would be found there, and nobody would know why."""
    (tmp_path / "outside" / "posts").mkdir(parents=True)
    site = tmp_path / "site"
    (site / link).parent.mkdir(parents=True)
    (site / "mkdocs.yml").write_text("site_url: https://e.org/\nplugins: [blog]\n")
    (site / link).symlink_to(tmp_path / "outside")

    with pytest.raises(UserError, match=f"{link}: this link leads out of the site"):
        read(site)


def test_a_site_may_be_reached_by_a_link(tmp_path: Path) -> None:
    """Whoever names it means what it leads to."""
    (tmp_path / "site").symlink_to(SITES / "hugo")

    assert read(tmp_path / "site").posts
