"""A real browser and a real `newsletter serve`; without Chromium these tests are skipped.

Each module has a browser of its own: as long as Playwright's synchronous interface is open, no
other test may start an event loop in the same process.
"""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.acceptance.served import Served, make_served
from tests.browser.places import list_places

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.sync_api import Browser, Page

#: Long enough for a machine that has other things to do; a test waits no longer than it must.
expect.set_options(timeout=15_000)

CHROMIUM = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Yield Chromium, without windows."""
    if not CHROMIUM:
        pytest.skip("needs Chromium: apt-get install chromium, or set TEST_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Yield a newsletter that is served while these tests run, each with its own readers."""
    made = make_served(
        tmp_path_factory.mktemp("served") / "weekly",
        settings='\n[web]\noffered_tags = ["releases", "몽골"]\n',
    )
    made.start()
    yield made
    assert made.stop() == 0, made.log


@pytest.fixture(scope="module")
def places(served: Served) -> "Mapping[str, Mapping[str, Callable[[Page], None]]]":
    """Return how each page is opened, in each language."""
    return list_places(served, ("en", "ko"))
