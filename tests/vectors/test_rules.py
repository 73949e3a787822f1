"""Every public name of the application layer has its rule, and every rule its clause, grade and code."""

import pkgutil
import re
from importlib import import_module

import pytest

import sts62055.application
from sts62055.application.rules import Rule, rules

OUR_OWN = {"rules", "batch", "explanation", "diagnosis"}
"""Modules that hold no rule of the standard: they tabulate, speed up or explain."""

RESULT_NAMES = re.compile(r"results\.[A-Za-z]+(Error|Credit|Accept|Lockout|NotReady)$|results\.Accept$")


def public_names() -> set[str]:
    names = set()
    for module in pkgutil.iter_modules(sts62055.application.__path__):
        if module.name not in OUR_OWN:
            exported = import_module(f"sts62055.application.{module.name}").__all__
            names |= {f"{module.name}.{name}" for name in exported}
    return {name for name in names if not RESULT_NAMES.match(name) or name.endswith("Status")}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_names_code_that_exists(rule: Rule) -> None:
    for name in rule.code:
        module, _, path = name.partition(".")
        found: object = import_module(f"sts62055.application.{module}")
        for part in path.split("."):
            found = getattr(found, part)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_has_a_clause_in_each_edition_or_says_that_it_has_none(rule: Rule) -> None:
    assert set(rule.clause) == {"ed2", "ed3"}
    assert all(re.fullmatch(r"([0-9]+(\.[0-9]+)*)?", clause) for clause in rule.clause.values())
    assert rule.text.endswith(".")


def test_every_public_name_has_a_rule() -> None:
    held = {name for rule in rules() for name in rule.code}
    assert public_names() - held == set()


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in rules()]
    assert len(set(ids)) == len(ids)
