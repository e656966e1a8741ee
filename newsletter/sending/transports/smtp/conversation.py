"""Messages on one connection, each settled by the server's replies.

With PIPELINING (RFC 2920) a message costs one round trip: its content, the final dot and the next
message's commands leave together. Without it each command waits for the reply to the one before.
"""

import asyncio

from newsletter.errors import NextHopRefusesError
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.transports.smtp.envelope import Attempt, build_attempt
from newsletter.sending.transports.smtp.hands import Hands
from newsletter.sending.transports.smtp.refusal import Stage
from newsletter.sending.transports.smtp.reply import Reply
from newsletter.sending.transports.smtp.run import SmtpRun
from newsletter.sending.transports.smtp.session import Session
from newsletter.sending.transports.smtp.wire import BrokenConnectionError
from newsletter.sending.transports.transport import Rejected

#: A larger content is written before its final dot, so that a server that takes it slowly or not
#: at all is noticed while nothing is in doubt.
_ONE_WRITE_OCTETS = 65_536
_GO_AHEAD = 354
#: The server closes the channel (RFC 5321 section 3.8).
_CLOSING = 421


class Conversation:
    """Hands over one message after the other on a connection that is ready."""

    def __init__(self, run: SmtpRun, session: Session, hands: Hands) -> None:
        self._run = run
        self._session = session
        self._wire = session.wire
        self._hands = hands
        #: A sender was accepted and nothing came of it: RSET has to come before the next.
        self._is_begun = False
        #: Whether this connection was good for anything.
        self.has_settled = False

    async def carry(self, first: Recipient) -> None:
        """Hand over messages until nobody is left or the connection is used up.

        Raises:
            BrokenConnectionError: The connection was lost; what it leaves is in the hands.
            NextHopRefusesError: Something is wrong with us.
        """
        self._require_room()
        granted = await self._ask(first)
        while True:
            if granted is not None:
                granted = await self._hand_over(granted)
                continue
            recipient = await self._wait_for_next() if self._session.messages_left else None
            if recipient is None:
                return await self._session.quit()
            if self._wire.is_broken:
                # Somebody hung up while there was nothing to do; another connection takes him.
                return None
            granted = await self._ask(recipient)

    def _require_room(self) -> None:
        """Begin nothing with a server that takes no message of this issue.

        Raises:
            NextHopRefusesError: Each message is larger than what it announced (RFC 1870).
        """
        most, least = self._session.extensions.size, self._run.template.least_octets
        if most and least > most:
            server = self._run.options.server
            raise NextHopRefusesError(
                f"{server.host}:{server.port} takes messages of {most:,} bytes at most, and those"
                f" of this issue have {least:,} or more. Shorten the issue and send it with"
                " --accept-changes, or send it through another server."
            )

    async def _wait_for_next(self) -> Recipient | None:
        """Wait for the next recipient; hang up when that takes long, before the server does."""
        loop, idle_seconds = asyncio.get_running_loop(), self._session.patience.idle
        timer = loop.call_later(idle_seconds, self._session.hang_up)
        try:
            return await self._hands.take()
        finally:
            timer.cancel()

    async def _ask(self, recipient: Recipient) -> Attempt | None:
        """Ask the server to take a message; None when it was settled without."""
        attempt = self._prepare(recipient)
        if attempt is None:
            return None
        if not self._session.extensions.pipelining:
            return await self._ask_step_by_step(attempt)
        if self._is_begun:
            self._wire.write(b"RSET\r\n", attempt.mail, attempt.rcpt, b"DATA\r\n")
            await self._read()
            self._is_begun = False
        else:
            self._wire.write(attempt.mail, attempt.rcpt, b"DATA\r\n")
        return await self._read_grant(attempt)

    async def _ask_step_by_step(self, attempt: Attempt) -> Attempt | None:
        if self._is_begun:
            self._wire.write(b"RSET\r\n")
            await self._read()
            self._is_begun = False
        commands = (
            (Stage.MAIL, attempt.mail),
            (Stage.RCPT, attempt.rcpt),
            (Stage.DATA, b"DATA\r\n"),
        )
        for stage, command in commands:
            self._wire.write(command)
            reply = await self._read()
            if not _is_granted(stage, reply):
                self._is_begun = stage is not Stage.MAIL
                self._refuse(stage, reply)
                return None
        return attempt

    async def _read_grant(self, attempt: Attempt) -> Attempt | None:
        """Read the replies to the three commands that left together."""
        replies = [(stage, await self._read()) for stage in (Stage.MAIL, Stage.RCPT, Stage.DATA)]
        refused = [(stage, reply) for stage, reply in replies if not _is_granted(stage, reply)]
        if not refused:
            return attempt
        (_, mail), _, (_, data) = replies
        if data.code == _GO_AHEAD:
            # Granted without a recipient: a dot alone ends it (RFC 2920 section 3.1).
            self._wire.write(b".\r\n")
            await self._read()
        else:
            self._is_begun = mail.is_positive
        self._refuse(*refused[0])
        return None

    async def _hand_over(self, attempt: Attempt) -> Attempt | None:
        """Send a content; return the next attempt if one was granted along with the reply."""
        self._wire.require_silence()
        following = self._prepare_following() if self._session.extensions.pipelining else None
        content = attempt.content
        if len(content) > _ONE_WRITE_OCTETS:
            self._wire.write(content)
            await self._wire.drain(self._session.patience.command)
            content = b""
        if following is None:
            self._wire.write(content, b".\r\n")
        else:
            self._wire.write(content, b".\r\n", following.mail, following.rcpt, b"DATA\r\n")
        self._hands.pass_dot()
        self._settle_content(await self._wire.read(self._session.patience.message))
        return await self._read_grant(following) if following else None

    def _settle_content(self, reply: Reply) -> None:
        if reply.is_positive:
            self._run.settle_accepted(self._hands.answered(), reply)
            self.has_settled = True
            return
        _require_refusal(reply)
        self._refuse_to(self._hands.answered(), Stage.CONTENT, reply)

    def _prepare_following(self) -> Attempt | None:
        """Take and prepare whoever is there, as long as the connection is good for another."""
        while self._session.messages_left and (recipient := self._hands.take_nowait()):
            if attempt := self._prepare(recipient):
                return attempt
        return None

    def _prepare(self, recipient: Recipient) -> Attempt | None:
        """Build a message; one that this server cannot take is rejected, and None returned."""
        try:
            attempt = build_attempt(self._run.template, recipient, self._session.extensions)
        except ValueError as error:
            self._run.settle(self._hands.release_last(), Rejected(str(error)))
            return None
        self._session.messages_left -= 1
        return attempt

    def _refuse(self, stage: Stage, reply: Reply) -> None:
        _require_refusal(reply)
        self._refuse_to(self._hands.release(), stage, reply)

    def _refuse_to(self, recipient: Recipient, stage: Stage, reply: Reply) -> None:
        self.has_settled = True
        self._run.settle_refusal(recipient, stage, reply)

    async def _read(self) -> Reply:
        """Read the reply to a command."""
        reply = await self._wire.read(self._session.patience.command)
        if reply.code == _CLOSING:
            raise BrokenConnectionError(f"the server closed the connection: {reply.shown}")
        return reply


def _is_granted(stage: Stage, reply: Reply) -> bool:
    return reply.code == _GO_AHEAD if stage is Stage.DATA else reply.is_positive


def _require_refusal(reply: Reply) -> None:
    """Give up a server whose replies do not belong to what it was asked."""
    if reply.code // 100 not in {4, 5}:
        raise BrokenConnectionError("the server's replies are out of step")
