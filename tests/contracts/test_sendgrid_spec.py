"""Requests of the SendGrid transport before a server that somebody else wrote.

The server is made from SendGrid's own description of its API, which is not part of this project:
`../shared/specs/sendgrid-mail-send-v3.yaml` beside the checkout. `npm ci` in `prism/` installs it.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.sending.transports.sendgrid.client import Answer, SendGridClient
from newsletter.sending.transports.sendgrid.request import compile_request
from newsletter.sending.transports.sendgrid.transport import SendGridTransport
from newsletter.sending.transports.transport import Accepted
from newsletter.settings import SendGridSettings
from tests.contracts.sends import TEMPLATE
from tests.contracts.transport_contract import deliver, make_recipients

ROOT = Path(__file__).parents[2]
PRISM = Path(__file__).parent / "prism/node_modules/@stoplight/prism-cli/dist/index.js"
SPEC = ROOT.parent / "shared/specs/sendgrid-mail-send-v3.yaml"
NODE = shutil.which("node")
PATIENCE_SECONDS = 60

if not SPEC.exists():
    pytest.skip("SendGrid's API description is not beside the checkout", allow_module_level=True)


@pytest.fixture(scope="module")
def spec_server() -> Iterator[str]:
    """Run the server and return its URL."""
    if NODE is None or not PRISM.exists():
        pytest.skip("run npm ci in tests/contracts/prism")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [NODE, str(PRISM), "mock", "--host", "127.0.0.1", "--port", str(port), "--errors"]
    with subprocess.Popen(
        [*command, str(SPEC)], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    ) as server:
        try:
            wait_until_it_listens(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_until_it_listens(port: int) -> None:
    """Knock until somebody opens."""
    for _ in range(PATIENCE_SECONDS * 10):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server does not listen")


def test_ten_thousand_recipients_are_accepted_in_ten_calls(spec_server: str) -> None:
    """Somebody else's reading of the rules, at the largest size they allow."""
    settings = SendGridSettings(api_key="SG.made-up", host=spec_server, batch_size=1000, calls=2)
    transport = SendGridTransport(settings, now_seconds=time.time)

    reports = deliver(transport, make_recipients(10_000))

    assert len(reports) == 10_000
    assert {type(outcome) for _, outcome in reports} == {Accepted}


def test_the_server_does_look(spec_server: str) -> None:
    """One that takes everything would prove nothing: one recipient too many, and it refuses."""
    template = compile_request(TEMPLATE, is_sandbox=False)
    parts = [template.personalize(each) for each in make_recipients(1001)]
    client = SendGridClient("SG.made-up", spec_server, timeout_seconds=PATIENCE_SECONDS)

    answers = [client.send(template.build_body(parts[:count])) for count in (1000, 1001)]

    assert [each.status for each in answers if isinstance(each, Answer)] == [202, 400]
