"""The simulated oscilloscopes, spoken to as their makers' guides say: the edges are where the signal has them."""

import socket
import threading

import numpy as np
import pytest
import pyvisa

from simulated_visa import opened
from sts_rigs.errors import BenchFault
from sts_rigs.simulator.instruments.keysight_scope import KeysightScope
from sts_rigs.simulator.instruments.rigol_scope import RigolDho800, RigolScope
from sts_rigs.simulator.instruments.sampling import Imperfections, Probe
from sts_rigs.simulator.instruments.server import InstrumentServer
from sts_rigs.simulator.instruments.siglent_scope import SiglentScope
from sts_rigs.simulator.instruments.tektronix_scope import TektronixScope
from sts_rigs.simulator.signal import Signal
from sts_rigs.simulator.timeline import Timeline

MILLISECOND = 1_000_000
BIT = 416_667
TRIGGER = 40 * MILLISECOND
EDGES = tuple(TRIGGER + bits * BIT for bits in (0, 1, 3, 4, 9, 12, 13, 20))
REAL = Imperfections(noise=0.02, rise_time=2_000.0, seed=3)
"""Noise far below the 2.5 V between the levels and the threshold, and edges of 2 us."""


def line() -> Signal:
    signal = Signal()
    for place, instant in enumerate(EDGES):
        signal.change(instant, place % 2)
    return signal


def check_edges(times: np.ndarray, volts: np.ndarray, interval: float) -> None:
    """Hold each crossing of 2.5 V against the signal's edges, from the trigger's on, within one interval."""
    high = volts > 2.5
    places = np.flatnonzero(high[1:] != high[:-1])
    # where a straight line between the two samples passes 2.5 V
    part = (2.5 - volts[places]) / (volts[places + 1] - volts[places])
    crossings = times[places] + part * interval
    expected = np.array([(edge - TRIGGER) * 1e-9 for edge in EDGES])
    assert len(crossings) == len(expected)
    assert np.abs(crossings - expected).max() <= interval
    assert volts[0] == pytest.approx(5.0, abs=0.3)
    assert volts.min() == pytest.approx(0.0, abs=0.3)


def test_keysight_infiniivision() -> None:
    timeline = Timeline()
    with opened(KeysightScope(timeline, {2: Probe(line(), ratio=10.0)}, REAL)) as scope:
        assert scope.query("*IDN?").split(",")[1] == "DSO-X 1204A"
        for command in (
            "*RST;*CLS",
            ":CHANnel1:DISPlay OFF",
            ":CHANnel2:DISPlay ON;PROBe 10;COUPling DC;SCALe 1.0;OFFSet 2.5",
            ":TIMebase:MODE MAIN;RANGe 0.02;REFerence LEFT;POSition -1E-3",
            ":TRIGger:MODE EDGE;SWEep NORMal;:TRIGger:EDGE:SOURce CHANnel2;LEVel 2.5;SLOPe NEGative",
            ":ACQuire:TYPE NORMal",
            ":SINGle",
        ):
            scope.write(command)
        assert int(scope.query(":OPERegister:CONDition?")) & 8
        assert scope.query(":TER?;:AER?") == "0;0"
        timeline.wait_until(30 * MILLISECOND)
        assert scope.query(":AER?;:AER?") == "1;0"
        assert int(scope.query(":OPERegister:CONDition?")) & 40 == 40
        timeline.wait_until(80 * MILLISECOND)
        assert int(scope.query(":OPERegister:CONDition?")) & 8 == 0
        assert (scope.query(":TER?"), scope.query(":TER?")) == ("1", "0")
        assert int(scope.query(":ACQuire:POINts?")) == pytest.approx(1_000_000, rel=0.01)
        scope.write(":WAVeform:SOURce CHANnel2;POINts:MODE RAW")
        for form, datatype in (("BYTE", "B"), ("WORD", "H")):
            scope.write(f":WAVeform:FORMat {form};UNSigned 1;BYTeorder MSBFirst;POINts 20000")
            preamble = scope.query(":WAVeform:PREamble?").split(",")
            assert (int(preamble[0]), int(preamble[3])) == ({"BYTE": 0, "WORD": 1}[form], 1)
            interval, origin, step, zero = (float(preamble[place]) for place in (4, 5, 7, 8))
            # a tenth of the screen before its reference, the trigger 1 ms before that
            assert origin == pytest.approx(-3e-3)
            raw = scope.query_binary_values(
                ":WAVeform:DATA?", datatype=datatype, is_big_endian=True, container=np.array
            )
            assert len(raw) == int(preamble[2]) == int(scope.query(":WAVeform:POINts?"))
            times = origin + np.arange(len(raw)) * interval
            check_edges(times, (raw - float(preamble[9])) * step + zero, interval)
        assert scope.query(":SYSTem:ERRor?") == '+0,"No error"'
        scope.write(":WAVeform:NONSENSE 1")
        assert scope.query(":SYSTem:ERRor?").startswith("-113,")


