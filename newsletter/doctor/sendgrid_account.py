"""SendGrid as the next hop: the key, what it may do, and the records of the sender's domain."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from newsletter.doctor.examination import Examination
from newsletter.doctor.names import Names
from newsletter.doctor.rules import next_hop as rules
from newsletter.rendering.finding import Finding, build_finding
from newsletter.settings import SendGridSettings

_TIMEOUT_SECONDS = 15.0
#: The selectors that SendGrid's domain authentication takes unless it is told others.
_SELECTORS = ("s1", "s2")


class AccountLook(NamedTuple):
    """What SendGrid said."""

    examination: Examination
    #: The Date header of its answer; empty without one.
    date: str = ""


def examine_account(settings: SendGridSettings) -> AccountLook:
    """Ask what the key may do; nothing is sent."""
    from newsletter.sending.transports.sendgrid.client import Answer, SendGridClient

    if not settings.api_key:
        finding = build_finding(rules.SENDGRID_KEY, "[sendgrid] api_key is not set")
        return AccountLook(Examination(subject="next hop", findings=(finding,)))
    client = SendGridClient(settings.api_key, settings.host, timeout_seconds=_TIMEOUT_SECONDS)
    answer = client.ask_scopes()
    if not isinstance(answer, Answer):
        finding = build_finding(
            rules.DOWN,
            f"{settings.host} does not answer: {answer.reason}",
            advice="Check [sendgrid] host, the network, and the certificates of this machine.",
        )
        return AccountLook(Examination(subject="next hop", findings=(finding,)))
    examination = Examination(
        subject="next hop",
        seen=f"SendGrid at {settings.host}; the key may send",
        findings=tuple(_judge(answer.status, answer.body)),
    )
    return AccountLook(examination, answer.headers.get("date", ""))


def examine_authentication(names: Names, domain: str) -> Examination:
    """Look for the records by which SendGrid signs in a domain's name.

    Raises:
        UnansweredError: A name server gave no answer.
    """
    places = [f"{selector}._domainkey.{domain}" for selector in _SELECTORS]
    found = [place for place in places if names.list_texts(place)]
    findings = (
        ()
        if found
        else (build_finding(rules.SENDGRID_DOMAIN, f"there is nothing at {' or '.join(places)}"),)
    )
    return Examination(
        subject=f"SendGrid's domain authentication of {domain}",
        seen=f"{', '.join(found)}; it also covers SPF, by a return path of its own",
        findings=findings,
    )


def _judge(status: int, body: bytes) -> Iterator[Finding]:
    if status in {401, 403}:
        yield build_finding(rules.SENDGRID_KEY, f"SendGrid refuses the key ({status})")
    elif status != 200:
        yield build_finding(rules.DOWN, f"SendGrid answers {status} to what the key may do")
    elif "mail.send" not in _read_scopes(body):
        yield build_finding(rules.SENDGRID_SCOPE, "the key lacks the permission Mail Send")


def _read_scopes(body: bytes) -> list[object]:
    try:
        scopes = json.loads(body)["scopes"]
    except (ValueError, LookupError, TypeError):
        return []
    return scopes if isinstance(scopes, list) else []
