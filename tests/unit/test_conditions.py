"""What only some recipients get: one rendering for each combination of answers."""

from dataclasses import replace
from email import message_from_bytes, policy
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.conditions import MAX_CONDITIONS, read_conditions
from newsletter.rendering.edition import Condition, Edition, fill
from newsletter.rendering.finding import Finding, Severity
from newsletter.rendering.markdown import parse_markdown
from newsletter.rendering.render import render_edition
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.message.template import compile_message
from newsletter.sending.transports.sendgrid.request import compile_request
from tests.unit.sample_issues import WEEKLY, make_issue
from tests.unit.sample_messages import make_recipient

BOTH = """\
Before.

{% if subscriber.has_tag("AI") %}
For those who like AI.
{% elif subscriber.language == "ko" %}
한국어 독자께.
{% else %}
For all others.
{% endif %}

After.
"""


def render(markdown: str) -> Edition:
    """Render Markdown as an issue of the weekly."""
    return render_edition(make_issue(markdown), newsletter=WEEKLY)


def read_text(edition: Edition, recipient: Recipient) -> str:
    """Give the plain text of the message that a recipient gets."""
    message = message_from_bytes(
        compile_message(edition, WEEKLY).splice(recipient), policy=policy.default
    )
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize(
    ("tags", "language", "seen"),
    [
        ({"ai", "go"}, "en", "For those who like AI."),
        ({"ai"}, "ko", "For those who like AI."),
        (set(), "ko", "한국어 독자께."),
        (set(), "en", "For all others."),
        ({"go"}, "", "For all others."),
    ],
)
def test_each_recipient_gets_the_first_branch_that_holds(
    tags: set[str], language: str, seen: str
) -> None:
    """A reader sees what was written for him and nothing of the rest."""
    recipient = replace(make_recipient(), tags=frozenset(tags), language=language)

    text = read_text(render(BOTH), recipient)

    branches = ["For those who like AI.", "한국어 독자께.", "For all others."]
    assert [branch for branch in branches if branch in text] == [seen]
    assert "Before." in text
    assert "After." in text
    assert "{%" not in text


def test_the_archive_shows_what_is_for_everyone() -> None:
    """Nobody's tags are told to the world."""
    edition = render(BOTH)

    assert edition.conditions == (
        Condition(value="ai"),
        Condition(field="language", value="ko"),
    )
    assert "For all others." in fill(edition.text, {})
    assert "like AI" not in fill(edition.html, {})


def test_answers_that_make_the_same_text_share_a_variant() -> None:
    """With AI the language decides nothing: three texts, not four."""
    variants = render(BOTH).list_variants()

    assert [variant.answers for variant in variants] == [
        ((False, False),),
        ((False, True),),
        ((True, False), (True, True)),
    ]


def test_a_variant_is_described_in_the_words_of_the_issue() -> None:
    """Whoever looks at it in the preview wrote them."""
    edition = render('{% if subscriber.has_tag("a") %}\nA\n{% endif %}')

    words = [edition.describe_variant(variant) for variant in edition.list_variants()]

    assert words == ["everyone else", 'subscriber.has_tag("a")']


def test_a_field_has_one_value() -> None:
    """Answers that nobody can give need no rendering."""
    edition = render(
        '{% if subscriber.plan == "free" %}\nF\n{% endif %}\n'
        '{% if subscriber.plan == "team" %}\nT\n{% endif %}\n'
    )

    assert [len(variant.answers) for variant in edition.list_variants()] == [1, 1, 1]


def test_negations_and_nesting_are_followed() -> None:
    """The grammar is small, and whole."""
    edition = render(
        '{% if not subscriber.has_tag("a") %}\nno A\n'
        '{% if subscriber.plan != "free" %}\npays\n{% endif %}\n{% endif %}'
    )
    recipient = make_recipient()

    assert "pays" in read_text(edition, replace(recipient, fields={"plan": "team"}))
    assert "pays" not in read_text(edition, replace(recipient, fields={"plan": "free"}))
    assert "no A" not in read_text(edition, replace(recipient, tags=frozenset({"a"})))


def test_an_issue_without_conditions_has_no_variants() -> None:
    """It costs what it always did."""
    edition = render("plain")

    assert edition.variants == ()
    assert edition.asks_for_tags is False
    assert len(edition.list_variants()) == 1


