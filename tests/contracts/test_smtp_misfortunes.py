import asyncio
import ssl
from dataclasses import replace

import pytest

from newsletter.errors import NextHopDownError, NextHopRefusesError
from newsletter.sending.message.recipient import DeliveryId
from newsletter.sending.message.template import compile_message
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.smtp.options import Patience, SmtpOptions
from newsletter.sending.transports.smtp.transport import SmtpTransport
from newsletter.sending.transports.transport import Accepted, Deferred, InDoubt, Outcome, Rejected
from newsletter.settings.smtp_url import parse_smtp_url
from tests.contracts.scripted_smtp import Act, Said, Script, ScriptedSmtpServer
from tests.contracts.sends import TEMPLATE
from tests.contracts.transport_contract import deliver, deliver_until_failure, make_recipients
from tests.unit.sample_messages import NEWSLETTER, make_edition, make_recipient

#: Short, so that a test that waits for them does not wait long; long enough for a busy machine.
PATIENCE = Patience(connect=5, command=1, message=1.5, idle=0.3, rests=(0.01, 0.02, 0.04))
ENVELOPE = ["MAIL", "RCPT", "DATA"]
#: More than the buffers of two sockets hold.
BIG = compile_message(make_edition(html=("a word " * 3_000_000,)), NEWSLETTER)


def make_transport(
    url: str,
    *,
    connections: int = 1,
    messages_per_connection: int = 100,
    patience: Patience = PATIENCE,
    password: str = "",
    tls: ssl.SSLContext | None = None,
) -> SmtpTransport:
    """Make a transport to a server of this test."""
    return SmtpTransport(
        SmtpOptions(
            server=parse_smtp_url(url),
            password=password,
            tls=tls or ssl.create_default_context(),
            connections=connections,
            messages_per_connection=messages_per_connection,
            patience=patience,
        ),
        chance=lambda: 0.5,
    )


def answer_once(verb: str, reply: bytes | Act, *, count: int = 1, connection: int = 1) -> Script:
    """Return a script that answers one command, and does the ordinary thing otherwise."""

    async def script(said: Said) -> bytes | Act | None:
        found = (said.connection, said.verb, said.count) == (connection, verb, count)
        return reply if found else None

    return script


def answer_always(verb: str, reply: bytes | Act) -> Script:
    """Return a script that always answers one command."""

    async def script(said: Said) -> bytes | Act | None:
        return reply if said.verb == verb else None

    return script


def outcomes_of(
    server: ScriptedSmtpServer, count: int, *, connections: int = 1, most_messages: int = 100
) -> list[Outcome]:
    """Hand messages to a server; list the outcomes in the order of the recipients."""
    with server.serving():
        transport = make_transport(
            server.url, connections=connections, messages_per_connection=most_messages
        )
        reports = dict(deliver(transport, make_recipients(count)))
    return [reports[DeliveryId(30, number)] for number in range(1, count + 1)]


class TestPipelining:
    """What is written, and when."""

    def test_the_next_envelope_leaves_with_the_final_dot(self) -> None:
        """So a message costs one round trip: the server has it all before it answers."""
        seen: list[str] = []

        async def script(said: Said) -> None:
            seen.append(said.verb)
            await asyncio.sleep(0.01)

        outcomes = outcomes_of(ScriptedSmtpServer(script=script), 3)

        assert {type(each) for each in outcomes} == {Accepted}
        assert seen == ["CONNECT", "EHLO", *[*ENVELOPE, "CONTENT"] * 3, "QUIT"]

    def test_one_command_at_a_time_where_it_is_not_announced(self) -> None:
        """An old server loses what comes before it was asked for (RFC 2920 section 3.2)."""
        server = ScriptedSmtpServer(extensions=(b"SIZE",), is_strict=True)

        outcomes = outcomes_of(server, 4)

        assert {type(each) for each in outcomes} == {Accepted}
        assert server.verbs() == ["CONNECT", "EHLO", *[*ENVELOPE, "CONTENT"] * 4, "QUIT"]

    def test_a_reply_may_come_octet_by_octet(self) -> None:
        """TCP knows no lines."""
        whole = b"250-2.0.0 taken\r\n250 2.0.0 with thanks\r\n"

        outcomes = outcomes_of(ScriptedSmtpServer(script=answer_always("CONTENT", whole)), 2)

        assert outcomes == [Accepted("250 2.0.0 taken 2.0.0 with thanks")] * 2

    def test_a_connection_takes_so_many_messages_and_no_more(self) -> None:
        """Many servers answer 421 after a hundred."""
        server = ScriptedSmtpServer()

        outcomes = outcomes_of(server, 7, most_messages=3)

        assert {type(each) for each in outcomes} == {Accepted}
        assert [server.verbs(number).count("MAIL") for number in (1, 2, 3)] == [3, 3, 1]
        assert [server.verbs(number)[-1] for number in (1, 2, 3)] == ["QUIT"] * 3


