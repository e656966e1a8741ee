"""SPF records and lists of tags, read as receivers read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.doctor.spf_record import is_spf, parse_spf
from newsletter.doctor.tag_list import parse_tag_list


def test_every_mechanism_is_read() -> None:
    """RFC 7208 section 5, with prefixes and modifiers."""
    record = parse_spf(
        "v=spf1 +a mx/24 a:b.example.org//64 MX:c.example.org/24//48 include:_spf.example.net"
        " exists:%{i}.example.org ip4:203.0.113.7 ip6:2001:db8::/32 ptr ?all exp=why.example.org"
    )

    assert [str(each) for each in record.mechanisms] == [
        *("a", "mx", "a:b.example.org", "mx:c.example.org", "include:_spf.example.net"),
        *("exists:%{i}.example.org", "ip4:203.0.113.7/32", "ip6:2001:db8::/32", "ptr", "?all"),
    ]
    assert [(each.ip4_bits, each.ip6_bits) for each in record.mechanisms[:4]] == [
        *((32, 128), (24, 128), (32, 64), (24, 48)),
    ]
    assert record.end == "?"


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("ipv4:203.0.113.7", "a mechanism that there is not"),
        ("ip4:203.0.113.300", "no network of IPv4"),
        ("ip4:2001:db8::1", "no network of IPv4"),
        ("ip6:203.0.113.7", "no network of IPv6"),
        ("ip4", "no network of IPv4"),
        ("include", "names no domain"),
        ("exists:", "names no domain"),
        ("all:example.org", "names a domain"),
        ("a/33", "a prefix length that cannot be"),
        ("mx//129", "a prefix length that cannot be"),
        ("redirect=", "redirect= names no domain"),
        ("redirect=a.example.org redirect=b.example.org", "redirect= comes twice"),
        ("-all,", "is no term of SPF"),
        ("“all”", "is no term of SPF"),
    ],
)
def test_a_term_that_receivers_do_not_take_is_named(terms: str, words: str) -> None:
    """One such term, and they take none of the record."""
    with pytest.raises(ValueError, match=words):
        parse_spf(f"v=spf1 {terms} -all")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("v=spf1", True), ("V=SPF1 -all", True), ("v=spf10 -all", False), ("v=spf1;-all", False)],
)
def test_what_is_meant_as_spf_is_known_by_its_beginning(text: str, is_one: bool) -> None:
    """RFC 7208 section 4.5: the version, then a space or nothing."""
    assert is_spf(text) is is_one


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Records are written by strangers; what is read was there."""
    try:
        record = parse_spf(f"v=spf1 {text}")
    except ValueError:
        return
    assert len(record.mechanisms) + bool(record.redirect) <= len(text.split())


@given(st.text(max_size=80))
def test_any_list_of_tags_is_read_or_refused(text: str) -> None:
    """As above."""
    try:
        tags = parse_tag_list(f"v=spf1; {text}")
    except ValueError:
        return
    assert tags.pop("v") == "spf1"
    assert all(name in text.lower() for name in tags)


def test_tags_are_read_with_spaces_and_a_last_semicolon() -> None:
    """RFC 6376 section 3.2."""
    assert parse_tag_list(" V=DMARC1 ;p = none; rua=mailto:a@b.c=d ; ") == {
        "v": "DMARC1",
        "p": "none",
        "rua": "mailto:a@b.c=d",
    }


@pytest.mark.parametrize("text", ["p=none; p=reject", "p", "p=none;; t=y", "=none"])
def test_a_list_of_tags_that_is_none_is_refused(text: str) -> None:
    """Receivers take nothing of it."""
    with pytest.raises(ValueError, match=r"comes twice|is no name=value"):
        parse_tag_list(text)
