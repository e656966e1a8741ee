import asyncio
import logging
import socket
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from newsletter.errors import NextHopDownError, NextHopRefusesError
from newsletter.sending.message.recipient import DeliveryId
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.sendgrid.fake import FakeSendGrid, Trouble
from newsletter.sending.transports.sendgrid.transport import SendGridTransport
from newsletter.sending.transports.transport import (
    Accepted,
    Deferred,
    InDoubt,
    Outcome,
    Rejected,
)
from newsletter.settings import SendGridSettings
from tests.contracts.sends import TEMPLATE
from tests.contracts.transport_contract import (
    NextHop,
    TransportContract,
    deliver,
    deliver_until_failure,
    make_recipients,
)
from tests.unit.sample_messages import make_recipient

KEY = "SG.made-up-for-tests"
NOON = 1_800_000_000.0


@dataclass
class Clock:
    """A clock that moves when somebody sleeps."""

    seconds: float = NOON
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """Tell the time."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Let others run, and move on."""
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon."""
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> Iterator[FakeSendGrid]:
    """Return a SendGrid that knows one key and one address that is none."""
    with FakeSendGrid(api_key=KEY, invalid=["nobody@example.org"], now_seconds=clock.now) as fake:
        yield fake


def open_transport(
    url: str,
    clock: Clock,
    *,
    api_key: str = KEY,
    batch_size: int = 250,
    calls: int = 1,
    sandbox: bool = False,
    timeout_seconds: float = 10.0,
) -> SendGridTransport:
    """Open a transport to a SendGrid of ours."""
    settings = SendGridSettings(
        api_key=api_key, host=url, batch_size=batch_size, calls=calls, sandbox=sandbox
    )
    return SendGridTransport(
        settings, now_seconds=clock.now, timeout_seconds=timeout_seconds, sleep=clock.sleep
    )


def wait_for_a_call(fake: FakeSendGrid) -> None:
    """Wait until something was accepted."""
    while not fake.calls:
        time.sleep(0.01)


def count_kinds(reports: list[tuple[DeliveryId, Outcome]]) -> dict[type[Outcome], int]:
    """Count the outcomes by their kind."""
    return dict(Counter(type(outcome) for _, outcome in reports))


class TestSendGridTransport(TransportContract):
    """The transport that hands over by the batch."""

    @pytest.fixture
    def next_hop(self, fake: FakeSendGrid, clock: Clock) -> NextHop:
        """Return one with small batches, so that a few recipients make several calls."""
        return NextHop(
            open_transport(fake.url, clock, batch_size=20, calls=3),
            refused=make_recipient("nobody@example.org"),
            list_messages=lambda: [message.as_bytes() for message in fake.list_messages()],
        )


def test_a_call_takes_a_thousand_recipients_over_one_connection(
    fake: FakeSendGrid, clock: Clock
) -> None:
    """One connection for each call and no more: what a call costs is shared by a thousand."""
    transport = open_transport(fake.url, clock, batch_size=1000, calls=4)

    reports = deliver(transport, make_recipients(10_000))

    assert count_kinds(reports) == {Accepted: 10_000}
    assert fake.answers == [202] * 10
    assert fake.connections == 10
    assert fake.recipients == 10_000


def test_every_recipient_keeps_the_number_of_his_call(fake: FakeSendGrid, clock: Clock) -> None:
    """Support and events know the call by it."""
    transport = open_transport(fake.url, clock, batch_size=2)

    reports = dict(deliver(transport, make_recipients(3)))

    assert [reports[DeliveryId(30, number)] for number in (1, 2, 3)] == [
        Accepted("202 fake-1"),
        Accepted("202 fake-1"),
        Accepted("202 fake-2"),
    ]


def test_a_batch_waits_a_moment_for_more(fake: FakeSendGrid, clock: Clock) -> None:
    """Commits come in pieces; a call for each piece would repeat the whole text."""
    first, second, third = make_recipients(3)
    transport = open_transport(fake.url, clock, batch_size=10)

    async def run() -> None:
        stream = RecipientStream([first])
        delivering = asyncio.create_task(transport.deliver(TEMPLATE, stream, lambda *_: None))
        await asyncio.sleep(0.02)
        stream.put([second, third])
        stream.close()
        await delivering

    asyncio.run(run())

    assert [len(call.body["personalizations"]) for call in fake.calls] == [3]


def test_429_is_waited_for_and_nobody_is_lost(fake: FakeSendGrid, clock: Clock) -> None:
    """The same batch goes again at the time that SendGrid names."""
    fake.misbehave(Trouble(status=429, reset_after_seconds=30))

    reports = deliver(open_transport(fake.url, clock), make_recipients(5))

    assert count_kinds(reports) == {Accepted: 5}
    assert fake.answers == [429, 202]
    assert clock.slept == [30.0]


def test_429_without_end_ends_the_run(fake: FakeSendGrid, clock: Clock) -> None:
    """Everybody stays for a later run."""
    fake.misbehave(*[Trouble(status=429, reset_after_seconds=30)] * 5)

    error, reports, _ = deliver_until_failure(open_transport(fake.url, clock), make_recipients(5))

    assert isinstance(error, NextHopDownError)
    assert count_kinds(reports) == {Deferred: 5}
    assert clock.slept == [30.0] * 4


def test_a_far_reset_is_told_and_not_waited_for(fake: FakeSendGrid, clock: Clock) -> None:
    """The ledger then knows when the next attempt is due."""
    fake.misbehave(Trouble(status=429, reset_after_seconds=7200))

    error, reports, _ = deliver_until_failure(open_transport(fake.url, clock), make_recipients(1))

    [(_, outcome)] = reports
    assert isinstance(error, NextHopDownError)
    assert isinstance(outcome, Deferred)
    assert outcome.retry_after_seconds == 7200
    assert clock.slept == []


def test_413_halves_the_batch_until_it_fits(fake: FakeSendGrid, clock: Clock) -> None:
    """Each half is a call of its own, and everybody is in one of them."""
    fake.misbehave(Trouble(status=413), Trouble(status=413))

    reports = deliver(open_transport(fake.url, clock), make_recipients(8))

    assert count_kinds(reports) == {Accepted: 8}
    assert [len(call.body["personalizations"]) for call in fake.calls] == [2, 2, 4]


def test_413_for_one_recipient_is_a_problem_of_the_issue(fake: FakeSendGrid, clock: Clock) -> None:
    """It is too large for everyone, so nobody is rejected."""
    fake.misbehave(*[Trouble(status=413)] * 2)

    error, reports, _ = deliver_until_failure(open_transport(fake.url, clock), make_recipients(2))

    assert isinstance(error, NextHopRefusesError)
    assert count_kinds(reports) == {Deferred: 2}


def test_a_wrong_key_fails_nobody(fake: FakeSendGrid, clock: Clock) -> None:
    """It is a problem of ours; everybody gets the issue once it is mended."""
    transport = open_transport(fake.url, clock, api_key="SG.other", calls=4, batch_size=10)

    error, reports, left = deliver_until_failure(transport, make_recipients(100))

    assert isinstance(error, NextHopRefusesError)
    assert "401" in str(error)
    assert set(count_kinds(reports)) == {Deferred}
    assert len(reports) + len(left) == 100
    assert len(fake.answers) <= 4


def test_500_leaves_its_batch_in_doubt_and_the_others_go_on(
    fake: FakeSendGrid, clock: Clock
) -> None:
    """It was kept all the same: whoever repeated it would send twice."""
    fake.misbehave(Trouble(status=500, is_kept=True))

    reports = deliver(open_transport(fake.url, clock, batch_size=2), make_recipients(6))

    assert count_kinds(reports) == {InDoubt: 2, Accepted: 4}
    assert len(fake.list_messages()) == 6


def test_a_time_out_after_writing_is_in_doubt(fake: FakeSendGrid, clock: Clock) -> None:
    """The request arrived, the answer did not."""
    fake.misbehave(Trouble(is_kept=True, wait_seconds=5))
    transport = open_transport(fake.url, clock, timeout_seconds=0.2)

    reports = deliver(transport, make_recipients(2))

    assert count_kinds(reports) == {InDoubt: 2}
    assert len(fake.list_messages()) == 2


def test_a_connection_closed_without_an_answer_is_in_doubt(
    fake: FakeSendGrid, clock: Clock
) -> None:
    """Nobody can know whether the request was understood."""
    fake.misbehave(Trouble(status=None))

    reports = deliver(open_transport(fake.url, clock), make_recipients(2))

    assert count_kinds(reports) == {InDoubt: 2}


def test_doubt_does_not_grow_without_end(fake: FakeSendGrid, clock: Clock) -> None:
    """A SendGrid that is ill would bring the whole audience into doubt."""
    fake.misbehave(*[Trouble(status=503)] * 100)
    transport = open_transport(fake.url, clock, batch_size=2)

    error, reports, left = deliver_until_failure(transport, make_recipients(100))

    assert isinstance(error, NextHopDownError)
    assert count_kinds(reports) == {InDoubt: 6}
    assert len(left) == 94
    assert clock.slept == [1.0, 5.0]


def test_where_nobody_listens_nobody_is_in_doubt(clock: Clock) -> None:
    """Not one byte left; it is tried a few times, then left for a later run."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    transport = open_transport(f"http://127.0.0.1:{port}", clock)

    error, reports, _ = deliver_until_failure(transport, make_recipients(3))

    assert isinstance(error, NextHopDownError)
    assert count_kinds(reports) == {Deferred: 3}
    assert clock.slept == [1.0, 5.0, 15.0, 30.0]


