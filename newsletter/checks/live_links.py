"""Whether the pages behind links are there: asked once each, politely.

HEAD first, GET where a site does not answer that; a few at a time, two at most at one host; every
answer is waited for so long and no longer; redirections are followed a few steps and never in a
circle. Nothing of an answer's body is read.
"""

import http.client
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Semaphore
from typing import Final
from urllib.parse import urljoin, urlsplit

from newsletter.articles.fetch import cut_off
from newsletter.checks.link import Link, is_private_host
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rendering.urls import ascii_url
from newsletter.rules import Rule
from newsletter.rules import links as rules

TIMEOUT_SECONDS: Final = 10.0
_AT_ONCE: Final = 16
_AT_ONE_HOST: Final = 2
_STEPS: Final = 5

_MOVED: Final = frozenset({301, 308})
_ELSEWHERE: Final = frozenset({302, 303, 307}) | _MOVED
#: Where the page is gone for certain.
_GONE: Final = frozenset({404, 410})
#: Answers to programs: sign in, not you, too fast, unavailable here.
_UNASKED: Final = frozenset({401, 402, 403, 405, 406, 407, 418, 423, 429, 451, 501, 999})


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a site said about one URL."""

    #: Of the last step; 0 when there was no answer.
    status: int
    #: Where the steps led.
    url: str
    #: Every step said that it is for good.
    is_moved: bool = False
    #: What went wrong, for messages.
    fault: str = ""


def ask_links(
    links: Iterable[Link], *, user_agent: str, timeout_seconds: float = TIMEOUT_SECONDS
) -> Iterator[Finding]:
    """Ask for every page that links lead to, and tell which are not there.

    Args:
        links: Of an issue; each target is asked for once, told of at its first place.
        user_agent: Who asks, so that a site's operator can find out.
        timeout_seconds: For each step of one link.
    """
    by_target: dict[str, Link] = {}
    for link in links:
        if link.is_web:
            by_target.setdefault(link.target.partition("#")[0], link)
    targets = list(by_target)
    asker = _Asker(targets, user_agent, timeout_seconds)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="links") as threads:
        for target, answer in zip(targets, threads.map(asker.ask, targets), strict=True):
            yield from _judge(by_target[target], answer)


def _judge(link: Link, answer: Answer) -> Iterator[Finding]:
    shown = link.shown_target
    if answer.status in _GONE:
        yield _find(rules.DEAD, link, f"{shown} answers {answer.status}: there is no such page")
    elif answer.status in _UNASKED:
        yield _find(rules.UNASKED, link, f"{shown} answers {answer.status} to programs")
    elif answer.fault or answer.status >= 400:
        why = answer.fault or f"answers {answer.status}"
        yield _find(rules.UNREACHABLE, link, f"{shown}: {why}")
    elif answer.is_moved and not _is_same_page(link.target, answer.url):
        yield _find(rules.MOVED, link, f"{shown} has moved to {answer.url}")


class _Asker:
    """Asks for URLs, with no more than a few connections to one host."""

    def __init__(self, targets: Sequence[str], user_agent: str, timeout_seconds: float) -> None:
        self._hosts = {urlsplit(each).netloc: Semaphore(_AT_ONE_HOST) for each in targets}
        self._headers = {"User-Agent": user_agent, "Accept": "*/*"}
        self._timeout_seconds = timeout_seconds
        self._tls = ssl.create_default_context()

    def ask(self, target: str) -> Answer:
        """Ask for one URL and follow where it leads."""
        url, seen, is_moved = target, {target}, True
        try:
            with self._hosts[urlsplit(target).netloc]:
                for _ in range(_STEPS):
                    status, location = self._ask_step(url)
                    if status not in _ELSEWHERE or not location:
                        return Answer(status=status, url=url, is_moved=is_moved and url != target)
                    is_moved = is_moved and status in _MOVED
                    url = ascii_url(urljoin(url, location))
                    if _leads_inside(target, url):
                        return Answer(status=0, url=url, fault="it leads into a private network")
                    if url in seen:
                        return Answer(status=0, url=url, fault="it leads back to itself")
                    seen.add(url)
        except TimeoutError:
            return Answer(
                status=0, url=url, fault=f"no answer within {self._timeout_seconds:g} seconds"
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Answer(status=0, url=url, fault=_describe(error))
        return Answer(status=0, url=url, fault=f"it leads on more than {_STEPS} times")

    def _ask_step(self, url: str) -> tuple[int, str]:
        """Ask by HEAD; by GET where the answer is not what a reader would get."""
        status, location = self._request("HEAD", url)
        return (status, location) if status < 400 else self._request("GET", url)

    def _request(self, method: str, url: str) -> tuple[int, str]:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"it leads to {parts.scheme}:, which is no page")
        connection = self._connect(parts.scheme, parts.hostname, parts.port)
        deadline = time.monotonic() + self._timeout_seconds
        try:
            connection.connect()
            with cut_off(connection, deadline):
                path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
                connection.request(method, path, headers=self._headers)
                answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= deadline:
                raise TimeoutError from error
            raise
        else:
            if time.monotonic() >= deadline:
                raise TimeoutError  # a header that was cut off looks like a short one
            return answer.status, answer.getheader("Location") or ""
        finally:
            connection.close()

    def _connect(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout_seconds)
        return http.client.HTTPSConnection(
            host, port, timeout=self._timeout_seconds, context=self._tls
        )


def _leads_inside(target: str, url: str) -> bool:
    """Tell whether a site on the web sends us to a machine of our own network."""
    inside = [is_private_host(urlsplit(each).hostname or "") for each in (target, url)]
    return inside == [False, True]


def _describe(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (
            f"its certificate cannot be trusted ({getattr(error, 'verify_message', '') or error})"
        )
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _is_same_page(one: str, other: str) -> bool:
    """Tell whether two URLs differ in nothing but a slash at the end."""
    return one.partition("#")[0].rstrip("/") == other.partition("#")[0].rstrip("/")


def _find(rule: Rule, link: Link, message: str) -> Finding:
    return build_finding(rule, message, line=link.line, column=link.column)
