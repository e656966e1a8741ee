import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import NextHopDownError, NextHopRefusesError
from newsletter.sending.transports.sendgrid.answers import (
    Halve,
    Reject,
    Settle,
    Stop,
    Verdict,
    Wait,
    judge,
)
from newsletter.sending.transports.sendgrid.client import Answer, NoAnswer, NoConnection, Reply
from newsletter.sending.transports.transport import Accepted, Deferred, InDoubt

NOW = 1_800_000_000.0


def judge_answer(
    status: int, *errors: tuple[str, str], is_sandbox: bool = False, **headers: str
) -> Verdict:
    """Judge an answer to a request with three recipients, its errors given as field and message."""
    listed = [{"field": field, "message": message} for field, message in errors]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(status, named, json.dumps({"errors": listed}).encode())
    return judge(answer, size=3, is_sandbox=is_sandbox, now_seconds=NOW)


def judge_reply(reply: Reply) -> Verdict:
    """Judge any reply."""
    return judge(reply, size=3, is_sandbox=False, now_seconds=NOW)


def test_202_is_accepted_with_its_number() -> None:
    """Support asks for the number."""
    assert judge_answer(202, x_message_id="abc") == Settle(Accepted("202 abc"))


@pytest.mark.parametrize("status", [200, 202])
def test_in_sandbox_mode_nothing_is_sent(status: int) -> None:
    """The ledger must not call sent what never left."""
    verdict = judge_answer(status, is_sandbox=True)

    assert verdict == Settle(Deferred("checked in sandbox mode, not sent", 0))


@pytest.mark.parametrize("status", [200, 204, 408, 500, 502, 503, 504])
def test_whatever_else_may_have_been_taken_is_in_doubt(status: int) -> None:
    """SendGrid has no keys by which a repetition would be noticed."""
    verdict = judge_answer(status, ("", "try again"))

    assert isinstance(verdict, Settle)
    assert isinstance(verdict.outcome, InDoubt)
    assert str(status) in verdict.outcome.reply


def test_no_answer_is_in_doubt() -> None:
    """The request may have arrived."""
    verdict = judge_reply(NoAnswer("timed out"))

    assert verdict == Settle(InDoubt("SendGrid did not answer: timed out"))


def test_no_connection_is_no_doubt() -> None:
    """Not one byte left."""
    verdict = judge_reply(NoConnection("refused"))

    assert verdict == Wait("SendGrid cannot be reached: refused")


def test_a_host_that_cannot_prove_who_it_is_gets_no_key() -> None:
    """Waiting mends no certificate."""
    verdict = judge_reply(NoConnection("certificate has expired", is_untrusted=True))

    assert isinstance(verdict, Stop)
    assert isinstance(verdict.error, NextHopRefusesError)


@pytest.mark.parametrize(
    ("reset", "seconds"), [("1800000030", 30.0), ("1799999990", 1.0), ("soon", 10.0)]
)
def test_429_waits_until_the_time_it_names(reset: str, seconds: float) -> None:
    """A clock that is ahead still waits a second; a word is no time."""
    verdict = judge_answer(429, x_ratelimit_reset=reset)

    assert verdict == Wait("SendGrid answered 429: too many requests", seconds)


def test_429_without_a_time_waits_a_little() -> None:
    """The header is not promised."""
    assert judge_answer(429) == Wait("SendGrid answered 429: too many requests", 10.0)


def test_429_for_long_ends_the_run() -> None:
    """Nobody watches a command wait for an hour; it says when to come again."""
    verdict = judge_answer(429, x_ratelimit_reset="1800003600")

    assert isinstance(verdict, Stop)
    assert isinstance(verdict.error, NextHopDownError)
    assert verdict.retry_after_seconds == 3600
    assert "60 minutes" in str(verdict.error)


def test_413_is_tried_in_halves() -> None:
    """It says nothing of any recipient."""
    assert isinstance(judge_answer(413, ("", "content too large")), Halve)


def test_a_bad_address_is_its_recipients_affair() -> None:
    """SendGrid names his place in the request."""
    verdict = judge_answer(
        400,
        ("personalizations.2.to.0.email", "Does not contain a valid address."),
        ("personalizations[0].to", "The to array is required."),
    )

    assert verdict == Reject(
        {2: "400 Does not contain a valid address.", 0: "400 The to array is required."}
    )


@pytest.mark.parametrize(
    "errors",
    [
        [("from.email", "not verified")],
        [("personalizations", "too many")],
        [("personalizations.1.headers.x", "reserved")],
        [("personalizations.1.to.0.email", "bad"), ("content", "missing")],
        [("personalizations.3.to.0.email", "nobody is there")],
        [],
    ],
)
def test_what_would_meet_everyone_stops_the_run(errors: list[tuple[str, str]]) -> None:
    """Nobody is called failed for a problem of ours."""
    verdict = judge_answer(400, *errors)

    assert isinstance(verdict, Stop)
    assert isinstance(verdict.error, NextHopRefusesError)


@pytest.mark.parametrize("status", [301, 401, 402, 403, 404, 405, 415])
def test_any_other_refusal_stops_the_run_and_says_what_to_check(status: int) -> None:
    """A wrong key, an unverified sender, a used-up plan, a wrong host."""
    verdict = judge_answer(status, ("from", "The from address is not verified"))

    assert isinstance(verdict, Stop)
    assert isinstance(verdict.error, NextHopRefusesError)
    assert "The from address is not verified (from)" in str(verdict.error)
    assert "api_key" in str(verdict.error)


def test_words_from_outside_hold_no_address_and_no_line_end() -> None:
    """They go into the ledger and into logs."""
    verdict = judge_answer(
        403, ("from\n", "We found [kim@example.org] and\r\n<lee@example.org>" + "x" * 1000)
    )

    assert isinstance(verdict, Stop)
    words = str(verdict.error)
    assert "We found [(address)] and <(address)>x" in words
    assert "\n" not in words
    assert len(words) < 600


@given(
    body=st.binary()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["errors", "field"]), inner)
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_body_of_a_refusal_is_understood(body: bytes) -> None:
    """A proxy on the way may answer in HTML."""
    verdict = judge_reply(Answer(400, {}, body))

    assert isinstance(verdict, Stop)
