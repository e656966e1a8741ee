"""Read a mailbox of bounces, complaints and unsubscribe mail, and draw the consequences.

Reports are taken before their message is marked: killed in between, the next reading finds the
message again and recognises what was taken. What was not understood, or is about nobody we know,
stays as it is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from newsletter.reports.inbox.inbox import Inbox, InboxMessage
from newsletter.reports.inbox.open_inbox import open_inbox
from newsletter.reports.read_mail import Nature, Reading, read_mail
from newsletter.usecases.installation import Installation
from newsletter.usecases.take_reports import TakenReport, take_reports

#: Messages whose reports are taken together; each is held whole until then.
_BATCH: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadMessage:
    """One message, what it is, and what followed."""

    #: Its file, or its number on the server.
    name: str
    reading: Reading
    #: One for each report of the reading; none when nothing was to be taken.
    taken: tuple[TakenReport, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nobody needs to look at it again."""
        if self.reading.nature is Nature.REPORT:
            return bool(self.taken) and all(each.subscriber_id is not None for each in self.taken)
        return self.reading.nature is not Nature.OTHER


def read_bounces(
    installation: Installation,
    place: str,
    *,
    again: bool = False,
    dry_run: bool = False,
    but: Collection[str] = (),
) -> Iterator[ReadMessage]:
    """Read a mailbox message by message.

    Args:
        installation: Whose deliveries they are about.
        place: As in `open_inbox`.
        again: What is marked as read, too; it changes nothing a second time.
        dry_run: Only tell what the messages are: take nothing, mark nothing.
        but: Names of messages that are passed over.

    Raises:
        UserError: The mailbox cannot be read.
        TemporaryError: It, or the database, does not answer just now. What was yielded is done.
    """
    with open_inbox(place, installation.settings.bounces) as inbox:
        messages = inbox.each(again=again, but=but)
        while batch := list(islice(messages, _BATCH)):
            if dry_run:
                yield from _read(installation, batch)
            else:
                yield from _take(installation, inbox, batch)


def _read(installation: Installation, batch: list[InboxMessage]) -> list[ReadMessage]:
    now_ms = installation.now_ms()
    return [
        ReadMessage(name=each.name, reading=read_mail(each.raw, now_ms=now_ms)) for each in batch
    ]


def _take(installation: Installation, inbox: Inbox, batch: list[InboxMessage]) -> list[ReadMessage]:
    read = _read(installation, batch)
    taken = iter(
        take_reports(installation, [report for each in read for report in each.reading.reports])
    )
    done = [
        ReadMessage(
            name=each.name,
            reading=each.reading,
            taken=tuple(islice(taken, len(each.reading.reports))),
        )
        for each in read
    ]
    inbox.mark([each.name for each in done if each.is_done])
    return done
