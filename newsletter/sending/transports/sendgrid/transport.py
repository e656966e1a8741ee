"""Hands an issue to SendGrid: a few calls at a time, up to a thousand recipients in each.

A call is settled as a whole, so what can be in doubt is bounded by the batches under way: the
window keeps exactly as many intents open as they hold.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from itertools import chain

from newsletter.errors import NextHopDownError, NextHopRefusesError
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.sendgrid.answers import (
    LONGEST_WAIT_SECONDS,
    Halve,
    Reject,
    Settle,
    Stop,
    Verdict,
    Wait,
    judge,
)
from newsletter.sending.transports.sendgrid.client import Reply, SendGridClient
from newsletter.sending.transports.sendgrid.request import (
    Body,
    Personalized,
    RequestTemplate,
    compile_request,
)
from newsletter.sending.transports.transport import Accepted, Deferred, InDoubt, Rejected, Report
from newsletter.settings import SendGridSettings

#: SendGrid queues a thousand messages before it answers.
_TIMEOUT_SECONDS = 60.0
#: How long a batch that is not full waits for more. Longer than the pauses between two commits and
#: between two answers, so that batches split by people who left grow together again.
_LINGER_SECONDS = 0.25
#: The same request waits this long before it goes again, then the run ends.
_WAITS_SECONDS = (1.0, 5.0, 15.0, 30.0)
#: So many calls in a row whose outcome nobody knows end the run: more would only add to the doubt.
_MOST_DOUBTS = 3


class SendGridTransport:
    """Makes calls of Mail Send, each with as many recipients as are there."""

    def __init__(
        self,
        settings: SendGridSettings,
        *,
        now_seconds: Callable[[], float],
        timeout_seconds: float | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Set up calls without making one.

        Args:
            settings: Key, host, size and number of calls.
            now_seconds: Since 1970, UTC; SendGrid names the end of a wait in this way.
            timeout_seconds: For each wait on a connection; None for a minute.
            sleep: Waits so many seconds.
        """
        self._settings = settings
        self._client = SendGridClient(
            settings.api_key, settings.host, timeout_seconds=timeout_seconds or _TIMEOUT_SECONDS
        )
        self._now_seconds = now_seconds
        self._sleep = sleep

    async def deliver(
        self, template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Hand over in batches, several at a time.

        Raises:
            NextHopDownError: SendGrid cannot be reached, or let too many calls wait or fail.
            NextHopRefusesError: It refuses what would be the same for everyone. Either way, who
                was certainly not accepted is deferred.
        """
        try:
            request_template = compile_request(template, is_sandbox=self._settings.sandbox)
        except ValueError as error:
            raise NextHopRefusesError(str(error)) from error
        delivery = _Delivery(
            settings=self._settings,
            template=request_template,
            recipients=recipients,
            report=report,
            send=self._client.send,
            now_seconds=self._now_seconds,
            sleep=self._sleep,
        )
        callers = (delivery.call_until_the_end() for _ in range(self._settings.calls))
        # A caller that fails lets the others hear the answers they wait for.
        for failure in await asyncio.gather(*callers, return_exceptions=True):
            if failure is not None:
                raise failure


class _Delivery:
    """One edition on its way; what its callers share."""

    def __init__(
        self,
        *,
        settings: SendGridSettings,
        template: RequestTemplate,
        recipients: RecipientStream,
        report: Report,
        send: Callable[[Body], Reply],
        now_seconds: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._template = template
        self._recipients = recipients
        self._report = report
        self._send = send
        self._now_seconds = now_seconds
        self._sleep = sleep
        #: Told to all callers by the first one that cannot go on.
        self._has_failed = False
        #: When another run makes sense, for whoever is left.
        self._retry_after_seconds = 0.0
        #: No call begins before: what one caller was told holds for all.
        self._not_before = 0.0
        #: Calls in a row, whoever made them, whose outcome nobody knows.
        self._doubts = 0

    async def call_until_the_end(self) -> None:
        """Make one call after the other until the stream ends or a caller fails."""
        while not self._has_failed and (taken := await self._collect()):
            requests = deque(self._template.split(self._personalize(taken)))
            reason = "not handed over: the run ended"
            try:
                await self._call_all(requests)
            except Exception as error:
                self._has_failed = True
                reason = f"not handed over: {error}"
                raise
            finally:
                # Who is in a call that is cut off is not among these: he is in doubt.
                for each in chain.from_iterable(requests):
                    self._report(each.delivery_id, Deferred(reason, self._retry_after_seconds))

    async def _collect(self) -> list[Recipient]:
        """Take a batch; one that is not full waits a moment for more, unless no more can come."""
        most = self._settings.batch_size
        batch = await self._recipients.take(most)
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                while batch and (room := most - len(batch)):
                    if not (more := await self._recipients.take(room)):
                        break
                    batch += more
        except TimeoutError:
            return batch
        except asyncio.CancelledError:
            for each in batch:
                self._report(each.delivery_id, Deferred("not handed over: the run ended", 0))
            raise
        return batch

    def _personalize(self, recipients: Sequence[Recipient]) -> list[Personalized]:
        """Build everyone's part; whose cannot be built is rejected."""
        built = []
        for recipient in recipients:
            try:
                built.append(self._template.personalize(recipient))
            except ValueError as error:
                reason = f"no message can be built: {error}"
                self._report(recipient.delivery_id, Rejected(reason))
        return built

    async def _call_all(self, requests: deque[list[Personalized]]) -> None:
        """Make calls until no request is left, or another caller failed.

        Raises:
            TransportError: The run cannot go on. Nobody in the requests that are left was accepted.
        """
        waits = 0
        while requests:
            await self._hold_back()
            if self._has_failed:
                return
            request = requests.popleft()
            match await self._call(request):
                case Settle(outcome):
                    waits = 0
                    self._settle(request, outcome)
                case Wait(reason, seconds):
                    requests.appendleft(request)
                    if waits == len(_WAITS_SECONDS):
                        raise NextHopDownError(reason)
                    self._pause(_WAITS_SECONDS[waits] if seconds is None else seconds)
                    waits += 1
                case Halve(reason):
                    requests.extendleft(_halve(request))
                    if len(request) == 1:
                        raise NextHopRefusesError(f"{reason}, even for one recipient")
                case Reject(reasons):
                    requests.extendleft(self._reject(request, reasons))
                case Stop(error, retry_after_seconds):
                    requests.appendleft(request)
                    self._retry_after_seconds = retry_after_seconds
                    raise error

    async def _call(self, request: Sequence[Personalized]) -> Verdict:
        """Make one call and tell what its answer means."""
        reply = await _run_in_thread(self._send, self._template.build_body(request))
        return judge(
            reply,
            size=len(request),
            is_sandbox=self._settings.sandbox,
            now_seconds=self._now_seconds(),
        )

    def _settle(
        self, request: Sequence[Personalized], outcome: Accepted | Deferred | InDoubt
    ) -> None:
        """Report one outcome for all; slow down and then end when too many are in doubt."""
        for each in request:
            self._report(each.delivery_id, outcome)
        if not isinstance(outcome, InDoubt):
            self._doubts = 0
            return
        self._doubts += 1
        if self._doubts >= _MOST_DOUBTS:
            raise NextHopDownError(f"{self._doubts} calls in a row are in doubt: {outcome.reply}")
        self._pause(_WAITS_SECONDS[self._doubts - 1])

    def _reject(
        self, request: Sequence[Personalized], reasons: dict[int, str]
    ) -> list[list[Personalized]]:
        """Report whom SendGrid named; return a request of the others, if there are any."""
        for place, each in enumerate(request):
            if place in reasons:
                self._report(each.delivery_id, Rejected(reasons[place]))
        others = [each for place, each in enumerate(request) if place not in reasons]
        return [others] if others else []

    def _pause(self, seconds: float) -> None:
        self._not_before = max(self._not_before, self._now_seconds() + seconds)

    async def _hold_back(self) -> None:
        """Wait until calls may begin; once, so that a clock set back holds up nobody for long."""
        seconds = self._not_before - self._now_seconds()
        if seconds > 0:
            await self._sleep(min(seconds, LONGEST_WAIT_SECONDS))


def _halve(request: list[Personalized]) -> list[list[Personalized]]:
    """Cut a request in two, the later half first; one recipient stays one request."""
    middle = len(request) // 2
    return [half for half in (request[middle:], request[:middle]) if half]


async def _run_in_thread(send: Callable[[Body], Reply], body: Body) -> Reply:
    """Wait for a call that blocks, in a thread that nobody waits for when the program ends.

    asyncio's own threads are joined: a second interrupt would wait for SendGrid's answer.
    """
    future: Future[Reply] = Future()
    future.set_running_or_notify_cancel()

    def work() -> None:
        try:
            future.set_result(send(body))
        except Exception as error:  # noqa: BLE001  # raised again where it is waited for
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return await asyncio.wrap_future(future)
