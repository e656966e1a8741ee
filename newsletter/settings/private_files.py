"""What in a newsletter's folder is no part of its text: people, mail, secrets, exports."""

from typing import Final

from newsletter.settings.model import KEY_FILE_NAME

#: As lines of a .gitignore; a name that ends in a slash is a folder's.
PRIVATE_FILES: Final = (
    "newsletter.db*",
    "maildir/",
    "rendered/",
    f"{KEY_FILE_NAME}*",
    "keys/",
    "newsletter.local.toml",
    "*.csv",
    "people*.json",
    "*.jsonl",
    "*.zip",
)
