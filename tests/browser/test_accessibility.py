"""Every page, in both languages, light and dark: axe finds nothing, and a phone need not scroll."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.sync_api import Browser, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def find_violations(page: "Page", *, name: str, rules: dict[str, Any]) -> list[str]:
    """Let axe look at a page; tell each violation on a line."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{name}: {each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found.response["violations"]
    ]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_page_has_a_violation(
    browser: "Browser",
    places: "Mapping[str, Mapping[str, Callable[[Page], None]]]",
    language: str,
) -> None:
    """Who listens, magnifies, or uses no mouse is a reader like any other."""
    context = browser.new_context(
        viewport={"width": 320, "height": 800},
        locale=language,
        # A colour that is about to change is none that can be judged.
        reduced_motion="reduce",
    )
    page = context.new_page()
    found: list[str] = []
    for name, open_page in places[language].items():
        page.emulate_media(color_scheme="light")
        open_page(page)
        found += find_violations(page, name=name, rules={"type": "tag", "values": RULES})
        page.emulate_media(color_scheme="dark")
        contrast = {"type": "rule", "values": ["color-contrast"]}
        found += find_violations(page, name=f"{name}, dark", rules=contrast)
        width = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{name}: {width} px wide"] if width > 320 else []
        if page.locator("html").get_attribute("lang") != language and "archive" not in page.url:
            found.append(f"{name}: not in {language}")
    context.close()

    assert found == []
