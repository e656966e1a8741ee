"""Rules on what is behind the transport."""

from newsletter.rules import Rule, Severity

LOCAL = Rule(
    "next-hop-local",
    Severity.NOTE,
    "The transport keeps every message on this machine; no reader gets one.",
    "Set [transport] url to smtp://… or sendgrid: before you send to readers.",
)
DOWN = Rule(
    "next-hop-down",
    Severity.ERROR,
    "The next hop does not answer.",
    "Check host and port of [transport] url, and whether a firewall stands between.",
)
REFUSES = Rule(
    "next-hop-refuses",
    Severity.ERROR,
    "The next hop does not serve us: its certificate, TLS, the login or a policy.",
    "Mend what its answer names.",
)
SENDER = Rule(
    "next-hop-sender",
    Severity.ERROR,
    "The next hop takes no message from our return path.",
    "Verify the domain there, or set [transport] bounce_domain or [newsletter] from to another.",
)
CERTIFICATE = Rule(
    "next-hop-certificate",
    Severity.WARNING,
    "The next hop's certificate ends within two weeks; afterwards nothing is sent.",
    "Renew it there, or ask who runs the server whether it renews itself.",
)
ADDRESS = Rule(
    "next-hop-address",
    Severity.NOTE,
    "SPF does not allow the next hop's own addresses; it may well send from others.",
    "Ask who runs it which `include:` belongs into your SPF record.",
)
POINTER = Rule(
    "next-hop-pointer",
    Severity.NOTE,
    "An address of the next hop has no name that leads back to it, as Gmail wants of senders.",
    "Set its reverse name (PTR) where the address was rented, if it is the one that sends.",
)
MAILDIR = Rule(
    "maildir-unwritable",
    Severity.ERROR,
    "The folder that messages are to be kept in cannot be written.",
    "Give this user the right to write there, or set [transport] url to another folder.",
)
SENDGRID_KEY = Rule(
    "sendgrid-key",
    Severity.ERROR,
    "SendGrid does not take the key, or there is none.",
    "Set NEWSLETTER_SENDGRID__API_KEY to a key with the permission Mail Send.",
)
SENDGRID_SCOPE = Rule(
    "sendgrid-permission",
    Severity.ERROR,
    "The key is good, but may not send.",
    "Give it the permission Mail Send, in SendGrid's Settings, API Keys.",
)
SENDGRID_DOMAIN = Rule(
    "sendgrid-domain",
    Severity.WARNING,
    "The sender's domain has none of the records that SendGrid's domain authentication makes.",
    "Authenticate the domain in SendGrid's Settings, Sender Authentication. With a selector of"
    " your own there, nothing is wrong.",
)

RULES = (
    *(LOCAL, DOWN, REFUSES, SENDER, CERTIFICATE, ADDRESS, POINTER, MAILDIR),
    *(SENDGRID_KEY, SENDGRID_SCOPE, SENDGRID_DOMAIN),
)
