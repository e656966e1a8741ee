"""The table of everything that can be set: one row for a key, one for a section.

A new key is a row in `KEYS` and a field in its section's dataclass; a new section is its dataclass,
a row in `SECTIONS` and a field in `Settings`. Where values come from, in which order, and what is
said about wrong ones follows from the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from newsletter.settings import urls, values, waits
from newsletter.settings.hosts import parse_listen
from newsletter.settings.kinds import Kind
from newsletter.settings.model import (
    BrandSettings,
    ChecksSettings,
    LogSettings,
    MetricsSettings,
    RenderingSettings,
    SendGridSettings,
    WebSettings,
)
from newsletter.settings.secrets import parse_secrets
from newsletter.settings.sections import (
    build_bounces,
    build_database,
    build_dkim,
    build_newsletter,
    build_transport,
)
from newsletter.settings.warm_up import (
    build_warm_up,
    parse_a_day,
    parse_began_on,
    parse_growth,
    parse_per_day,
)
from newsletter.settings.webhook_key import parse_webhook_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ENVIRONMENT_PREFIX = "NEWSLETTER_"
#: After the name of a secret's variable: the name of a file that holds it.
FILE_SUFFIX = "_FILE"


class Privacy(Enum):
    """Where a value may stand and how it is shown."""

    #: May stand anywhere and is shown as it is.
    OPEN = auto()
    #: A password in it is masked, and may come from the environment only.
    MAY_HOLD_PASSWORD = auto()
    #: Never shown, and from the environment only.
    SECRET = auto()


@dataclass(frozen=True, slots=True)
class Key:
    """One row: how a key is called, read, checked and shown."""

    #: Empty for a key that stands outside the sections; such a key is never in newsletter.toml.
    section: str
    name: str
    #: Takes a value of the right kind; raises ValueError with what is wrong and expected.
    parse: Callable[[Any], object]
    kind: Kind = Kind.TEXT
    #: Field of the section's dataclass, if it is not called like the key.
    field: str = ""
    #: As it would stand in newsletter.toml; without one the dataclass's own default holds.
    default: object = None
    #: What it may look like, for a key that must be set.
    required_like: str = ""
    privacy: Privacy = Privacy.OPEN
    #: Turns a path relative to newsletter.toml's folder into an absolute one.
    locate: Callable[[Any, Path], object] | None = None

    @property
    def target(self) -> str:
        """Field of the section's dataclass."""
        return self.field or self.name

    @property
    def label(self) -> str:
        """How messages name the key."""
        return f"[{self.section}] {self.name}" if self.section else self.variable

    @property
    def variable(self) -> str:
        """Environment variable that sets the key."""
        return ENVIRONMENT_PREFIX + "__".join(filter(None, (self.section, self.name))).upper()

    @property
    def file_variable(self) -> str | None:
        """Environment variable that names a file with the value; None unless it may be secret."""
        return None if self.privacy is Privacy.OPEN else self.variable + FILE_SUFFIX


#: Section → what makes its field of `Settings` out of the parsed values.
SECTIONS: Mapping[str, Callable[..., object]] = {
    "newsletter": build_newsletter,
    "database": build_database,
    "transport": build_transport,
    "warm_up": build_warm_up,
    "brand": BrandSettings,
    "dkim": build_dkim,
    "rendering": RenderingSettings,
    "checks": ChecksSettings,
    "sendgrid": SendGridSettings,
    "web": WebSettings,
    "bounces": build_bounces,
    "log": LogSettings,
    "metrics": MetricsSettings,
}

