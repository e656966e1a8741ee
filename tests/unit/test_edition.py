"""Values in an edition are escaped for the place they go to."""

from typing import Any

import pytest

from newsletter.rendering.edition import Field, build_edition, escape_value, fill


@pytest.mark.parametrize(
    ("context", "escaped"),
    [
        ("html", "&lt;b onclick=&quot;x&quot;&gt; &amp; &#x27;김&#x27;"),
        ("text", "<b onclick=\"x\"> & '김'"),
        ("url", "%3Cb%20onclick%3D%22x%22%3E%20%26%20%27%EA%B9%80%27"),
    ],
)
def test_a_value_is_escaped_for_its_context(context: str, escaped: str) -> None:
    """A name must not become markup, nor another part of a link."""
    value = "<b onclick=\"x\"> & '김'"

    result = escape_value(value, context)  # type: ignore[arg-type]  # pytest gives a str

    assert result == escaped


@pytest.mark.parametrize("context", ["html", "text", "url"])
def test_a_value_never_breaks_the_line(context: str) -> None:
    """A line break in a name would begin a header or a new line of the text."""
    value = "a\r\nBcc: b\x00\u2028c\ud800"

    result = escape_value(value, context)  # type: ignore[arg-type]  # pytest gives a str

    assert result.isprintable()


def test_a_complete_url_is_not_encoded_again() -> None:
    """The unsubscribe link would lead nowhere."""
    url = "https://news.example.org/u?a=1&b=%20"

    result = escape_value(url, "url", is_complete_url=True)

    assert result == "https://news.example.org/u?a=1&amp;b=%20"


def test_an_absent_or_empty_value_takes_the_default_escaped() -> None:
    """Defaults are the author's words, not markup."""
    open_text = (Field("subscriber.name", "R&D"), "/", Field("subscriber.city", "<x>"))

    text = fill(open_text, {"subscriber.name": ""})

    assert text == "R&amp;D/&lt;x&gt;"


def test_the_digest_tells_a_field_from_its_text() -> None:
    """Two editions that differ for a single recipient are two editions."""
    rest: dict[str, Any] = {
        "slug": "s",
        "preheader": "",
        "language": "en",
        "archive_url": "https://e.example/s",
    }

    first = build_edition(subject=("a",), html=(Field("x"),), text=("t",), **rest)
    second = build_edition(subject=("a",), html=("x",), text=("t",), **rest)

    assert first.digest != second.digest
