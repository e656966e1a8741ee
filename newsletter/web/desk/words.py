"""What the ledger's words are called on the page, in the language of its reader; and its times."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from newsletter.web.words import N_


class Moment(NamedTuple):
    """A time, for machines and for people; both in UTC."""

    machine: str
    #: To the minute.
    people: str
    #: To the second.
    exact: str


def tell_moment(milliseconds: int | None) -> Moment | None:
    """Tell a time of the ledger; None for none."""
    if not milliseconds:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return Moment(
        machine=moment.isoformat(timespec="seconds"),
        people=f"{moment:%Y-%m-%d %H:%M}",
        exact=f"{moment:%Y-%m-%d %H:%M:%S}",
    )


#: A word of the ledger, the outbox, the people or the actions → a text to be translated.
WORDS: Final[Mapping[str, str]] = {
    # Issues and deliveries.
    "draft": N_("draft"),
    "scheduled": N_("scheduled"),
    "sending": N_("sending"),
    "paused": N_("paused"),
    "sent": N_("sent"),
    "cancelled": N_("cancelled"),
    "planned": N_("planned"),
    "failed": N_("failed"),
    "skipped": N_("skipped"),
    "in_doubt": N_("in doubt"),
    "written_off": N_("written off"),
    "remaining": N_("remaining"),
    "in_flight": N_("in flight"),
    "deferred": N_("deferred"),
    # People.
    "pending": N_("pending"),
    "confirmed": N_("confirmed"),
    "unsubscribed": N_("unsubscribed"),
    "bounced": N_("bounced"),
    "complained": N_("complained"),
    "erased": N_("erased"),
    "suppressed": N_("suppressed"),
    "not_in_segment": N_("not in the segment"),
    # Suppressions.
    "hard_bounce": N_("hard bounce"),
    "complaint": N_("complaint"),
    "manual": N_("by hand"),
    # What came back.
    "delivered": N_("delivered"),
    "delayed": N_("delayed"),
    "bounced_hard": N_("bounced: no such address"),
    "bounced_soft": N_("bounced: full, or out of order"),
    "bounced_block": N_("bounced: policy or reputation"),
    "bounced_auth": N_("bounced: our own set-up"),
    "processed": N_("in the provider's hands"),
    "bounce": N_("bounced"),
    "hard": N_("no such address"),
    "soft": N_("full, or out of order"),
    "block": N_("policy or reputation"),
    "auth": N_("our own set-up"),
    "other": N_("something else"),
    # Attempts.
    "accepted": N_("accepted"),
    "rejected": N_("rejected"),
    # The outbox.
    "asked": N_("asked"),
    "waiting": N_("waiting"),
    "dropped": N_("dropped"),
    # Evidence.
    "requested": N_("signed up"),
    "changed": N_("changed"),
    "withdrawn": N_("withdrawn"),
    "imported": N_("imported"),
    # What operators do.
    "send": N_("send"),
    "accept changes": N_("accept changes"),
    "ignore checks": N_("ignore checks"),
    "add new": N_("add new readers"),
    "retry doubt": N_("retry what is in doubt"),
    "write off": N_("write off"),
    "pause": N_("pause"),
    "resume": N_("resume"),
    "rate": N_("change the rate"),
    "schedule": N_("schedule"),
    "reconcile": N_("reconcile"),
    "accept restore": N_("accept a restored backup"),
    "cancel": N_("cancel"),
    "backup": N_("back up the database"),
    "copy": N_("copy the database"),
    "add": N_("add"),
    "import": N_("import"),
    "export": N_("export"),
    "tag": N_("tag"),
    "unsubscribe": N_("unsubscribe"),
    "suppress": N_("suppress"),
    "lift": N_("lift a suppression"),
    "erase": N_("erase"),
    "add operator": N_("add an operator"),
    "remove operator": N_("remove an operator"),
    "sign in": N_("sign in"),
    "sign out": N_("sign out"),
    "admit": N_("give a token to a program"),
    "revoke": N_("revoke a program's token"),
    "change profile": N_("change what a reader told of himself"),
}

#: `newsletter.usecases.tell_story.WHY_NOT` for a page.
WHY_NOT: Final[Mapping[str, str]] = {
    "not_known": N_("Not known when the issue was planned."),
    "not_confirmed": N_("Not confirmed when the issue was planned."),
    "pending": N_("Not confirmed."),
    "unsubscribed": N_("Unsubscribed."),
    "bounced": N_("Bounced: the address does not exist."),
    "complained": N_("Complained."),
    "erased": N_("Erased."),
    "suppressed": N_("Suppressed."),
    "paused": N_("Paused by the reader."),
    "not_in_segment": N_("Is not in the segment that the issue was for."),
    "left_since": N_("Not planned, and has left since; the reason is not kept."),
    "changed_since": N_("Not planned; the reason has changed since and is not kept."),
}
