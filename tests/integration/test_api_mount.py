"""The API is made when it is asked for: a server that no program asks needs no FastAPI."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_WITHOUT = "import sys; sys.modules['fastapi'] = None\n"
_SITE = (
    "from pathlib import Path\n"
    "from tests.integration.web_site import open_site\n"
    "with open_site(Path(sys.argv[1])) as site:\n"
    "    browser = site.browse()\n"
)


def run_script(script: str, folder: Path) -> str:
    """Run a script in a process of its own; return what it prints."""
    command = [sys.executable, "-c", script, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_pages_are_answered_without_importing_fastapi(tmp_path: Path) -> None:
    """It takes half a second, which only programs are to pay for."""
    script = (
        f"import sys\n{_SITE}"
        "    browser.get('/subscribe')\n"
        "    print('fastapi' in sys.modules)\n"
        "    browser.get('/api/v1/tags')\n"
        "    print('fastapi' in sys.modules)\n"
    )

    assert run_script(script, tmp_path).split() == ["False", "True"]


def test_without_the_extra_a_program_is_told_which(tmp_path: Path) -> None:
    """And the pages are as they were."""
    script = (
        f"{_WITHOUT}{_SITE}"
        "    print(browser.get('/subscribe').status_code)\n"
        "    answer = browser.get('/api/v1/tags')\n"
        "    print(answer.status_code, answer.json()['type'], answer.json()['detail'])\n"
    )

    page, api = run_script(script, tmp_path).splitlines()

    assert page == "200"
    assert api.startswith("503 urn:newsletter-press:problem:not-installed ")
    assert "newsletter-press[api]" in api


def test_without_the_extra_the_command_tells_which(tmp_path: Path) -> None:
    """No traceback, and what to install."""
    script = f"{_WITHOUT}from newsletter.cli import run\nprint('code', run(['api', 'openapi']))\n"

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() != "code 0"
    assert "newsletter-press[api]" in done.stderr
