"""Rules about readers who listen, enlarge, or see colours differently (WCAG 2.2)."""

from newsletter.rules.rule import Rule, Severity

LANGUAGE = Rule(
    "page-language",
    Severity.ERROR,
    "The page does not say which language it is in, so it is read aloud in the wrong one.",
    "Give the theme's <mjml> the attribute lang.",
)
DIRECTION = Rule(
    "page-direction",
    Severity.WARNING,
    "The page does not say in which direction its language is written.",
    "Give the theme's <mjml> the attribute dir.",
)
TITLE = Rule(
    "page-title",
    Severity.WARNING,
    "The page has no title.",
    "Give the theme an <mj-title>.",
)
TABLE_ROLE = Rule(
    "table-role",
    Severity.WARNING,
    "A table that only lays the page out is announced as a table of data.",
    'Give it role="presentation" in the theme.',
)
TABLE_HEADING = Rule(
    "table-heading",
    Severity.WARNING,
    "A table of data has no heading cells, so its cells are read without their meaning.",
    "Put words into the table's first row.",
)
HEADING_SKIP = Rule(
    "heading-skip",
    Severity.WARNING,
    "A heading skips a level, so that the outline has a gap.",
    "Use one # more than the heading above it at most.",
)
HEADING_EMPTY = Rule(
    "heading-empty",
    Severity.WARNING,
    "A heading has no words.",
    "Give it words or take it out.",
)
ALT_MISSING = Rule(
    "alt-missing",
    Severity.WARNING,
    "An image has no description: with images off, or read aloud, nothing is left of it.",
    "Write what it shows: ![what it shows](image.png).",
)
ALT_FILE_NAME = Rule(
    "alt-file-name",
    Severity.WARNING,
    "An image is described by the name of its file.",
    "Write what it shows.",
)
LINK_URL = Rule(
    "link-text-url",
    Severity.NOTE,
    "A bare URL serves as the words of a link and is read aloud letter by letter.",
    "Give it words: [what it is](https://example.org).",
)
LINK_VAGUE = Rule(
    "link-text-vague",
    Severity.WARNING,
    "The words of a link, such as “click here” or “여기”, say nothing when read on their own.",
    "Name what the link leads to.",
)
LINK_AMBIGUOUS = Rule(
    "link-text-ambiguous",
    Severity.NOTE,
    "The same words lead to different targets.",
    "Let each say what it leads to.",
)
CONTRAST = Rule(
    "contrast",
    Severity.WARNING,
    "Text has too little contrast with its background, in light or in dark (below 4.5 to 1, or 3"
    " to 1 for large text).",
    "Choose a darker or a lighter colour; for the theme's own, see [brand] color and color_dark.",
)
SMALL_TEXT = Rule(
    "text-small",
    Severity.WARNING,
    "Text is smaller than 12 px.",
    "Let it be as large as the theme makes it.",
)
DUPLICATE_ID = Rule(
    "id-duplicate",
    Severity.WARNING,
    "Two elements have the same id, so a link finds only the first.",
    "Give each its own.",
)

RULES = (
    *(LANGUAGE, DIRECTION, TITLE, TABLE_ROLE, TABLE_HEADING, HEADING_SKIP, HEADING_EMPTY),
    *(ALT_MISSING, ALT_FILE_NAME, LINK_URL, LINK_VAGUE, LINK_AMBIGUOUS),
    *(CONTRAST, SMALL_TEXT, DUPLICATE_ID),
)
