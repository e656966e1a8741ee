import json
import signal
import subprocess
import sys
import urllib.request
from copy import deepcopy
from typing import Any

import pytest

from newsletter.sending.transports.sendgrid.fake_rules import find_violations

GOOD: dict[str, Any] = {
    "from": {"email": "news@example.org", "name": "News"},
    "subject": "Issue 30",
    "content": [
        {"type": "text/plain", "value": "Dear -name-"},
        {"type": "text/html", "value": "<p>Dear -name-</p>"},
    ],
    "headers": {"List-Id": "<weekly.example.org>"},
    "categories": ["issue-30"],
    "personalizations": [
        {
            "to": [{"email": "kim@example.org", "name": "Kim"}],
            "headers": {"X-Own": "1"},
            "substitutions": {"-name-": "Kim"},
            "custom_args": {"delivery_id": "1.2"},
        }
    ],
}


def list_fields(changes: dict[str, Any] | None = None, **part: Any) -> list[str]:
    """List the fields that are complained about once the good request is changed."""
    body = deepcopy(GOOD) | (changes or {})
    if part:
        body["personalizations"] = [GOOD["personalizations"][0] | part]
    return [violation["field"] for violation in find_violations(body)]


def test_a_request_by_the_rules_is_taken() -> None:
    """Else the fake would teach the transport wrong rules."""
    assert find_violations(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": {"email": "소식@example.org"}}, "from.email"),
        ({"reply_to": {"email": "nobody"}}, "reply_to.email"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"content": GOOD["content"][::-1]}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"headers": {"Reply-To": "x"}}, "headers.Reply-To"),
        ({"categories": ["x" * 256]}, "categories"),
        ({"categories": ["x", "x"]}, "categories"),
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": GOOD["personalizations"] * 2}, "personalizations"),
        ({"personalizations": [{"to": [{"email": f"a{i}@b.cc"}]} for i in range(1001)]}, None),
    ],
)
def test_what_all_share_keeps_the_rules(changes: dict[str, Any], field: str | None) -> None:
    """SendGrid names no recipient then."""
    assert (field or "personalizations") in list_fields(changes)


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"to": []}, "to"),
        ({"to": [{"email": "kim@example.org", "name": "Kim, Min-su"}]}, "to.0.name"),
        ({"to": [{"email": "kim"}]}, "to.0.email"),
        ({"headers": {"Subject": "x"}}, "headers.Subject"),
        ({"headers": {"X": "한국"}}, "headers.X"),
        ({"substitutions": {"-name-": "x" * 10_000}}, "substitutions"),
        ({"custom_args": {"x": "y" * 10_000}}, "custom_args"),
    ],
)
def test_what_is_a_recipients_own_is_told_by_his_place(part: dict[str, Any], field: str) -> None:
    """The sender can then go on without him."""
    assert list_fields(**part) == [f"personalizations.0.{field}"]


def test_it_runs_by_itself_and_tells_what_came() -> None:
    """For whoever tries a newsletter before he has an account."""
    command = [sys.executable, "-m", "newsletter.sending.transports.sendgrid.fake", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[2].rstrip(";")
        request = urllib.request.Request(  # noqa: S310  # the URL is the fake's own
            f"{url}/v3/mail/send",
            data=json.dumps(GOOD).encode(),
            headers={"Authorization": "Bearer SG.any"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            status, message_id = answer.status, answer.headers["X-Message-Id"]
        server.send_signal(signal.SIGINT)
        told = server.stdout.read()

    assert (status, message_id) == (202, "fake-1")
    assert told.strip() == "1 calls, 1 connections, 1 recipients"
    assert server.returncode == 0