def list_conditions(count: int) -> str:
    """Write so many different conditions."""
    return "\n".join(
        f'{{% if subscriber.has_tag("t{n}") %}}\nblock{n}\n{{% endif %}}' for n in range(count)
    )


def test_conditions_are_capped_and_what_goes_beyond_is_shown_and_told() -> None:
    """Sixteen renderings are a second; a seventeenth would be guesswork."""
    edition = render(list_conditions(MAX_CONDITIONS + 1))

    assert len(edition.list_variants()) == 2**MAX_CONDITIONS
    assert '{% if subscriber.has_tag("t4") %}' in fill(edition.text, {})
    assert "block4" in fill(edition.text, {})
    assert [(each.rule, each.severity, each.line) for each in edition.findings] == [
        ("condition", Severity.ERROR, 13),
        ("condition", Severity.ERROR, 15),
    ]


@pytest.mark.parametrize(
    ("markdown", "line"),
    [
        ("a\n\n{% endif %}\n", 3),
        ('a\n\n{% if subscriber.has_tag("x") %}\nb\n', 3),
        ("{% else %}", 1),
    ],
)
def test_an_end_without_a_beginning_is_seen_and_told(markdown: str, line: int) -> None:
    """Half a condition must not swallow the rest of the issue."""
    edition = render(markdown)

    assert edition.conditions == ()
    assert "{%" in fill(edition.text, {})
    assert [(each.rule, each.line, each.column) for each in edition.findings] == [
        ("condition", line, 1)
    ]


def list_rules(findings: tuple[Finding, ...]) -> list[tuple[str, int]]:
    """Give rule and line of findings."""
    return [(each.rule, each.line) for each in findings]


@pytest.mark.parametrize(
    "markdown",
    [
        '{% if page.title == "x" %}\na\n{% endif %}',
        '- {% if subscriber.has_tag("x") %}\n- b',
        'a {% if subscriber.has_tag("x") %} b',
        '{% if subscriber.has_tag("x") or subscriber.has_tag("y") %}\na\n{% endif %}',
    ],
)
def test_everything_else_that_looks_like_it_is_text(markdown: str) -> None:
    """The grammar is closed; a reader never gets a guess."""
    edition = render(markdown)

    assert edition.conditions == ()
    assert "{% if" in fill(edition.text, {})
    assert edition.findings[0].line == 1


def test_conditions_in_code_are_code() -> None:
    """An issue may explain them."""
    edition = render('```\n{% if subscriber.has_tag("x") %}\n{% endif %}\n```')

    assert edition.conditions == ()
    assert edition.findings == ()


def test_sendgrid_gets_a_request_for_each_variant() -> None:
    """A request has one text for all whom it names."""
    edition = render('{% if subscriber.has_tag("a") %}\nonly A\n{% else %}\nothers\n{% endif %}')
    template = compile_request(compile_message(edition, WEEKLY), is_sandbox=False)
    people = [
        replace(make_recipient(f"p{n}@example.org"), tags=frozenset({"a"} if n % 2 else ()))
        for n in range(5)
    ]

    requests = list(template.split([template.personalize(person) for person in people]))

    bodies = [template.build_body(request) for request in requests]
    assert [len(body["personalizations"]) for body in bodies] == [3, 2]
    assert ["only A" in body["content"][0]["value"] for body in bodies] == [False, True]
    assert ["only A" in body["content"][1]["value"] for body in bodies] == [False, True]


LINES = st.lists(
    st.sampled_from(
        [
            '{% if subscriber.has_tag("a") %}',
            '{% if not subscriber.has_tag("b") %}',
            '{% elif subscriber.has_tag("c") %}',
            "{% else %}",
            "{% endif %}",
            "words",
            "- item",
            "> quoted",
            "",
        ]
    ),
    max_size=12,
)


@given(LINES)
def test_every_line_is_for_someone_and_keeps_its_number(lines: list[str]) -> None:
    """Whatever is half written while the preview looks on."""
    markdown = "\n".join(lines)

    text = read_conditions(markdown, parse_markdown(markdown))

    texts = [each.split("\n") for each in text.list_texts()]
    answers = [answer for group in text.list_texts().values() for answer in group]
    assert sorted(answers) == list(product((False, True), repeat=len(text.conditions)))
    assert {len(each) for each in texts} == {max(len(lines), 1)}
    assert all(each[0] == lines[0] for each in texts if lines and lines[0].isalpha())
