"""The rules of the checks: one name each, none unknown, and all of them on the page."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from newsletter.checks.allowed_features import ALLOWED
from newsletter.checks.client_facts import SHARES, load_client_facts
from newsletter.doctor import rules as doctor
from newsletter.rules import RULES
from tools import write_checks_page, write_doctor_page

ROOT = Path(__file__).parents[2]
DOCTOR_RULES = tuple(rule for rules in doctor.TOPICS.values() for rule in rules)
ALL_RULES = (*RULES, *DOCTOR_RULES)


def _list_named_rules() -> Iterator[str]:
    """List the rules that rendering names: the first argument of a remark, or rule=…."""
    for path in (ROOT / "newsletter").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Remark"), args=[ast.Constant(value=str(name)), *_]):
                    yield name
                case ast.keyword(arg="rule", value=ast.Constant(value=str(name))):
                    yield name


def test_the_pages_are_what_the_code_says() -> None:
    """`make references` was run after the last change."""
    for made in (write_checks_page, write_doctor_page):
        assert made.PAGE.read_text(encoding="utf-8") == made.build_page()


def test_each_rule_has_a_name_of_its_own() -> None:
    """Settings leave rules out by name."""
    names = [rule.id for rule in ALL_RULES]

    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []


def test_each_rule_that_a_finding_names_is_known() -> None:
    """Else it could not be left out, and would not be on the page."""
    named = set(_list_named_rules())

    assert named >= {"raw-html", "unknown-shortcode"}
    assert named - {rule.id for rule in RULES} == set()


def test_each_rule_of_the_doctor_is_found_by_some_test() -> None:
    """A rule that nothing plants is a promise that nobody checked."""
    tests = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("acceptance", "contracts")
        for path in (ROOT / "tests" / folder).glob("*.py")
        if path.stem.startswith(("test_doctor", "faults_in_dns"))
    )

    assert len(DOCTOR_RULES) > 60
    assert [rule.id for rule in DOCTOR_RULES if f'"{rule.id}"' not in tests] == []


def test_a_rule_is_as_severe_as_the_findings_that_name_it() -> None:
    """The page must not say otherwise."""
    severities = {rule.id: rule.severity.name for rule in RULES}
    named = {
        (node.args[0].value, node.args[1].attr)
        for path in (ROOT / "newsletter").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Remark"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[1], ast.Attribute)
    }

    assert named != set()
    assert {pair for pair in named if severities.get(str(pair[0])) != pair[1]} == set()


def test_meaning_and_advice_are_sentences() -> None:
    """They stand in a table and below a finding."""
    texts = [text for rule in ALL_RULES for text in (rule.meaning, rule.advice)]

    assert [text for text in texts if not text[0].isupper() or text[-1] not in ".…>"] == []


def test_the_reviewed_features_and_the_counted_clients_are_in_the_data() -> None:
    """After a refresh a name may be gone."""
    facts = load_client_facts()
    slugs = {feature.slug for features in facts.by_sign.values() for feature in features}

    assert set(ALLOWED) - slugs == set()
    assert set(SHARES) - set(facts.names) == set()
    assert sum(SHARES.values()) <= 100
