"""One-click unsubscription: whether our pages answer a mail service as RFC 8058 wants.

A link that names nobody is posted to, so that nobody is unsubscribed by looking.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from newsletter.doctor.examination import Examination
from newsletter.doctor.rules import pages as rules
from newsletter.doctor.web_answer import NoAnswerError, WebAnswer, ask_page
from newsletter.rendering.finding import Finding, build_finding

TIMEOUT_SECONDS: Final = 10.0
#: RFC 8058 section 3.1.
_FORM: Final = b"List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class OneClickAnswers:
    """How a link was answered."""

    #: The scheme and host of the link.
    site: str
    #: To the POST of a mail service; None when nobody answered.
    click: WebAnswer | None = None
    #: To whoever opens the link.
    look: WebAnswer | None = None
    #: Why there is no answer.
    silence: str = ""


def ask_one_click(link: str, address: str = "") -> OneClickAnswers:
    """Open a link that names nobody, then post to it as a mail service does.

    Args:
        link: An unsubscribe link.
        address: Where its host is; empty to look it up.
    """
    parts = urlsplit(link)
    site = f"{parts.scheme}://{parts.netloc}"
    try:
        look = ask_page("GET", link, address=address, timeout_seconds=TIMEOUT_SECONDS)
        click = ask_page("POST", link, address=address, form=_FORM, timeout_seconds=TIMEOUT_SECONDS)
    except NoAnswerError as error:
        return OneClickAnswers(site, silence=str(error))
    return OneClickAnswers(site, click, look)


def examine_one_click(answers: OneClickAnswers) -> Examination:
    """Judge the answers."""
    return Examination(
        subject=f"one-click unsubscription at {answers.site}",
        seen="a POST is answered at once, without redirect or cookie; a GET shows the page",
        findings=tuple(_judge(answers)),
    )


def _judge(answers: OneClickAnswers) -> Iterator[Finding]:
    if not answers.site.startswith("https:"):
        yield build_finding(rules.UNENCRYPTED, f"{answers.site} is not https")
    click, look = answers.click, answers.look
    if click is None or look is None:
        yield build_finding(rules.SILENT, f"{answers.site} {answers.silence}")
        return
    if 300 <= click.status < 400:
        target = click.headers.get("location", "nowhere")
        yield build_finding(
            rules.REDIRECTED, f"a POST is answered {click.status} and sent to {target}"
        )
    elif not 200 <= click.status < 300:
        hint = (
            ": another program answers there, or one with another newsletter.key"
            if click.status == 404
            else ""
        )
        yield build_finding(rules.REFUSED, f"a POST is answered {click.status}{hint}")
    if "set-cookie" in click.headers:
        yield build_finding(rules.COOKIE, "the answer to a POST sets a cookie")
    if look.status != 200:
        yield build_finding(rules.LOOKING, f"a GET is answered {look.status}")
    elif click.status == 200 and look.body == click.body:
        yield build_finding(rules.LOOKING, "a GET is answered just like a POST")
