"""Examine what DNS says of an installation: SPF, DKIM, DMARC, and who takes mail."""

from collections.abc import Iterator

from newsletter.doctor.dkim_record import PublishedKey, examine_dkim_record
from newsletter.doctor.dmarc import examine_alignment, examine_dmarc
from newsletter.doctor.dmarc_tree import walk_dmarc
from newsletter.doctor.examination import Examination, bear_silence, skip
from newsletter.doctor.mail_domain import examine_mail_domain
from newsletter.doctor.names import Names
from newsletter.doctor.next_hop_address import examine_next_hop_address
from newsletter.doctor.rules import names as rules
from newsletter.doctor.sendgrid_account import examine_authentication
from newsletter.doctor.spf import examine_spf
from newsletter.doctor.spf_tree import SpfTree
from newsletter.errors import SettingsError
from newsletter.rendering.finding import build_finding
from newsletter.sending.message.signing_keys import (
    list_key_settings,
    load_private_key,
    signing_domain_of,
)
from newsletter.settings import Settings
from newsletter.settings.smtp_url import parse_smtp_url


def examine_names(settings: Settings, names: Names) -> Iterator[Examination]:
    """Ask for everything that receivers will ask for.

    Args:
        settings: Name the domains and the keys.
        names: Where to ask.
    """
    sender = settings.newsletter.sender_domain
    if _is_sendgrid(settings):
        yield skip("SPF", "SendGrid has a return path of its own, and a record for it")
        subject = f"SendGrid's domain authentication of {sender}"
        yield from bear_silence(subject, _examine_sendgrid(names, sender))
        return_path = ""
    else:
        return_path = settings.transport.bounce_domain or sender
        yield from bear_silence(f"SPF of {return_path}", _examine_spf(settings, names, return_path))
        yield from _examine_keys(settings, names)
    yield from bear_silence(f"DMARC of {sender}", _examine_dmarc(settings, names, return_path))
    for domain, purpose in _list_mail_domains(settings, return_path).items():
        yield from bear_silence(f"mail to {domain}", _examine_mail(names, domain, purpose))


def _examine_sendgrid(names: Names, sender: str) -> Iterator[Examination]:
    yield examine_authentication(names, sender)


def _examine_spf(settings: Settings, names: Names, domain: str) -> Iterator[Examination]:
    tree = SpfTree(names, domain)
    yield examine_spf(tree, domain)
    if settings.transport.url.startswith(("smtp:", "smtps:")):
        host = parse_smtp_url(settings.transport.url).host
        yield examine_next_hop_address(names, tree, host)


def _examine_keys(settings: Settings, names: Names) -> Iterator[Examination]:
    keys = list(list_key_settings(settings.dkim))
    kinds = [key.kind for key in keys]
    if not kinds:
        finding = build_finding(rules.DKIM_NONE, "section [dkim] names no key")
        yield Examination(subject="signatures", findings=(finding,))
    elif kinds == ["ed25519"]:
        finding = build_finding(rules.DKIM_ALONE, "section [dkim] names no RSA key")
        yield Examination(subject="signatures", findings=(finding,))
    domain = signing_domain_of(settings)
    for key in keys:
        subject = f"DKIM record {key.selector}._domainkey.{domain}"
        try:
            private_key = load_private_key(key)
        except SettingsError:
            yield skip(subject, "its key file cannot be used")
            continue
        published = PublishedKey(domain=domain, selector=key.selector, private_key=private_key)
        yield from bear_silence(subject, _examine_record(names, published))


def _examine_record(names: Names, key: PublishedKey) -> Iterator[Examination]:
    yield examine_dkim_record(names, key)


def _examine_dmarc(
    settings: Settings, names: Names, return_path_domain: str
) -> Iterator[Examination]:
    tree = walk_dmarc(names, settings.newsletter.sender_domain)
    yield examine_dmarc(tree)
    is_signed = not _is_sendgrid(settings) and any(list_key_settings(settings.dkim))
    yield examine_alignment(
        names,
        tree,
        signing_domain=signing_domain_of(settings) if is_signed else "",
        return_path_domain=return_path_domain,
    )


def _examine_mail(names: Names, domain: str, purpose: str) -> Iterator[Examination]:
    yield examine_mail_domain(names, domain, purpose)


def _list_mail_domains(settings: Settings, return_path_domain: str) -> dict[str, str]:
    """List the domains that mail comes back to, each with what comes."""
    newsletter = settings.newsletter
    reply_to = newsletter.reply_to
    replies = reply_to.address.wire.rpartition("@")[2] if reply_to else ""
    found = {newsletter.sender_domain: "replies"}
    if replies:
        found.setdefault(replies, "replies")
    if return_path_domain:
        found.setdefault(return_path_domain, "bounces")
    return found


def _is_sendgrid(settings: Settings) -> bool:
    return settings.transport.url.startswith("sendgrid:")