def test_keysight_single_waits_for_its_trigger_and_run_does_not() -> None:
    timeline = Timeline()
    with opened(KeysightScope(timeline, {1: Probe(Signal())})) as scope:
        scope.query(":TRIG:SWE AUTO;:SING;*OPC?")
        timeline.wait_until(1000 * MILLISECOND)
        assert scope.query(":TER?") == "0"
        scope.query(":RUN;*OPC?")
        timeline.wait_until(2000 * MILLISECOND)
        assert scope.query(":TER?") == "1"


def test_tektronix_tells_completion_when_the_sequence_is_complete() -> None:
    timeline = Timeline()
    with opened(TektronixScope(timeline, {1: Probe(line(), ratio=10.0)})) as scope:
        scope.query(":HEAD 0;:HOR:SCA 2E-3;:TRIG:A:MOD NORM;LEV 2.5;EDGE:SLO FALL;:ACQ:STOPA SEQ;STATE 1;:BUSY?")
        scope.timeout = 100
        with pytest.raises(pyvisa.errors.VisaIOError, match="VI_ERROR_TMO"):
            scope.query("*OPC?")
        scope.timeout = 5_000
        assert scope.query("BUSY?") == "1"
        timeline.wait_until(90 * MILLISECOND)
        assert scope.query("*OPC?;:BUSY?") == "1;0"


@pytest.mark.parametrize("kind", [RigolScope, RigolDho800])
def test_rigol(kind: type[RigolScope]) -> None:
    timeline, dho = Timeline(), kind is RigolDho800
    depth, divisions = (1_000_000, 10) if dho else (1_200_000, 12)
    with opened(kind(timeline, {1: Probe(line())}, REAL)) as scope:
        # a smaller factor makes the scale smaller by as much
        for command in (
            "*RST",
            ":CHANnel1:SCALe 10",
            ":CHANnel1:PROBe 1",
            ":CHANnel1:OFFSet -2.52",
            ":RUN",
            f":ACQuire:MDEPth {depth}",
            ":TIMebase:MAIN:SCALe 0.002",
            ":TIMebase:MAIN:OFFSet 0.008",
            ":TRIGger:MODE EDGE",
            ":TRIGger:EDGe:SOURce CHANnel1",
            ":TRIGger:EDGe:SLOPe NEGative",
            ":TRIGger:EDGe:LEVel 2.5",
            ":SINGle",
        ):
            scope.write(command)
        assert float(scope.query(":CHANnel1:SCALe?")) == 1.0
        assert scope.query(":TRIGger:STATus?") == "RUN"
        timeline.wait_until(35 * MILLISECOND)
        assert scope.query(":TRIGger:STATus?") == "WAIT"
        timeline.wait_until(42 * MILLISECOND)
        assert scope.query(":TRIGger:STATus?") == "TD"
        timeline.wait_until(90 * MILLISECOND)
        assert scope.query(":TRIGger:STATus?") == "STOP"
        rate = float(scope.query(":ACQuire:SRATe?"))
        assert rate == pytest.approx(depth / (divisions * 0.002))
        scope.write(":WAVeform:SOURce CHANnel1")
        scope.write(":WAVeform:MODE RAW")
        scope.write(":WAVeform:FORMat " + ("WORD" if dho else "BYTE"))
        values = scope.query(":WAVeform:PREamble?").split(",")
        assert values[1] == "2"
        assert int(values[2]) == depth
        interval, origin, step, zero, reference = (float(values[place]) for place in (4, 5, 7, 8, 9))
        parts = []
        for first in range(1, depth, 250_000):
            scope.write(f":WAVeform:STARt {first}")
            scope.write(f":WAVeform:STOP {min(first + 249_999, depth)}")
            parts.append(
                scope.query_binary_values(
                    ":WAVeform:DATA?", datatype="H" if dho else "B", container=np.array, chunk_size=1 << 20
                )
            )
        raw = np.concatenate(parts)
        assert len(raw) == depth
        thinned = ((raw - zero - reference) * step)[::50]
        check_edges(origin + np.arange(len(thinned)) * interval * 50, thinned, interval * 50)
        assert scope.query(":SYSTem:ERRor?") == '0,"No error"'


