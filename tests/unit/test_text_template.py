"""The weekly theme's text template: header, body, footer."""

import pytest

from newsletter.rendering.display_width import display_width
from newsletter.rendering.plain_text import TEXT_WIDTH
from newsletter.rendering.theme import load_theme


@pytest.fixture
def variables() -> dict[str, object]:
    """Return what an edition gives the template."""
    return {
        "newsletter_name": "항구 소식",
        "home_url": "https://harbour.example",
        "title": "항구 소식 제12호 <봄>",
        "series": "",
        "date": "2026-03-02",
        "authors": ("Ada", "김하늘"),
        "language": "ko",
        "direction": "ltr",
        "words": {
            "view": "브라우저에서 보기",
            "contents": "목차",
            "read": "읽기",
            "why": "항구 소식을 구독하셔서 이 메일을 받으십니다.",
            "unsubscribe": "구독 해지",
        },
        "preheader": "다리가 다시 섰습니다",
        "view_url": "https://harbour.example/archive/12",
        "unsubscribe_url": "nf0123456789u0z",
        "postal_address": ("Mill Lane 3", "Harbour"),
        "body": "본문\n\n----------------\n[1] https://harbour.example/a?b=1&c=2\n",
    }


def test_header_body_and_footer_stand_in_their_places(variables: dict[str, object]) -> None:
    """What the law and a reader ask for is in every part, and nothing is escaped."""
    text = load_theme("weekly").render_text(variables)

    assert text == (
        "항구 소식 제12호 <봄>\n"
        "=====================\n"
        "\n"
        "항구 소식 · 2026-03-02 · Ada, 김하늘\n"
        "브라우저에서 보기: https://harbour.example/archive/12\n"
        "\n"
        "\n"
        "본문\n"
        "\n"
        "----------------\n"
        "[1] https://harbour.example/a?b=1&c=2\n"
        "\n"
        "\n"
        f"{'-' * TEXT_WIDTH}\n"
        "항구 소식을 구독하셔서 이 메일을 받으십니다.\n"
        "\n"
        "Mill Lane 3\n"
        "Harbour\n"
        "\n"
        "구독 해지:\n"
        "nf0123456789u0z\n"
    )


def test_what_is_not_known_leaves_no_gap(variables: dict[str, object]) -> None:
    """Date, authors and address are optional."""
    bare = {**variables, "date": "", "authors": (), "postal_address": (), "body": ""}

    text = load_theme("weekly").render_text(bare)

    assert "항구 소식\n브라우저에서 보기: " in text
    assert "받으십니다.\n\n구독 해지:\n" in text
    assert "\n\n\n\n" not in text


def test_long_lines_of_the_header_and_footer_are_wrapped(variables: dict[str, object]) -> None:
    """A title may be a sentence, and its rule is as wide as its widest line."""
    long = {**variables, "title": "긴 제목 " * 20, "authors": ("Ada Lovelace",) * 9}

    lines = load_theme("weekly").render_text(long).splitlines()

    assert [line for line in lines if display_width(line) > TEXT_WIDTH] == []
    assert lines[3] == "=" * display_width(lines[0])
