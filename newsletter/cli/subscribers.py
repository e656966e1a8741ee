"""`newsletter subscribers`: people to add, to look at, to tag, to let go."""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.cli import exchange, suppressions, tags
from newsletter.cli.help import Commands
from newsletter.cli.import_terms import Basis, Source, Status, Tags, read_terms
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import Address, AsJson, SegmentText
from newsletter.cli.output import ask, can_ask, print_json, talk
from newsletter.errors import RefusedError
from subscribers.subscription import State

app = Commands(
    help="""The people: add, import, look, tag, suppress, erase, export.

    Examples:
        newsletter subscribers stats
        newsletter subscribers list --state confirmed
    """
)


@app.command()
def add(
    context: typer.Context,
    address: Address,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="The person's name.")] = "",
    language: Annotated[str, typer.Option(metavar="CODE", help="Such as ko.")] = "",
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Whose clock is the person's: Asia/Seoul.")
    ] = "",
    tag: Tags = None,
    status: Status = State.PENDING,
    consent_basis: Basis = "",
    source: Source = "",
    as_json: AsJson = False,
) -> None:
    r"""Add one person.

    Only confirmed people get issues; for them --consent-basis and --source are needed.

    Example:
        newsletter subscribers add kim@example.org --status confirmed \
            --consent-basis "asked me on 2 May" --source "by hand"
    """
    from newsletter.usecases.add_subscriber import add_subscriber
    from subscribers.profile import (
        Profile,
        parse_language,
        parse_name,
        parse_tag,
        parse_timezone,
    )

    profile = Profile(
        name=parse_name(name),
        language=parse_language(language),
        timezone=parse_timezone(timezone),
        tags=frozenset(parse_tag(each) for each in tag or ()),
    )
    terms = read_terms(status, consent_basis, source)
    is_new, state = add_subscriber(open_installation_of(context), address, profile, terms)
    if as_json:
        print_json({"added": is_new, "state": str(state)})
    elif is_new:
        print(f"Added {address}, {state}.")
    else:
        print(f"{address} is known already, {state}; nothing was changed.")


@app.command("list")
def list_(
    context: typer.Context,
    *,
    state: Annotated[
        State | None, typer.Option(metavar="STATE", help="Only people in this state.")
    ] = None,
    tag: Annotated[str, typer.Option(metavar="TAG", help="Only people with this tag.")] = "",
    segment: SegmentText = "",
    search: Annotated[str, typer.Option(metavar="TEXT", help="Part of the address or name.")] = "",
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="At most so many.")
    ] = 100,
    after: Annotated[int, typer.Option(metavar="NUMBER", help="Go on after this person.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List people by number, a page at a time.

    Examples:
        newsletter subscribers list --tag ai --state confirmed
        newsletter subscribers list --segment "tag:ai and not has:language"
    """
    from newsletter.cli.people_words import print_people
    from newsletter.usecases.list_people import list_people
    from newsletter.usecases.show_subscriber import describe_person

    people = list_people(
        open_installation_of(context),
        state=state,
        tag=tag,
        segment=segment,
        text=search,
        after_id=after,
        limit=limit,
    )
    next_after = people[-1].id if len(people) == limit else None
    if as_json:
        described = [describe_person(person) for person in people]
        print_json({"subscribers": described, "next_after": next_after})
    elif people:
        print_people(people)
    else:
        talk("Nobody.")
    if next_after and not as_json:
        talk(f"\nMore: --after {next_after}")


@app.command()
def show(context: typer.Context, address: Address, *, as_json: AsJson = False) -> None:
    """Tell all that is known of a person.

    That is: the state, the evidence of consent, what stands against writing to the address, the
    issues that were planned, and the system messages of the last 30 days.

    Example:
        newsletter subscribers show kim@example.org --json
    """
    from newsletter.cli.people_words import print_story
    from newsletter.usecases.show_subscriber import describe_story, show_subscriber

    story = show_subscriber(open_installation_of(context), address)
    if as_json:
        print_json(describe_story(story))
    else:
        print_story(story)


@app.command()
def evidence(context: typer.Context, address: Address, *, as_json: AsJson = False) -> None:
    """Show the evidence of a person's consent, with the words that were shown.

    Evidence is only ever added to.

    Example:
        newsletter subscribers evidence kim@example.org
    """
    from newsletter.cli.people_words import print_evidence
    from newsletter.usecases.show_subscriber import describe_consent, show_subscriber

    story = show_subscriber(open_installation_of(context), address)
    if as_json:
        described = [describe_consent(each) for each in story.consents]
        print_json({"consents": described, "wordings": story.wordings})
    elif story.consents:
        print_evidence(story)
    else:
        talk("There is no evidence about this address.")


@app.command()
def timezone(
    context: typer.Context,
    address: Address,
    zone: Annotated[
        str, typer.Argument(metavar="ZONE", help="Such as Asia/Seoul; '' for the newsletter's.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Say whose clock is a person's, for send --at-local.

    Example:
        newsletter subscribers timezone kim@example.org Asia/Seoul
    """
    from newsletter.usecases.change_timezone import change_timezone
    from subscribers.profile import parse_timezone

    installation, name = open_installation_of(context), parse_timezone(zone)
    change_timezone(installation, address, name)
    if as_json:
        print_json({"timezone": name})
    else:
        print(f"Time zone: {name or f'{installation.settings.newsletter.timezone}, as for all'}")


@app.command()
def unsubscribe(context: typer.Context, address: Address, *, as_json: AsJson = False) -> None:
    """End a subscription.

    A send that is running hears of it with its next message.

    Example:
        newsletter subscribers unsubscribe kim@example.org
    """
    from newsletter.usecases.unsubscribe import unsubscribe as end_subscription

    state = end_subscription(open_installation_of(context), address, source="operator")
    if as_json:
        print_json({"state": str(state)})
    else:
        print(f"{address} is {state}.")


@app.command()
def erase(
    context: typer.Context,
    address: Address,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person for good.

    Everything that names the person goes, in every table. A keyed hash stays, so that no import
    brings him back; deliveries and evidence stay under a number. There is no way back but the
    person's own sign-up.

    Example:
        newsletter subscribers erase kim@example.org
    """
    from newsletter.migrations import list_copies
    from newsletter.usecases.erase import erase as erase_address

    installation = open_installation_of(context)
    if not yes:
        if not can_ask():
            raise RefusedError("this cannot be undone: add --yes to erase without being asked.")
        if ask(f"Erase everything about {address}, for good? [y/N] ").lower() not in {"y", "yes"}:
            talk("Nothing was changed.")
            return
    erase_address(installation, address, source="operator")
    for copy in list_copies(installation.database):
        talk(f"{copy} is a copy from before an upgrade, and was not changed. Delete it.")
    if mailbox := installation.settings.bounces.mailbox:
        talk(f"{mailbox} may hold mail that names the person; nothing is ever removed there.")
    if as_json:
        print_json({"erased": True})
    else:
        print(f"{address} is erased.")


@app.command()
def stats(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Count people by state, and whom an issue would reach.

    Example:
        newsletter subscribers stats
    """
    from newsletter.cli.people_words import describe_statistics, print_statistics
    from newsletter.usecases.list_people import count_people

    found = count_people(open_installation_of(context))
    if as_json:
        print_json(describe_statistics(found))
    else:
        print_statistics(found)


app.command("import")(exchange.import_)
app.command()(exchange.export)
app.add_typer(tags.app, name="tag")
app.add_typer(suppressions.app, name="suppress")