def test_rigol_reads_no_more_than_its_most_at_once() -> None:
    timeline = Timeline()
    with opened(RigolScope(timeline, {1: Probe(line())})) as scope:
        # the query holds time still until the scope is armed
        scope.query(":CHAN1:PROB 1;:ACQ:MDEP 1200000;:TIM:MAIN:SCAL 0.002;:TRIG:EDG:SLOP NEG;LEV 2.5;:SING;*OPC?")
        timeline.wait_until(100 * MILLISECOND)
        scope.write(":WAV:MODE RAW;STAR 1;STOP 250001")
        assert scope.query(":WAV:DATA?") == "#9000000000"
        assert scope.query(":SYST:ERR?").startswith("-222,")


def test_siglent_sds1000xe() -> None:
    timeline = Timeline()
    with opened(SiglentScope(timeline, {3: Probe(line(), ratio=10.0)}, REAL)) as scope:
        assert scope.query("TDIV?") == "TDIV 1.00E-06S"
        for command in (
            "CHDR OFF",
            "C1:TRA OFF",
            "C3:TRA ON",
            "C3:ATTN 10",
            "C3:CPL D1M",
            "C3:VDIV 1V",
            "C3:OFST -2.5V",
            "TDIV 2MS",
            "TRDL -8MS",
            "MSIZ 1.4M",
            "TRSE EDGE,SR,C3,HT,OFF",
            "C3:TRLV 2.5V",
            "C3:TRSL NEG",
            "TRMD SINGLE",
            "ARM",
        ):
            scope.write(command)
        assert scope.query("SAST?") == "Armed"
        timeline.wait_until(35 * MILLISECOND)
        assert scope.query("SAST?") == "Ready"
        assert int(scope.query("INR?")) == 8192
        timeline.wait_until(90 * MILLISECOND)
        assert scope.query("SAST?") == "Stop"
        assert int(scope.query("INR?")) == 1
        assert int(scope.query("INR?")) == 0
        rate, division = float(scope.query("SARA?")), float(scope.query("TDIV?"))
        assert rate == 5e7
        assert float(scope.query("SANU? C3")) == 1.4e6
        scope.write("WFSU SP,50,NP,0,FP,0")
        scope.write("C3:WF? DAT2")
        header = scope.read_bytes(16)
        assert header == b"DAT2,#9000028000"
        raw = np.frombuffer(scope.read_bytes(28_000), np.int8)
        assert scope.read_bytes(2) == b"\n\n"
        volts = raw * (float(scope.query("C3:VDIV?")) / 25) - float(scope.query("C3:OFST?"))
        interval = 50 / rate
        times = -float(scope.query("TRDL?")) - division * 14 / 2 + np.arange(len(raw)) * interval
        check_edges(times, volts, interval)
        assert scope.query("*ESR?") == "0"
        scope.write("NONSENSE 1")
        assert scope.query("*ESR?") == "32"


