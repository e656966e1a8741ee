"""The DKIM signatures of a message that arrived, verified with the keys that DNS has now."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from newsletter.doctor.arrived_message import ArrivedMessage
from newsletter.doctor.dmarc_tree import DmarcTree, is_aligned
from newsletter.doctor.examination import Examination, skip
from newsletter.doctor.names import Names, UnansweredError
from newsletter.doctor.rules import message as rules
from newsletter.doctor.rules import names as name_rules
from newsletter.rendering.finding import Finding, build_finding

_UNSUBSCRIBE_FIELDS = frozenset({"list-unsubscribe", "list-unsubscribe-post"})
#: Whoever wants to keep us busy writes more.
_MOST_SIGNATURES = 20
_OLD_ALGORITHM = "rsa-sha1"
#: The library looks for the end of such a run from each of its spaces anew.
_ENDLESS_SPACES = re.compile(rb"[ \t]{500}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrivedSignature:
    """One signature, and whether it holds."""

    #: ``d=``, ``s=`` and ``a=``; empty where it does not say.
    domain: str
    selector: str
    algorithm: str
    #: Names in ``h=``, in lower case.
    covered: frozenset[str]
    #: It has ``l=``.
    has_length: bool
    #: Why it does not hold; empty when it does.
    problem: str
    #: It may hold: a name server gave no answer.
    is_open: bool

    @property
    def holds(self) -> bool:
        """Whether it holds."""
        return not self.problem


def verify_signatures(message: ArrivedMessage, names: Names) -> list[ArrivedSignature]:
    """Verify every signature.

    Source:
        RFC 6376 section 6; RFC 8301 section 3.1: rsa-sha1 counts as no signature.
    """
    fields = message.list_values("dkim-signature")[:_MOST_SIGNATURES]
    verify = _build_verifier(message.content, names)
    return [_describe(field, verify(place)) for place, field in enumerate(fields)]


def examine_signatures(signatures: list[ArrivedSignature]) -> Iterator[Examination]:
    """Tell of each whether it holds."""
    if not signatures:
        finding = build_finding(rules.UNSIGNED, "there is no DKIM-Signature")
        yield Examination(subject="signatures", findings=(finding,))
    for each in signatures:
        yield Examination(
            subject=f"signature of {each.domain or 'nobody'}",
            seen=f"{each.algorithm}, {each.selector}._domainkey.{each.domain}: holds",
            findings=tuple(_judge(each)),
        )


def examine_arrived_alignment(
    names: Names, tree: DmarcTree, message: ArrivedMessage, signatures: list[ArrivedSignature]
) -> Examination:
    """Look whether what holds counts for the From domain, and covers what it must.

    Raises:
        UnansweredError: A name server gave no answer.
    """
    holding = [each for each in signatures if each.holds]
    subject = f"alignment with {tree.domain}"
    if not holding:
        return skip(subject, "no signature holds")
    aligned = [each for each in holding if is_aligned(names, tree, each.domain, tag="adkim")]
    findings = []
    if not aligned:
        by = ", ".join(sorted({each.domain for each in holding}))
        findings.append(
            build_finding(rules.UNALIGNED, f"From is {tree.domain}, signatures hold for {by}")
        )
    elif not any(each.covered >= _UNSUBSCRIBE_FIELDS for each in aligned):
        findings.append(
            build_finding(
                rules.UNCOVERED, "List-Unsubscribe and List-Unsubscribe-Post are not both signed"
            )
        )
    for address in message.list_addresses("return-path")[:1]:
        domain = address.rpartition("@")[2]
        if not is_aligned(names, tree, domain, tag="aspf"):
            findings.append(build_finding(rules.RETURN_PATH, f"the return path is at {domain}"))
    return Examination(
        subject=subject,
        seen=f"signed by {', '.join(sorted({each.domain for each in aligned}))}",
        findings=tuple(findings),
    )


class _Answer(NamedTuple):
    """What became of verifying."""

    problem: str = ""
    is_open: bool = False


def _judge(signature: ArrivedSignature) -> Iterator[Finding]:
    if signature.is_open:
        yield build_finding(name_rules.UNANSWERED, signature.problem)
    elif not signature.holds:
        yield build_finding(
            rules.BROKEN,
            f"the signature of {signature.domain or 'nobody'} ({signature.algorithm or 'of no'}"
            f" algorithm, selector {signature.selector or 'missing'}) does not hold:"
            f" {signature.problem}",
        )
    if signature.has_length:
        yield build_finding(rules.LENGTH, f"the signature of {signature.domain} has l=")


def _build_verifier(content: bytes, names: Names) -> Callable[[int], _Answer]:
    """Make what verifies the signature at a place; it tells why one does not hold."""
    import dkim

    def look_up(name: bytes, timeout: int = 0) -> bytes | None:
        del timeout  # the resolver has one of its own
        texts = names.list_texts(name.decode("ascii", "replace"))
        return texts[0].encode() if texts else None

    is_endless = bool(_ENDLESS_SPACES.search(content))

    def verify(place: int) -> _Answer:
        if is_endless:
            return _Answer("the message has 500 spaces in a row, and was not verified")
        try:
            holds = dkim.DKIM(content).verify(idx=place, dnsfunc=look_up)
        except UnansweredError as error:
            return _Answer(str(error), is_open=True)
        except Exception as error:  # noqa: BLE001 - the library meets hostile bytes with any error
            words = " ".join(str(error).split())
            return _Answer(_shorten(words) or type(error).__name__)
        return _Answer("" if holds else "the key in DNS is missing, or does not fit it")

    return verify


def _describe(field: str, answer: _Answer) -> ArrivedSignature:
    problem, is_open = answer
    tags = dict(re.findall(r"(?:^|;)\s*([a-z]+)\s*=\s*([^;]*)", field))
    algorithm = tags.get("a", "").strip().lower()
    if algorithm == _OLD_ALGORITHM and not problem:
        problem = f"{algorithm} counts as no signature (RFC 8301)"
    return ArrivedSignature(
        domain=tags.get("d", "").strip().lower(),
        selector=tags.get("s", "").strip(),
        algorithm=algorithm,
        covered=frozenset(name.strip().lower() for name in tags.get("h", "").split(":")),
        has_length="l" in tags,
        problem=problem,
        is_open=is_open,
    )


def _shorten(words: str) -> str:
    # It quotes the hashes, which tell nobody anything.
    return words.partition(" (got ")[0][:200]
