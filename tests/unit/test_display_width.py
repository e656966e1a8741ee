"""How many columns text takes, and where lines end."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.display_width import GLUE, display_width, wrap_text

LETTERS = st.sampled_from("abzАяéא가한글漢字かなタ、。（🎉")
WORDS = st.text(LETTERS, min_size=1, max_size=10)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("plain", 5),
        ("한글", 4),
        (unicodedata.normalize("NFD", "한글"), 4),
        ("漢字かな", 8),
        ("ｱｲ", 2),
        ("Ａ１", 4),
        ("e\N{COMBINING ACUTE ACCENT}", 1),
        ("שלום", 4),
        ("a\N{ZERO WIDTH SPACE}b\N{SOFT HYPHEN}", 2),
        ("🎉", 2),
        ("☁\N{VARIATION SELECTOR-16}", 2),
        ("1\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}", 2),
        ("👍🏽", 2),
        ("👩\N{ZERO WIDTH JOINER}👩\N{ZERO WIDTH JOINER}👧", 2),
        ("🇰🇷", 2),
        ("🇰🇷🇯🇵", 4),
        ("क\N{DEVANAGARI SIGN VIRAMA}\N{ZERO WIDTH JOINER}ष", 2),
    ],
)
def test_width_counts_what_the_eye_sees(text: str, columns: int) -> None:
    """Underlines and table columns are aligned by it."""
    assert display_width(text) == columns


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three four", 9, ["one two", "three", "four"]),
        ("한국어 낱말은 자르지 않는다", 14, ["한국어 낱말은", "자르지 않는다"]),
        ("한국어낱말은자르지않는다", 8, ["한국어낱말은자르지않는다"]),
        ("大韓民國의 하늘", 14, ["大韓民國의", "하늘"]),
        ("漢字仮名交文", 8, ["漢字仮名", "交文"]),
        ("漢字仮名、交", 8, ["漢字仮", "名、交"]),
        ("漢字仮「名交」", 8, ["漢字仮", "「名交」"]),
        ("キャッチャー", 8, ["キャッ", "チャー"]),
        ("使用Python构建", 10, ["使用Python", "构建"]),
        (
            "가나 https://example.org/漢字漢字漢字 다",
            12,
            ["가나", "https://example.org/漢字漢字漢字", "다"],
        ),
        ("見https://example.org/漢字、次次次", 12, ["見", "https://example.org/漢字、", "次次次"]),
        ("a  b\tc", 9, ["a b c"]),
        ("one\ntwo", 9, ["one", "two"]),
        (f"one two{GLUE}[1] x", 9, ["one", "two [1] x"]),
        ("sept mots !", 10, ["sept", "mots !"]),
        ("« oui »", 5, ["« oui »"]),
        ("eight - nine", 6, ["eight -", "nine"]),
        ("a\N{NO-BREAK SPACE}b c", 3, ["a\N{NO-BREAK SPACE}b", "c"]),
        ("", 9, []),
        (" \N{NO-BREAK SPACE} \n\N{IDEOGRAPHIC SPACE}", 9, []),
    ],
)
def test_lines_end_where_the_script_allows_it(text: str, width: int, lines: list[str]) -> None:
    """Words and URLs stay whole; ideographs and kana obey their typography."""
    assert wrap_text(text, width) == lines


def test_a_short_word_does_not_get_the_last_line_to_itself() -> None:
    """A lone word under a paragraph looks like a slip."""
    text = "오픈 소스 AI 모델은 폐쇄형 모델보다 빠르게 발전하고 있음"

    lines = wrap_text(text, 54)

    assert lines == ["오픈 소스 AI 모델은 폐쇄형 모델보다 빠르게", "발전하고 있음"]


@given(st.lists(WORDS, max_size=40), st.integers(min_value=24, max_value=80))
def test_no_line_is_wider_than_asked_when_every_word_fits(words: list[str], width: int) -> None:
    """Readers with 80 columns must not see broken lines."""
    lines = wrap_text(" ".join(words), width)

    assert max(map(display_width, lines), default=0) <= width


@given(st.lists(WORDS, max_size=40), st.integers(min_value=1, max_value=80))
def test_wrapping_neither_loses_nor_adds_a_character(words: list[str], width: int) -> None:
    """Only spaces may become line ends."""
    lines = wrap_text(" ".join(words), width)

    assert "".join(lines).replace(" ", "") == "".join(words)
