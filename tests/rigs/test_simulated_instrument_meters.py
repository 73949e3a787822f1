"""The simulated counter, multimeter and AC source, spoken to as their makers' guides say."""

import pytest
import pyvisa

from simulated_visa import opened
from sts_rigs.simulator.instruments.ac_source import KeysightAcSource
from sts_rigs.simulator.instruments.counter import KeysightCounter
from sts_rigs.simulator.instruments.multimeter import KeysightMultimeter
from sts_rigs.simulator.instruments.sampling import Imperfections, Probe
from sts_rigs.simulator.signal import Signal
from sts_rigs.simulator.timeline import Timeline

MILLISECOND = 1_000_000
RESOLUTION = 100e-12
"""Five standard deviations of one edge, in seconds."""


def pulse(begin: int, end: int) -> Signal:
    signal = Signal()
    signal.change(begin, 0)
    signal.change(end, 1)
    return signal


def probes() -> dict[int, Probe]:
    return {1: Probe(pulse(10 * MILLISECOND, 20 * MILLISECOND)), 2: Probe(pulse(35_000_017, 60 * MILLISECOND))}


SETUP = (
    "*RST",
    "SYST:TIM 1",
    "CONF:TINT (@1),(@2)",
    "INP1:COUP DC;:INP2:COUP DC",
    "INP1:LEV:AUTO OFF;:INP2:LEV:AUTO OFF",
    "INP1:LEV 2.5;:INP2:LEV1 2.5",
    "INP1:SLOP NEG;:INP2:SLOP NEG",
)


def test_the_counter_measures_from_edge_to_edge() -> None:
    timeline = Timeline()
    with opened(KeysightCounter(timeline, probes())) as counter:
        for command in SETUP:
            counter.write(command)
        counter.query("INIT;:SYST:ERR?")
        timeline.wait_until(50 * MILLISECOND)
        assert float(counter.query("FETC?")) == pytest.approx(25.000017e-3, abs=RESOLUTION)
        assert counter.query("SYST:ERR?") == '+0,"No error"'


def test_the_counter_starts_and_stops_at_the_slopes_that_are_set() -> None:
    timeline = Timeline()
    with opened(KeysightCounter(timeline, probes(), Imperfections(time_base_ppm=100.0))) as counter:
        for command in SETUP:
            counter.write(command)
        counter.query("INP1:SLOP POS;:INP2:SLOP POS;:INIT;:SYST:ERR?")
        timeline.wait_until(70 * MILLISECOND)
        assert float(counter.query("FETC?")) == pytest.approx(40e-3 * 1.0001, abs=RESOLUTION)


def test_the_counter_measures_a_pulse_on_one_input() -> None:
    timeline = Timeline()
    with opened(KeysightCounter(timeline, probes())) as counter:
        counter.query("CONF:TINT (@1);:INP:LEV1 2.5;:INP:LEV2 2.5;:INP:SLOP1 NEG;:INP:SLOP2 POS;:INIT;:SYST:ERR?")
        timeline.wait_until(70 * MILLISECOND)
        assert float(counter.query("FETC?")) == pytest.approx(10e-3, abs=RESOLUTION)


def test_the_counter_answers_not_a_number_after_its_time_out() -> None:
    timeline = Timeline()
    with opened(KeysightCounter(timeline, probes())) as counter:
        for command in SETUP:
            counter.write(command)
        timeline.wait_until(30 * MILLISECOND)
        counter.query("INIT;:SYST:ERR?")
        timeline.wait_until(1030 * MILLISECOND)
        assert float(counter.query("FETC?")) == 9.91e37