class TestRefusals:
    """Replies that are not positive."""

    @pytest.mark.parametrize("extension", [b"PIPELINING", b"SIZE"])
    @pytest.mark.parametrize("verb", [*ENVELOPE, "CONTENT"])
    def test_4yz_defers_one_and_the_others_go_on(self, verb: str, extension: bytes) -> None:
        """Whichever command it answers."""
        script = answer_once(verb, b"451 4.3.0 try later\r\n", count=2)
        server = ScriptedSmtpServer(script=script, extensions=(extension,))

        outcomes = outcomes_of(server, 4)

        assert outcomes[1] == Deferred("451 4.3.0 try later")
        assert [type(each) for each in outcomes] == [Accepted, Deferred, Accepted, Accepted]
        assert len(server.messages) == 3
        assert server.verbs().count("CONNECT") == 1

    @pytest.mark.parametrize("extension", [b"PIPELINING", b"SIZE"])
    @pytest.mark.parametrize(
        ("verb", "reply"),
        [
            ("RCPT", b"550 5.1.1 <kim@example.org>: no such user\r\n"),
            ("RCPT", b"550 unknown\r\n"),
            ("MAIL", b"552 5.3.4 message size exceeds fixed limit\r\n"),
            ("CONTENT", b"552 5.3.4 too big\r\n"),
            ("CONTENT", b"554 5.7.1 looks like spam\r\n"),
            ("CONTENT", b"550 no\r\n"),
        ],
    )
    def test_5yz_rejects_one_and_the_others_go_on(
        self, verb: str, reply: bytes, extension: bytes
    ) -> None:
        """A recipient's or a message's trouble is nobody else's."""
        server = ScriptedSmtpServer(
            script=answer_once(verb, reply, count=2), extensions=(extension,)
        )

        outcomes = outcomes_of(server, 3)

        assert [type(each) for each in outcomes] == [Accepted, Rejected, Accepted]
        assert "@" not in outcomes[1].reply

    def test_data_granted_without_a_recipient_is_ended_by_a_dot(self) -> None:
        """RFC 2920 section 3.1: the server may do so, and waits for a content then."""

        async def script(said: Said) -> bytes | None:
            replies = {
                ("RCPT", 2): b"550 5.1.1 unknown\r\n",
                ("DATA", 2): b"354 go ahead all the same\r\n",
                ("CONTENT", 2): b"554 5.5.1 no valid recipients\r\n",
            }
            return replies.get((said.verb, said.count))

        server = ScriptedSmtpServer(script=script)

        outcomes = outcomes_of(server, 3)

        assert [type(each) for each in outcomes] == [Accepted, Rejected, Accepted]
        contents = [said.octets for said in server.heard if said.verb == "CONTENT"]
        assert contents == [server.messages[0], b"", server.messages[1]]

    @pytest.mark.parametrize(
        ("verb", "reply"),
        [
            ("CONNECT", b"554 5.7.1 go away\r\n"),
            ("EHLO", b"550 5.7.1 not you\r\n"),
            ("MAIL", b"550 5.1.8 sender's domain not found\r\n"),
            ("MAIL", b"530 5.7.0 authentication required\r\n"),
            ("RCPT", b"554 5.7.1 <kim@example.org>: Relay access denied\r\n"),
            ("RCPT", b"550 relay not permitted\r\n"),
            ("DATA", b"554 5.5.1 no\r\n"),
            ("CONTENT", b"550 5.7.515 does not meet the required authentication level\r\n"),
            ("MAIL", b"552 5.3.4 message size exceeds fixed limit\r\n"),
            ("CONTENT", b"552 message size exceeds maximum permitted\r\n"),
        ],
    )
    def test_trouble_of_ours_fails_nobody_and_ends_the_run(self, verb: str, reply: bytes) -> None:
        """All would fail alike: they stay remaining, and the operator has something to mend."""
        with ScriptedSmtpServer(script=answer_always(verb, reply)).serving() as server:
            failure, reports, left = deliver_until_failure(
                make_transport(server.url, connections=2), make_recipients(20)
            )

        assert isinstance(failure, NextHopRefusesError)
        assert reply.split()[0].decode() in str(failure)
        assert "@" not in str(failure)
        assert {type(outcome) for _, outcome in reports} <= {Deferred}
        assert all(outcome == Deferred(outcome.reply, 0) for _, outcome in reports)
        assert len(reports) + len(left) == 20

    def test_one_recipient_that_policy_forbids_does_not_stop_the_others(self) -> None:
        """What looks like our trouble may be his, as long as others are accepted."""
        script = answer_once("RCPT", b"550 5.7.1 not from you\r\n", count=2)

        outcomes = outcomes_of(ScriptedSmtpServer(script=script), 5)

        assert [type(each) for each in outcomes] == [Accepted, Deferred, *[Accepted] * 3]

    def test_the_last_one_refused_for_our_trouble_is_told(self) -> None:
        """Nobody was accepted after him who would show that it was his own."""
        script = answer_once("RCPT", b"550 5.7.1 not from you\r\n", count=3)
        with ScriptedSmtpServer(script=script).serving() as server:
            failure, reports, left = deliver_until_failure(
                make_transport(server.url), make_recipients(3)
            )

        assert isinstance(failure, NextHopRefusesError)
        assert [type(outcome) for _, outcome in reports] == [Accepted, Accepted, Deferred]
        assert left == []

    def test_a_message_over_the_announced_size_is_not_sent(self) -> None:
        """The server said beforehand that it would refuse it (RFC 1870); others may be smaller."""
        size = TEMPLATE.least_octets
        server = ScriptedSmtpServer(extensions=(b"PIPELINING", b"SIZE %d" % size))

        [outcome] = outcomes_of(server, 1)

        assert isinstance(outcome, Rejected)
        assert f"the server takes {size:,} at most" in outcome.reply
        assert "MAIL" not in server.verbs()

    def test_an_issue_over_the_announced_size_fails_nobody(self) -> None:
        """Whoever shortens it wants to send it to all of them."""
        server = ScriptedSmtpServer(extensions=(b"PIPELINING", b"SIZE 100"))

        with server.serving():
            failure, reports, left = deliver_until_failure(
                make_transport(server.url), make_recipients(3)
            )

        assert isinstance(failure, NextHopRefusesError)
        assert "takes messages of 100 bytes at most" in str(failure)
        assert (reports, len(left)) == ([], 3)
        assert "MAIL" not in server.verbs()

    def test_the_size_is_told(self) -> None:
        """So that the server can refuse before it has the content."""
        server = ScriptedSmtpServer()

        outcomes_of(server, 1)

        [mail] = [said.octets for said in server.heard if said.verb == "MAIL"]
        [message] = server.messages
        assert mail == b"MAIL FROM:<weekly@example.org> SIZE=%d\r\n" % len(message)

    def test_an_address_outside_ascii_needs_a_server_that_takes_it(self) -> None:
        """There is no other spelling of it (RFC 6531 section 3.2)."""
        server = ScriptedSmtpServer(extensions=(b"PIPELINING",))
        recipient = make_recipient("김@example.com")

        with server.serving():
            [(_, outcome)] = deliver(make_transport(server.url), [recipient])

        assert outcome == Rejected("the server takes no address outside ASCII (it lacks SMTPUTF8)")

    def test_an_address_outside_ascii_is_announced(self) -> None:
        """To the servers that take it."""
        server = ScriptedSmtpServer()

        with server.serving():
            [(_, outcome)] = deliver(make_transport(server.url), [make_recipient("김@example.com")])

        mail, rcpt = [said.octets for said in server.heard if said.verb in {"MAIL", "RCPT"}]
        assert isinstance(outcome, Accepted)
        assert mail.endswith(b" BODY=8BITMIME SMTPUTF8\r\n")
        assert rcpt == "RCPT TO:<김@example.com>\r\n".encode()

    @pytest.mark.parametrize("path", ["a@b.example>\r\nRCPT TO:<c@d.example", "a b@c.example", ""])
    def test_no_command_can_be_smuggled_in(self, path: str) -> None:
        """Whoever gets a line end into an address writes to whom he likes."""
        server = ScriptedSmtpServer()
        recipient = replace(make_recipient(), return_path=path)

        with server.serving():
            [(_, outcome)] = deliver(make_transport(server.url), [recipient])

        assert outcome == Rejected("the address cannot be written in SMTP")
        assert "MAIL" not in server.verbs()


