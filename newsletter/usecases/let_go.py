"""Let go of what has had its time: sign-ups that nobody confirmed, tokens, messages long sent."""

import sqlalchemy as sa

from newsletter.outbox.history import forget_settled
from newsletter.outbox.letters import drop_expired
from newsletter.usecases.answer_once import forget_old_answers
from newsletter.usecases.erase import erase_person
from newsletter.usecases.installation import Installation
from subscribers.mailed_tokens import TokenPurpose
from subscribers.store.consents import was_only_requested
from subscribers.store.subscribers import find_by_id
from subscribers.store.subscriptions import change_state
from subscribers.store.tokens import delete_token, list_expired
from subscribers.subscription import Change, State

#: Tokens of one transaction, which others wait for.
_BATCH = 200
#: How long the outbox can tell what became of a message.
_KEPT_MS = 30 * 24 * 3_600_000
_SOURCE = "not confirmed in time"


def let_go(installation: Installation) -> bool:
    """Let go of a batch; tell whether there may be more."""
    now_ms = installation.now_ms()
    with installation.database.write() as connection:
        drop_expired(connection, now_ms=now_ms)
        forget_settled(connection, before_ms=now_ms - _KEPT_MS)
        forget_old_answers(installation, connection)
        expired = list_expired(connection, now_ms=now_ms, limit=_BATCH)
        for each in expired:
            delete_token(connection, each.subscriber_id, each.purpose)
            if each.purpose is TokenPurpose.SIGN_UP:
                _end_sign_up(connection, each.subscriber_id, now_ms=now_ms)
    return len(expired) == _BATCH


def _end_sign_up(connection: sa.Connection, subscriber_id: int, *, now_ms: int) -> None:
    """Erase what a form brought; somebody who was here before goes back to where he had left."""
    person = find_by_id(connection, subscriber_id)
    if person is None or person.state is not State.PENDING or person.address_hash is None:
        return
    if was_only_requested(connection, person.id):
        erase_person(
            connection,
            person.id,
            person.address_hash,
            now_ms=now_ms,
            source=_SOURCE,
            change=Change.EXPIRE,
        )
    else:
        # Nobody knows any more whether he had left, bounced or never answered; none of these is
        # a yes, and this keeps an import from making it one.
        change_state(connection, person.id, Change.UNSUBSCRIBE, now_ms=now_ms, source=_SOURCE)
