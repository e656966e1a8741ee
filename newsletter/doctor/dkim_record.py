"""DKIM: whether DNS holds the public half of each key that signs, and nothing that undoes it.

Source:
    RFC 6376 section 3.6 (the record); RFC 8301 (lengths); RFC 8463 (ed25519).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.doctor.examination import Examination
from newsletter.doctor.names import Names
from newsletter.doctor.rules import names as rules
from newsletter.doctor.tag_list import parse_tag_list
from newsletter.rendering.finding import Finding, build_finding
from newsletter.sending.message.private_key import (
    RSA_BITS,
    Ed25519Key,
    RsaKey,
    build_dns_record,
    quote_txt,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedKey:
    """A private key of ours, and where its public half should be."""

    domain: str
    selector: str
    private_key: RsaKey | Ed25519Key

    @property
    def name(self) -> str:
        """Where receivers look."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """What they are to find."""
        return build_dns_record(self.private_key)


def examine_dkim_record(names: Names, key: PublishedKey) -> Examination:
    """Compare a key's record with the key.

    Raises:
        UnansweredError: A name server gave no answer.
    """
    texts = names.list_texts(key.name)
    kind = key.private_key.algorithm.partition("-")[0]
    return Examination(
        subject=f"DKIM record {key.name}",
        seen=f"the public half of our {kind} key",
        findings=tuple(_judge(texts, key)),
    )


def _judge(texts: list[str], key: PublishedKey) -> Iterator[Finding]:
    publish = f"Publish: {key.name}. IN TXT {quote_txt(key.record)}"
    if isinstance(key.private_key, RsaKey) and (bits := key.private_key.key.key_size) < RSA_BITS:
        yield build_finding(rules.DKIM_SHORT, f"the key {key.selector} has {bits} bits")
    if not texts:
        yield build_finding(
            rules.DKIM_MISSING, f"there is no TXT record at {key.name}", advice=publish
        )
    elif len(texts) > 1:
        yield build_finding(rules.DKIM_TWICE, f"{key.name} has {len(texts)} TXT records")
    else:
        try:
            tags = parse_tag_list(texts[0])
        except ValueError as error:
            yield build_finding(rules.DKIM_SYNTAX, f"{key.name}: {error}", advice=publish)
            return
        yield from _judge_tags(tags, key, publish)


def _judge_tags(tags: dict[str, str], key: PublishedKey, publish: str) -> Iterator[Finding]:
    ours = parse_tag_list(key.record)
    published = "".join(tags.get("p", "").split())
    kind = tags.get("k", "rsa").lower()
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        what = "has no p=" if "p" not in tags else f"says v={tags['v']}"
        yield build_finding(rules.DKIM_SYNTAX, f"{key.name} {what}", advice=publish)
    elif not published:
        yield build_finding(rules.DKIM_REVOKED, f"{key.name} is revoked (p= is empty)")
    elif kind != ours["k"]:
        yield build_finding(
            rules.DKIM_KIND, f"{key.name} says k={kind}, our key is {ours['k']}", advice=publish
        )
    elif published != ours["p"]:
        yield build_finding(
            rules.DKIM_OTHER_KEY,
            f"{key.name} holds another public key than ours",
            advice=f"{publish}. Or put back the key file that belongs to the record.",
        )
    for tag, wanted in (("h", "sha256"), ("s", "email")):
        allowed = [each.strip().lower() for each in tags.get(tag, wanted).split(":")]
        if not {wanted, "*"} & set(allowed):
            yield build_finding(
                rules.DKIM_KIND, f"{key.name} says {tag}={tags[tag]}, without {wanted}"
            )
    if "y" in [flag.strip().lower() for flag in tags.get("t", "").split(":")]:
        yield build_finding(rules.DKIM_TESTING, f"{key.name} says t=y")