class TestBrokenConnections:
    """What is known of each message when the connection breaks."""

    @pytest.mark.parametrize("extension", [b"PIPELINING", b"SIZE"])
    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", *ENVELOPE])
    def test_before_the_final_dot_another_connection_takes_over(
        self, verb: str, extension: bytes
    ) -> None:
        """The message certainly did not arrive."""
        server = ScriptedSmtpServer(script=answer_once(verb, Act.DROP), extensions=(extension,))

        outcomes = outcomes_of(server, 3)

        assert {type(each) for each in outcomes} == {Accepted}
        assert set(server.taken.values()) == {1}

    @pytest.mark.parametrize("act", [Act.DROP, Act.DO_AND_DROP])
    @pytest.mark.parametrize("extension", [b"PIPELINING", b"SIZE"])
    def test_after_the_final_dot_it_is_in_doubt(self, extension: bytes, act: Act) -> None:
        """The server may have taken it or not; only this one, and nobody gets it twice."""
        server = ScriptedSmtpServer(
            script=answer_once("CONTENT", act, count=2), extensions=(extension,)
        )

        outcomes = outcomes_of(server, 4)

        assert [type(each) for each in outcomes] == [Accepted, InDoubt, Accepted, Accepted]
        assert max(server.taken.values()) == 1

    def test_no_answer_after_the_final_dot_is_in_doubt(self) -> None:
        """After ten minutes; here they are short."""

        async def script(said: Said) -> None:
            await asyncio.sleep(2 * (said.connection == 1 and said.verb == "CONTENT"))

        outcomes = outcomes_of(ScriptedSmtpServer(script=script), 2)

        assert [type(each) for each in outcomes] == [InDoubt, Accepted]
        assert "in time" in outcomes[0].reply

    def test_a_slow_command_is_not_waited_for_for_ever(self) -> None:
        """The next connection may be luckier."""

        async def script(said: Said) -> None:
            await asyncio.sleep(2 * (said.connection == 1 and said.verb == "RCPT"))

        outcomes = outcomes_of(ScriptedSmtpServer(script=script), 2)

        assert {type(each) for each in outcomes} == {Accepted}

    def test_a_server_that_stops_reading_gets_no_final_dot(self) -> None:
        """A large message is written before its dot, so that nothing is in doubt."""
        server = ScriptedSmtpServer(script=answer_once("DATA", Act.DO_AND_STALL))
        # A busy machine reads twenty megabytes slowly.
        patience = replace(PATIENCE, command=3, message=20)

        with server.serving():
            [(_, outcome)] = deliver(
                make_transport(server.url, patience=patience), make_recipients(1), BIG
            )

        assert isinstance(outcome, Accepted)
        assert [len(message) > 20_000_000 for message in server.messages] == [True]

    def test_a_reply_to_what_was_not_said_is_taken_for_nothing(self) -> None:
        """Else a message would be called accepted before it left."""
        script = answer_once("DATA", b"354 go ahead\r\n250 2.0.0 taken already\r\n")
        server = ScriptedSmtpServer(script=script)

        outcomes = outcomes_of(server, 2)

        assert outcomes == [Accepted("250 2.0.0 taken")] * 2
        assert len(server.messages) == 2

    @pytest.mark.parametrize("verb", ENVELOPE)
    def test_421_means_another_connection(self, verb: str) -> None:
        """The server has had enough of this one, not of the recipient."""

        async def script(said: Said) -> bytes | None:
            is_enough = said.verb == verb and said.count > 2
            return b"421 4.7.0 too many messages\r\n" if is_enough else None

        server = ScriptedSmtpServer(script=script)

        outcomes = outcomes_of(server, 7)

        assert {type(each) for each in outcomes} == {Accepted}
        assert set(server.taken.values()) == {1}

    def test_a_message_that_always_breaks_the_connection_waits(self) -> None:
        """One poisoned recipient must not hold up the others for good."""

        async def script(said: Said) -> Act | None:
            return Act.DROP if b"reader2@" in said.octets and said.verb == "RCPT" else None

        outcomes = outcomes_of(ScriptedSmtpServer(script=script), 3)

        assert [type(each) for each in outcomes] == [Accepted, Deferred, Accepted]

    def test_a_connection_lost_while_idle_is_replaced(self) -> None:
        """Nothing was on its way; a slow rate lets connections rest for long."""
        server = ScriptedSmtpServer()
        reports: list[Outcome] = []

        async def run(transport: SmtpTransport) -> None:
            stream = RecipientStream(make_recipients(1))
            delivering = asyncio.create_task(
                transport.deliver(TEMPLATE, stream, lambda _, outcome: reports.append(outcome))
            )
            await asyncio.sleep(0.6)
            stream.put(make_recipients(1))
            stream.close()
            await delivering

        with server.serving():
            asyncio.run(run(make_transport(server.url)))

        assert [type(each) for each in reports] == [Accepted, Accepted]
        assert server.verbs(1)[-1] == "QUIT"
        assert server.verbs(2).count("MAIL") == 1

    def test_whoever_is_held_when_the_run_is_stopped_goes_back(self) -> None:
        """At the second Ctrl-C: in doubt is only the one whose final dot had left."""
        reports: list[Outcome] = []
        left: list[int] = []

        async def script(said: Said) -> None:
            await asyncio.sleep(2 * (said.verb == "CONTENT"))

        async def run(transport: SmtpTransport) -> None:
            stream = RecipientStream(make_recipients(4), is_closed=True)
            delivering = asyncio.create_task(
                transport.deliver(TEMPLATE, stream, lambda _, outcome: reports.append(outcome))
            )
            await asyncio.sleep(0.2)
            delivering.cancel()
            await asyncio.wait({delivering})
            left.extend(each.delivery_id.subscriber_id for each in stream.withdraw())

        with ScriptedSmtpServer(script=script).serving() as server:
            asyncio.run(run(make_transport(server.url)))

        assert [type(each) for each in reports] == [InDoubt]
        assert sorted(left) == [2, 3, 4]

    @pytest.mark.parametrize(
        "reply",
        [b"250-" + b"x" * 70_000 + b"\r\n", b"250-x\r\n" * 20_000, b"hello\r\n", b"999 what\r\n"],
        ids=["long line", "many lines", "no reply", "no code"],
    )
    def test_a_reply_that_is_none_ends_the_connection(self, reply: bytes) -> None:
        """Memory stays bounded, and nothing is taken for an answer."""
        server = ScriptedSmtpServer(script=answer_once("MAIL", reply))

        outcomes = outcomes_of(server, 2)

        assert {type(each) for each in outcomes} == {Accepted}
        assert server.verbs(2).count("MAIL") == 2


