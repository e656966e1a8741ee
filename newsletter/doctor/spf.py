"""SPF: whether the return path's domain says who sends for it, in a way that receivers can use."""

from collections.abc import Iterator

from newsletter.doctor.examination import Examination
from newsletter.doctor.rules import names as rules
from newsletter.doctor.spf_tree import SpfNode, SpfTree
from newsletter.rendering.finding import Finding, build_finding

#: RFC 7208 section 4.6.4.
MOST_LOOKUPS = 10
MOST_VOIDS = 2


def examine_spf(tree: SpfTree, domain: str) -> Examination:
    """Look at the record of the return path's domain, and at all that it includes."""
    return Examination(
        subject=f"SPF of {domain}",
        seen=f"{tree.texts[0]} ({tree.lookups} of {MOST_LOOKUPS} lookups)" if tree.texts else "",
        findings=tuple(_judge(tree, domain)),
    )


def _judge(tree: SpfTree, domain: str) -> Iterator[Finding]:
    if not tree.texts:
        yield build_finding(rules.SPF_MISSING, f"{domain} has no SPF record")
        return
    if len(tree.texts) > 1:
        yield build_finding(rules.SPF_TWICE, f"{domain} has {len(tree.texts)} SPF records")
        return
    for problem in tree.problems:
        yield build_finding(rules.SPF_SYNTAX, problem)
    if tree.lookups > MOST_LOOKUPS:
        yield build_finding(
            rules.SPF_LOOKUPS,
            f"the record of {domain} needs {tree.lookups} lookups, and {MOST_LOOKUPS} are allowed",
        )
    if len(tree.voids) > MOST_VOIDS:
        yield build_finding(
            rules.SPF_VOID,
            f"{len(tree.voids)} terms lead to names without an address: {', '.join(tree.voids)}",
        )
    if tree.root is not None:
        yield from _judge_terms(tree.root)


def _judge_terms(root: SpfNode) -> Iterator[Finding]:
    end = _find_end(root)
    if end == "+":
        yield build_finding(rules.SPF_OPEN, f"the record of {root.domain} allows everybody (+all)")
    elif end in {"", "?"}:
        what = "ends with ?all" if end else "ends without “all”"
        yield build_finding(rules.SPF_ENDLESS, f"the record of {root.domain} {what}")
    if any(each.name == "ptr" for each in root.record.mechanisms):
        yield build_finding(rules.SPF_POINTER, f"the record of {root.domain} uses ptr")


def _find_end(node: SpfNode) -> str:
    """Find what the record says of everybody else, also by way of a redirect."""
    if node.record.end or node.redirected is None:
        return node.record.end or ("-" if node.record.redirect else "")
    return _find_end(node.redirected)
