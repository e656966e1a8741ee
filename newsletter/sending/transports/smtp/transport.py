"""The transport: as many lanes as there may be connections, and one end for all of them."""

import asyncio
import random
from collections.abc import Callable

from newsletter.errors import NextHopRefusesError
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.smtp.lane import Lane
from newsletter.sending.transports.smtp.options import SmtpOptions
from newsletter.sending.transports.smtp.run import SmtpRun
from newsletter.sending.transports.transport import Report


class SmtpTransport:
    """Hands messages to one SMTP server."""

    def __init__(
        self, options: SmtpOptions, *, chance: Callable[[], float] = random.random
    ) -> None:
        """Make a transport; nothing is opened before there is somebody to write to.

        Args:
            options: The server and how it is spoken to.
            chance: 0 to 1, to spread the tries of connections that broke together.
        """
        self._options = options
        self._chance = chance

    async def deliver(
        self, template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Hand over one message for each recipient.

        Whoever was taken and whose message certainly did not leave when the run failed or was
        cancelled is put back into the stream.

        Raises:
            NextHopDownError: Nobody answers, or every connection breaks.
            NextHopRefusesError: Certificate, login, sender or policy: something is wrong with us.
        """
        run = SmtpRun(
            options=self._options,
            template=template,
            stream=recipients,
            report=report,
            chance=self._chance,
        )
        lanes = [Lane(run) for _ in range(self._options.connections)]
        tasks = [asyncio.create_task(lane.work()) for lane in lanes]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            run.has_failed = any(map(_failure, tasks))
            run.is_over.set()
            for lane, task in zip(lanes, tasks, strict=True):
                if lane.is_idle:
                    task.cancel()
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            raise
        # What has to be mended is the thing to say, though other lanes met something else.
        failures = sorted(
            filter(None, map(_failure, tasks)),
            key=lambda failure: not isinstance(failure, NextHopRefusesError),
        )
        if failures:
            raise failures[0]
        run.require_served()


def _failure(task: asyncio.Task[None]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None