def test_the_counter_keeps_the_reader_waiting_until_the_edges_came() -> None:
    timeline = Timeline()
    with opened(KeysightCounter(timeline, probes())) as counter:
        for command in SETUP:
            counter.write(command)
        counter.query("INIT;:SYST:ERR?")
        counter.timeout = 100
        with pytest.raises(pyvisa.errors.VisaIOError, match="VI_ERROR_TMO"):
            counter.query("FETC?")
        assert counter.query("SYST:ERR?").startswith("-410,")
        counter.timeout = 5_000
        counter.write("FETC?")
        timeline.wait_until(50 * MILLISECOND)
        assert float(counter.read()) == pytest.approx(25.000017e-3, abs=RESOLUTION)


def test_the_counter_tells_when_it_is_done() -> None:
    timeline = Timeline()
    with opened(KeysightCounter(timeline, probes())) as counter:
        for command in SETUP:
            counter.write(command)
        assert counter.query("*CLS;:INIT;*OPC;*ESR?") == "0"
        timeline.wait_until(34 * MILLISECOND)
        assert counter.query("*ESR?") == "0"
        timeline.wait_until(36 * MILLISECOND)
        assert (counter.query("*ESR?"), counter.query("*ESR?"), counter.query("*OPC?")) == ("1", "0", "1")


def test_the_multimeter_reads_volts_and_amperes() -> None:
    with opened(KeysightMultimeter(lambda: 4.875, lambda: 0.0201)) as meter:
        assert meter.query("*IDN?").split(",")[1] == "34465A"
        assert meter.query("MEAS:VOLT:DC?") == "+4.87500000E+00"
        assert float(meter.query("MEAS:CURR:DC?")) == 0.0201
        meter.write("CONF:VOLT:DC 10;:SENS:VOLT:DC:NPLC 1")
        assert float(meter.query("READ?")) == 4.875
        meter.write("CONF:VOLT:DC 1")
        assert float(meter.query("READ?")) == 9.9e37
        meter.write("CONF:CURR:DC 3")
        assert float(meter.query("READ?")) == 0.0201
        assert meter.query("SYST:ERR?") == '+0,"No error"'
        meter.write("CONF:VOLT:DC 2000")
        assert meter.query("SYST:ERR?").startswith("-222,")


def test_the_multimeter_is_as_wrong_as_it_is_told_to_be() -> None:
    with opened(KeysightMultimeter(lambda: 10.0, imperfections=Imperfections(gain_error=0.01))) as meter:
        assert float(meter.query("MEAS:VOLT:DC?")) == pytest.approx(10.1)
    with opened(KeysightMultimeter(lambda: 10.0, imperfections=Imperfections(noise=0.01))) as meter:
        readings = [float(meter.query("MEAS:VOLT:DC?")) for _ in range(5)]
        assert len(set(readings)) == 5
        assert readings == pytest.approx([10.0] * 5, abs=0.06)


def test_the_source_feeds_the_meter() -> None:
    fed = list[tuple[float, float]]()
    with opened(KeysightAcSource(lambda volts, hertz: fed.append((volts, hertz)), lambda: 0.5)) as source:
        source.write("*RST")
        source.write("VOLT:RANG 310")
        source.write("VOLT 230;:FREQ 60")
        assert source.query("MEAS:VOLT:AC?") == "+0.00000E+00"
        source.write("OUTP ON")
        assert source.query("OUTP?;:VOLT?;:FREQ?") == "1;+2.30000E+02;+6.00000E+01"
        assert float(source.query("MEAS:VOLT:AC?")) == 230
        assert float(source.query("MEAS:CURR:AC?")) == 0.5
        assert fed[-1] == (230.0, 60.0)
        source.write("OUTP OFF")
        assert source.query("SYST:ERR?") == '+0,"No error"'
        assert fed[-1] == (0.0, 60.0)


def test_the_source_refuses_what_its_range_does_not_reach() -> None:
    with opened(KeysightAcSource()) as source:
        source.write("*RST;:VOLT 230")
        assert source.query("SYST:ERR?").startswith("-221,")
        assert float(source.query("VOLT?")) == 0
        source.write("FREQ 1000")
        assert source.query("SYST:ERR?").startswith("-222,")
