"""The rig file: what it may say, what it says by its silence, and how it is refused."""

from pathlib import Path

import pytest

from sts_rigs.errors import FileFault
from sts_rigs.files.rig import (
    ActionsSection,
    HostClockSection,
    JudgementSection,
    PortSection,
    Rig,
    RigSection,
    load_rig,
    simulated_rig,
)

SHORTEST = '[rig]\nname = "bench 3"\n\n[port]\nurl = "/dev/ttyUSB0"\n'
LONGEST = """
[rig]
name = "bench 3"

[port]
url = "socket://10.0.0.7:4001"
interface = "current-loop"
parity = "software"
echo = true
rts = true
dtr = false
settle_ms = 5000
turnaround_ms = 0
patience_ms = 60000

[host_clock]
uncertainty_ms = 2

[actions]
power = "socket://10.0.0.8:9000"
cover = "operator"
display = "socket://camera.lab:9001"

[judgement]
rule = "simple"
"""


def load(folder: Path, text: str) -> Rig:
    path = folder / "rig.toml"
    path.write_text(text, "utf-8")
    return load_rig(path)


def test_the_shortest_file_leaves_the_rest_to_the_defaults(tmp_path: Path) -> None:
    rig = load(tmp_path, SHORTEST)
    assert rig == Rig(rig=RigSection(name="bench 3"), port=PortSection(url="/dev/ttyUSB0"))
    assert (rig.port.interface, rig.port.parity) == ("optical", "driver")
    assert (rig.port.turnaround_ms, rig.port.patience_ms) == (50, 4000)
    assert (rig.port.echo, rig.port.rts, rig.port.dtr, rig.port.settle_ms) == ("auto", None, None, 0)
    assert rig.host_clock.uncertainty_ms == 50
    everything = ("power", "cover", "display", "keypad", "load", "levels")
    assert rig.actions.performers == dict.fromkeys(everything, "operator")
    assert rig.actions.patience_s == 1800
    assert rig.judgement.rule == "guarded"


def test_the_longest_file_says_everything(tmp_path: Path) -> None:
    assert load(tmp_path, LONGEST) == Rig(
        rig=RigSection(name="bench 3"),
        port=PortSection(
            url="socket://10.0.0.7:4001",
            interface="current-loop",
            parity="software",
            echo=True,
            rts=True,
            dtr=False,
            settle_ms=5000,
            turnaround_ms=0,
            patience_ms=60_000,
        ),
        host_clock=HostClockSection(uncertainty_ms=2),
        actions=ActionsSection(power="socket://10.0.0.8:9000", display="socket://camera.lab:9001"),
        judgement=JudgementSection(rule="simple"),
    )


PERFORMERS = 'write "operator", or "socket://host:port" for a device'


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "bench 3"', "", "rig.name is not answered: add it (what this bench is called in reports)"),
        ('"socket://10.0.0.7:4001"', "4001", "port.url should be a valid string"),
        ('"current-loop"', '"laser"', "port.interface should be 'optical', 'current-loop' or 'voltage'"),
        ('"software"', '"odd"', "port.parity should be 'driver' or 'software'"),
        ("echo = true", 'echo = "yes"', "port.echo should be 'auto'"),
        ("rts = true", 'rts = "on"', "port.rts should be a valid boolean"),
        ("dtr = false", "dtr = 0", "port.dtr should be a valid boolean"),
        ("settle_ms = 5000", "settle_ms = -1", "port.settle_ms should be greater than or equal to 0"),
        ("settle_ms = 5000", "settle_ms = 5001", "port.settle_ms should be less than or equal to 5000"),
        ("turnaround_ms = 0", "turnaround_ms = -1", "port.turnaround_ms should be greater than or equal to 0"),
        ("turnaround_ms = 0", "turnaround_ms = 1001", "port.turnaround_ms should be less than or equal to 1000"),
        ("60000", "1999", "port.patience_ms should be greater than or equal to 2000"),
        ("60000", "60001", "port.patience_ms should be less than or equal to 60000"),
        ("uncertainty_ms = 2", "uncertainty_ms = 0", "host_clock.uncertainty_ms should be greater than 0"),
        ("uncertainty_ms = 2", "uncertainty_ms = inf", "host_clock.uncertainty_ms should be a finite number"),
        ("uncertainty_ms = 2", "uncertainty_ms = nan", "host_clock.uncertainty_ms should be a finite number"),
        ('"simple"', '"fair"', "judgement.rule should be 'guarded', 'simple' or 'nonbinary'"),
        ("[host_clock]", "[host_clocks]", "host_clocks is not known: did you mean 'host_clock'?"),
        ("cover", "covers", "actions.covers is not known: did you mean 'cover'?"),
        ('"operator"', '"operater"', f"actions.cover: {PERFORMERS}"),
        ("socket://10.0.0.8:9000", "10.0.0.8:9000", f"actions.power: {PERFORMERS}"),
        ("socket://10.0.0.8:9000", "socket://10.0.0.8", f"actions.power: {PERFORMERS}"),
        ("socket://10.0.0.8:9000", "socket://:9000", f"actions.power: {PERFORMERS}"),
    ],
)
def test_each_mistake_is_told_with_its_key_and_its_mend(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert LONGEST.count(old) == 1
    with pytest.raises(FileFault) as caught:
        load(tmp_path, LONGEST.replace(old, new))
    assert f"{tmp_path / 'rig.toml'}: {reason}" in str(caught.value).splitlines()


@pytest.mark.parametrize(("text", "echo"), [("true", True), ("false", False), ('"auto"', "auto")])
def test_an_echo_is_there_or_not_or_to_be_found_out(tmp_path: Path, text: str, echo: object) -> None:
    assert load(tmp_path, f"{SHORTEST}echo = {text}\n").port.echo == echo


def test_a_rig_without_a_port_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="port is not answered: add it"):
        load(tmp_path, '[rig]\nname = "bench 3"\n')


@pytest.mark.parametrize(
    ("url", "is_simulated"), [("simulated", True), ("/dev/simulated", False), ("COM7", False)]
)
def test_only_the_port_of_that_name_is_simulated(url: str, is_simulated: bool) -> None:
    assert PortSection(url=url).is_simulated is is_simulated


def test_the_rig_of_the_simulated_bench_is_simulated() -> None:
    assert simulated_rig().port.is_simulated
