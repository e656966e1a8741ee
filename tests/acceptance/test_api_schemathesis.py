"""The API does what its OpenAPI document says, and no other thing: requests made from the document.

A full run is `--max-examples 200`; here a few of each, so that the suite stays quick.
"""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from newsletter.operators.api_tokens import Scope
from tests.acceptance.served import Served, make_served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a newsletter that was sent to one reader, with no limit on requests."""
    settings = '\n[web]\napi_rate_per_second = 0\n\n[segments]\nall = "state:confirmed"\n'
    served = make_served(tmp_path_factory.mktemp("api") / "weekly", settings=settings)
    served.import_people(["kim@example.org"])
    served.run("send", "2026-01-spring", "--yes")
    served.start()
    yield served
    served.stop()


def test_requests_made_from_the_document_are_answered_as_it_says(served: Served) -> None:
    """Every check that schemathesis has; what it finds is mended, and not left out."""
    scopes = [word for scope in Scope for word in ("--scope", scope.value)]
    token = served.run("token", "create", "--name", "all", *scopes).strip()
    api = f"{served.url}/api/v1"

    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{api}/openapi.json"),
            *("--url", api, "--header", f"Authorization: Bearer {token}"),
            *("--checks", "all", "--max-examples", "3", "--continue-on-failure"),
            # The coverage of each keyword takes a minute, and is part of a full run.
            *("--phases", "examples,fuzzing,stateful", "--seed", "1", "--no-color"),
        ],
        cwd=served.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert re.search(r"Tested: 2\d", done.stdout), done.stdout
    assert re.search(r" 50\d ", served.log) is None
