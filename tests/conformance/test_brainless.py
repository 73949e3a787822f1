"""A meter without a brain passes what is right of it, with a written reason, and nothing else."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from conftest import Stsbench
from declared_meters import Changes, write_declaration
from sts_rigs.simulator.defects import BRAINLESS

RIGHT: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("brainless_passes.toml").read_text("utf-8")
)
"""By the meter's name and the reason: the requirements that it passes."""

DECLARED: Mapping[str, Changes] = {"refuses-everything": {"decoder_key.key_confirmed": "another meter takes them"}}
"""What must be declared beside: that every good token is refused is else a mistake of the set-up."""

TAKES_A_BRAIN = ("41-8.4-adds", "41-7.3.7-used", "41-7.3.6-crc", "52-6.4.5-token", "52-6.7.3-execution")


def test_every_meter_without_a_brain_is_judged() -> None:
    assert set(RIGHT) == set(BRAINLESS)


@pytest.mark.parametrize("name", BRAINLESS)
def test_it_passes_what_is_right_of_it_and_nothing_else(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    meter = write_declaration(tmp_path / "meter.toml", DECLARED.get(name, {}))
    result = stsbench("run", "--meter", meter, "--defect", name, "--json")
    assert result.code == 1, result.err
    assert not result.with_verdict("ERROR")
    right = [requirement for requirements in RIGHT[name].values() for requirement in requirements]
    assert len(set(right)) == len(right)
    assert result.with_verdict("PASS") == set(right)


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_that_takes_a_brain_is_right_of_it(name: str) -> None:
    right = {requirement for requirements in RIGHT[name].values() for requirement in requirements}
    assert right.isdisjoint(TAKES_A_BRAIN)
    assert all(len(reason) > len("It is right.") for reason in RIGHT[name])
