"""From a form to the gate and back: who asked, what the form carried, and the step-up page."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from newsletter.web.form import Form
from newsletter.web.gate import Asked, Verdict
from newsletter.web.site import get_site
from subscribers.address import EmailAddress

#: The field that no person sees. Browsers fill in what they know by name: this one they do not.
HONEYPOT = "topic_hint"
STAMP = "stamp"
STEP_STAMP = "step"
#: As ALTCHA's own widget calls it.
PROOF = "altcha"


@dataclass(frozen=True, kw_only=True, slots=True)
class Errand:
    """What a form is for: where it goes, and what the step-up page has to carry on."""

    #: Of the gate's limits.
    purpose: str
    #: Path of the page that takes the form, below the base URL.
    path: str
    #: Fields of the form that are sent again.
    fields: tuple[str, ...]
    #: The button of the step-up page, as a text to be translated.
    button: str


def read_asked(request: Request, form: Form, errand: Errand, address: EmailAddress) -> Asked:
    """Put together what the gate wants to know."""
    return Asked(
        purpose=errand.purpose,
        address=address,
        network=get_site(request).find_network(request),
        stamp=form.get(STAMP),
        step_stamp=form.get(STEP_STAMP),
        proof=form.get(PROOF),
    )


async def decide(request: Request, asked: Asked) -> Verdict:
    """Ask the gate."""
    return await run_in_threadpool(get_site(request).gate.decide, asked)


async def show_step(
    request: Request,
    form: Form,
    errand: Errand,
    asked: Asked,
    verdict: Verdict,
    *,
    language: str,
    is_frameable: bool = False,
    **variables: object,
) -> Response:
    """Show the step-up page, or ask to come back later; 429 either way.

    Args:
        request: The request.
        form: Its fields; those that the errand names are sent again by the page's button.
        errand: What the form is for.
        asked: What the gate was asked.
        verdict: What it said: STEP_UP or TRY_LATER.
        language: Of the page.
        is_frameable: Whether the form was shown in a frame.
        variables: For the template.
    """
    site = get_site(request)
    if verdict is Verdict.TRY_LATER:
        response = site.page(
            request,
            "later.html",
            status_code=429,
            language=language,
            is_frameable=is_frameable,
        )
        response.headers["Retry-After"] = "3600"
        return response
    ticket = await run_in_threadpool(site.gate.open_step, asked)
    hidden = [(name, value) for name in errand.fields for value in form.get_all(name)]
    return site.page(
        request,
        "step_up.html",
        status_code=429,
        language=language,
        is_frameable=is_frameable,
        action=errand.path,
        hidden=hidden,
        ticket=ticket,
        button=site.pages.translate(errand.button, language=language),
        address=str(asked.address),
        **variables,
    )
