"""Whether this process can do its work: its database, its tables, its workers."""

from collections.abc import Callable, Mapping

from newsletter import migrations
from newsletter.errors import NewsletterError
from newsletter.usecases.installation import Installation

_WELL = "ok"


def look_at_health(
    installation: Installation, *, is_worker_alive: Callable[[], bool]
) -> Mapping[str, str]:
    """Look at each thing that must be right; no words of errors, for anyone may read these.

    Args:
        installation: Whose database is asked.
        is_worker_alive: Whether this process's worker threads run.
    """
    return {
        **_look_at_database(installation),
        "worker": _WELL if is_worker_alive() else "does not work",
    }


def is_well(found: Mapping[str, str]) -> bool:
    """Tell whether everything that was looked at is right."""
    return set(found.values()) == {_WELL}


def _look_at_database(installation: Installation) -> Mapping[str, str]:
    """Ask the database for its revision."""
    try:
        with installation.database.read() as connection:
            revision = migrations.find_revision(connection)
    except NewsletterError:
        return {"database": "does not answer", "tables": "unknown"}
    is_right = revision == migrations.NEWEST_REVISION
    return {"database": _WELL, "tables": _WELL if is_right else "have another revision"}
