"""Rules on the readers' pages, as mail services find them."""

from newsletter.rules import Rule, Severity

LOCAL = Rule(
    "pages-local",
    Severity.WARNING,
    "The base_url leads to this machine, a private network or an example: no reader gets there.",
    "Set [newsletter] base_url to the public https:// address before you send to readers.",
)
UNKNOWN_HOST = Rule(
    "pages-unknown-host",
    Severity.ERROR,
    "The host of base_url has no address in DNS.",
    "Publish an A or AAAA record for it, or correct [newsletter] base_url.",
)
UNENCRYPTED = Rule(
    "one-click-unencrypted",
    Severity.ERROR,
    "Without https, mail services show no button for the link (RFC 8058 section 3.1).",
    "Put a web server with a certificate in front, as docs/howto/serve.md shows, and set base_url.",
)
SILENT = Rule(
    "one-click-silent",
    Severity.ERROR,
    "Nobody answers at base_url: readers could not leave.",
    "Start `newsletter serve` there, and look at the web server in front of it.",
)
REFUSED = Rule(
    "one-click-refused",
    Severity.ERROR,
    "A mail service's POST to an unsubscribe link is not answered with success.",
    "Let the web server in front pass POSTs below /u/ to `newsletter serve`, with this key file.",
)
REDIRECTED = Rule(
    "one-click-redirected",
    Severity.ERROR,
    "A POST to an unsubscribe link is sent elsewhere, and mail services follow nowhere (RFC 8058).",
    "Set [newsletter] base_url to the address that answers by itself.",
)
COOKIE = Rule(
    "one-click-cookie",
    Severity.WARNING,
    "The answer to a POST sets a cookie, which a mail service must not need (RFC 8058).",
    "Turn it off in what stands in front of `newsletter serve`.",
)
LOOKING = Rule(
    "one-click-looking",
    Severity.ERROR,
    "Opening an unsubscribe link does not show the page with a button: link scanners open links,"
    " and must not unsubscribe anybody.",
    "Let GET requests below /u/ reach `newsletter serve` as they are.",
)

RULES = (*(LOCAL, UNKNOWN_HOST, UNENCRYPTED, SILENT, REFUSED, REDIRECTED, COOKIE, LOOKING),)
