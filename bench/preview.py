"""Measures the preview: from a save to the new text on the screen, and what rendering takes of it.

    .venv/bin/python -m bench.preview [ISSUE.md]

Needs Chromium. The issue, by default the sample weekly's, is saved again and again with another
word in it, as an editor would; the clock stops when the frame with that word is shown.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.preview_process import PreviewProcess

_PROGRAM = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"
_SAMPLE = Path(__file__).parents[1] / "examples" / "weekly" / "issues" / "2026-01.md"
_SAVES = 20
#: Resolves when a rendering other than the one named is shown.
_WAIT = """before => new Promise(resolve => {
  const root = document.documentElement;
  const look = () =>
    root.dataset.shown !== before ? resolve(root.dataset.shown) : requestAnimationFrame(look);
  look();
})"""


def main() -> None:
    """Measure and print two tables."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else _SAMPLE
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as name:
        folder = Path(name) / "weekly"
        _run(
            "init",
            str(folder),
            "--name",
            "Bench",
            "--from",
            "bench@example.org",
            "--base-url",
            "https://example.org",
            "--no-input",
        )
        issue = folder / "issues" / "measured.md"
        shutil.copy(source, issue)
        with PreviewProcess(folder) as preview, sync_playwright() as playwright:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            seconds, stages = _measure(browser.new_page(), preview.url, issue)
            browser.close()
    _print(source, seconds, stages)


def _measure(page: Page, url: str, issue: Path) -> tuple[list[float], dict[str, list[float]]]:
    text = issue.read_text(encoding="utf-8")
    page.goto(f"{url}#issues/{issue.name}")
    page.locator("html[data-shown]:not([data-shown=''])").wait_for()
    page.locator(".is-live").wait_for()
    shown = page.evaluate("document.documentElement.dataset.shown")
    seconds: list[float] = []
    stages: dict[str, list[float]] = defaultdict(list)
    for number in range(_SAVES + 2):
        fresh = issue.with_suffix(".tmp")
        fresh.write_text(f"{text}\n\nSaved {number} times.\n", encoding="utf-8")
        began = time.perf_counter()
        fresh.replace(issue)
        shown = page.evaluate(_WAIT, shown)
        seconds.append(time.perf_counter() - began)
        told = page.evaluate("document.getElementById('status-rest').title")
        for line in told.splitlines():
            stage, milliseconds, _ = line.split()
            stages[stage].append(float(milliseconds))
        # The checks still run; whoever writes saves no faster than this.
        time.sleep(0.7)
    # The first two warm up.
    return seconds[2:], {stage: values[2:] for stage, values in stages.items()}


def _print(source: Path, seconds: list[float], stages: dict[str, list[float]]) -> None:
    milliseconds = sorted(each * 1000 for each in seconds)
    print(f"{source.name}, {source.stat().st_size:,} bytes, {len(seconds)} saves\n")
    print("save to screen   median   fastest   slowest")
    print(
        f"ms             {statistics.median(milliseconds):8.0f}"
        f"  {milliseconds[0]:8.0f}  {milliseconds[-1]:8.0f}\n"
    )
    print("stage            median ms")
    for stage, values in stages.items():
        print(f"{stage:<16} {statistics.median(values):9.1f}")
    print(f"{'all':<16} {sum(map(statistics.median, stages.values())):9.1f}")


def _run(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
