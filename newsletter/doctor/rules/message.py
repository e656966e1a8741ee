"""Rules on a message that arrived, as whoever received it has it."""

from newsletter.rules import Rule, Severity

UNREADABLE = Rule(
    "message-unreadable",
    Severity.ERROR,
    "The file holds no message: there is no header field in it.",
    "Save the message whole, as its source (“Show original”, “View source”, .eml).",
)
FROM = Rule(
    "message-from",
    Severity.ERROR,
    "There is not exactly one From field with one address (RFC 5322 section 3.6).",
    "Find out which program on the way has changed it.",
)
TO = Rule(
    "message-to",
    Severity.WARNING,
    "To does not name exactly one address: readers would see each other, or filters spam.",
    "Each reader is to get a message of his own.",
)
DATE = Rule(
    "message-date",
    Severity.WARNING,
    "There is not exactly one Date field that can be read.",
    "Find out which program on the way has changed it.",
)
MESSAGE_ID = Rule(
    "message-id",
    Severity.WARNING,
    "There is not exactly one Message-ID of the form <…@…>.",
    "Find out which program on the way has changed it.",
)
LIST_ID = Rule(
    "message-list-id",
    Severity.WARNING,
    "There is no List-Id, by which readers sort and mail services count (RFC 2919).",
    "Is it an issue of this newsletter? Confirmations and other system messages have none.",
)
UNSUBSCRIBE = Rule(
    "message-unsubscribe",
    Severity.ERROR,
    "There is no List-Unsubscribe with an https link: mail services want one of bulk senders.",
    "Set [newsletter] base_url to an https:// address; see whether the next hop drops the field.",
)
ONE_CLICK = Rule(
    "message-one-click",
    Severity.ERROR,
    "There is no “List-Unsubscribe-Post: List-Unsubscribe=One-Click” (RFC 8058 section 3.1).",
    "See whether the next hop takes the field out, or puts its own in its place.",
)
SIZE = Rule(
    "message-size",
    Severity.WARNING,
    "The message is larger than the 10 MB that many mailboxes take.",
    "Shorten the issue, or link to its pictures.",
)

UNSIGNED = Rule(
    "message-unsigned",
    Severity.ERROR,
    "The message has no DKIM signature.",
    "Make a key with `newsletter keys generate dkim`, or let the next hop sign.",
)
BROKEN = Rule(
    "signature-broken",
    Severity.ERROR,
    "A signature does not hold: the message was changed, or the key in DNS is another one.",
    "Run `newsletter doctor` to compare the keys. If they agree, the next hop changes messages.",
)
UNALIGNED = Rule(
    "signature-unaligned",
    Severity.ERROR,
    "No signature that holds is by the From domain or one aligned with it: DMARC counts none.",
    "Sign with the sender's domain, here ([dkim] domain) or at the next hop.",
)
UNCOVERED = Rule(
    "signature-uncovered",
    Severity.ERROR,
    "No aligned signature covers both unsubscribe fields, as RFC 8058 section 4 wants.",
    "Let the newsletter sign ([dkim]); a next hop that signs must be told to cover them.",
)
LENGTH = Rule(
    "signature-length",
    Severity.WARNING,
    "A signature covers a part of the body only (l=): anybody may add to the message.",
    "Let whoever signs leave l= out.",
)
RETURN_PATH = Rule(
    "message-return-path",
    Severity.NOTE,
    "The return path's domain is not aligned with the From domain, so SPF does not help DMARC.",
    "It is usual with providers. Else set [transport] bounce_domain below the From domain.",
)
RECEIVER = Rule(
    "message-receiver",
    Severity.WARNING,
    "The receiver wrote that SPF, DKIM or DMARC failed (Authentication-Results).",
    "Compare it with the findings above. Only the receiver's own field can be trusted, and anybody"
    " can write one.",
)

RULES = (
    *(UNREADABLE, FROM, TO, DATE, MESSAGE_ID, LIST_ID, UNSUBSCRIBE, ONE_CLICK, SIZE),
    *(UNSIGNED, BROKEN, UNALIGNED, UNCOVERED, LENGTH, RETURN_PATH, RECEIVER),
)