@pytest.fixture
def authority() -> trustme.CA:
    """Return an authority that nobody knows yet."""
    return trustme.CA()


@pytest.fixture
def tls_fake(authority: trustme.CA, clock: Clock) -> Iterator[FakeSendGrid]:
    """Return a SendGrid with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with FakeSendGrid(api_key=KEY, tls=context, now_seconds=clock.now) as fake:
        yield fake


def test_a_host_that_cannot_prove_who_it_is_gets_nothing(
    tls_fake: FakeSendGrid, clock: Clock
) -> None:
    """Neither the key nor an address; and waiting would mend no certificate."""
    transport = open_transport(tls_fake.url, clock)

    error, reports, _ = deliver_until_failure(transport, make_recipients(1))

    assert isinstance(error, NextHopRefusesError)
    assert "certificate" in str(error)
    assert count_kinds(reports) == {Deferred: 1}
    assert tls_fake.answers == []


def test_a_host_is_trusted_by_the_certificates_of_the_system(
    tls_fake: FakeSendGrid,
    authority: trustme.CA,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real one is spoken to over TLS only."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    transport = open_transport(tls_fake.url, clock, batch_size=1)

    reports = deliver(transport, make_recipients(3))

    assert count_kinds(reports) == {Accepted: 3}
    assert tls_fake.connections == 3


def test_a_redirect_is_not_followed(fake: FakeSendGrid, clock: Clock) -> None:
    """It would take the key to another host, and the request would lose its body."""
    fake.misbehave(Trouble(status=301))

    error, reports, _ = deliver_until_failure(open_transport(fake.url, clock), make_recipients(1))

    assert isinstance(error, NextHopRefusesError)
    assert count_kinds(reports) == {Deferred: 1}
    assert fake.answers == [301]


def test_a_sandbox_sends_nothing_and_the_ledger_knows(fake: FakeSendGrid, clock: Clock) -> None:
    """A later run without it reaches everyone."""
    reports = deliver(open_transport(fake.url, clock, sandbox=True), make_recipients(3))

    assert count_kinds(reports) == {Deferred: 3}
    assert fake.answers == [200]
    assert fake.list_messages() == []


def test_one_address_stands_in_a_call_only_once(fake: FakeSendGrid, clock: Clock) -> None:
    """SendGrid refuses the whole call otherwise."""
    twice = [
        make_recipient(address, delivery_id=DeliveryId(30, number))
        for number, address in enumerate(["kim@example.org", "Kim@example.org"])
    ]

    reports = deliver(open_transport(fake.url, clock), twice)

    assert count_kinds(reports) == {Accepted: 2}
    assert fake.answers == [202, 202]


def test_who_cannot_be_written_to_is_rejected_and_the_others_go_on(
    fake: FakeSendGrid, clock: Clock
) -> None:
    """Found before the call, so it costs nobody another one."""
    first, last = make_recipients(2)
    odd = make_recipient("김@example.com")

    reports = dict(deliver(open_transport(fake.url, clock), [first, odd, last]))

    assert isinstance(reports[odd.delivery_id], Rejected)
    assert isinstance(reports[last.delivery_id], Accepted)
    assert fake.answers == [202]


def test_who_waits_when_it_is_stopped_is_not_in_doubt(fake: FakeSendGrid, clock: Clock) -> None:
    """A second interrupt cuts a call off; only who is in it may have been written to."""
    fake.misbehave(Trouble(is_kept=True, wait_seconds=5))
    transport = open_transport(fake.url, clock, batch_size=2)
    reports: list[tuple[DeliveryId, Outcome]] = []
    twins = [
        make_recipient("kim@example.org", delivery_id=DeliveryId(30, number)) for number in (1, 2)
    ]

    async def run() -> None:
        stream = RecipientStream(twins)
        delivering = asyncio.create_task(
            transport.deliver(TEMPLATE, stream, lambda *report: reports.append(report))
        )
        await asyncio.to_thread(wait_for_a_call, fake)
        delivering.cancel()
        await asyncio.wait({delivering})

    asyncio.run(run())

    assert [(number.subscriber_id, type(outcome)) for number, outcome in reports] == [(2, Deferred)]


def test_the_key_is_in_no_log_at_any_level(
    fake: FakeSendGrid, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The package writes its headers to the log; whoever turns on DEBUG must not see them."""
    transport = open_transport(fake.url, clock)
    for name in ("", "python_http_client", "python_http_client.client", "urllib3", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    logging.getLogger("python_http_client").debug("the log is open")
    fake.misbehave(Trouble(status=500), Trouble(status=413))

    deliver(transport, make_recipients(2))
    error, _, _ = deliver_until_failure(
        open_transport(fake.url, clock, api_key="SG.other"), make_recipients(1)
    )

    told = "\n".join([caplog.text, repr(error), repr(transport), *map(repr, (error.__cause__,))])
    assert KEY not in told
    assert "SG.other" not in told
    assert "Bearer" not in told
