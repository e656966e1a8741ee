"""newsletter.toml and the environment → one frozen `Settings`; all problems told at once."""

from newsletter.settings.loading import (
    SETTINGS_FILE_NAME,
    SettingLine,
    describe_settings,
    find_settings_file,
    load_settings,
    parse_settings,
)
from newsletter.settings.model import (
    KEY_FILE_NAME,
    BouncesSettings,
    BrandSettings,
    ChecksSettings,
    DatabaseSettings,
    DkimSettings,
    Mailbox,
    NewsletterSettings,
    RenderingSettings,
    SendGridSettings,
    Settings,
    TransportSettings,
    WarmUpSettings,
    WebSettings,
)
from newsletter.settings.sources import environ_without_settings

__all__ = [
    "KEY_FILE_NAME",
    "SETTINGS_FILE_NAME",
    "BouncesSettings",
    "BrandSettings",
    "ChecksSettings",
    "DatabaseSettings",
    "DkimSettings",
    "Mailbox",
    "NewsletterSettings",
    "RenderingSettings",
    "SendGridSettings",
    "SettingLine",
    "Settings",
    "TransportSettings",
    "WarmUpSettings",
    "WebSettings",
    "describe_settings",
    "environ_without_settings",
    "find_settings_file",
    "load_settings",
    "parse_settings",
]
