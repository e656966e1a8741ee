"""Faults to plant in the zone of a sound newsletter, each with the finding that tells of it."""

from typing import NamedTuple

from tests.acceptance.sound import DOMAIN, SELECTOR

BOUNCE = f"bounce.{DOMAIN}"
RSA = f"{SELECTOR}._domainkey.{DOMAIN}"
_DMARC = f"_dmarc.{DOMAIN}."
_INCLUDE = "include:_spf.relay.dev"
_SPF = f'{BOUNCE}. TXT "v=spf1 a:mail.{DOMAIN} {_INCLUDE} -all"'


class Fault(NamedTuple):
    """What takes the place of what, and what is to be said of it."""

    old: str
    new: str
    rule: str
    words: str


_SPF_FAULTS = {
    "no SPF record": Fault(
        _SPF, f'{BOUNCE}. TXT "spf1 -all"', "spf-missing", f"{BOUNCE} has no SPF record"
    ),
    "two SPF records": Fault(
        _SPF, f'{_SPF}\n{BOUNCE}. TXT "v=spf1 -all"', "spf-twice", f"{BOUNCE} has 2 SPF records"
    ),
    "a mechanism that there is not": Fault("a:mail", "host:mail", "spf-syntax", "“host:mail"),
    "everybody allowed": Fault(f"{_INCLUDE} -", f"{_INCLUDE} +", "spf-open", "allows everybody"),
    "nothing said of others": Fault(
        f"{_INCLUDE} -all", _INCLUDE, "spf-endless", "ends without “all”"
    ),
    "eleven lookups": Fault(
        _INCLUDE,
        # In strings of their own, which are joined: one holds 255 characters.
        '" "'.join([f"{_INCLUDE} ", *(f"a:www.{DOMAIN}/{bits} " for bits in range(9))]),
        "spf-lookups",
        "needs 11 lookups",
    ),
    "names that are gone": Fault(
        _INCLUDE,
        f"{_INCLUDE} a:one.gone.dev mx:two.gone.dev exists:three.gone.dev",
        "spf-void",
        "3 terms lead to names without an address: a:one.gone.dev",
    ),
    "an include of nothing": Fault(
        _INCLUDE,
        "include:_spf.gone.dev",
        "spf-syntax",
        "include:_spf.gone.dev leads to a name with no SPF record",
    ),
    "an include that cannot be read": Fault(
        "198.51.100.0/24",
        "198.51.100.0/99",
        "spf-syntax",
        "the record of _spf.relay.dev: “ip4:198.51.100.0/99” names no network of IPv4",
    ),
    "ptr": Fault("a:mail", "ptr a:mail", "spf-pointer", "uses ptr"),
}
_DKIM_FAULTS = {
    "no DKIM record": Fault(
        f"\n{RSA}. ", f"\nx.{RSA}. ", "dkim-missing", f"no TXT record at {RSA}"
    ),
    "two DKIM records": Fault(
        f"\n{RSA}. ",
        f'\n{RSA}. TXT "v=DKIM1; p=AAAA"\n{RSA}. ',
        "dkim-twice",
        f"{RSA} has 2 TXT records",
    ),
    "the record of another key": Fault(
        '"p=MIIB', '"p=MIIC', "dkim-other-key", f"{RSA} holds another public key than ours"
    ),
    "a revoked key": Fault(
        'k=ed25519; " "p=', 'k=ed25519; " "p=; n=', "dkim-revoked", "is revoked (p= is empty)"
    ),
    "a record for another kind": Fault(
        "k=ed25519; ", "", "dkim-kind", "says k=rsa, our key is ed25519"
    ),
    "a record without SHA-256": Fault("k=rsa; ", "k=rsa; h=sha1; ", "dkim-kind", "says h=sha1"),
    "a record not for mail": Fault("k=rsa; ", "k=rsa; s=tlsrpt; ", "dkim-kind", "says s=tlsrpt"),
    "a key that is only tried": Fault("k=rsa; ", "k=rsa; t=y; ", "dkim-testing", f"{RSA} says t=y"),
    "a tag without a value": Fault("k=ed25519; ", "k; ", "dkim-syntax", "“k” is no name=value"),
}
_DMARC_FAULTS = {
    "no DMARC record": Fault(_DMARC, f"dmarc.{DOMAIN}.", "dmarc-missing", "no DMARC record"),
    "two DMARC records": Fault(
        _DMARC,
        f'{_DMARC} TXT "v=DMARC1; p=none"\n{_DMARC}',
        "dmarc-twice",
        f"_dmarc.{DOMAIN} has 2 DMARC records",
    ),
    "a policy that there is not": Fault(
        "p=quarantine; rua", "p=block; ruf", "dmarc-syntax", "says p=block"
    ),
    "a policy that only watches": Fault(
        "p=quarantine", "p=none", "dmarc-watching", "asks for nothing but reports"
    ),
    "a policy that is only tried": Fault(
        "p=quarantine", "p=quarantine; t=y", "dmarc-testing", "says t=y"
    ),
    "no reports": Fault(f"; rua=mailto:dmarc@{DOMAIN}", "", "dmarc-reports", "has no rua="),
    "tags of the past": Fault("p=quarantine", "p=quarantine; pct=50", "dmarc-old-tags", "pct="),
    "a return path that must be the same": Fault(
        "p=quarantine",
        "p=quarantine; aspf=s",
        "dmarc-return-path",
        f"bounce_domain is {BOUNCE}, and the From domain {DOMAIN} wants the very same (aspf=s)",
    ),
    "a return path of another organisation": Fault(
        _DMARC,
        f'_dmarc.{BOUNCE}. TXT "v=DMARC1; p=none; psd=n"\n{_DMARC}',
        "dmarc-return-path",
        "belongs to another organisation",
    ),
}
_OTHER_FAULTS = {
    "bounces that nobody takes": Fault(
        f"{BOUNCE}. MX 10 mail.{DOMAIN}.",
        "",
        "mail-none",
        f"{BOUNCE} has neither MX nor address: bounces are lost",
    ),
    "a null MX": Fault(
        f"\n{DOMAIN}. MX 10 mail.{DOMAIN}.",
        f"\n{DOMAIN}. MX 0 .",
        "mail-none",
        f"{DOMAIN} says that it takes no mail (null MX): replies are lost",
    ),
    "an MX that leads nowhere": Fault(
        f"\n{DOMAIN}. MX 10 mail.",
        f"\n{DOMAIN}. MX 10 mial.",
        "mail-lost",
        f"{DOMAIN} has the MX mial.{DOMAIN}, which has no address",
    ),
    "pages without an address": Fault(
        f"www.{DOMAIN}. A",
        f"ww.{DOMAIN}. A",
        "pages-unknown-host",
        f"www.{DOMAIN} has no address in DNS",
    ),
}
FAULTS = {**_SPF_FAULTS, **_DKIM_FAULTS, **_DMARC_FAULTS, **_OTHER_FAULTS}
