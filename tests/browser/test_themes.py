"""Every theme as a browser shows it: on a phone, in the dark, from right to left."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from newsletter.rendering.contrast import READABLE, contrast_ratio
from newsletter.rendering.edition import fill
from newsletter.rendering.render import render_edition
from newsletter.rendering.theme_folder import list_themes
from tests.unit.sample_issues import WEEKLY, make_issue

THEMES = [theme.name for theme in list_themes()]
TEXTS = {
    "en": "A short week. https://example.org/a/path/without/an/end/that/no/phone/can/show/in/one.html",
    "ko": "이번주는아주긴낱말하나가있어서화면보다넓어질수도있습니다그래도넓어지면안됩니다.",
    "he": "שבוע קצר, עם באג אחד טוב וספר אחד טוב מאוד.",
}
BLOCKS = """

## One

![A harbour](https://example.org/a.png)

- [x] done
  - inside

> A quote.

| a | b | c | d |
| - | - | - | - |
| one long cell | another long cell | and_a_word_that_does_not_end_soon | 4 |

```python
def greet(name): return f"Hello, {name}, and a line that is longer than any phone is wide"
```

> [!WARNING]
> A `box` with a [link](https://example.org).

## Two

## Three

## Four
"""
#: Every element that shows text of its own, with its colour and the nearest colour behind it.
READ_COLOURS = """() => {
  const hex = c => '#' + c.match(/[\\d.]+/g).slice(0, 3)
    .map(n => (+n).toString(16).padStart(2, '0')).join('');
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(c) && c !== 'transparent') return hex(c);
    }
    return '#ffffff';
  };
  return [...document.body.querySelectorAll('*')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && /[\\p{L}\\p{N}]/u.test(n.data)))
    .filter(e => e.getClientRects().length && getComputedStyle(e).opacity !== '0')
    .filter(e => getComputedStyle(e).display !== 'none' && e.offsetHeight > 1)
    .map(e => [e.textContent.trim().slice(0, 30), hex(getComputedStyle(e).color), behind(e)]);
}"""


def render(theme: str, language: str) -> str:
    """Render an issue with every kind of block."""
    issue = make_issue(TEXTS[language] + BLOCKS, language=language, title=TEXTS[language])
    return fill(render_edition(issue, newsletter=replace(WEEKLY, theme=theme)).html, {})


@pytest.mark.parametrize("language", ["ko", "he"])
@pytest.mark.parametrize("theme", THEMES)
def test_a_phone_needs_no_scrolling_sideways(browser: Browser, theme: str, language: str) -> None:
    """Neither a long address nor a long Korean word widens the page."""
    page = browser.new_page(viewport={"width": 320, "height": 600})
    page.route("**/*", lambda route: route.abort())

    page.set_content(render(theme, language))
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert width == 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", THEMES)
def test_every_word_is_read_on_what_is_behind_it(browser: Browser, theme: str, scheme: str) -> None:
    """As a browser computes it, so that no element is forgotten in the dark."""
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    page.route("**/*", lambda route: route.abort())

    page.set_content(render(theme, "en"))
    shown = page.evaluate(READ_COLOURS)
    page.close()

    faint = [each for each in shown if contrast_ratio(each[1], each[2]) < READABLE]
    assert len(shown) > 20
    assert faint == []
