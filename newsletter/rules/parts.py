"""Rules about what every message must have, and what must not be left in it."""

from newsletter.rules.rule import Rule, Severity

UNUSABLE = Rule(
    "unusable",
    Severity.ERROR,
    "The issue's file cannot be used: its front matter or its encoding is broken.",
    "Mend the place that is named; nothing else of this issue was checked.",
)
TEXT = Rule(
    "text-part",
    Severity.ERROR,
    "The plain-text part is empty.",
    "Let the theme's issue.txt.j2 print the body.",
)
UNSUBSCRIBE = Rule(
    "unsubscribe",
    Severity.ERROR,
    "A part of the message has no link to unsubscribe, which law and mailbox providers demand.",
    "Let the theme print unsubscribe_url.",
)
POSTAL_ADDRESS = Rule(
    "postal-address",
    Severity.WARNING,
    "The message has no postal address, which many countries demand of advertising.",
    "Set [newsletter] postal_address.",
)
PREHEADER = Rule(
    "preheader",
    Severity.WARNING,
    "The issue has no preheader, so inboxes show its first words behind the subject.",
    "Add preheader (or description) to the front matter: 40 to 90 characters.",
)
PREHEADER_LONG = Rule(
    "preheader-long",
    Severity.NOTE,
    "The preheader is longer than any inbox shows.",
    "Put what matters into the first 90 characters.",
)
SUBJECT_EMPTY = Rule(
    "subject-empty",
    Severity.ERROR,
    "The subject is empty for a reader without values for its fields.",
    'Give the field a default: {{ subscriber.name or "friend" }}.',
)
SUBJECT_LONG = Rule(
    "subject-long",
    Severity.WARNING,
    "The subject is longer than inboxes show.",
    "Keep it within 70 columns (35 Korean, Chinese or Japanese characters); what matters first.",
)
SUBJECT_CAPS = Rule(
    "subject-caps",
    Severity.WARNING,
    "The subject is all capitals, as in spam.",
    "Write it as a sentence.",
)
SENDER_DOMAIN = Rule(
    "sender-domain",
    Severity.WARNING,
    "The From address is at a domain for which you cannot vouch, so mailbox providers refuse it"
    " (DMARC).",
    "Set [newsletter] from to an address at a domain of your own.",
)
LEFTOVER = Rule(
    "leftover",
    Severity.WARNING,
    "A note to yourself, such as TODO or lorem ipsum, was left in the text.",
    "Finish the sentence or take the note out.",
)
UNKNOWN_FIELD = Rule(
    "unknown-field",
    Severity.WARNING,
    "Braces name no field of this newsletter, so readers see them as they are.",
    r"Known are subscriber.name, .email, .language, your own as subscriber.…, and"
    r" unsubscribe_url; if braces are meant, write \{{.",
)
SPAM = Rule(
    "spam-score",
    Severity.WARNING,
    "SpamAssassin on this machine takes the message for spam.",
    "Look at the named tests; those of headers a real send adds do not count.",
)
SPAM_UNASKED = Rule(
    "spam-unasked",
    Severity.NOTE,
    "SpamAssassin is installed and gave no score.",
    "Try `spamassassin --lint`, or start spamd if spamc is what is installed.",
)

RULES = (
    *(UNUSABLE, TEXT, UNSUBSCRIBE, POSTAL_ADDRESS, PREHEADER, PREHEADER_LONG),
    *(SUBJECT_EMPTY, SUBJECT_LONG, SUBJECT_CAPS, SENDER_DOMAIN, LEFTOVER, UNKNOWN_FIELD),
    *(SPAM, SPAM_UNASKED),
)
