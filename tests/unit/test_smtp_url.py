import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.settings.smtp_url import SmtpServer, Tls, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, Tls.STARTTLS, "")),
        ("smtps://mail.example.org", ("mail.example.org", 465, Tls.IMPLICIT, "")),
        ("smtp://mail.example.org?tls=implicit", ("mail.example.org", 465, Tls.IMPLICIT, "")),
        ("smtp://Mail.Example.org:2525/", ("mail.example.org", 2525, Tls.STARTTLS, "")),
        ("smtp://localhost?tls=off", ("localhost", 25, Tls.OFF, "")),
        ("smtp://127.0.0.1:1025?tls=off", ("127.0.0.1", 1025, Tls.OFF, "")),
        ("smtp://[::1]:1025?tls=off", ("::1", 1025, Tls.OFF, "")),
        ("smtp://kim%40example.org@m.example", ("m.example", 587, Tls.STARTTLS, "kim@example.org")),
        ("smtp://메일.example", ("xn--h32bq4v.example", 587, Tls.STARTTLS, "")),
    ],
)
def test_a_server_is_read_from_its_url(url: str, server: tuple[str, int, Tls, str]) -> None:
    """Encryption is the default, and its port follows from it."""
    host, port, tls, user = server

    assert parse_smtp_url(url) == SmtpServer(host=host, port=port, tls=tls, user=user)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("smtp://mail.example.org?tls=off", "for servers on this machine only"),
        ("smtp://10.0.0.1?tls=off", "for servers on this machine only"),
        ("smtp://localhost.example.org?tls=off", "for servers on this machine only"),
        ("smtp://kim:hunter2@mail.example.org", "holds a password"),
        ("smtp://kim:@mail.example.org", "holds a password"),
        ("smtp://", "names no host"),
        ("smtp:mail.example.org", "names no host"),
        ("smtp://mail_.example.org", "names a host that cannot be"),
        ("smtp://mail.example.org:0", "names port 0"),
        ("smtp://mail.example.org:70000", "is no URL of a server"),
        ("smtp://mail.example.org/inbox", "expected nothing behind the host"),
        ("smtp://mail.example.org?tls=on", "has a tls that there is not"),
        ("smtp://mail.example.org?tsl=off", "has an option that there is not"),
        ("smtp://mail.example.org?tls", "is no URL of a server"),
        ("smtps://mail.example.org?tls=starttls", "begins with smtps:"),
        ("smtp://%ff@mail.example.org", "is no URL of a server"),
        ("smtp://[::g]", "is no URL of a server"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, what: str) -> None:
    """The message says what is expected, and repeats neither user nor password."""
    with pytest.raises(ValueError, match=what) as refused:
        parse_smtp_url(url)

    assert "kim" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@given(
    st.sampled_from(Tls), st.integers(1, 65535), st.text(st.characters(exclude_categories=["Cs"]))
)
def test_a_server_is_written_as_it_is_read(tls: Tls, port: int, user: str) -> None:
    """The settings keep one spelling, which is read again later."""
    server = SmtpServer(host="localhost", port=port, tls=tls, user=user)

    assert parse_smtp_url(str(server)) == server
