"""Takes the pictures of the themes for the documents; `make screenshots` runs it. Needs Chromium.

python -m tools.take_theme_pictures FOLDER: of the demo's newsletter, whose first issue is shown.
"""

import html
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright

from newsletter.issues.load import load_issue
from newsletter.rendering.edition import fill
from newsletter.rendering.render import render_edition
from newsletter.rendering.theme_folder import list_themes
from newsletter.settings import find_settings_file, load_settings

_PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_WIDTH, _HEIGHT, _GAP = 375, 780, 24


def main() -> None:
    """Take one picture of all themes in each colour scheme, side by side on phones."""
    settings = load_settings(find_settings_file(Path(sys.argv[1])))
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("needs Chromium: apt-get install chromium fonts-noto-cjk")
    issue = load_issue(settings.folder / "issues" / "2026-01.md", newsletter=settings.newsletter)
    pages = [
        fill(
            render_edition(issue, newsletter=replace(settings.newsletter, theme=each.name)).html, {}
        )
        for each in list_themes()
    ]
    phones = "".join(
        f'<iframe srcdoc="{html.escape(page)}" scrolling="no"></iframe>' for page in pages
    )
    style = (
        f"body{{margin:0;padding:{_GAP}px;display:flex;gap:{_GAP}px;background:#8b93a1}}"
        f"iframe{{border:0;border-radius:16px;width:{_WIDTH}px;height:{_HEIGHT}px}}"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={
                    "width": len(pages) * (_WIDTH + _GAP) + _GAP,
                    "height": _HEIGHT + 2 * _GAP,
                },
                color_scheme="dark" if scheme == "dark" else "light",
            )
            page.route("**/*", lambda route: route.abort())
            page.set_content(f"<!DOCTYPE html><style>{style}</style>{phones}")
            page.wait_for_timeout(500)
            picture = _PICTURES / f"themes-{scheme}.png"
            page.screenshot(path=picture)
            page.close()
            print(picture.relative_to(_PICTURES.parents[1]))
        browser.close()


if __name__ == "__main__":
    main()
