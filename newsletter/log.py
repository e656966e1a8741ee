"""The log: what a program that runs by itself tells its operator, as events with fields.

    2026-01-31T12:00:00Z [warning] the outbox waits  reason='the database does not answer'
    {"timestamp": "2026-01-31T12:00:00Z", "level": "warning", "event": "the outbox waits", …}

An event's words are always the same; what differs stands in its fields. No field holds an address,
a token, a key or words of a message. Should one get in all the same, by an error of somebody
else's, it is masked here; that is the last defence and no reason to try.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from newsletter.settings.model import LogSettings

#: Whose events follow the level of the settings. Libraries tell warnings only: what they say below
#: holds whole requests.
OURS: Final = ("newsletter", "subscribers")
_FIELDS: Final = "newsletter_fields"

#: The part before the @ may be quoted (RFC 5321 section 4.1.2), and in a URL the @ is ``%40``.
_ADDRESS: Final = re.compile(
    r"""(?:"(?:[^"\\]|\\.){1,64}"|[^\s<>"'()\[\]{}=,;:/@]+)(?:@|%40)[\w.\[\]:-]*\w"""
)
#: Where PostgreSQL repeats a row, or the line of a COPY.
_ROW: Final = re.compile(r"\b((?:DETAIL|CONTEXT): ).*")
_PASSWORD: Final = re.compile(r"(://[^\s/@:]*:)[^\s/]+@")
#: What follows these in a path opens a door.
_LINK: Final = re.compile(r"(/(?:u|confirm|preferences|webhooks/\w+)/)[^\s\"'<>/?#]+")
#: Long enough for a token or a key, and as mixed as only chance makes it.
_TOKEN: Final = re.compile(
    r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[A-Za-z0-9_-]{20,}(?:[./+=][\w+/=-]*)*"
    r"|\b(?:[0-9a-f]{32,}|[a-z2-7]{50,})\b"
)
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Log:
    """The events of one module."""

    def __init__(self, name: str) -> None:
        """Take a module's `__name__`."""
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        """Tell what only somebody who looks for a mistake wants to know."""
        self._tell(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Tell what went its way."""
        self._tell(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Tell what the operator should know of."""
        self._tell(logging.WARNING, event, fields)

    def fallen(self, event: str, **fields: object) -> None:
        """Tell of a mistake of ours, with the traceback of the exception in hand."""
        self._tell(logging.ERROR, event, fields, has_exception=True)

    def _tell(
        self, level: int, event: str, fields: dict[str, object], *, has_exception: bool = False
    ) -> None:
        self._logger.log(level, event, extra={_FIELDS: fields}, exc_info=has_exception)


def configure_log(
    settings: LogSettings, *, talks: bool = False, stream: TextIO | None = None
) -> bool:
    """Let this process tell its events, from now on, in the settings' format and from their level.

    Args:
        settings: Of ``[log]``.
        talks: The command tells people itself how it goes: what is no warning is told to programs
            only.
        stream: Where to; standard error without one.

    Returns:
        Whether the log is for people, so that talk may stand beside it.
    """
    stream = stream or sys.stderr
    is_for_people = settings.format == "console" or (settings.format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(is_for_people=is_for_people, has_colors=stream.isatty()))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    for name in OURS:
        logging.getLogger(name).setLevel(
            max(level, logging.WARNING) if talks and is_for_people else level
        )
    return is_for_people


class _Formatter(logging.Formatter):
    """Writes events by structlog, which takes as long to import as a short command may take."""

    def __init__(self, *, is_for_people: bool, has_colors: bool) -> None:
        super().__init__()
        self._is_for_people = is_for_people
        self._has_colors = has_colors
        self._lock = threading.Lock()
        self._formatter: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        """Write an event."""
        with self._lock:
            self._formatter = self._formatter or self._build()
        return self._formatter.format(record)

    def _build(self) -> logging.Formatter:
        import structlog

        render = (
            structlog.dev.ConsoleRenderer(
                colors=self._has_colors,
                pad_event_to=0,
                pad_level=False,
                sort_keys=False,
                exception_formatter=structlog.dev.plain_traceback,
            )
            if self._is_for_people
            else structlog.processors.JSONRenderer(ensure_ascii=False)
        )
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True),
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(allow=[_FIELDS]),
                _spread_fields,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _mask_all,
                render,
            ],
            # What a library tells has its values in its words already.
            use_get_message=True,
        )


def mask(text: str) -> str:
    """Take out of a text what nobody should read in a log, and what gives a terminal orders."""
    text = _LINK.sub(r"\1…", _PASSWORD.sub(r"\1…@", _ROW.sub(r"\1…", text)))
    text = _TOKEN.sub("…", _ADDRESS.sub("…@…", text))
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _spread_fields(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the fields beside the event's words."""
    event.update(event.pop(_FIELDS, {}))
    return event


def _mask_all(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every value; numbers stay numbers."""
    for name, value in event.items():
        if not isinstance(value, int | float | None):
            event[name] = mask(str(value))
    return event