@pytest.mark.parametrize("width", [1, 2])
def test_tektronix_tbs2000(width: int) -> None:
    timeline = Timeline()
    with opened(TektronixScope(timeline, {4: Probe(line())}, REAL)) as scope:
        assert scope.query("SELECT:CH1?") == ":SELECT:CH1 1"
        for command in (
            "*RST;*CLS;:HEADer OFF;VERBose ON",
            "SELect:CH1 OFF;CH4 ON",
            "CH4:PRObe:GAIN 1",
            "CH4:SCAle 1;POSition -1;OFFSet 1.5;COUPling DC",
            "HORizontal:SCAle 2E-3;RECOrdlength 20000;POSition 20",
            "TRIGger:A:TYPe EDGE;MODe NORMal;LEVel 2.5;EDGE:SOUrce CH4;SLOpe FALL",
            "ACQuire:MODe SAMple;STOPAfter SEQuence;STATE ON",
        ):
            scope.write(command)
        assert scope.query("TRIGger:STATE?") == "ARMED"
        timeline.wait_until(35 * MILLISECOND)
        assert scope.query("TRIGger:STATE?") == "READY"
        timeline.wait_until(45 * MILLISECOND)
        assert scope.query("TRIGger:STATE?") == "TRIGGER"
        timeline.wait_until(90 * MILLISECOND)
        assert scope.query("TRIGger:STATE?") == "SAVE"
        assert scope.query("*OPC?") == "1"
        scope.write(f"DATa:SOUrce CH4;STARt 1001;STOP 20000;ENCdg RIBinary;WIDth {width}")
        fields = {name: scope.query(f"WFMOutpre:{name}?") for name in ("NR_Pt", "BYT_Nr", "BYT_Or", "BN_Fmt")}
        assert fields == {"NR_Pt": "19000", "BYT_Nr": str(width), "BYT_Or": "MSB", "BN_Fmt": "RI"}
        interval, origin, step, offset, zero = (
            float(scope.query(f"WFMOutpre:{name}?")) for name in ("XINcr", "XZEro", "YMUlt", "YOFf", "YZEro")
        )
        raw = scope.query_binary_values("CURVe?", datatype="bh"[width - 1], is_big_endian=True, container=np.array)
        assert len(raw) == 19_000
        check_edges(origin + np.arange(len(raw)) * interval, (raw - offset) * step + zero, interval)
        assert len(scope.query("WFMOutpre?").split(";")) == 16
        assert scope.query("*ESR?") == "0"
        scope.write("NONSENSE:HERE 1")
        assert scope.query("ALLEv?").startswith("1,")
        assert scope.query("*ESR?") == "32"
        assert scope.query("ALLEv?").startswith("113,")
        assert scope.query("ALLEv?").startswith("0,")


@pytest.mark.parametrize(
    ("kind", "one", "two"), [(RigolScope, 24_000_000, 12_000_000), (RigolDho800, 25_000_000, 10_000_000)]
)
def test_rigol_channels_share_the_memory(kind: type[RigolScope], one: int, two: int) -> None:
    with opened(kind(Timeline(), {})) as scope:
        scope.write(f":ACQ:MDEP {one}")
        assert scope.query(":ACQ:MDEP?;:SYST:ERR?") == f'{one};0,"No error"'
        scope.write(f":CHAN2:DISP ON;:ACQ:MDEP {two}")
        assert scope.query(":ACQ:MDEP?;:SYST:ERR?") == f'{two};0,"No error"'
        scope.write(f":ACQ:MDEP {one}")
        assert scope.query(":SYST:ERR?").startswith("-222,")


def test_a_scope_that_believes_in_another_probe_shows_other_volts() -> None:
    timeline = Timeline()
    with opened(RigolScope(timeline, {1: Probe(line(), ratio=1.0)})) as scope:
        scope.query(
            "*RST;:TRIG:EDG:SLOP NEG;LEV 25;:CHAN1:SCAL 20;:TIM:MAIN:SCAL 0.002;:ACQ:MDEP 12000;:SING;*OPC?"
        )
        timeline.wait_until(90 * MILLISECOND)
        scope.write(":WAV:MODE RAW;FORM ASC;STAR 1;STOP 10")
        block = scope.query(":WAV:DATA?")
        assert [float(value) for value in block[11:].split(",")] == pytest.approx([50.0] * 10, abs=0.5)


def test_nothing_stays_behind_a_closed_server() -> None:
    before = threading.active_count()
    server = InstrumentServer(KeysightScope(Timeline(), {}))
    connection = socket.create_connection(server.address)
    connection.sendall(b"*ID")
    connection.sendall(b"N?\r\n*OPC?\n")
    answer = b""
    while answer.count(b"\n") < 2:
        answer += connection.recv(4096)
    assert answer.endswith(b"\n1\n")
    assert threading.active_count() > before
    server.close()
    assert connection.recv(4096) == b""
    connection.close()
    assert threading.active_count() == before


def test_a_port_in_use_is_a_fault_of_the_bench() -> None:
    device = KeysightScope(Timeline(), {})
    with InstrumentServer(device) as server, pytest.raises(BenchFault, match="cannot listen"):
        InstrumentServer(device, port=server.address[1])
