from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from newsletter.errors import NextHopRefusesError
from newsletter.sending.transports.smtp.options import Patience
from newsletter.sending.transports.transport import Accepted, Deferred, InDoubt
from tests.contracts.smtp_servers import (
    PASSWORD,
    USER,
    serving_aiosmtpd,
    serving_postfix,
    serving_sink,
    wait_for_delivery,
)
from tests.contracts.smtp_tls import Authority
from tests.contracts.test_smtp_misfortunes import make_transport
from tests.contracts.transport_contract import (
    NextHop,
    TransportContract,
    deliver,
    deliver_until_failure,
    make_recipients,
)
from tests.unit.sample_messages import make_recipient

AUTHORITY = Authority()
#: Real servers on a busy machine take their time, and no test here waits for a time-out.
PATIENCE = Patience(connect=20, command=20, message=20, idle=0.3, rests=(0.01, 0.02, 0.04))
NOBODY = make_recipient("nobody@example.org")


@pytest.mark.parametrize("scheme", ["smtp", "smtps"], scope="class")
# It does not count TLS from the first byte as TLS.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
class TestAiosmtpd(TransportContract):
    """A server in Python, one command at a time, with TLS of both kinds and a login."""

    @pytest.fixture
    def next_hop(self, scheme: str) -> Iterator[NextHop]:
        """Yield one that wants TLS and a login."""
        tls, is_implicit = AUTHORITY.serve("localhost"), scheme == "smtps"
        with serving_aiosmtpd(tls, is_implicit=is_implicit) as (port, inbox):
            transport = make_transport(
                f"{scheme}://{USER}@localhost:{port}",
                password=PASSWORD,
                tls=AUTHORITY.trust(),
                connections=4,
                patience=PATIENCE,
            )
            yield NextHop(transport, NOBODY, lambda: inbox.messages)

    def test_a_wrong_password_ends_the_run(self, scheme: str) -> None:
        """A login of the standard library's making refuses it as ours does."""
        tls, is_implicit = AUTHORITY.serve("localhost"), scheme == "smtps"
        with serving_aiosmtpd(tls, is_implicit=is_implicit) as (port, inbox):
            transport = make_transport(
                f"{scheme}://{USER}@localhost:{port}",
                password="wrong",
                tls=AUTHORITY.trust(),
                patience=PATIENCE,
            )
            failure, reports, left = deliver_until_failure(transport, make_recipients(3))

        assert isinstance(failure, NextHopRefusesError)
        assert "refuses the login" in str(failure)
        assert (reports, len(left), inbox.messages) == ([], 3, [])


@pytest.fixture(scope="module")
def postfix() -> Iterator[tuple[int, Path]]:
    """Yield a whole mail server's port and Maildir."""
    with serving_postfix(AUTHORITY) as (port, maildir):
        yield port, maildir


class TestPostfix(TransportContract):
    """A whole mail server, pipelined, over STARTTLS, into a Maildir."""

    @pytest.fixture
    def next_hop(self, postfix: tuple[int, Path]) -> NextHop:
        """Return it with an empty Maildir."""
        port, maildir = postfix
        # What the test before did not wait for is still on its way.
        wait_for_delivery(maildir)
        for file in maildir.glob("new/*"):
            file.unlink()
        transport = make_transport(
            f"smtp://localhost:{port}", tls=AUTHORITY.trust(), connections=4, patience=PATIENCE
        )
        return NextHop(transport, make_recipient("nobody@example.com"), _reader_of(maildir))


def _reader_of(maildir: Path) -> Callable[[], Sequence[bytes]]:
    """Return what lists the messages as they left, once no more are on their way there."""

    def read() -> Sequence[bytes]:
        wait_for_delivery(maildir)
        return [file.read_bytes().replace(b"\n", b"\r\n") for file in maildir.glob("new/*")]

    return read


class TestSmtpSink:
    """Postfix's sink, which many measure with."""

    def test_everyone_is_accepted_and_written_once(self) -> None:
        """By its own count."""
        with serving_sink() as (port, folder):
            transport = make_transport(
                f"smtp://127.0.0.1:{port}?tls=off", connections=8, patience=PATIENCE
            )
            reports = deliver(transport, make_recipients(300))
            files = list(folder.iterdir())

        assert {type(outcome) for _, outcome in reports} == {Accepted}
        assert len(reports) == len(files) == 300

    @pytest.mark.parametrize(
        ("options", "outcome"),
        [(("-Q", "."), Deferred), (("-r", "."), Deferred), (("-q", "."), InDoubt)],
        ids=["says 421 to contents", "puts off contents", "closes after contents"],
    )
    def test_its_refusals_are_told_apart(
        self, options: tuple[str, str], outcome: type[Deferred] | type[InDoubt]
    ) -> None:
        """Its words are not ours."""
        with serving_sink(*options) as (port, _):
            transport = make_transport(
                f"smtp://127.0.0.1:{port}?tls=off", connections=2, patience=PATIENCE
            )
            reports = deliver(transport, make_recipients(10))

        assert {type(told) for _, told in reports} == {outcome}

    def test_a_server_that_knows_no_command_is_no_recipients_trouble(self) -> None:
        """It answers RCPT with 500, which is about the command."""
        with serving_sink("-f", "rcpt") as (port, _):
            transport = make_transport(f"smtp://127.0.0.1:{port}?tls=off", patience=PATIENCE)
            failure, reports, left = deliver_until_failure(transport, make_recipients(10))

        assert isinstance(failure, NextHopRefusesError)
        assert {type(told) for _, told in reports} == {Deferred}
        assert len(reports) + len(left) == 10

    def test_a_server_without_pipelining_gets_one_command_at_a_time(self) -> None:
        """smtp-sink -p announces none."""
        with serving_sink("-p") as (port, folder):
            transport = make_transport(
                f"smtp://127.0.0.1:{port}?tls=off", connections=2, patience=PATIENCE
            )
            reports = deliver(transport, make_recipients(20))
            files = list(folder.iterdir())

        assert len(reports) == len(files) == 20
