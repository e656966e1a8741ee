"""Read the archive: what was sent, as anyone may read it."""

from newsletter.errors import NotFoundError
from newsletter.sending.ledger import archive
from newsletter.sending.ledger.archive import ArchivedEdition, ArchiveEntry
from newsletter.usecases.installation import Installation


def list_archive(
    installation: Installation, *, limit: int | None = None, with_unlisted: bool = False
) -> list[ArchiveEntry]:
    """List what was sent, the newest first.

    Args:
        installation: Whose.
        limit: At most so many; None for all.
        with_unlisted: Also what only a link in a message leads to.
    """
    with installation.database.read() as connection:
        return archive.list_entries(connection, limit=limit, with_unlisted=with_unlisted)


def get_archived(installation: Installation, slug: str) -> ArchivedEdition:
    """Get what was sent under a slug.

    Raises:
        NotFoundError: Nothing was.
    """
    with installation.database.read() as connection:
        found = archive.find_edition(connection, slug)
    if found is None:
        raise NotFoundError(f"{slug}: no issue of that name was sent")
    return found
