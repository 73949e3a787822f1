"""A bench that does not reach the meter's port: what it says, and for which meters it will do."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from meter_on_bench import PROFILE, configuration
from sts62055.carrier.characters import outgoing
from sts_fixtures.declaration.declared_meter import load_declaration
from sts_rigs.bench import BenchDescription, Simulation, open_bench
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.rig import PortSection, Rig, RigSection
from sts_rigs.port import MissingPort


def test_nothing_is_sent_and_nothing_comes() -> None:
    port = MissingPort()
    for send in (lambda: port.send(outgoing(b"x")), lambda: port.send_break(10**9)):
        with pytest.raises(BenchFault) as caught:
            send()
        assert caught.value.remedy == "name it in port.url of the rig file"
    assert port.receive(10**9) is None
    port.close()


def test_a_rig_without_port_is_opened_without_one() -> None:
    rig = Rig(rig=RigSection(name="bench 3"), port=PortSection(url="none"))
    part = Simulation(configuration)
    wanted = BenchDescription(rig, Path(), PROFILE, part, lambda *_: pytest.fail("nobody is asked"))
    with closing(open_bench(wanted)) as bench:
        assert isinstance(bench.port, MissingPort)
        assert bench.simulated is None


def test_it_will_do_for_meters_with_a_keypad_only(declaration: Callable[..., Path]) -> None:
    none, some = PortSection(url="none"), PortSection(url="COM7")
    load_declaration(declaration()).require_port(none)
    meter = load_declaration(declaration(('["port", "keypad"]', '["port"]')))
    meter.require_port(some)
    with pytest.raises(FileFault) as caught:
        meter.require_port(none)
    assert "implements.carriers holds the port only, and port.url of the rig file is 'none'" in str(caught.value)
