"""Rules about where links lead and how they are written."""

from newsletter.rules.rule import Rule, Severity

INVALID = Rule(
    "link-invalid",
    Severity.ERROR,
    "A link or an image has a target that no mail client can follow.",
    "Write the whole address, such as https://example.org/page.",
)
SCHEME = Rule(
    "link-scheme",
    Severity.WARNING,
    "A link leads neither to the web nor to a mail address or a telephone: few clients follow it.",
    "Link to a page that says where to go.",
)
UNPARSED = Rule(
    "link-unparsed",
    Severity.WARNING,
    "What was meant as a link is none: its target has a space, or a space stands before it.",
    "Write [words](target) without spaces; in the target, %20 is one.",
)
EMPTY = Rule(
    "link-empty",
    Severity.ERROR,
    "A link has no words, so there is nothing to see or to press.",
    "Put words between the brackets.",
)
HTTP = Rule(
    "link-http",
    Severity.WARNING,
    "A link or an image is fetched without encryption.",
    "Write https:// where the site answers to it.",
)
LOCAL = Rule(
    "link-local",
    Severity.WARNING,
    "A link or an image leads to a machine that readers cannot reach.",
    "Write the public address.",
)
BASE_URL = Rule(
    "base-url",
    Severity.WARNING,
    "The links that are made from base_url, such as the one to unsubscribe, are local or not"
    " encrypted.",
    "Set [newsletter] base_url to the public https:// address.",
)
ANCHOR = Rule(
    "link-anchor",
    Severity.WARNING,
    "A link leads to a place in the issue that is not there.",
    "Sections have the anchors #s1, #s2 and so on; or leave the link out.",
)
DUPLICATE = Rule(
    "link-duplicate",
    Severity.NOTE,
    "The same target is linked more than once in one section.",
    "One link is enough, if it is not meant.",
)
SWALLOWED = Rule(
    "link-swallowed",
    Severity.WARNING,
    "A bare URL has swallowed the word or the mark that follows it, such as a Korean particle.",
    "Put the URL in angle brackets: <https://example.org/page>를.",
)
MISLEADING = Rule(
    "link-misleading",
    Severity.WARNING,
    "A link shows one site's address and leads to another: filters take it for fraud.",
    "Let the words say what the page is, or show the site that the link leads to.",
)
SHORTENER = Rule(
    "link-shortener",
    Severity.WARNING,
    "A link goes through a shortening service, as spam does.",
    "Link to the page itself.",
)

DEAD = Rule(
    "link-dead",
    Severity.ERROR,
    "The page behind a link is gone (only with --links).",
    "Correct the link or leave it out.",
)
UNREACHABLE = Rule(
    "link-unreachable",
    Severity.WARNING,
    "The site behind a link does not answer, or answers with an error (only with --links).",
    "Try the link in a browser; the site may only be down for now.",
)
MOVED = Rule(
    "link-moved",
    Severity.NOTE,
    "A page has moved for good, and its old address leads to the new one (only with --links).",
    "Write the new address.",
)
UNASKED = Rule(
    "link-unasked",
    Severity.NOTE,
    "A site does not let programs look, so nothing is known of the link (only with --links).",
    "Try the link in a browser.",
)

RULES = (
    *(INVALID, SCHEME, UNPARSED, EMPTY, HTTP, LOCAL, BASE_URL, ANCHOR, DUPLICATE),
    *(SWALLOWED, MISLEADING, SHORTENER),
    *(DEAD, UNREACHABLE, MOVED, UNASKED),
)
