"""Carriers are found by name, ours and those of installed packages, and each clash or gap is told."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from sts_rigs.carriers import own
from sts_rigs.carriers.kinds import carrier_kind, read_carrier_tables
from sts_rigs.carriers.registry import GROUP, OWN_CARRIERS, known_carriers, require_known
from sts_rigs.errors import BenchFault, FileFault


def test_ours_are_there_and_can_be_loaded() -> None:
    assert set(known_carriers([])) == set(OWN_CARRIERS) == {"port", "keypad"}
    assert (carrier_kind("port", []), carrier_kind("keypad", [])) == (own.port, own.keypad)


def test_a_plug_in_is_found_beside_ours() -> None:
    plugin = EntryPoint("acme", "collections:OrderedDict", GROUP)
    assert set(known_carriers([plugin])) == {*OWN_CARRIERS, "acme"}


@pytest.mark.parametrize("name", ["keypad", "acme"])
def test_two_carriers_of_one_name_are_refused(name: str) -> None:
    plugins = [EntryPoint(name, "acme:Carrier", GROUP), EntryPoint(name, "other:Carrier", GROUP)]
    with pytest.raises(BenchFault, match=f"two carriers are called '{name}': .* and "):
        known_carriers(plugins)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("keypd", "there is no carrier called 'keypd': did you mean 'keypad'? Known here: keypad, port"),
        ("zzz", "there is no carrier called 'zzz': install the package that brings it; known here: keypad, port"),
    ],
)
def test_an_unknown_name_is_told_the_known_ones(name: str, said: str) -> None:
    with pytest.raises(ValueError, match="there is no carrier") as caught:
        require_known(name, [])
    assert str(caught.value) == said


@pytest.mark.parametrize("place", ["no_such_module:Carrier", "collections:Carrier"])
def test_a_plug_in_that_cannot_be_loaded_is_told(place: str) -> None:
    with pytest.raises(BenchFault, match=f"the carrier 'acme' cannot be loaded from {place}"):
        carrier_kind("acme", [EntryPoint("acme", place, GROUP)])


def test_ours_take_no_table() -> None:
    assert set(read_carrier_tables(Path("rig.toml"), {}, ["keypad", "port"])) == {"keypad", "port"}
    with pytest.raises(FileFault, match=r"^rig.toml: carriers.port.x is not known: "):
        read_carrier_tables(Path("rig.toml"), {"port": {"x": 1}}, [])
