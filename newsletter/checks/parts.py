"""What every message needs: subject, preheader, both parts, a way out, a sender one can trust.

Source:
    RFC 8058 and the sender requirements of Gmail and Yahoo (2024); CAN-SPAM Act section 5(a)(5).
"""

from collections.abc import Iterator
from typing import Final

from newsletter.checks.leftovers import check_line
from newsletter.checks.link import is_private_host
from newsletter.checks.source import NOWHERE, find_key
from newsletter.issues.issue import Issue
from newsletter.issues.source import Place
from newsletter.rendering.display_width import display_width
from newsletter.rendering.edition import Edition, Field, OpenText, fill
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import Rule
from newsletter.rules import parts as rules
from newsletter.settings import NewsletterSettings

_SUBJECT_COLUMNS: Final = 70
_PREHEADER_COLUMNS: Final = 150
#: So short a subject may be an abbreviation.
_CAPS_LETTERS: Final = 8
#: Domains at which everybody can have an address, and whose owners publish a DMARC policy that
#: refuses mail from elsewhere.
_FREE_MAIL: Final = frozenset(
    {"gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.jp", "ymail.com", "aol.com"}
    | {"outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com", "mac.com"}
    | {"naver.com", "daum.net", "hanmail.net", "kakao.com", "nate.com", "qq.com", "163.com"}
    | {"gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.ru", "yandex.ru"}
)


def check_parts(
    issue: Issue, edition: Edition, newsletter: NewsletterSettings
) -> Iterator[Finding]:
    """Tell what a message of this edition lacks."""
    yield from _check_subject(issue, edition)
    yield from _check_preheader(issue)
    yield from _check_sender(newsletter)
    for name, part in (("page", edition.html), ("plain text", edition.text)):
        if not _has_way_out(part):
            yield build_finding(rules.UNSUBSCRIBE, f"the {name} has no link to unsubscribe")
    if not fill(edition.text, {}).strip():
        yield build_finding(rules.TEXT, "the plain-text part is empty")
    yield from _check_postal_address(edition, newsletter)


def _check_subject(issue: Issue, edition: Edition) -> Iterator[Finding]:
    subject = fill(edition.subject, {}).strip()
    place = find_key(issue, "subject", "title")
    if not subject:
        yield _find(rules.SUBJECT_EMPTY, "the subject is empty", place)
    if (columns := display_width(subject)) > _SUBJECT_COLUMNS:
        yield _find(rules.SUBJECT_LONG, f"the subject takes {columns} columns", place)
    letters = [each for each in subject if each.isalpha()]
    cased = [each for each in letters if each.upper() != each.lower()]
    if len(cased) >= _CAPS_LETTERS and all(each.isupper() for each in cased):
        yield _find(rules.SUBJECT_CAPS, f"“{subject}”", place)
    yield from check_line(issue.subject, line=place.line, column=place.column)


def _check_preheader(issue: Issue) -> Iterator[Finding]:
    if not issue.preheader:
        place = find_key(issue)
        yield _find(rules.PREHEADER, "there is no preheader", place)
        return
    place = find_key(issue, "preheader", "description", "summary")
    yield from check_line(issue.preheader, line=place.line, column=place.column)
    columns = display_width(issue.preheader)
    if columns > _PREHEADER_COLUMNS:
        yield _find(rules.PREHEADER_LONG, f"the preheader takes {columns} columns", place)


def _check_sender(newsletter: NewsletterSettings) -> Iterator[Finding]:
    domain = newsletter.sender.address.wire.rpartition("@")[2].lower()
    if domain in _FREE_MAIL:
        yield build_finding(rules.SENDER_DOMAIN, f"anyone can have an address at {domain}")
    elif is_private_host(domain):
        yield build_finding(rules.SENDER_DOMAIN, f"no mail comes back to {domain}")


def _check_postal_address(edition: Edition, newsletter: NewsletterSettings) -> Iterator[Finding]:
    lines = newsletter.postal_address.splitlines()
    if not lines:
        yield build_finding(rules.POSTAL_ADDRESS, "no postal address is set")
    elif lines[0] not in fill(edition.text, {}):
        yield build_finding(
            rules.POSTAL_ADDRESS,
            "the theme leaves the postal address out",
            advice="Let the theme print postal_address.",
        )


def _has_way_out(part: OpenText) -> bool:
    return any(isinstance(each, Field) and each.name == "unsubscribe_url" for each in part)


def _find(rule: Rule, message: str, place: Place = NOWHERE) -> Finding:
    return build_finding(rule, message, line=place.line, column=place.column)
