"""The one scale of grades: what a verdict may rest on, and that everything known is on it."""

import json
import re
from pathlib import Path

import pytest

import sts62055.library
from sts62055.application.rules import rules
from sts62055.carrier.profile import default_profile
from sts62055.library import load, subjects
from sts62055.provenance import Grade
from sts_conformance import register

LIBRARY = Path(sts62055.library.__file__).parent
README = LIBRARY.parents[1] / "README.md"


def grades_of_vectors() -> set[str]:
    return {
        vector["grade"] for name in subjects() for group in load(name)["groups"] for vector in group["vectors"]
    }


@pytest.mark.parametrize(
    ("grade", "is_confirmed"),
    [
        ("confirmed", True),
        ("verified", True),
        ("3 sources", True),
        ("2 sources", True),
        ("published", True),
        ("1 source", False),
        ("observed", False),
        ("inferred", False),
        ("assumed", False),
        ("unknown", False),
    ],
)
def test_a_verdict_rests_on_what_is_confirmed_or_has_two_sources(grade: str, is_confirmed: bool) -> None:
    assert Grade(grade).is_confirmed is is_confirmed


def test_the_scale_runs_from_best_to_worst() -> None:
    marks = [grade.is_confirmed for grade in Grade]
    assert marks == sorted(marks, reverse=True)
    assert [marks.index(False), len(marks)] == [5, 10]


def test_every_grade_but_that_of_a_lab_is_used() -> None:
    used = {rule.grade for rule in rules()}
    used |= {entry.provenance for entry in default_profile()}
    used |= {requirement.provenance for requirement in register.load()}
    assert used | set(map(Grade, grades_of_vectors())) == set(Grade) - {Grade.CONFIRMED}


def test_the_schema_of_the_vectors_has_the_whole_scale() -> None:
    schema = json.loads((LIBRARY / "schema.json").read_text("utf-8"))
    assert schema["$defs"]["grade"]["enum"] == list(Grade)


def test_the_vectors_document_explains_the_scale_and_marks_what_they_use() -> None:
    table = README.read_text("utf-8").partition("| `grade` | |\n|---|---|\n")[2].partition("\n\n")[0]
    assert re.findall(r"`(.+?)`(?=[*,]| \|)", table) == list(Grade)
    assert set(re.findall(r"\*\*`(.+?)`\*\*", table)) == grades_of_vectors()
