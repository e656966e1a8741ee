"""A page is fetched from a real server, and a bad one does no harm."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from newsletter.articles.fetch import (
    MAX_BYTES,
    PAGE,
    FetchError,
    Page,
    Wanted,
    fetch_page,
    is_public,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=euc-kr\r\n"


@contextmanager
def serve(*answers: bytes, pause: float = 0.0) -> Iterator[str]:
    """Answer one connection after another; with a pause, byte by byte."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(5)

    def answer_all() -> None:
        for answer in answers:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    for part in (
                        [answer[n : n + 1] for n in range(len(answer))] if pause else [answer]
                    ):
                        connection.sendall(part)
                        time.sleep(pause)
                except OSError:
                    continue

    thread = threading.Thread(target=answer_all, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        server.close()
        thread.join(timeout=6)


def fetch(url: str, timeout_seconds: float = 5.0, wanted: Wanted = PAGE) -> Page:
    """Fetch from this machine."""
    return fetch_page(
        url,
        user_agent="test",
        wanted=wanted,
        may_ask=lambda _address: True,
        timeout_seconds=timeout_seconds,
    )


def test_a_page_comes_with_its_charset() -> None:
    """Its title is read in it."""
    with serve(OK + b"Content-Length: 3\r\n\r\nabc") as url:
        page = fetch(url)

    assert page == Page(content=b"abc", charset="euc-kr", url=url)


def test_a_redirection_is_followed() -> None:
    """Short links lead on."""
    with serve(b"HTTP/1.1 302 Found\r\nLocation: /b c\r\n\r\n", OK + b"\r\nabc") as url:
        assert fetch(url).content == b"abc"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"] * 6, "it leads on more than 5 times"),
        ([b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"], "neither http nor https"),
        ([b"HTTP/1.1 404 Not Found\r\n\r\n"], "it answers 404"),
        ([b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"], "it is no page but image/png"),
        ([b"nonsense\r\n\r\n"], "its answer cannot be read"),
        ([b""], "cannot be re"),
    ],
)
def test_what_is_no_page_is_told(answers: list[bytes], said: str) -> None:
    """The URL is taken all the same."""
    with serve(*answers) as url, pytest.raises(FetchError, match=said):
        fetch(url)


def test_no_more_is_read_than_a_title_needs() -> None:
    """A link may lead to an endless page."""
    with serve(OK + b"\r\n" + b"x" * (2 * MAX_BYTES)) as url:
        assert len(fetch(url).content) == MAX_BYTES


def test_a_feed_is_taken_whole_or_not_at_all() -> None:
    """Half of one would be called broken."""
    page = Wanted(
        media_types=frozenset({"text/xml"}),
        accept="*/*",
        max_bytes=1_000,
        is_whole=True,
        name="feed",
    )
    xml = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"

    with serve(xml + b"x" * 999) as url:
        whole = fetch(url, wanted=page)
    with serve(xml + b"x" * 5_000) as url, pytest.raises(FetchError, match="larger than"):
        fetch(url, wanted=page)

    assert len(whole.content) == 999


def test_a_server_that_answers_drop_by_drop_is_left_in_time() -> None:
    """Every byte comes within a second, and the whole would take a minute."""
    started = time.monotonic()

    with serve(OK, pause=0.2) as url, pytest.raises(FetchError, match=r"no answer within 0\.5 "):
        fetch(url, timeout_seconds=0.5)

    assert time.monotonic() - started < 5


def test_nothing_on_a_private_network_is_asked() -> None:
    """A page that leads there must not make this machine ask its neighbours."""
    with serve(OK + b"\r\nabc") as url, pytest.raises(FetchError, match="private network"):
        fetch_page(url, user_agent="test")


def test_a_redirection_to_a_private_network_is_not_followed() -> None:
    """The first step may be harmless."""
    asked: list[str] = []

    def only_once(address: str) -> bool:
        asked.append(address)
        return len(asked) == 1

    with (
        serve(b"HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\n\r\n") as url,
        pytest.raises(FetchError, match="private network"),
    ):
        fetch_page(url, user_agent="test", may_ask=only_once)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("fe80::1%eth0", False),
        ("224.0.0.1", False),
    ],
)
def test_a_public_address_is_one_of_the_internet(address: str, expected: bool) -> None:
    """Machines' own and the clouds' secret ones are not."""
    assert is_public(address) is expected
