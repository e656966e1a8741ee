"""Rules about Markdown and theme: most are applied by rendering itself, while it reads them."""

from newsletter.rules.rule import Rule, Severity

FOREIGN = Rule(
    "foreign-markup",
    Severity.WARNING,
    "Markup that only a certain site generator knows is seen as it was typed; told once a kind.",
    "Say it in plain Markdown, or put it into `code` if it is meant to be seen.",
)

RULES = (
    FOREIGN,
    Rule(
        "unknown-shortcode",
        Severity.WARNING,
        "A Hugo shortcode or a Liquid tag stays as it is, since nothing is known about it.",
        "Write what it stands for, a link or an image.",
    ),
    Rule(
        "embedded-player",
        Severity.NOTE,
        "A video or an embedded page has become a link, since no mail plays it.",
        "A picture of it that leads to the page says more than a link.",
    ),
    Rule(
        "raw-html",
        Severity.WARNING,
        "Raw HTML is shown as text.",
        "Write it in Markdown, put it into `code`, or set allow_html = true in [rendering].",
    ),
    Rule(
        "open-comment",
        Severity.WARNING,
        "A comment does not end where it could, so readers see it.",
        "Close it with -->; one with a blank line inside begins on a line of its own.",
    ),
    Rule(
        "raw-html-removed",
        Severity.WARNING,
        "Raw HTML that cannot be in a mail was left out.",
        "Take it out of the issue, or lead to a page that has it.",
    ),
    Rule(
        "missing-image",
        Severity.WARNING,
        "An image is neither beside the issue nor in the newsletter's folder.",
        "Put the file there or correct its name.",
    ),
    Rule(
        "table-cells",
        Severity.WARNING,
        "A row of a table has more cells than its head; the last cell holds what is too much.",
        r"Write \| where a | is meant to be seen, in code too.",
    ),
    Rule(
        "unused-footnote",
        Severity.WARNING,
        "Nothing refers to a footnote.",
        "Write its mark where it belongs, or remove the note.",
    ),
    Rule(
        "shortcode",
        Severity.NOTE,
        "A Hugo shortcode or a Liquid tag was turned into what a mail can show.",
        "Look at it in the preview; plain Markdown leaves no doubt.",
    ),
    Rule(
        "site-link",
        Severity.NOTE,
        "A link in the manner of a site generator was taken to lead to a page of the site.",
        "Look whether it does, or write the page's address.",
    ),
    Rule(
        "condition",
        Severity.ERROR,
        "A condition is shown as text, since it has no beginning or no end, or there are too many.",
        "Write {% if … %} and {% endif %} on lines of their own.",
    ),
    Rule(
        "heading-without-link",
        Severity.NOTE,
        'With references = "link-headings", no link of the list belongs to a heading.',
        "Add its URL to the list, in the order of the sections, if it should be a link.",
    ),
    Rule(
        "link-without-heading",
        Severity.WARNING,
        'With references = "link-headings", no heading belongs to a link of the list.',
        "Put it below the item of its section, or give it a section.",
    ),
    Rule(
        "no-references",
        Severity.WARNING,
        'With references = "link-headings", no last section is one list of links.',
        "End the issue with a heading and a list of URLs, or remove the key.",
    ),
    Rule(
        "brand-contrast",
        Severity.WARNING,
        "A colour of [brand] cannot be read as text, so another one is shown.",
        "Take the colour that the finding names, or another one.",
    ),
    Rule(
        "theme-contrast",
        Severity.WARNING,
        "A colour of the theme's palette cannot be read where the theme puts it.",
        "Take the colour that the finding names.",
    ),
)
