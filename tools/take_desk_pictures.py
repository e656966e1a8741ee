"""Takes the pictures of the operator's page for the documents; `make screenshots` runs it.

python -m tools.take_desk_pictures. Needs Chromium. The newsletter is that of `bench.desk`.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from bench.desk_sample import PASSWORD, fill, make_newsletter, serving

_PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
#: Colour scheme → the page that is shown in it.
_PAGES: dict[Literal["light", "dark"], str] = {"light": "", "dark": "readers"}


def main() -> None:
    """Take one picture in each colour scheme."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("needs Chromium: apt-get install chromium fonts-noto-cjk")
    with tempfile.TemporaryDirectory(prefix="newsletter-pictures-") as name:
        folder = Path(name) / "weekly"
        port = make_newsletter(folder)
        fill(folder, readers=100_000, issues=30)
        with serving(folder, port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for scheme in _PAGES:
                _take(browser, f"http://127.0.0.1:{port}/desk", scheme)
            browser.close()


def _take(browser: Browser, url: str, scheme: Literal["light", "dark"]) -> None:
    page = browser.new_page(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page.goto(f"{url}/sign-in")
    page.locator("#name").fill("kim")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/desk/")
    page.goto(f"{url}/{_PAGES[scheme]}")
    picture = _PICTURES / f"desk-{scheme}.png"
    page.screenshot(path=picture)
    page.close()
    print(picture.relative_to(_PICTURES.parents[1]))


if __name__ == "__main__":
    main()
