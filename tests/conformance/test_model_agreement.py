"""The model and the simulated meter agree on random events, and differ where the meter has a defect."""

from collections import Counter
from pathlib import Path

import pytest

from declared_meters import GOOD_METERS, write_declaration
from modelled_meters import ModelledMeter
from sts62055.carrier.profile import default_profile
from sts62055.model import Trait, traits
from sts_fixtures.declaration.declared_meter import load_declaration
from sts_fixtures.declaration.model import TraitsSection
from sts_fixtures.declaration.variants import variant
from sts_rigs.simulator.defects import ALL_DEFECTS
from sts_rigs.simulator.meter.meter import Parts

OF_THE_PORT = {
    "break_answer",
    "id_request_with_address",
    "keypad_in_token_status",
    "malformed_read",
    "own_registers",
    "results",
    "soh_begins_anew",
    "token_status",
}
"""Items of [traits] that are about messages, or that the model takes otherwise than as a trait."""
EVENTS = 20_000
VARIANTS = (1, 33, 60, 96, 140)
"""Those that were disagreed about once, and the first."""
DEFECTS = {
    "store-of-one": "41-",
    "unknown-management-half-done": "41-8.1-only-by-token",
    "tamper-lost-at-power-cut": "41-8.10-outlasts",
    "group-not-changed": "41-8.9-group",
    "credit-booked-twice": "41-8.4",
    "crc-not-checked": "41-7.3.6-crc",
    "lockout-not-forgiven": "52-6.",
}


def modelled(folder: Path, name: str, seed: int, parts: Parts | None = None) -> ModelledMeter:
    meter = load_declaration(write_declaration(folder / "meter.toml", GOOD_METERS[name]))
    return ModelledMeter(meter, default_profile(), seed, parts)


def test_the_model_knows_every_trait_that_is_declared() -> None:
    known = {trait.item for trait in vars(traits).values() if isinstance(trait, Trait)} - {""}
    assert known | OF_THE_PORT == set(TraitsSection.model_fields)


@pytest.mark.parametrize("name", GOOD_METERS)
def test_model_and_simulated_meter_agree(name: str, tmp_path: Path) -> None:
    both = modelled(tmp_path, name, seed=1)
    both.run(EVENTS // len(GOOD_METERS))
    assert both.disagreements == []
    assert not both.belief.is_overwhelmed
    assert set(both.drawn.results) >= {"Accept", "CRCError", "UsedError", "OldError", "TokenLockout", "1stKCT"}


@pytest.mark.parametrize("seed", VARIANTS)
def test_model_and_variants_agree(seed: int, tmp_path: Path) -> None:
    drawn = variant(seed)
    meter = load_declaration(drawn.write(tmp_path).meter)
    both = ModelledMeter(meter, drawn.profile, seed, traits=drawn.traits, has_plain_display=False)
    both.run(600)
    assert both.disagreements == []


@pytest.mark.parametrize(("name", "requirement"), DEFECTS.items())
def test_a_defect_is_disagreed_about(name: str, requirement: str, tmp_path: Path) -> None:
    both = modelled(tmp_path, "EA11", seed=7, parts=ALL_DEFECTS.parts_with(name))
    both.run(600)
    broken = Counter(one for found in both.disagreements[:3] for one in found.requirements)
    assert any(one.startswith(requirement) for one in broken), broken
