"""The defects that say which clauses they break: each is one replaced part with a name and a sentence."""

import re
from dataclasses import fields
from functools import cache

import pytest

from sts_conformance import register
from sts_rigs.simulator.defects import ALL_DEFECTS, SEQUENCES, SIDE_EFFECTS, WHOLESALE, Defect
from sts_rigs.simulator.meter.meter import Parts

GOOD = Parts()
BY_CLAUSE = {**WHOLESALE, **SIDE_EFFECTS, **SEQUENCES}
EVERY = pytest.mark.parametrize("defect", BY_CLAUSE.values(), ids=list(BY_CLAUSE))


@cache
def clauses() -> frozenset[str]:
    """Return every clause of the two standards, as a defect writes it."""
    numbered = [one for one in register.load().clauses if one.is_numbered]
    return frozenset(f"{one.standard.rpartition('-')[2]}-{one.number}" for one in numbered)


@cache
def requirements() -> frozenset[str]:
    """Return every requirement: a clause can hang on what is broken in parts."""
    return frozenset(requirement.id for requirement in register.load())


@EVERY
def test_each_replaces_exactly_one_part_by_its_own(defect: Defect) -> None:
    parts = (WHOLESALE if defect.name in WHOLESALE else ALL_DEFECTS).parts_with(defect.name)
    (place,) = [one.name for one in fields(Parts) if getattr(parts, one.name) is not getattr(GOOD, one.name)]
    assert getattr(parts, place) is defect.part
    assert [one.name for one in ALL_DEFECTS.values() if one.part is defect.part] == [defect.name]


@EVERY
def test_each_has_a_name_in_kebab_case_and_is_summed_up_in_one_sentence(defect: Defect) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", defect.name)
    assert re.fullmatch(r"[A-Z][^.!?]*\.", defect.summary)
    assert (defect.part.__doc__ or "").strip() == defect.summary


@EVERY
def test_each_breaks_whole_clauses_and_spoils_what_there_is(defect: Defect) -> None:
    assert not defect.violates
    assert defect.breaks
    whole = set() if defect.name in WHOLESALE else {"31"}
    assert set(defect.breaks) <= clauses() | whole
    assert set(defect.spoils) <= clauses() | requirements() | {"31", "41", "51", "52"}
    assert len(set(defect.breaks)) == len(defect.breaks)
    assert len(set(defect.spoils)) == len(defect.spoils)
