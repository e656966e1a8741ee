"""The audience of an issue: subscribers turned into recipients."""

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from newsletter.sending.ledger.deliveries import Candidate
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.moment import LocalTime
from newsletter.settings import NewsletterSettings
from newsletter.usecases.choose_segment import build_condition
from newsletter.usecases.installation import Installation
from subscribers.keyring import Keyring
from subscribers.segments.tree import EVERYONE, Segment
from subscribers.store import audience
from subscribers.store.audience import Mailable
from subscribers.store.tags import find_tags
from subscribers.tokens import compile_token

_NO_TAGS: Final[frozenset[str]] = frozenset()


class IssueAudience:
    """Everyone confirmed and not suppressed, in the segment if there is one."""

    def __init__(
        self,
        newsletter: NewsletterSettings,
        keys: Keyring,
        *,
        where: sa.ColumnElement[bool] | None = None,
        now_ms: int,
        bounce_domain: str = "",
        reads_tags: bool = False,
    ) -> None:
        """Make an audience.

        Args:
            newsletter: Gives the addresses and links that messages lead to.
            keys: Sign them.
            where: Only people for whom this holds; None for all. Asked when planning, not again
                with each intent: whoever leaves a segment stays in a plan.
            now_ms: As of when; milliseconds since 1970, UTC.
            bounce_domain: Each delivery gets a return path of its own there; empty for none.
            reads_tags: The edition asks for tags: recipients bring theirs.
        """
        self._make_unsubscribe_token = compile_token(keys, "unsubscribe")
        self._make_message_token = compile_token(keys, "message")
        self._make_bounce_token = compile_token(keys, "bounce")
        self._where = where
        self._now_ms = now_ms
        self._reads_tags = reads_tags
        self._unsubscribe_base = f"{newsletter.base_url}/u/"
        self._sender = newsletter.sender.address.wire
        self._bounce_domain = bounce_domain
        self._timezone = newsletter.timezone
        self._message_domain = newsletter.sender.address.wire.rpartition("@")[2]

    @classmethod
    def of(
        cls, installation: Installation, *, segment: Segment = EVERYONE, reads_tags: bool = False
    ) -> "IssueAudience":
        """Make the audience of an installation, as of now."""
        settings, now_ms = installation.settings, installation.now_ms()
        return cls(
            settings.newsletter,
            installation.keys,
            where=build_condition(settings, segment, now_ms=now_ms),
            now_ms=now_ms,
            bounce_domain=settings.transport.bounce_domain,
            reads_tags=reads_tags,
        )

    def count_everybody(self, connection: sa.Connection) -> audience.AudienceCount:
        """Count whom `select` selects, and whom it leaves out."""
        return audience.count_everybody(connection, where=self._where, now_ms=self._now_ms)

    def select(self) -> sa.Select[int, bytes]:
        """Select number and address hash of everyone who is to be planned."""
        return audience.select_audience(where=self._where, now_ms=self._now_ms)

    def select_at(
        self, connection: sa.Connection, local_time: LocalTime
    ) -> sa.Select[int, bytes, int]:
        """Select also when it is that time on each one's clock, in milliseconds since 1970."""
        zones = {"", *self.count_by_timezone(connection)}
        moments = local_time.find_moments(zones, self._timezone)
        return audience.add_moments(self.select(), moments)

    def count_by_timezone(self, connection: sa.Connection) -> Mapping[str, int]:
        """Count its members by time zone; empty for those who never said."""
        return audience.count_by_timezone(connection, where=self._where, now_ms=self._now_ms)

    def still_mailable(
        self,
        connection: sa.Connection,
        issue_id: int,
        candidates: Sequence[Candidate],
        *,
        now_ms: int,
    ) -> Mapping[int, Recipient | str]:
        """Tell for each candidate: the recipient, or why he is no longer one."""
        numbers = [each.subscriber_id for each in candidates]
        answers = audience.load_mailable(connection, numbers, now_ms=now_ms)
        tags = find_tags(connection, numbers) if self._reads_tags else {}
        return {
            each.subscriber_id: answer
            if isinstance(answer := answers[each.subscriber_id], str)
            else self._recipient(
                answer,
                issue_id,
                each.first_intent_at_ms or now_ms,
                tags.get(each.subscriber_id, _NO_TAGS),
            )
            for each in candidates
        }

    def _recipient(
        self, member: Mailable, issue_id: int, dated_at_ms: int, tags: frozenset[str]
    ) -> Recipient:
        unsubscribe = self._make_unsubscribe_token(member.public_id, issue_id)
        message = self._make_message_token(member.public_id, issue_id)
        return Recipient(
            delivery_id=DeliveryId(issue_id, member.id),
            address=member.address,
            return_path=self._return_path(member, issue_id),
            name=member.name,
            language=member.language,
            fields=member.fields,
            tags=tags,
            message_id=f"<{message}@{self._message_domain}>",
            dated_at_ms=dated_at_ms,
            unsubscribe_url=self._unsubscribe_base + unsubscribe,
            unsubscribe_token=unsubscribe,
        )

    def _return_path(self, member: Mailable, issue_id: int) -> str:
        """Say where bounces go: to the sender, or to an address that names the delivery."""
        if not self._bounce_domain:
            return self._sender
        token = self._make_bounce_token(member.public_id, issue_id)
        return f"b+{token}@{self._bounce_domain}"