KEYS: tuple[Key, ...] = (
    Key("newsletter", "name", values.parse_name, required_like="The Weekly"),
    Key(
        "newsletter",
        "from",
        values.parse_mailbox,
        field="sender",
        required_like="The Weekly <weekly@example.org>",
    ),
    Key("newsletter", "reply_to", values.parse_mailbox),
    Key("newsletter", "base_url", urls.parse_base_url, required_like="https://weekly.example.org"),
    Key("newsletter", "language", values.parse_language),
    Key("newsletter", "postal_address", values.parse_postal_address),
    Key("newsletter", "list_id", values.parse_list_id),
    Key("newsletter", "timezone", values.parse_timezone, default="UTC"),
    Key("newsletter", "late_after_minutes", values.between(1, 10_080), Kind.WHOLE_NUMBER),
    Key("newsletter", "theme", values.parse_theme),
    Key("newsletter", "require_clean_tree", values.parse_switch, Kind.SWITCH),
    Key(
        "database",
        "url",
        urls.parse_database_url,
        default="sqlite:///newsletter.db",
        privacy=Privacy.MAY_HOLD_PASSWORD,
        locate=urls.locate_sqlite,
    ),
    Key("database", "password", values.parse_password, privacy=Privacy.SECRET),
    Key(
        "transport",
        "url",
        urls.parse_transport_url,
        required_like="maildir:maildir",
        privacy=Privacy.MAY_HOLD_PASSWORD,
        locate=urls.locate_maildir,
    ),
    Key("transport", "password", values.parse_password, privacy=Privacy.SECRET),
    Key("transport", "rate_per_second", values.parse_rate, Kind.NUMBER),
    Key("transport", "max_in_flight", values.between(1, 10_000), Kind.WHOLE_NUMBER),
    Key("transport", "retry_after_minutes", waits.parse_waits, Kind.NUMBERS),
    Key("transport", "give_up_after_hours", waits.parse_deadline, Kind.NUMBER),
    Key("transport", "connections", values.between(1, 1000), Kind.WHOLE_NUMBER),
    Key("transport", "messages_per_connection", values.between(1, 1_000_000), Kind.WHOLE_NUMBER),
    Key("transport", "bounce_domain", values.parse_domain),
    Key("transport", "timeout_seconds", values.parse_timeout, Kind.NUMBER),
    Key("transport", "ca_file", values.parse_path, locate=values.locate_path),
    Key("warm_up", "began_on", parse_began_on, Kind.DAY),
    Key("warm_up", "first_day", parse_a_day, Kind.WHOLE_NUMBER),
    Key("warm_up", "growth", parse_growth, Kind.NUMBER),
    Key("warm_up", "until", parse_a_day, Kind.WHOLE_NUMBER),
    Key("warm_up", "per_day", parse_per_day, Kind.WHOLE_NUMBERS),
    Key("brand", "color", values.parse_color),
    Key("brand", "color_dark", values.parse_color),
    Key("brand", "logo", urls.parse_image_url),
    Key("brand", "font", values.parse_font),
    Key("brand", "width", values.between(480, 720), Kind.WHOLE_NUMBER),
    Key("dkim", "domain", values.parse_domain),
    Key("dkim", "rsa_selector", values.parse_selector),
    Key("dkim", "rsa_key_file", values.parse_path, locate=values.locate_path),
    Key("dkim", "ed25519_selector", values.parse_selector),
    Key("dkim", "ed25519_key_file", values.parse_path, locate=values.locate_path),
    Key("rendering", "allow_html", values.parse_switch, Kind.SWITCH),
    Key("checks", "ignore", values.parse_rule_names, Kind.WORDS),
    Key("sendgrid", "api_key", values.parse_api_key, privacy=Privacy.SECRET),
    Key("sendgrid", "host", urls.parse_api_host),
    Key("sendgrid", "batch_size", values.between(1, 1000), Kind.WHOLE_NUMBER),
    Key("sendgrid", "calls", values.between(1, 64), Kind.WHOLE_NUMBER),
    Key("sendgrid", "sandbox", values.parse_switch, Kind.SWITCH),
    Key("sendgrid", "webhook_public_key", parse_webhook_key),
    Key("web", "trusted_proxies", values.each(values.parse_network), Kind.WORDS),
    Key("web", "proof_of_work", values.one_of("off", "auto", "always")),
    Key("web", "offered_tags", values.each(values.parse_offered_tag), Kind.WORDS),
    Key("web", "embed_origins", values.each(urls.parse_origin), Kind.WORDS),
    Key("web", "hsts", values.parse_switch, Kind.SWITCH),
    Key("web", "api_rate_per_second", values.parse_request_rate, Kind.NUMBER),
    Key(
        "bounces",
        "mailbox",
        urls.parse_mailbox_url,
        privacy=Privacy.MAY_HOLD_PASSWORD,
        locate=urls.locate_maildir,
    ),
    Key("bounces", "password", values.parse_password, privacy=Privacy.SECRET),
    Key("bounces", "every_minutes", values.between(1, 1440), Kind.WHOLE_NUMBER),
    Key("bounces", "ca_file", values.parse_path, locate=values.locate_path),
    Key("log", "format", values.one_of("console", "json", "auto")),
    Key("log", "level", values.one_of("debug", "info", "warning", "error")),
    Key("metrics", "listen", parse_listen),
    Key("", "secret_key", parse_secrets, field="secrets", privacy=Privacy.SECRET),
)


def find_key(section: str, name: str) -> Key | None:
    """Find the row of a key."""
    return next((key for key in KEYS if (key.section, key.name) == (section, name)), None)
