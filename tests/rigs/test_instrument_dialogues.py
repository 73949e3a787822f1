"""Every driver speaks its family's written dialogue to the letter, and makes the right figures of the answers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from instrument_dialogue import FOLDER, DialogueEnded, DialogueSession, StepClock, load
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.instruments.registry import OWN_DRIVERS, driver

SETUP = RecordingSetup(
    {1: ChannelSetup(-0.5, 5.5, 10.0), 2: ChannelSetup(0.0, 3.3)},
    TriggerSetup(1, 2.5, rising=False),
    duration=0.08,
    before=0.01,
    rate=10_000,
)
# points, interval, start, and the largest error of a level
RECORDS = {
    "keysight-infiniivision": (2000, 50e-6, -0.015, 0.016),
    "rigol-ds1000z": (6000, 20e-6, -0.025, 0.021),
    "rigol-dho800": (1000, 100e-6, -0.015, 0.021),
    "siglent-sds1000xe": (7000, 40e-6, -0.14, 0.021),
    "tektronix-tbs2000": (2000, 75e-6, -0.0166667, 0.021),
}


def record(instrument: Any) -> None:
    points, interval, start, error = RECORDS[NAMES[type(instrument).__module__]]
    instrument.arm(SETUP)
    waveforms = instrument.fetch()
    assert sorted(waveforms) == [1, 2]
    for number, high in ((1, 5.0), (2, 3.3)):
        waveform = waveforms[number]
        assert len(waveform.samples) == points
        assert waveform.interval == pytest.approx(interval, rel=1e-9)
        assert waveform.start == pytest.approx(start, rel=1e-9)
        times = waveform.start + np.arange(points) * waveform.interval
        levels = waveform.levels()
        # the signal of all dialogues falls at the trigger
        assert levels[times < -interval / 2] == pytest.approx(high, abs=error)
        assert levels[times > interval / 2] == pytest.approx(0.0, abs=error)


def count(instrument: Any) -> None:
    instrument.arm(TriggerSetup(1, 2.5, rising=False), TriggerSetup(2, 12.0, rising=True), 4.0)
    assert instrument.fetch() == 1.49987654321


def measure(instrument: Any) -> None:
    assert instrument.voltage() == 12.3456789
    assert instrument.current() == -0.015


def feed(instrument: Any) -> None:
    instrument.set_output(230.0, 50.0)
    instrument.set_output(120.0, 60.0)
    instrument.set_output(240.0, 50.0)
    instrument.switch(True)
    instrument.switch(False)


USES: dict[str, Callable[[Any], None]] = {
    **dict.fromkeys(RECORDS, record),
    "keysight-53230a": count,
    "keysight-34465a": measure,
    "keysight-ac6800": feed,
}
NAMES = {value.partition(":")[0]: name for name, value in OWN_DRIVERS.items()}


def play(name: str, lines: list[str]) -> DialogueSession:
    session = DialogueSession(lines)
    instrument = driver(name)(session, StepClock())
    USES[name](instrument)
    instrument.close()
    return session


def test_every_driver_of_ours_has_a_dialogue() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(OWN_DRIVERS) == set(USES)


@pytest.mark.parametrize("name", sorted(USES))
def test_a_driver_speaks_its_dialogue_to_the_end(name: str) -> None:
    session = play(name, load(name))
    assert session.lines == []
    assert session.closed


@pytest.mark.parametrize("name", sorted(USES))
def test_a_dialogue_that_differs_by_one_character_fails(name: str) -> None:
    lines = load(name)
    for number, line in enumerate(lines):
        if line.startswith("> "):
            changed = line[:-1] + ("#" if line[-1] != "#" else "!")
            with pytest.raises(DialogueEnded):
                play(name, [*lines[:number], changed, *lines[number + 1 :]])


@pytest.mark.parametrize("name", sorted(USES))
def test_an_error_in_the_queue_ends_every_use(name: str) -> None:
    empty = {'< +0,"No error"', '< 0,"No error"', '< 0,"No events to report - queue empty"'}
    complaint = '< -222,"Data out of range"'
    if name == "siglent-sds1000xe":
        empty, complaint = {"< 0"}, "< 16"
    elif name == "tektronix-tbs2000":
        complaint = '< 401,"Power on",2225,"Waveform not on"'
    lines = load(name)
    places = [number for number, line in enumerate(lines) if line in empty]
    assert len(places) >= 2
    for number in places:
        # queues are read until they are empty
        rest = [complaint, "> :SYSTem:ERRor?" if "rigol" in name or "infiniivision" in name else "> SYSTem:ERRor?"]
        told = [complaint] if name in ("siglent-sds1000xe", "tektronix-tbs2000") else [*rest, '< 0,"No error"']
        with pytest.raises(BenchFault, match=r"instrument 1 reports .*(-222|2225|carry out)"):
            play(name, [*lines[:number], *told, *lines[number + 1 :]])


@pytest.mark.parametrize("name", sorted(USES))
def test_another_instrument_at_the_address_is_named(name: str) -> None:
    with pytest.raises(BenchFault, match=r"instrument 1 should be a .*, but ACME ROCKET 7 \(serial 42\) answered"):
        driver(name)(DialogueSession(["> *IDN?", "< ACME,ROCKET 7,42,1.0"]), StepClock())


def test_another_model_of_the_same_maker_is_refused() -> None:
    with pytest.raises(
        BenchFault, match=r"should be a Keysight 34465A multimeter, but Keysight Technologies 53230A"
    ):
        driver("keysight-34465a")(DialogueSession(["> *IDN?", "< Keysight Technologies,53230A,1,1"]), StepClock())


def test_the_first_of_several_errors_is_told_and_the_queue_is_emptied() -> None:
    errors = ['< -113,"first"', "> SYSTem:ERRor?", '< -222,"second"', "> SYSTem:ERRor?", '< +0,"No error"']
    session = DialogueSession(["> *IDN?", "< Keysight Technologies,34465A,1,1", "> SYSTem:ERRor?", *errors])
    with pytest.raises(BenchFault, match="instrument 1 reports error -113, first"):
        driver("keysight-34465a")(session, StepClock()).check()
    assert session.lines == []


def test_an_error_that_cannot_be_read_is_told() -> None:
    session = DialogueSession(["> *IDN?", "< Keysight Technologies,34465A,1,1", *["> SYSTem:ERRor?", "< ?"] * 30])
    with pytest.raises(BenchFault, match=r"an error that cannot be read: '\?'"):
        driver("keysight-34465a")(session, StepClock()).check()


def test_an_identity_of_three_parts_is_refused() -> None:
    with pytest.raises(BenchFault, match="not with maker, model, serial number and firmware"):
        driver("keysight-34465a")(DialogueSession(["> *IDN?", "< KEYSIGHT,34465A,1"]), StepClock())


def test_a_siglent_that_repeats_headers_is_known() -> None:
    answer = "< *IDN SIGLENT,SDS1202X-E,SDS1,1.3"
    instrument = driver("siglent-sds1000xe")(DialogueSession(["> *IDN?", answer]), StepClock())
    assert (instrument.identity.maker, instrument.channels) == ("SIGLENT", 2)  # type: ignore[attr-defined]
