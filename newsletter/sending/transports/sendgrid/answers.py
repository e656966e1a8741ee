"""What an answer of SendGrid means for the recipients of the request.

One rule stands above the table: nobody is called rejected for a problem of ours. Only what
SendGrid says about one recipient's address is his; every other refusal would meet everyone, and
stops the run.

Source:
    https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses
"""

import json
import re
from dataclasses import dataclass
from typing import TypeAlias

from newsletter.errors import NextHopDownError, NextHopRefusesError, TransportError
from newsletter.reports.words import clean_words
from newsletter.sending.transports.sendgrid.client import Answer, NoAnswer, NoConnection, Reply
from newsletter.sending.transports.transport import Accepted, Deferred, InDoubt

#: When it does not say how long to wait.
_WAIT_SECONDS = 10.0
#: Whoever is told to wait longer is told to come again.
LONGEST_WAIT_SECONDS = 120.0
_MESSAGE_CHARACTERS = 300
_TO = re.compile(r"personalizations[.\[](\d+)\]?\.to\b")


@dataclass(frozen=True, slots=True)
class Settle:
    """All of them have this outcome."""

    outcome: Accepted | Deferred | InDoubt


@dataclass(frozen=True, slots=True)
class Reject:
    """Some of them, by their place in the request, are rejected; the others go again."""

    reasons: dict[int, str]


@dataclass(frozen=True, slots=True)
class Halve:
    """Nobody has it; the same again in two requests."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nobody has it; the same again after a while."""

    reason: str
    #: None leaves it to whoever waits.
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Nobody has it, and nobody else would get it."""

    error: TransportError
    #: When trying again makes sense.
    retry_after_seconds: float = 0.0


Verdict: TypeAlias = Settle | Reject | Halve | Wait | Stop


def judge(reply: Reply, *, size: int, is_sandbox: bool, now_seconds: float) -> Verdict:
    """Tell what a reply means.

    Args:
        reply: What came back from one request.
        size: Recipients in it.
        is_sandbox: The request asked to be checked only.
        now_seconds: Since 1970, UTC; SendGrid names the end of a wait in this way.
    """
    match reply:
        case NoConnection(reason, is_untrusted=True):
            return Stop(
                NextHopRefusesError(
                    f"SendGrid's host cannot be trusted: {reason}. Check [sendgrid] host, and the"
                    " clock and the certificates of this machine."
                )
            )
        case NoConnection(reason):
            return Wait(f"SendGrid cannot be reached: {reason}")
        case NoAnswer(reason):
            return Settle(InDoubt(f"SendGrid did not answer: {reason}"))
        case Answer():
            return _judge_answer(reply, size, is_sandbox=is_sandbox, now_seconds=now_seconds)


def _judge_answer(answer: Answer, size: int, *, is_sandbox: bool, now_seconds: float) -> Verdict:
    words = f"SendGrid answered {answer.status}: {_describe(answer)}"
    match answer.status:
        case status if 200 <= status < 300:
            return Settle(_judge_success(answer, is_sandbox=is_sandbox))
        case 400:
            return _judge_refusal(answer, size)
        case 413:
            return Halve(words)
        case 429:
            return _judge_haste(answer, now_seconds)
        case status if 300 <= status < 500 and status != 408:
            return Stop(
                NextHopRefusesError(
                    f"{words}. Check the key ([sendgrid] api_key, with the permission Mail Send),"
                    " [sendgrid] host, the sender's verification and the account's plan."
                )
            )
        case _:
            return Settle(InDoubt(words))


def _judge_success(answer: Answer, *, is_sandbox: bool) -> Accepted | Deferred | InDoubt:
    if is_sandbox:
        # The ledger must not call sent what was not.
        return Deferred("checked in sandbox mode, not sent", retry_after_seconds=0)
    if answer.status == 202:
        return Accepted(f"202 {answer.headers.get('x-message-id', '')}".rstrip())
    return InDoubt(f"SendGrid answered {answer.status}, expected 202")


def _judge_refusal(answer: Answer, size: int) -> Verdict:
    """Tell an address that is none from a request that is wrong for everyone."""
    errors = _list_errors(answer)
    named = [(int(match[1]), message) for field, message in errors if (match := _TO.match(field))]
    if named and len(named) == len(errors) and all(place < size for place, _ in named):
        return Reject({place: f"400 {message}" for place, message in named})
    return Stop(NextHopRefusesError(f"SendGrid refuses every such request: {_describe(answer)}"))


def _judge_haste(answer: Answer, now_seconds: float) -> Verdict:
    """Wait until the time that it names, unless that is far away."""
    reason = "SendGrid answered 429: too many requests"
    try:
        seconds = float(answer.headers["x-ratelimit-reset"]) - now_seconds
    except (KeyError, ValueError):
        seconds = _WAIT_SECONDS
    if seconds > LONGEST_WAIT_SECONDS:
        return Stop(
            NextHopDownError(f"{reason}, for {seconds / 60:,.0f} minutes to come"),
            retry_after_seconds=seconds,
        )
    # A clock that is ahead of SendGrid's would not wait at all.
    return Wait(reason, max(seconds, 1.0))


def _describe(answer: Answer) -> str:
    """Say what SendGrid said, on one line and without addresses."""
    errors = _list_errors(answer)
    said = [f"{message} ({field})" if field else message for field, message in errors]
    return "; ".join(said) or "no reason given"


def _list_errors(answer: Answer) -> list[tuple[str, str]]:
    """List field and message of each error."""
    try:
        listed = json.loads(answer.body)["errors"]
        return [(_clean(each.get("field")), _clean(each.get("message"))) for each in listed]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []


def _clean(text: object) -> str:
    """Make words from outside fit for a log."""
    if not isinstance(text, str) or text == "null":
        return ""
    return clean_words(text)[:_MESSAGE_CHARACTERS]
