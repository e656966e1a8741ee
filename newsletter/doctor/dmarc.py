"""DMARC: whether the From domain has a policy, and whether what we send is aligned with it."""

from collections.abc import Iterator

from newsletter.doctor.dmarc_tree import DmarcTree, is_aligned
from newsletter.doctor.examination import Examination, skip
from newsletter.doctor.names import Names
from newsletter.doctor.rules import names as rules
from newsletter.rendering.finding import Finding, build_finding

_OLD_TAGS = ("pct", "rf", "ri")


def examine_dmarc(tree: DmarcTree) -> Examination:
    """Look at the record that holds for the From domain."""
    return Examination(
        subject=f"DMARC of {tree.domain}",
        seen=_show(tree) if tree.tags else "",
        findings=tuple(_judge(tree)),
    )


def examine_alignment(
    names: Names, tree: DmarcTree, *, signing_domain: str, return_path_domain: str
) -> Examination:
    """Look whether signatures and the return path count for the From domain.

    Args:
        names: Where to ask.
        tree: Of the From domain.
        signing_domain: Empty when nothing is signed here.
        return_path_domain: Empty when the next hop has one of its own.

    Raises:
        UnansweredError: A name server gave no answer.
    """
    if not tree.tags:
        return skip(f"alignment with {tree.domain}", "without a DMARC record nobody asks for it")
    asked = (
        (rules.DMARC_SIGNATURE, "adkim", signing_domain, "[dkim] domain"),
        (rules.DMARC_RETURN_PATH, "aspf", return_path_domain, "[transport] bounce_domain"),
    )
    findings = [
        build_finding(
            rule,
            f"{label} is {domain}, and the From domain {tree.domain}"
            + (
                f" wants the very same ({tag}=s)"
                if tree.tags.get(tag, "").lower() == "s"
                else f" belongs to another organisation, {tree.organization}"
            ),
        )
        for rule, tag, domain, label in asked
        if domain and not is_aligned(names, tree, domain, tag=tag)
    ]
    seen = [
        f"{words} {domain}"
        for words, domain in (("signed by", signing_domain), ("return path at", return_path_domain))
        if domain
    ]
    return Examination(
        subject=f"alignment with {tree.domain}",
        seen=", ".join(seen) or "left to the next hop",
        findings=tuple(findings),
    )


def _show(tree: DmarcTree) -> str:
    place = "" if tree.policy_domain == tree.domain else f" from {tree.policy_domain}"
    return f"{'; '.join(f'{name}={value}' for name, value in tree.tags.items())}{place}"


def _judge(tree: DmarcTree) -> Iterator[Finding]:
    for place, texts in tree.several.items():
        yield build_finding(rules.DMARC_TWICE, f"_dmarc.{place} has {len(texts)} DMARC records")
    for place, problem in tree.unreadable.items():
        yield build_finding(rules.DMARC_SYNTAX, f"the record at _dmarc.{place}: {problem}")
    tags = tree.tags
    if not tags:
        if not (tree.several or tree.unreadable):
            yield build_finding(
                rules.DMARC_MISSING,
                f"there is no DMARC record at _dmarc.{tree.domain} or above it",
                advice=f"Publish a TXT record at _dmarc.{tree.domain}, to begin with"
                ' "v=DMARC1; p=none; rua=mailto:YOUR-ADDRESS".',
            )
        return
    where = f"the record at _dmarc.{tree.policy_domain}"
    if not tree.policy:
        said = f"says p={tags['p']}" if "p" in tags else "has no p="
        yield build_finding(rules.DMARC_SYNTAX, f"{where} {said}")
        return
    if tree.policy == "none":
        yield build_finding(rules.DMARC_WATCHING, f"{where} asks for nothing but reports")
    if tags.get("t", "").lower() == "y":
        yield build_finding(rules.DMARC_TESTING, f"{where} says t=y")
    if not tags.get("rua"):
        yield build_finding(rules.DMARC_REPORTS, f"{where} has no rua=")
    if old := [f"{tag}=" for tag in _OLD_TAGS if tag in tags]:
        yield build_finding(rules.DMARC_OLD, f"{where} has {', '.join(old)}")
