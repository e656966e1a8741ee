"""Issue → tokens for both parts: parsed, its targets settled, and what was noticed on the way.

An issue with conditions is read once for each variant. All that is done to tokens before they are
written stands here, in its order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from newsletter.issues.issue import Issue
from newsletter.rendering.conditions import ConditionalText, read_conditions, show_conditions
from newsletter.rendering.edition import Condition
from newsletter.rendering.fields import Sentinels, iter_tokens, restore_text
from newsletter.rendering.finding import Finding, Severity
from newsletter.rendering.images import settle_images
from newsletter.rendering.link_headings import link_headings
from newsletter.rendering.markdown import parse_markdown, read_tokens, settle_targets
from newsletter.rendering.outline import SourceText, list_findings
from newsletter.rendering.page import COLUMN_WIDTH
from newsletter.rendering.sections import level_headings, without_title
from newsletter.rendering.syntax.admonitions import name_boxes
from newsletter.rendering.syntax.footnotes import drop_unused_notes
from newsletter.rendering.syntax.site_links import replace_site_links
from newsletter.rendering.syntax.tokens import Remark, build_link, build_text, note
from newsletter.rendering.words import get_direction, load_words
from newsletter.rendering.writing_direction import mark_directions

if TYPE_CHECKING:
    from markdown_it.token import Token

#: Mail clients show 40 to 90 characters after the subject.
_PREHEADER_CHARACTERS: Final = 90
_MARKS: Final = frozenset({"comment", "read_on"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """An issue's tokens for those who give certain answers to its conditions."""

    tokens: "Sequence[Token]"
    findings: tuple[Finding, ...]
    answers: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueReader:
    """Reads one issue."""

    issue: Issue
    sentinels: Sentinels
    #: On one line, its fields marked.
    title: str
    base_url: str
    allow_html: bool
    #: Where the mail is cut at ``<!-- read on -->``: URL and words of the link that leads on;
    #: None to read the issue whole.
    read_on: tuple[str, str] | None

    def read(self) -> tuple[tuple[Condition, ...], list[Reading]]:
        """Read all variants of the issue; the first is for whom no condition holds."""
        marked = self.sentinels.mark(self.issue.markdown)
        marked = replace_site_links(marked, self.sentinels.mark_target)
        tokens = parse_markdown(marked, allow_html=self.allow_html)
        if not any(token.type == "condition" for token in tokens):
            return (), [self._finish(tokens, ((),))]
        text: ConditionalText = read_conditions(marked, tokens)
        readings = [
            self._finish(parse_markdown(each, allow_html=self.allow_html), tuple(answers))
            for each, answers in text.list_texts().items()
        ]
        return text.conditions, readings

    def _finish(self, tokens: "Sequence[Token]", answers: tuple[tuple[bool, ...], ...]) -> Reading:
        source = SourceText(self.issue.markdown, self.issue.markdown_line, self.sentinels.restore)
        tokens = show_conditions(tokens)
        _settle_pages(tokens, self.sentinels)
        if self.read_on:
            tokens = cut_at_mark(tokens, *self.read_on)
        if self.issue.has_link_headings:
            tokens = link_headings(tokens)
        settle_images(tokens, self.issue.path, column_width=COLUMN_WIDTH)
        findings = list_findings(tokens, source)
        tokens = [token for token in tokens if token.type not in _MARKS]
        tokens = without_title(tokens, self.title)
        restore_text(tokens, self.sentinels)
        settle_targets(tokens, self.sentinels, self.base_url)
        level_headings(tokens)
        name_boxes(tokens, load_words(self.issue.language, newsletter_name=""))
        mark_directions(tokens, get_direction(self.issue.language))
        return Reading(tokens=tokens, findings=findings, answers=answers)


def _settle_pages(tokens: "Sequence[Token]", sentinels: Sentinels) -> None:
    """Write the pages that tags in targets lead to, and tell where that is a guess."""
    for token in iter_tokens(tokens):
        for name in ("href", "src") if token.attrs else ():
            target = str(token.attrGet(name) or "")
            pages = [page for page in sentinels.list_targets(target) if page.strip("/")]
            if pages and name == "href":
                remark = Remark(
                    "site-link",
                    Severity.NOTE,
                    f"this link was taken to lead to {pages[-1]}",
                    "Look whether it does, or write the page's address.",
                )
                note(token, remark)
            if target:
                token.attrSet(name, sentinels.settle_target(target))


def cut_at_mark(tokens: "Sequence[Token]", url: str, words: str) -> "list[Token]":
    """Cut an issue at ``<!-- read on -->`` and lead on from there; notes that are left stay."""
    from markdown_it.token import Token

    places = [place for place, token in enumerate(tokens) if token.type == "read_on"]
    if not places or tokens[places[0]].level:
        return list(tokens)
    notes = next(
        (at for at, token in enumerate(tokens) if token.type == "footnote_block_open"), len(tokens)
    )
    paragraph = [
        Token("paragraph_open", "p", 1, map=tokens[places[0]].map),
        Token("inline", "", 0, children=build_link(url, [build_text(words)])),
        Token("paragraph_close", "p", -1),
    ]
    return drop_unused_notes([*tokens[: places[0]], *paragraph, *tokens[notes:]])


def read_first_words(tokens: "Sequence[Token]") -> str:
    """Take the first words that are no heading, for an issue whose author gave no preheader."""
    words: list[str] = []
    for heading, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline" and (heading is None or heading.type != "heading_open"):
            children = [child for child in token.children or () if child.type != "image"]
            words += read_tokens(children).split()
        if len(" ".join(words)) > _PREHEADER_CHARACTERS:
            break
    line = " ".join(words)
    if len(line) <= _PREHEADER_CHARACTERS:
        return line
    end = line.rfind(" ", 0, _PREHEADER_CHARACTERS)
    return f"{line[: end if end > 0 else _PREHEADER_CHARACTERS]}…"


def list_all_findings(readings: Sequence[Reading]) -> tuple[Finding, ...]:
    """List the findings of all variants, each once, in the order of the file."""
    found = dict.fromkeys(finding for reading in readings for finding in reading.findings)
    return tuple(sorted(found, key=attrgetter("line", "column")))
