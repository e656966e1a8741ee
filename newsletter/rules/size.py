"""Rules about what is too large."""

from newsletter.rules.rule import Rule, Severity

LARGE = Rule(
    "size-large",
    Severity.WARNING,
    "The page has more than 80 kB; Gmail cuts at about 102 kB.",
    "Shorten the largest section, or let it be read on in the archive.",
)
CLIPPED = Rule(
    "size-clipped",
    Severity.ERROR,
    "The page has more than 100 kB: Gmail cuts it, and the link to unsubscribe with it.",
    "Shorten the largest section, or let it be read on in the archive.",
)
IMAGE_HEAVY = Rule(
    "image-heavy",
    Severity.WARNING,
    "An image's file has more than 1 MB.",
    "Save it smaller: JPEG for photographs, PNG for drawings.",
)
IMAGE_LARGE = Rule(
    "image-large",
    Severity.WARNING,
    "An image has more than twice the pixels that any reader sees.",
    "Scale it to twice the width it is shown at.",
)
RULES = (LARGE, CLIPPED, IMAGE_HEAVY, IMAGE_LARGE)
