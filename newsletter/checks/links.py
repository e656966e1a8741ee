"""Where links lead, as far as it can be told without asking; asking is `live_links`."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final
from urllib.parse import unquote

from newsletter.checks.link import Link, is_private_host
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import Rule
from newsletter.rules import links as rules

_SCHEMES: Final = frozenset({"mailto", "tel", "sms"})
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?\.?|[0-9a-f:.]+")
_SHORTENERS: Final = frozenset(
    {"bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "me2.do", "ow.ly", "rb.gy"}
    | {"rebrand.ly", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "url.kr", "vo.la"}
)
#: Words that begin like an address on the web.
_SHOWN_ADDRESS: Final = re.compile(r"(?:https?://|www\.)([\w.-]+)\S*", re.IGNORECASE)
#: Particles that Korean and Japanese write right behind a noun. Behind a slash they are one only
#: where nothing but the host stands before it: else it may be a page of that name.
_PARTICLE: Final = re.compile(
    r"(?:(?<=[!-.0-~])|^https?://[^/]+/)(?P<ending>은|는|이|가|을|를|에|의|로|와|과|도|만|나|란|으로|에서|에게|까지|부터|처럼|보다"
    r"|이나|이라|라고|이라고|라는|이라는|입니다|이다|에는|에도|로도|와도|과도|이며|으로도"
    r"|を|は|が|に|で|の|と|も|へ|から|まで|より|です)$"
)
#: Marks that end a sentence or close a bracket, as Chinese, Japanese and Korean write them.
_CLOSING: Final = re.compile(r"(?P<ending>[、。，．！？；：）」』】〉》”’…·]+)$")


def check_links(
    links: Sequence[Link], *, base_url: str, anchors: frozenset[str], sections: Sequence[int]
) -> Iterator[Finding]:
    """Tell which links lead nowhere, or where they should not.

    Args:
        links: All links and images, in the order of the file.
        base_url: The newsletter's: what is made from it is judged once, for all.
        anchors: The places that the page has.
        sections: The lines on which sections begin, ascending.
    """
    yield from _check_base_url(base_url)
    pictures = {(link.line, link.column) for link in links if link.is_image}
    for link in links:
        yield from _check_target(link, base_url, anchors)
        if not link.is_image:
            yield from _check_words(link, has_picture=(link.line, link.column + 1) in pictures)
    yield from _check_duplicates(links, sections)


def _check_base_url(base_url: str) -> Iterator[Finding]:
    link = Link(target=base_url, words="", line=0)
    if is_private_host(link.host):
        yield build_finding(rules.BASE_URL, f"{base_url} cannot be reached by readers")
    elif not base_url.startswith("https:"):
        yield build_finding(rules.BASE_URL, f"{base_url} is not encrypted")


def _check_target(link: Link, base_url: str, anchors: frozenset[str]) -> Iterator[Finding]:
    what = "the image" if link.is_image else "the link"
    if link.target.startswith("#") and not link.is_image:
        if link.target[1:] and unquote(link.target[1:]) not in anchors:
            yield _find(rules.ANCHOR, link, f"there is no place {link.shown_target}")
    elif fault := _find_fault(link):
        yield _find(rules.INVALID, link, f"{what} to {link.shown_target or 'nothing'}: {fault}")
    elif link.is_web:
        yield from _check_site(link, what, base_url)
    elif link.scheme not in _SCHEMES and not link.is_image:
        yield _find(rules.SCHEME, link, f"{link.shown_target} is for another program")


def _find_fault(link: Link) -> str:
    """Say what is wrong with a target; empty when some program can follow it."""
    if not link.target or link.parts is None:
        return "it is no URL" if link.target else "it is empty"
    if link.is_web:
        is_host = _HOST.fullmatch(link.host) is not None
        return "" if is_host else f"{link.host or 'nothing'} is no host"
    if link.is_image:
        return "" if link.scheme == "data" else "an image comes from the web"
    if link.scheme == "mailto":
        return "" if "@" in unquote(link.target) else "it names no address"
    meant = get_close_matches(link.scheme, ("https", "http", "mailto"), n=1, cutoff=0.7)
    return f"did you mean {meant[0]}:?" if meant else ""


def _check_site(link: Link, what: str, base_url: str) -> Iterator[Finding]:
    """Judge where a link to the web leads, unless it was made from the base URL."""
    if link.target.startswith(base_url):
        return
    if is_private_host(link.host):
        yield _find(rules.LOCAL, link, f"{what} leads to {link.host}")
    elif link.target.startswith("http:"):
        yield _find(rules.HTTP, link, f"{what} to {link.shown_target} is not encrypted")
    if link.host.removeprefix("www.") in _SHORTENERS:
        yield _find(rules.SHORTENER, link, f"{link.shown_target} hides where it leads")


def _check_words(link: Link, *, has_picture: bool) -> Iterator[Finding]:
    if not link.words and not has_picture:
        yield _find(rules.EMPTY, link, f"the link to {link.shown_target} has no words")
    shown = _SHOWN_ADDRESS.fullmatch(link.words)
    if link.is_bare and (swallowed := _find_swallowed(link)):
        yield _find(
            rules.SWALLOWED,
            link,
            f"“{swallowed}” has become a part of the link to {link.shown_target}",
            advice=f"Put the URL in angle brackets: <{_cut(link, swallowed)}>{swallowed}.",
        )
    elif shown and link.is_web and not link.is_bare and not _is_same_site(shown[1], link.host):
        yield _find(rules.MISLEADING, link, f"the words say {shown[1]}, the link {link.host}")


def _find_swallowed(link: Link) -> str:
    """Find the particle or the mark at the end of a bare URL; empty for none."""
    found = _PARTICLE.search(link.words) or _CLOSING.search(link.words)
    return found["ending"] if found else ""


def _cut(link: Link, ending: str) -> str:
    return link.words.removesuffix(ending)


def _is_same_site(shown: str, host: str) -> bool:
    """Tell whether two hosts are one or one is above the other."""
    one, other = (name.lower().removeprefix("www.").rstrip(".") for name in (shown, host))
    try:
        one = one.encode("idna").decode()
    except UnicodeError:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _check_duplicates(links: Sequence[Link], sections: Sequence[int]) -> Iterator[Finding]:
    first: dict[tuple[int, str], Link] = {}
    for link in links:
        if link.is_image or not link.is_web:
            continue
        key = (bisect_right(sections, link.line), link.target)
        earlier = first.setdefault(key, link)
        if earlier is not link and earlier.words != link.words:
            yield _find(
                rules.DUPLICATE,
                link,
                f"{link.shown_target} is linked in line {earlier.line} already",
            )


def _find(rule: Rule, link: Link, message: str, *, advice: str = "") -> Finding:
    return build_finding(rule, message, line=link.line, column=link.column, advice=advice)
