import base64
import re
from hashlib import sha256
from pathlib import Path

import pytest

from newsletter.web.preview.frame import Images, Scheme, build_frame, build_policy

PAGE = """\
<!DOCTYPE html><html><head><meta name="color-scheme" content="light dark">
<style>:root{color-scheme:light dark}
@media (prefers-color-scheme: dark){body{background:#000 !important}}</style></head>
<body><img src="near.png"><img alt="far" src="https://example.org/far.png">
<img src="https://weekly.example.org/near.png"></body></html>
"""
PICTURE = b"\x89PNG"
EMBEDDED = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a newsletter's folder with a picture beside its issues, and one outside."""
    issues = tmp_path / "weekly" / "issues"
    issues.mkdir(parents=True)
    (issues / "near.png").write_bytes(PICTURE)
    (tmp_path / "secret.png").write_bytes(b"secret")
    return tmp_path / "weekly"


def frame(
    folder: Path, page: str = PAGE, *, scheme: Scheme = "light", images: Images = "local"
) -> str:
    """Build a frame with a script that does nothing."""
    return build_frame(
        page,
        "0",
        scheme=scheme,
        images=images,
        base_url="https://weekly.example.org",
        folder=folder,
        issue_folder=folder / "issues",
    )


def test_the_rules_for_dark_hold_in_dark_and_in_nothing_else(folder: Path) -> None:
    """The browser's own scheme must have no say: it is the writer's, not the reader's."""
    dark = frame(folder, scheme="dark")
    light = frame(folder, scheme="light")

    assert "@media (min-width: 0){body" in dark
    assert ":root{color-scheme:dark}" in dark
    assert "@media (max-width: 0){body" in light
    assert ":root{color-scheme:light}" in light
    assert "prefers-color-scheme" not in dark + light
    assert "light dark" not in dark + light


def test_forced_dark_is_the_light_page_turned_over(folder: Path) -> None:
    """Clients that invert do so because they do not know the dark rules."""
    forced = frame(folder, scheme="forced")

    assert "@media (max-width: 0){body" in forced
    assert "html{background:#fff;filter:invert(1)" in forced


def test_pictures_beside_the_issue_are_part_of_the_page(folder: Path) -> None:
    """They are not on the server yet, by path or by the address they will have."""
    sources = re.findall(r'src="([^"]*)"', frame(folder))

    assert sources == [EMBEDDED, "https://example.org/far.png", EMBEDDED]


@pytest.mark.parametrize(
    "source",
    [
        "../../secret.png",
        "%2e%2e/%2e%2e/secret.png",
        "https://weekly.example.org/../secret.png",
        "file:///etc/hostname.png",
        "//example.org/near.png",
        "link.png",
        "near.txt",
        "\x00.png",
    ],
)
def test_nothing_outside_the_newsletter_is_read(folder: Path, source: str) -> None:
    """The page may hold what others have written, and a test send leaves the machine."""
    (folder / "issues" / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "issues" / "near.txt").write_text("no picture", encoding="utf-8")

    assert "data:" not in frame(folder, f'<img src="{source}">')


def test_without_images_not_even_near_ones_are_shown(folder: Path) -> None:
    """So many clients begin, and the descriptions have to do."""
    assert "data:" not in frame(folder, images="none")
    assert "img-src 'none'" in build_policy("0", images="none")


def test_the_policy_allows_one_script_and_no_address(folder: Path) -> None:
    """What an issue brings along can do nothing, wherever its address is opened."""
    digest = base64.b64encode(sha256(b"0").digest()).decode()

    policy = dict(
        each.strip().split(" ", 1) for each in build_policy("0", images="local").split(";")
    )

    assert policy["script-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert policy["img-src"] == "data:"
    assert "allow-same-origin" not in policy["sandbox"]
    assert "<script>0</script>" in frame(folder)
