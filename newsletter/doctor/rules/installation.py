"""Rules on what is on this machine: settings, key files, database, clock."""

from newsletter.rules import Rule, Severity

SETTINGS = Rule(
    "settings-unusable",
    Severity.ERROR,
    "Something in newsletter.toml or in the environment cannot be used.",
    "Mend what is named; `newsletter config show --origin` tells where each value comes from.",
)
KEY_UNUSABLE = Rule(
    "key-unusable",
    Severity.ERROR,
    "A key file is missing, damaged, or of another kind than the settings say.",
    "Bring it back from a backup; a key of [dkim] can also be made anew.",
)
KEY_SHARED = Rule(
    "key-shared",
    Severity.ERROR,
    "Others on this machine may read a key file.",
    "Make it private with chmod 600, or let `newsletter doctor --fix` do it.",
)
KEY_OWNER = Rule(
    "key-owner",
    Severity.WARNING,
    "A key file belongs to another user of this machine, who can change and replace it.",
    "Give it to the user who runs the newsletter, with chown.",
)
KEY_TRACKED = Rule(
    "key-tracked",
    Severity.ERROR,
    "A key file is in git: whoever has the repository has the key.",
    "Take it out with `git rm --cached`, make a new key, and never use this one again.",
)
KEY_NOT_IGNORED = Rule(
    "key-not-ignored",
    Severity.WARNING,
    "Git does not ignore a key file: the next `git add .` would take it.",
    "Add a line to .gitignore, or let `newsletter doctor --fix` do it.",
)
DATABASE = Rule(
    "database-unusable",
    Severity.ERROR,
    "The database cannot be opened, or is not ours.",
    "Check [database] url and its password, and whether the server runs.",
)
DATABASE_OLD = Rule(
    "database-old",
    Severity.ERROR,
    "The tables are those of an older release.",
    "Run `newsletter db upgrade` when nothing is being sent, or `newsletter doctor --fix`.",
)
DATABASE_NEW = Rule(
    "database-new",
    Severity.ERROR,
    "The tables are those of a newer release.",
    "Install that release of newsletter-press.",
)
DATABASE_KEY = Rule(
    "database-other-key",
    Severity.ERROR,
    "The database was made with another secret: its suppressions would not be found.",
    "Put the right newsletter.key back, or set [database] url to the database of this key.",
)
DATABASE_SHARED = Rule(
    "database-shared",
    Severity.WARNING,
    "Others on this machine may read the database, with every subscriber's address.",
    "Make it private with chmod 600, or let `newsletter doctor --fix` do it.",
)
CLOCK = Rule(
    "clock-off",
    Severity.WARNING,
    "This machine's clock differs from another one by more than a minute.",
    "Set it by NTP: dates of messages and signatures come from it, and receivers judge them.",
)

RULES = (
    SETTINGS,
    *(KEY_UNUSABLE, KEY_SHARED, KEY_OWNER, KEY_TRACKED, KEY_NOT_IGNORED),
    *(DATABASE, DATABASE_OLD, DATABASE_NEW, DATABASE_KEY, DATABASE_SHARED),
    CLOCK,
)
