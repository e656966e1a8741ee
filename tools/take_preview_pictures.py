"""Takes the pictures of the preview for the documents; `make screenshots` runs it. Needs Chromium.

python -m tools.take_preview_pictures FOLDER: of the demo's newsletter, which git then has as it is.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from tools.preview_process import PreviewProcess

_PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    """Take one picture in each colour scheme."""
    folder = Path(sys.argv[1]).resolve()
    _commit(folder)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("needs Chromium: apt-get install chromium fonts-noto-cjk")
    with PreviewProcess(folder) as preview, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in _SCHEMES:
            _take(browser, f"{preview.url}#issues/2026-01.md", scheme, folder)
        browser.close()


def _take(browser: Browser, url: str, scheme: Literal["light", "dark"], folder: Path) -> None:
    page = browser.new_page(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page.goto(url)
    page.locator(".is-live").wait_for()
    page.locator("#frames iframe:not(.coming)").wait_for()
    if scheme == "dark":
        page.get_by_role("radio", name="Dark").check()
        page.locator("[data-scheme=dark] iframe:not(.coming)").wait_for()
        page.locator("iframe.coming").wait_for(state="detached")
    # Saved once more: what is shown is what a writer sees, not the first start.
    page.wait_for_timeout(1500)
    (folder / "issues" / "2026-01.md").touch()
    page.wait_for_timeout(1500)
    picture = _PICTURES / f"preview-{scheme}.png"
    page.screenshot(path=picture)
    page.close()
    print(picture.relative_to(_PICTURES.parents[1]))


def _commit(folder: Path) -> None:
    """Let git have the issues, as it would have those of a real newsletter."""
    git = ["git", "-C", str(folder), "-c", "user.name=demo", "-c", "user.email=demo@example.org"]
    for command in (["init", "--quiet"], ["add", "issues"], ["commit", "--quiet", "-m", "Issues"]):
        subprocess.run([*git, *command], check=command[0] != "commit")


if __name__ == "__main__":
    main()
