"""The transport that docs/howto/add-a-transport.md shows keeps the contract."""

import importlib.util
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import NextHopRefusesError
from newsletter.sending.transports.transport import Deferred, InDoubt
from tests.contracts.transport_contract import (
    NextHop,
    TransportContract,
    deliver,
    deliver_until_failure,
    make_recipients,
)
from tests.unit.sample_messages import make_recipient

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/howto/add-a-transport.md"


@dataclass
class Provider:
    """An HTTP API that takes finished messages."""

    status: int = 202
    messages: list[bytes] = field(default_factory=list)

    def post(self, address: str, message: bytes) -> int:
        """Take a message, unless it is for nobody."""
        if self.status == 202 and address == "nobody@example.org":
            return 400
        if self.status == 202:
            self.messages.append(message)
        return self.status


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Load the code of the page as a module."""
    [code] = re.findall(
        r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    file = tmp_path_factory.mktemp("howto") / "shown.py"
    file.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("shown", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestShownTransport(TransportContract):
    """Whoever copies it begins with something that works."""

    @pytest.fixture
    def next_hop(self, shown: Any) -> NextHop:
        """Return it before a provider that knows one address that is none."""
        provider = Provider()
        return NextHop(
            shown.PostTransport(provider.post),
            refused=make_recipient("nobody@example.org"),
            list_messages=lambda: provider.messages,
        )

    def test_a_wrong_key_fails_nobody(self, shown: Any) -> None:
        """As the page demands of every transport."""
        transport = shown.PostTransport(Provider(status=401).post)

        error, reports, _ = deliver_until_failure(transport, make_recipients(20))

        assert isinstance(error, NextHopRefusesError)
        assert {type(outcome) for _, outcome in reports} == {Deferred}

    def test_what_nobody_knows_is_in_doubt(self, shown: Any) -> None:
        """As the page demands of every transport."""
        transport = shown.PostTransport(Provider(status=500).post)

        [(_, outcome)] = deliver(transport, make_recipients(1))

        assert isinstance(outcome, InDoubt)


@pytest.mark.parametrize("name", ["_TRANSPORTS", "_open_transport", "Privacy.SECRET"])
def test_the_names_on_the_page_are_those_in_the_code(name: str) -> None:
    """A page that outlived a change leads astray."""
    files = [
        "newsletter/settings/urls.py",
        "newsletter/settings/keys.py",
        "newsletter/bootstrap.py",
    ]

    code = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files)

    assert name in PAGE.read_text(encoding="utf-8")
    assert name in code
