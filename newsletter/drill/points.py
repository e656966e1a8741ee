"""Where a sender can be killed: kinds of moments, and the exact points among them."""

from enum import StrEnum


class Kind(StrEnum):
    """A window in which a crash means something of its own."""

    PLANNING = "planning"
    INTENT = "intent"
    WIRE = "wire"
    OUTCOME = "outcome"
    MIGRATION = "migration"
    SCHEDULE = "schedule"
    ANYWHERE = "anywhere"


class Point(StrEnum):
    """A moment of the sender's work, named by its kind and what is happening."""

    #: The rows of the plan are written, and not committed.
    PLANNED = "planning:before-commit"
    PLAN_COMMITTED = "planning:after-commit"
    INTENDED = "intent:before-commit"
    INTENT_COMMITTED = "intent:after-commit"
    #: Half of a message's bytes have left.
    HALF_SENT = "wire:half-sent"
    #: The final dot has left, and nothing was read.
    DOT_SENT = "wire:dot-sent"
    #: The answer to the final dot is here, and was not looked at.
    REPLY_UNREAD = "wire:reply-unread"
    SETTLED = "outcome:before-commit"
    OUTCOME_COMMITTED = "outcome:after-commit"
    #: Some of a migration's statements were executed.
    MIGRATING = "migration:between-statements"
    MIGRATED = "migration:before-commit"
    MIGRATION_COMMITTED = "migration:after-commit"
    #: `serve` has begun an issue whose time has come, and not committed that.
    BEGUN = "schedule:before-commit"
    BEGINNING_COMMITTED = "schedule:after-commit"
    #: It has committed the first intents.
    SERVED = "schedule:intents-committed"
    #: Whenever it is, from outside.
    ANY = "anywhere:any-time"

    @property
    def kind(self) -> Kind:
        """The kind of moment it is."""
        return Kind(self.partition(":")[0])
