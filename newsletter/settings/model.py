"""The settings as values: one frozen dataclass for each section of newsletter.toml."""

# Annotations stay text, so that these types cost nothing before a file is read.
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from subscribers.address import EmailAddress

#: Beside newsletter.toml, out of git, readable by its owner only.
KEY_FILE_NAME = "newsletter.key"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, which may be empty, and an address (RFC 5322 section 3.4)."""

    name: str
    address: EmailAddress

    def __str__(self) -> str:
        """Write it as newsletter.toml has it, so that it is read back as the same."""
        name = self.name
        if name.startswith('"'):
            # Quotes around a whole name are optional, so a name's own need another pair.
            escaped = name.replace("\\", r"\\").replace('"', r"\"")
            name = f'"{escaped}"'
        return f"{name} <{self.address}>" if name else str(self.address)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewsletterSettings:
    """Section ``[newsletter]``: the publication."""

    name: str
    #: Key ``from``.
    sender: Mailbox
    reply_to: Mailbox | None = None
    #: Where `newsletter serve` is reachable for readers; ASCII, without a slash at the end.
    base_url: str
    #: BCP 47.
    language: str = "en"
    #: May have several lines.
    postal_address: str = ""
    #: RFC 2919, without angle brackets, such as ``weekly.example.org``; made from name and
    #: the sender's domain when it is not set.
    list_id: str
    #: IANA name; naive times in front matter and in commands are meant in it, and readers who
    #: never said where they are.
    timezone: ZoneInfo
    #: `serve` does not begin a scheduled issue that is later than this: nobody was there when it
    #: should have left, and whether it still should is the operator's to say.
    late_after_minutes: int = 60
    theme: str = "weekly"
    #: `send` refuses an issue file that differs from its git commit.
    require_clean_tree: bool = False

    @property
    def sender_domain(self) -> str:
        """The domain of the From address, in ASCII."""
        return self.sender.address.wire.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseSettings:
    """Section ``[database]``."""

    #: SQLAlchemy URL, its password included; a relative SQLite path was already made absolute
    #: beside newsletter.toml.
    url: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TransportSettings:
    """Section ``[transport]``."""

    #: ``smtp://USER@HOST``, ``smtps://…``, ``sendgrid:``, ``maildir:PATH`` (already
    #: absolute) or ``memory:``.
    url: str = field(repr=False)
    #: For the URL's user.
    password: str = field(default="", repr=False)
    #: Messages per second handed over; 0 means as fast as the next hop takes them.
    rate_per_second: float = 0.0
    #: Intents open at once: the most messages that can be in doubt after a crash. None for what
    #: suits the transport.
    max_in_flight: int | None = None
    #: What the next hop defers is tried again so long after the first attempt, the second and so
    #: on; the last stands for all that follow. A fifth more or less, by chance.
    retry_after_minutes: tuple[float, ...] = (1, 5, 15, 60, 240)
    #: What is deferred for longer, counted from its first attempt, has failed.
    give_up_after_hours: float = 48.0
    #: SMTP: connections at once.
    connections: int = 8
    #: SMTP: messages handed over by one connection before another is opened.
    messages_per_connection: int = 100
    #: SMTP: bounces come back to an address of their own for each message, at this domain, when
    #: it is set; else to the sender's.
    bounce_domain: str = ""
    #: How long the next hop may take to answer; None for what suits the transport.
    timeout_seconds: float | None = None
    #: SMTP: certificates of authorities to trust beside the system's, in PEM.
    ca_file: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmUpSettings:
    """Section ``[warm_up]``: how many people a day a new sender may write to, more each day."""

    #: The first day, in UTC; None for no warm-up.
    began_on: date | None = None
    #: First attempts on that day, of all issues together.
    first_day: int = 500
    #: Each day so many times the day before.
    growth: float = 1.5
    #: From the day on that would reach it there is no limit any more.
    until: int = 50_000
    #: The same, day by day, in place of these three; after the last there is no limit any more.
    per_day: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SendGridSettings:
    """Section ``[sendgrid]``, for the transport ``sendgrid:``."""

    #: With the permission Mail Send.
    api_key: str = field(default="", repr=False)
    #: Accounts in the European Union have ``https://api.eu.sendgrid.com``.
    host: str = "https://api.sendgrid.com"
    #: Recipients in one call.
    batch_size: int = 250
    #: Calls at once. All recipients of these may be in doubt after a crash; `max_in_flight` of
    #: ``[transport]`` has no say.
    calls: int = 4
    #: SendGrid checks each request and sends nothing.
    sandbox: bool = False
    #: By which events posted to ``/webhooks/sendgrid`` are known as SendGrid's: DER in base64.
    #: Without it none is taken.
    webhook_public_key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BrandSettings:
    """Section ``[brand]``: what the pages and the themes of messages look like."""

    #: Links, buttons and lines on light backgrounds: ``#`` and six lower-case hex digits.
    color: str = "#1d4ed8"
    #: The same on dark backgrounds.
    color_dark: str = "#8fb4ff"
    #: Absolute URL of an image; empty for none. The newsletter's name is its description.
    logo: str = ""
    #: Families that come before the theme's own, as CSS writes them; empty for none.
    font: str = ""
    #: Of a message's body, in px.
    width: int = 640


@dataclass(frozen=True, kw_only=True, slots=True)
class DkimSettings:
    """Section ``[dkim]``: the keys by which receivers know that a message is from us."""

    #: In ASCII; the sender's own domain when it is not set.
    domain: str = ""
    #: ``SELECTOR._domainkey.DOMAIN`` is where receivers look for the public key.
    rsa_selector: str = ""
    #: In PEM, readable by its owner only; None for no signature of this kind.
    rsa_key_file: Path | None = None
    ed25519_selector: str = ""
    ed25519_key_file: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """Section ``[web]``: the pages that `newsletter serve` shows to readers."""

    #: Hosts and networks whose ``X-Forwarded-For`` is believed; whoever else sends one is not.
    trusted_proxies: tuple[str, ...] = ()
    #: ``off``, ``auto`` (under attack only) or ``always``: whether the reader's browser has to
    #: compute for a second before it signs up.
    proof_of_work: Literal["off", "auto", "always"] = "auto"
    #: Tags that the reader may choose, in the order shown.
    offered_tags: tuple[str, ...] = ()
    #: Sites that may show the form in a frame, and that it may lead back to.
    embed_origins: tuple[str, ...] = ()
    #: Browsers are told to come back by https only, for a year.
    hsts: bool = False
    #: Requests per second of one token of the API, to each process; five seconds' worth may come
    #: at once. 0 for any number.
    api_rate_per_second: float = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class BouncesSettings:
    """Section ``[bounces]``: where bounces, complaints and unsubscribe mail come in."""

    #: ``maildir:PATH`` (already absolute) or ``imaps://USER@HOST/FOLDER``; empty for none.
    mailbox: str = ""
    #: For the URL's user.
    password: str = field(default="", repr=False)
    #: How often `newsletter serve` looks into it.
    every_minutes: int = 5
    #: IMAP: certificates of authorities to trust beside the system's, in PEM.
    ca_file: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderingSettings:
    """Section ``[rendering]``: what becomes of an issue's Markdown."""

    #: Raw HTML is made safe and kept; else it is shown as the text it is.
    allow_html: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ChecksSettings:
    """Section ``[checks]``: what `newsletter check` and `send` look at."""

    #: Rules by name whose findings are left out; in the environment with commas between.
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LogSettings:
    """Section ``[log]``: what `newsletter serve`, workers and long sends tell the operator."""

    #: ``console`` for people, ``json`` for programs, ``auto``: for people on a terminal only.
    format: Literal["console", "json", "auto"] = "console"
    #: The least that is told.
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricsSettings:
    """Section ``[metrics]``: where `newsletter serve` tells its figures."""

    #: ``HOST:PORT``; empty for nowhere. Whoever reaches it may read it.
    listen: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything this installation was told; read once, never changed."""

    #: The folder of newsletter.toml: issues/, the key file and the database are beside it.
    folder: Path
    newsletter: NewsletterSettings
    database: DatabaseSettings
    transport: TransportSettings
    warm_up: WarmUpSettings = WarmUpSettings()
    brand: BrandSettings = BrandSettings()
    dkim: DkimSettings = DkimSettings()
    rendering: RenderingSettings = RenderingSettings()
    checks: ChecksSettings = ChecksSettings()
    sendgrid: SendGridSettings = SendGridSettings()
    web: WebSettings = WebSettings()
    bounces: BouncesSettings = BouncesSettings()
    #: Section ``[segments]``: rules by name, as they were written; each was read once without a
    #: problem. Ask `newsletter.usecases.choose_segment` for one.
    segments: Mapping[str, str] = field(default_factory=dict, hash=False)
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    #: The installation's numbered secrets, when the environment gave them: they override the
    #: key file. Ask `newsletter.key_file.load_keyring` for the keys.
    secrets: Mapping[int, bytes] | None = field(default=None, repr=False)

    @property
    def own_themes(self) -> Path:
        """Where the newsletter's own themes are, if it has any."""
        return self.folder / "templates" / "issue"

    @property
    def key_file(self) -> Path:
        """Where the secrets are, unless the environment gave them."""
        return self.folder / KEY_FILE_NAME
