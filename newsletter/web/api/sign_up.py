"""Signing up without a token: by the same gate as the form, and with the same answer for all."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Request as HttpRequest
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from newsletter.usecases.sign_up import SignUp, sign_up
from newsletter.web.api.problems import ONE_MORE_STEP, TOO_MANY, ApiProblemError
from newsletter.web.api.route import PUBLIC, ApiRoute
from newsletter.web.api.subscribers import Asked
from newsletter.web.api.values import Email, Language, Name, Request, Tag
from newsletter.web.gate import Asked as Asking
from newsletter.web.gate import Verdict
from newsletter.web.languages import LANGUAGES
from newsletter.web.site import get_site
from newsletter.web.subscribe import ANSWER_SECONDS, ERRAND, build_wording, choose_tags
from subscribers.address import EmailAddress
from subscribers.profile import parse_name

router = APIRouter(route_class=ApiRoute, tags=["sign-up"])
#: As the form asks later.
_LATER_SECONDS = 3600


class SignUpForm(BaseModel):
    """What a form of yours needs."""

    stamp: str = Field(description="Send it back with the sign-up, 2 seconds later at the soonest.")
    challenge: dict[str, object] | None = Field(
        description="A proof of work in ALTCHA's format that is asked for; null for none."
    )
    language: str
    wording: str = Field(description="Show it beside the button: it is what is agreed to.")
    tags: list[str] = Field(description="Tags that may be chosen.")


class NewSignUp(Request):
    """What a person filled in."""

    email: Email
    name: Name = ""
    language: Language = ""
    tags: list[Tag] = Field(
        default=[], max_length=50, description="Others than offered are not heard."
    )
    stamp: str = Field(default="", max_length=200)
    step: str = Field(
        default="",
        max_length=200,
        description="From the problem `one-more-step`, if there was one.",
    )
    proof: str = Field(default="", max_length=4000, description="The solution of the challenge.")
    topic_hint: str = Field(
        default="",
        max_length=2000,
        description="A field of yours that no person sees: whoever fills it in is not heard.",
    )


@router.get("/sign-up", openapi_extra=PUBLIC)
def prepare(
    request: HttpRequest,
    lang: Annotated[
        Language, Query(description="Of the wording; without it the browser's is taken.")
    ] = "",
) -> SignUpForm:
    """Tell what a form needs: ask when you show it, not when it is sent."""
    site = get_site(request)
    language = site.choose_language(request, lang)
    ticket = site.gate.open_form(ERRAND.purpose, site.find_network(request))
    return SignUpForm(
        stamp=ticket.stamp,
        challenge=ticket.challenge,
        language=language,
        wording=build_wording(site, language),
        tags=list(site.installation.settings.web.offered_tags),
    )


@router.post("/sign-up", status_code=202, openapi_extra=PUBLIC)
async def ask(request: HttpRequest, new: NewSignUp) -> Asked:
    """Sign up. The answer, and the time it takes, are the same whatever is known of the address.

    `one-more-step` (429) asks for one more button: send the same again with `step` when it was
    pressed, and with the `proof` of the challenge if there is one.
    """
    loop = asyncio.get_running_loop()
    answer_at = loop.time() + ANSWER_SECONDS
    address = EmailAddress.parse(new.email)
    if not new.topic_hint:
        await _hear(request, new, address)
    await asyncio.sleep(answer_at - loop.time())
    return Asked()


async def _hear(request: HttpRequest, new: NewSignUp, address: EmailAddress) -> None:
    """Write down what a person asked.

    Raises:
        ApiProblemError: 429, it may not be a person, or too many ask.
    """
    site = get_site(request)
    language = site.choose_language(request, new.language)
    asking = Asking(
        purpose=ERRAND.purpose,
        address=address,
        network=site.find_network(request),
        stamp=new.stamp,
        step_stamp=new.step,
        proof=new.proof,
    )
    wanted = SignUp(
        address=address,
        name=parse_name(new.name),
        language=new.language if new.language in LANGUAGES else language,
        tags=choose_tags(site, new.tags),
        form="api",
        wording=build_wording(site, language),
        network=asking.network,
    )
    verdict = await run_in_threadpool(site.gate.decide, asking)
    if verdict is Verdict.TRY_LATER:
        raise ApiProblemError(TOO_MANY, headers={"Retry-After": str(_LATER_SECONDS)})
    if verdict is Verdict.STEP_UP:
        ticket = await run_in_threadpool(site.gate.open_step, asking)
        members = {"step": ticket.stamp, "challenge": ticket.challenge}
        raise ApiProblemError(ONE_MORE_STEP, members=members)
    if verdict is Verdict.PASS:
        await run_in_threadpool(sign_up, site.installation, wanted)
        site.wake_worker()
