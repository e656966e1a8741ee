"""Whether the links in messages lead anywhere, asked before messages go out to strangers."""

import secrets
import threading
from typing import Final
from urllib.parse import urlsplit

from newsletter.doctor.web_answer import NoAnswerError, ask_page
from newsletter.settings import Settings
from newsletter.settings.smtp_url import is_loopback, parse_smtp_url
from newsletter.usecases.installation import Installation
from subscribers.keyring import Keyring
from subscribers.tokens import PUBLIC_ID_BYTES, make_token

#: For all of it: finding the host, connecting, waiting for the answer.
TIMEOUT_SECONDS: Final = 3.0


def find_unreachable(installation: Installation) -> str:
    """Ask the unsubscribe page for nobody's link, and say what is wrong; empty when it answers.

    Asks only when the transport leaves this machine, by HEAD, which changes nothing, and for a few
    seconds at most. A server with another key does not know the link, and that is found, too.
    """
    settings = installation.settings
    if not _reaches_strangers(settings):
        return ""
    url = build_nobodys_link(settings, installation.keys)
    answer: list[str] = []
    # In a thread, for nothing else bounds the time that finding a host takes.
    thread = threading.Thread(target=lambda: answer.append(_ask(url)), daemon=True)
    thread.start()
    thread.join(TIMEOUT_SECONDS)
    problem = answer[0] if answer else _tell_silence()
    if not problem:
        return ""
    return (
        f"unsubscribe links do not work: {settings.newsletter.base_url}/u/… {problem}."
        " Readers could not leave, and mail services count that against you: start"
        " `newsletter serve` there first."
    )


def build_nobodys_link(settings: Settings, keys: Keyring) -> str:
    """Make an unsubscribe link that our pages know as theirs, and that names nobody."""
    nobody = make_token(keys, "unsubscribe", secrets.token_bytes(PUBLIC_ID_BYTES))
    return f"{settings.newsletter.base_url}/u/{nobody}"


def _reaches_strangers(settings: Settings) -> bool:
    scheme = settings.transport.url.partition(":")[0]
    if scheme == "sendgrid":
        host = urlsplit(settings.sendgrid.host).hostname or ""
        return not settings.sendgrid.sandbox and not is_loopback(host)
    if scheme in {"smtp", "smtps"}:
        return not is_loopback(parse_smtp_url(settings.transport.url).host)
    return False


def _ask(url: str) -> str:
    """Ask for a page; tell what is wrong with the answer, empty for nothing."""
    try:
        status = ask_page("HEAD", url, timeout_seconds=TIMEOUT_SECONDS).status
    except NoAnswerError as error:
        return str(error)
    if status == 200:
        return ""
    if status == 404:
        return "answers 404: another program answers there, or one with another newsletter.key"
    return f"answers {status}"


def _tell_silence() -> str:
    return f"does not answer within {TIMEOUT_SECONDS:g} s"
