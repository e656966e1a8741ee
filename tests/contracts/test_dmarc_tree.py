"""The DNS tree walk of RFC 9989: which policy holds, and who belongs to one organisation."""

from collections.abc import Iterator

import pytest

from newsletter.doctor.dmarc_tree import is_aligned, walk_dmarc
from newsletter.doctor.names import Names, NameServer
from tests.contracts.name_server import serving_zone

#: bank.kr is run by an organisation of its own below a public suffix that says so.
ZONE = """\
_dmarc.plain.org. TXT "v=DMARC1; p=reject; sp=quarantine"
_dmarc.news.plain.org. TXT "v=DMARC1; p=none"
_dmarc.kr. TXT "v=DMARC1; p=reject; psd=y"
_dmarc.own.plain.org. TXT "v=DMARC1; p=reject; psd=n; adkim=s"
_dmarc.strict.org. TXT "v=DMARC1; p=reject; adkim=s"
_dmarc.reports.org. TXT "v=DMARC1; rua=mailto:a@reports.org"
_dmarc.wrong.org. TXT "v=DMARC1; p"
_dmarc.g.f.e.d.c.b.deep.org. TXT "v=DMARC1; p=none"
_dmarc.deep.org. TXT "v=DMARC1; p=reject"
_dmarc.noise.org. TXT "v=DMARC2; p=reject"
_dmarc.noise.org. TXT "google-site-verification=abc"
"""


@pytest.fixture(scope="module")
def names() -> Iterator[Names]:
    """Yield what knows the zone."""
    with serving_zone(ZONE) as port:
        yield Names(NameServer("127.0.0.1", port))


@pytest.mark.parametrize(
    ("domain", "policy_domain", "organization", "policy"),
    [
        ("plain.org", "plain.org", "plain.org", "reject"),
        # Of its own; the organisation is where the fewest labels are.
        ("news.plain.org", "news.plain.org", "plain.org", "none"),
        # None of its own: the organisation's policy for what is below it.
        ("shop.plain.org", "plain.org", "plain.org", "quarantine"),
        ("a.b.shop.plain.org", "plain.org", "plain.org", "quarantine"),
        ("x.own.plain.org", "own.plain.org", "own.plain.org", "reject"),
        ("reports.org", "reports.org", "reports.org", "none"),
        # Below a public suffix that says so, the organisation is one label longer.
        ("mail.bank.kr", "", "bank.kr", ""),
        ("nothing.dev", "", "nothing.dev", ""),
        ("wrong.org", "", "wrong.org", ""),
        ("noise.org", "", "noise.org", ""),
        # Of a long name the last seven labels are asked for, after the name itself.
        ("z.y.g.f.e.d.c.b.deep.org", "deep.org", "deep.org", "reject"),
    ],
)
def test_the_walk_finds_policy_and_organisation(
    names: Names, domain: str, policy_domain: str, organization: str, policy: str
) -> None:
    """RFC 9989 section 4.10, without a list of public suffixes."""
    tree = walk_dmarc(names, domain)

    assert (tree.policy_domain, tree.organization, tree.policy) == (
        policy_domain,
        organization,
        policy,
    )


@pytest.mark.parametrize(
    ("domain", "other", "expected"),
    [
        ("plain.org", "plain.org", True),
        ("plain.org", "mail.plain.org", True),
        ("news.plain.org", "shop.plain.org", True),
        ("plain.org", "x.own.plain.org", False),
        ("plain.org", "strict.org", False),
        ("strict.org", "mail.strict.org", False),
        ("strict.org", "strict.org", True),
    ],
)
def test_alignment_is_belonging_together(
    names: Names, domain: str, other: str, expected: bool
) -> None:
    """Or being the same, where the record says so."""
    assert is_aligned(names, walk_dmarc(names, domain), other, tag="adkim") is expected
