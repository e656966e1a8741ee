"""The page of a message as the preview shows it: one colour scheme, no scripts, images as asked.

What a mail client decides by itself is decided here in a copy: a frame cannot be told the colour
scheme, so the media queries are rewritten; local images become part of the page, so that it needs
no address of ours. One script may run in it, ours, named in the policy by its hash: it tells the
frame's height, since the frame is of no origin and nobody outside can measure it.
"""

import base64
import mimetypes
import re
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

Scheme: TypeAlias = Literal["light", "dark", "forced"]
Images: TypeAlias = Literal["none", "local", "all"]

#: Larger ones stay away: no mail should carry them.
_MAX_IMAGE_BYTES: Final = 8 * 1024 * 1024
_DARK_QUERY: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_LIGHT_QUERY: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_SCHEME_META: Final = re.compile(
    r"<meta\s[^>]*name=[\"'](?:supported-)?color-schemes?[\"'][^>]*>", re.IGNORECASE
)
_SCHEME_STYLE: Final = re.compile(
    r"(?<![\w-])(?:supported-color-schemes|color-scheme)\s*:\s*[^;}\"]*;?", re.IGNORECASE
)
_SOURCE: Final = re.compile(r"(<img\b[^>]*?\ssrc=)([\"'])(.*?)\2", re.IGNORECASE | re.DOTALL)
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)

#: What clients do that turn light pages dark by themselves (Gmail on phones, Outlook), roughly:
#: lightness is turned over, hues and pictures are kept.
_FORCED: Final = (
    "html{background:#fff;filter:invert(1) hue-rotate(180deg)}"
    "img,video{filter:invert(1) hue-rotate(180deg)}"
)


def build_frame(
    page: str,
    script: str,
    *,
    scheme: Scheme = "light",
    images: Images = "local",
    base_url: str,
    folder: Path,
    issue_folder: Path,
) -> str:
    """Make the copy that the preview shows.

    Args:
        page: The message's HTML for one recipient.
        script: Ours; `build_policy` names its hash.
        scheme: ``forced`` imitates a client that turns a light page dark by itself.
        images: ``local`` shows those that lie beside the issue, ``all`` also fetches others.
        base_url: Images below it are looked for in the newsletter's folder.
        folder: The newsletter's; no file outside is read.
        issue_folder: Where the issue's own images are.
    """
    is_dark = scheme == "dark"
    page = _DARK_QUERY.sub("(min-width: 0)" if is_dark else "(max-width: 0)", page)
    page = _LIGHT_QUERY.sub("(max-width: 0)" if is_dark else "(min-width: 0)", page)
    page = _SCHEME_META.sub("", page)
    page = _SCHEME_STYLE.sub("", page)
    if images != "none":
        page = _embed_images(page, base_url, folder.resolve(), issue_folder.resolve())
    style = f":root{{color-scheme:{'dark' if is_dark else 'light'}}}"
    head = (
        '<base target="_blank">'
        f"<style>{style}{_FORCED if scheme == 'forced' else ''}</style>"
        f"<script>{script}</script>"
    )
    found = _HEAD.search(page)
    place = found.end() if found else 0
    return f"{page[:place]}{head}{page[place:]}"


def build_policy(script: str, *, images: Images) -> str:
    """Make the Content-Security-Policy of the frame.

    The sandbox is also here, so that the frame's address is harmless when it is opened by itself.
    """
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    sources = {"none": "'none'", "local": "data:", "all": "data: https: http:"}[images]
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline';"
        f" img-src {sources}; font-src 'none'; form-action 'none'; base-uri 'none';"
        f" frame-ancestors 'self'; sandbox {SANDBOX}"
    )


#: Links open in a tab of their own; nothing else is allowed, above all not our origin.
SANDBOX: Final = "allow-scripts allow-popups allow-popups-to-escape-sandbox"


def _embed_images(page: str, base_url: str, folder: Path, issue_folder: Path) -> str:
    """Write the images that lie in the newsletter's folder into the page."""

    def embed(match: re.Match[str]) -> str:
        found = _find_image(match[3], base_url, folder, issue_folder)
        return f"{match[1]}{match[2]}{found or match[3]}{match[2]}"

    return _SOURCE.sub(embed, page)


def _find_image(source: str, base_url: str, folder: Path, issue_folder: Path) -> str:
    """Find an image as a ``data:`` URL; empty when it is not ours or not there."""
    path = unquote(source.partition("?")[0].partition("#")[0])
    if path.startswith(f"{base_url}/"):
        path = path.removeprefix(f"{base_url}/")
    elif ":" in path.partition("/")[0] or path.startswith("//"):
        return ""
    kind = mimetypes.guess_type(path)[0] or ""
    if not kind.startswith("image/"):
        return ""
    path = path.lstrip("/")
    for place in (issue_folder / path, folder / path, folder / "issues" / path):
        try:
            file = place.resolve()
            if not file.is_relative_to(folder) or not file.is_file():
                continue
            if file.stat().st_size <= _MAX_IMAGE_BYTES:
                return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
        except (OSError, ValueError):
            continue
    return ""