class TestNobodyThere:
    """Servers that cannot be reached, or not be used."""

    def test_a_closed_port_is_temporary(self) -> None:
        """Nobody was taken, nothing is in doubt."""
        with ScriptedSmtpServer().serving() as server:
            url = server.url

        failure, reports, left = deliver_until_failure(
            make_transport(url, connections=4), make_recipients(10)
        )

        assert isinstance(failure, NextHopDownError)
        assert "Connection refused" in str(failure)
        assert (reports, len(left)) == ([], 10)

    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL"])
    @pytest.mark.parametrize("reply", [Act.DROP, b"421 4.3.2 shutting down\r\n"])
    def test_a_server_that_never_serves_is_temporary(self, verb: str, reply: Act | bytes) -> None:
        """After a few tries with rests between them, not for ever."""
        with ScriptedSmtpServer(script=answer_always(verb, reply)).serving() as server:
            failure, reports, left = deliver_until_failure(
                make_transport(server.url, connections=2), make_recipients(10)
            )

        assert isinstance(failure, NextHopDownError)
        assert {type(outcome) for _, outcome in reports} <= {Deferred}
        assert len(reports) + len(left) == 10

    def test_a_name_that_nobody_has_is_temporary(self) -> None:
        """A resolver that is down says the same."""
        transport = make_transport("smtp://nobody.invalid")

        failure, reports, left = deliver_until_failure(transport, make_recipients(1))

        assert isinstance(failure, NextHopDownError)
        assert "cannot be looked up" in str(failure)
        assert (reports, len(left)) == ([], 1)

    def test_fewer_connections_than_wanted_are_enough(self) -> None:
        """Whoever allows two gets two, and everybody his message."""

        async def script(said: Said) -> bytes | None:
            await asyncio.sleep(0.01)
            too_many = said.verb == "CONNECT" and said.connection > 2
            return b"421 4.7.0 too many connections\r\n" if too_many else None

        server = ScriptedSmtpServer(script=script)

        outcomes = outcomes_of(server, 40, connections=6)

        assert {type(each) for each in outcomes} == {Accepted}
