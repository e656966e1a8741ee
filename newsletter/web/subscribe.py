"""Sign up: the form, alone or in another site's frame, and one answer whatever is known."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.usecases.sign_up import SignUp, sign_up
from newsletter.web.form import Form, read_form
from newsletter.web.gate import Verdict
from newsletter.web.languages import LANGUAGES
from newsletter.web.site import Site, get_site
from newsletter.web.steps import HONEYPOT, Errand, decide, read_asked, show_step
from newsletter.web.words import N_
from subscribers.address import EmailAddress
from subscribers.errors import InvalidAddressError, InvalidValueError
from subscribers.profile import parse_name, parse_tag

ERRAND: Final = Errand(
    purpose="sign-up",
    path="/subscribe",
    fields=("email", "name", "tag", "language", "form", "return_to"),
    button=N_("Subscribe"),
)
#: Every answer takes as long, so that nobody reads from the time what is known of an address.
ANSWER_SECONDS: Final = 0.1
_FORMS: Final = frozenset({"page", "embed", "iframe"})
#: What a reader agrees to by the button; the same text goes into the evidence of consent.
WORDING: Final = N_(
    "I want to receive %(newsletter)s by email. I can unsubscribe at any time with one click."
)
BAD_ADDRESS: Final = N_("Enter an email address, such as kim@example.org.")
BAD_NAME: Final = N_("Enter a name of at most 200 characters, or none.")


def build_wording(site: Site, language: str) -> str:
    """Write what a reader agrees to, in a language of the pages."""
    text = site.pages.translate(WORDING, language=language)
    return text % {"newsletter": site.installation.settings.newsletter.name}


async def show_form(request: Request) -> Response:
    """GET /subscribe: 200, the form."""
    return await _show_form(request, form_name="page")


async def show_embedded_form(request: Request) -> Response:
    """GET /embed: 200, the form for another site's frame."""
    return await _show_form(request, form_name="iframe")


async def show_home(request: Request) -> Response:
    """GET /: 200, what the newsletter is, and the form."""
    return await _show_form(request, form_name="page", template="home.html")


async def show_sent(request: Request) -> Response:
    """GET /subscribe/sent: 200, whatever happened to the sign-up."""
    return get_site(request).page(request, "sent.html")


async def show_embedded_sent(request: Request) -> Response:
    """GET /embed/sent: 200, the same in another site's frame."""
    return get_site(request).page(request, "sent.html", is_frameable=True)


async def subscribe(request: Request) -> Response:
    """POST /subscribe: 303 to the page that says what comes next, whatever is known.

    422 with the form again for what is no address; 429 with one more button for a request that may
    not be a person's; 413, 415 and 422 for what is no form.
    """
    loop = asyncio.get_running_loop()
    answer_at = loop.time() + ANSWER_SECONDS
    site = get_site(request)
    form = await read_form(request)
    form_name = form.get("form") if form.get("form") in _FORMS else "page"
    language = site.choose_language(request, form.get("language"))
    problems = find_problems(form)
    if problems:
        return await _show_form(
            request,
            form_name="iframe" if form_name == "iframe" else "page",
            language=language,
            form=form,
            problems={
                name: site.pages.translate(text, language=language)
                for name, text in problems.items()
            },
        )
    if not form.get(HONEYPOT):
        asked = read_asked(request, form, ERRAND, EmailAddress.parse(form.get("email")))
        verdict = await decide(request, asked)
        if verdict in {Verdict.STEP_UP, Verdict.TRY_LATER}:
            return await show_step(
                request,
                form,
                ERRAND,
                asked,
                verdict,
                language=language,
                is_frameable=form_name == "iframe",
                wording=build_wording(site, language),
            )
        if verdict is Verdict.PASS:
            wanted = _build_sign_up(site, form, form_name, language, asked.network)
            await run_in_threadpool(sign_up, site.installation, wanted)
            site.wake_worker()
    await asyncio.sleep(answer_at - loop.time())
    return _lead_on(request, form, form_name)


def find_problems(form: Form) -> Mapping[str, str]:
    """Find what is wrong with the fields: name of the field → text to be translated."""
    problems = {}
    try:
        EmailAddress.parse(form.get("email"))
    except InvalidAddressError:
        problems["email"] = BAD_ADDRESS
    try:
        parse_name(form.get("name"))
    except InvalidValueError:
        problems["name"] = BAD_NAME
    return problems


def read_tags(site: Site, form: Form) -> frozenset[str]:
    """Read the tags that were chosen."""
    return choose_tags(site, form.get_all("tag"))


def choose_tags(site: Site, texts: Sequence[str]) -> frozenset[str]:
    """Take tags that were offered; what was not is not heard."""
    offered = site.installation.settings.web.offered_tags
    return frozenset(tag for tag in offered if tag in {_fold(text) for text in texts})


def _fold(text: str) -> str:
    try:
        return parse_tag(text)
    except InvalidValueError:
        return ""


def _build_sign_up(site: Site, form: Form, form_name: str, language: str, network: str) -> SignUp:
    return SignUp(
        address=EmailAddress.parse(form.get("email")),
        name=parse_name(form.get("name")),
        language=form.get("language") if form.get("language") in LANGUAGES else language,
        tags=read_tags(site, form),
        form=form_name,
        wording=build_wording(site, language),
        network=network,
    )


def _lead_on(request: Request, form: Form, form_name: str) -> Response:
    """Lead to the next page: ours, or one of a site that the settings name."""
    site = get_site(request)
    back = form.get("return_to")
    if back and _get_origin(back) in site.installation.settings.web.embed_origins:
        return RedirectResponse(back, status_code=303, headers={"Cache-Control": "no-store"})
    return site.redirect(request, "/embed/sent" if form_name == "iframe" else "/subscribe/sent")


def _get_origin(url: str) -> str:
    """Return the origin of an absolute URL in ASCII; empty for anything else."""
    if not url.isascii() or not url.isprintable() or "\\" in url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


async def _show_form(
    request: Request,
    *,
    form_name: str,
    template: str = "subscribe.html",
    language: str = "",
    form: Form | None = None,
    problems: Mapping[str, str] | None = None,
) -> Response:
    """Show the form: empty, or with what was typed and what is wrong with it."""
    site = get_site(request)
    language = language or site.choose_language(request)
    network = site.find_network(request)
    form = form or Form({})
    return site.page(
        request,
        template,
        status_code=422 if problems else 200,
        language=language,
        is_frameable=form_name == "iframe",
        form_name=form_name,
        ticket=await run_in_threadpool(site.gate.open_form, ERRAND.purpose, network),
        wording=build_wording(site, language),
        offered_tags=site.installation.settings.web.offered_tags,
        chosen_tags=read_tags(site, form),
        typed={name: form.get(name) for name in ("email", "name", "return_to")},
        chosen_language=form.get("language") or language,
        problems=problems or {},
    )


ROUTES: Final[list[BaseRoute]] = [
    Route("/", show_home),
    Route("/subscribe", show_form),
    Route("/subscribe", subscribe, methods=["POST"]),
    Route("/subscribe/sent", show_sent),
    Route("/embed", show_embedded_form),
    Route("/embed/sent", show_embedded_sent),
]
