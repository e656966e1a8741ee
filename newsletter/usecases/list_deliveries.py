"""Which deliveries of an issue stand somewhere, for whom, and why."""

from dataclasses import dataclass

from newsletter.sending.ledger.feed import ListedDelivery, list_deliveries_after
from newsletter.sending.ledger.reasons import Reason, list_reasons
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.usecases.installation import Installation
from newsletter.usecases.planned_issue import find_slug, get_planned_issue
from subscribers.address import EmailAddress
from subscribers.store.subscribers import find_addresses_by_id, find_public_ids


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery as an operator wants to read it."""

    #: None when the subscriber was erased since.
    address: EmailAddress | None
    reason: Reason


def list_deliveries(
    installation: Installation,
    name: str,
    status: DeliveryStatus,
    *,
    after_id: int = 0,
    limit: int = 100,
) -> list[DeliveryLine]:
    """List a page of the deliveries of an issue that have one status.

    Raises:
        NotFoundError: No issue of that name was ever planned.
    """
    slug = find_slug(installation.settings.folder, name)
    with installation.database.read() as connection:
        planned = get_planned_issue(connection, slug)
        reasons = list_reasons(connection, planned.id, status, after_id=after_id, limit=limit)
        addresses = find_addresses_by_id(connection, [each.subscriber_id for each in reasons])
    return [DeliveryLine(addresses.get(each.subscriber_id), each) for each in reasons]


def list_planned_deliveries(
    installation: Installation,
    slug: str,
    *,
    status: DeliveryStatus | None = None,
    after_id: int = 0,
    limit: int = 100,
) -> tuple[list[ListedDelivery], dict[int, bytes]]:
    """List a page of the deliveries of an issue, named by its slug in the ledger.

    Returns:
        By subscriber's number, after one of them; with the public ids of those people.

    Raises:
        NotFoundError: No issue of that slug was ever planned.
    """
    with installation.database.read() as connection:
        planned = get_planned_issue(connection, slug)
        found = list_deliveries_after(connection, planned.id, after_id, status=status, limit=limit)
        return found, find_public_ids(connection, [each.subscriber_id for each in found])
