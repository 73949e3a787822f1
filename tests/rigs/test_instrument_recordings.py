"""An oscilloscope's driver chooses settings that can do what is asked, and refuses a recording that is not it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument_dialogue import ScriptedSession, StepClock
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.instruments.drivers.keysight_34465a import Keysight34465a
from sts_rigs.instruments.drivers.keysight_53230a import Keysight53230a
from sts_rigs.instruments.drivers.keysight_ac6800 import KeysightAc6800
from sts_rigs.instruments.drivers.keysight_infiniivision import KeysightInfiniiVision
from sts_rigs.instruments.drivers.oscilloscope import step_up
from sts_rigs.instruments.drivers.rigol_ds1000z import RigolDs1000z
from sts_rigs.instruments.drivers.siglent_sds1000xe import SiglentSds1000xe
from sts_rigs.instruments.drivers.tektronix_tbs2000 import TektronixTbs2000

SETUP = RecordingSetup(
    {1: ChannelSetup(0.0, 5.0)}, TriggerSetup(1, 2.5, rising=True), duration=0.08, before=0.01, rate=10_000
)
GOOD = bytes([0x40, 0xC0]) * 500


def keysight(**changes: str | list[str] | bytes) -> tuple[KeysightInfiniiVision, ScriptedSession, StepClock]:
    """Return a Keysight that records 1000 points from -15 ms to 85 ms."""
    answers: dict[str, str | list[str] | bytes] = {
        "*IDN?": "KEYSIGHT TECHNOLOGIES,DSO-X 1204A,CN0,1",
        ":SYSTem:ERRor?": '+0,"No error"',
        ":AER?": ["+0", "+1"],
        ":ACQuire:SRATe?": "+1E+4",
        ":OPERegister:CONDition?": ["+8", "+0"],
        ":WAVeform:PREamble?": "+0,+0,+1000,+1,+1E-4,-1.5E-2,+0,+3.125E-2,+2.5E+0,+128",
        ":WAVeform:DATA?": GOOD,
    }
    session, clock = ScriptedSession(answers | changes), StepClock()
    return KeysightInfiniiVision(session, clock), session, clock


def rigol(**changes: str | list[str] | bytes) -> tuple[RigolDs1000z, ScriptedSession]:
    answers: dict[str, str | list[str] | bytes] = {
        "*IDN?": "RIGOL TECHNOLOGIES,DS1104Z,DS1Z,1",
        ":SYSTem:ERRor?": '0,"No error"',
        ":TRIGger:STATus?": ["WAIT", "STOP"],
        ":ACQuire:SRATe?": "1E+7",
    }
    session = ScriptedSession(answers | changes)
    return RigolDs1000z(session, StepClock()), session


def test_a_good_recording_is_fetched_once() -> None:
    scope, _, _ = keysight()
    scope.arm(SETUP)
    assert scope.fetch()[1].samples.tobytes() == GOOD
    with pytest.raises(BenchFault, match="has nothing to fetch"):
        scope.fetch()


def test_a_trigger_that_never_comes_ends_after_the_record_and_five_seconds_and_stops_the_scope() -> None:
    scope, session, clock = keysight(**{":OPERegister:CONDition?": "+8"})
    scope.arm(SETUP)
    begin = clock.now()
    with pytest.raises(BenchFault, match=r"saw no rising edge through 2\.5 V on channel 1 within 5\.1 s"):
        scope.fetch()
    assert clock.now() - begin == 5_100_000_000
    assert session.sent[-1] == ":STOP"


def test_a_scope_that_does_not_get_ready_is_told() -> None:
    scope, session, _ = keysight(**{":AER?": "+0"})
    with pytest.raises(BenchFault, match=r"did not get ready for a trigger within 5\.1 s"):
        scope.arm(SETUP)
    assert session.sent[-1] == ":STOP"


@pytest.mark.parametrize("code", [0x00, 0x01, 0xFF])
def test_a_code_at_either_end_is_a_signal_that_left_the_range(code: int) -> None:
    scope, _, _ = keysight(**{":WAVeform:DATA?": GOOD[:-1] + bytes([code])})
    scope.arm(SETUP)
    with pytest.raises(BenchFault, match="the signal left the range of channel 1 of instrument 1"):
        scope.fetch()


@pytest.mark.parametrize("code", [0x02, 0xFE])
def test_a_code_next_to_the_end_is_in_range(code: int) -> None:
    scope, _, _ = keysight(**{":WAVeform:DATA?": GOOD[:-1] + bytes([code])})
    scope.arm(SETUP)
    assert scope.fetch()[1].samples[-1] == code


def test_fewer_points_than_promised_are_told() -> None:
    scope, _, _ = keysight(**{":WAVeform:DATA?": GOOD[:-1]})
    scope.arm(SETUP)
    with pytest.raises(BenchFault, match="gave 999 of 1000 points of channel 1"):
        scope.fetch()


def test_a_record_that_ends_before_the_duration_is_told() -> None:
    preamble = "+0,+0,+1000,+1,+9E-5,-1.5E-2,+0,+3.125E-2,+2.5E+0,+128"
    scope, _, _ = keysight(**{":WAVeform:PREamble?": preamble})
    scope.arm(SETUP)
    with pytest.raises(
        BenchFault, match=r"recorded channel 1 from -0\.015 s to 0\.075 s .* not from -0\.01 s to 0\.08"
    ):
        scope.fetch()


def test_a_record_that_begins_too_late_is_told() -> None:
    preamble = "+0,+0,+1000,+1,+1E-4,-5E-3,+0,+3.125E-2,+2.5E+0,+128"
    scope, _, _ = keysight(**{":WAVeform:PREamble?": preamble})
    scope.arm(SETUP)
    with pytest.raises(BenchFault, match=r"recorded channel 1 from -0\.005 s"):
        scope.fetch()


def test_a_rate_below_the_asked_one_is_told_when_armed() -> None:
    scope, session, _ = keysight(**{":ACQuire:SRATe?": "+9.99E+3"})
    with pytest.raises(BenchFault, match=r"its largest rate here is 9990 samples a second"):
        scope.arm(SETUP)
    assert session.sent[-1] == ":STOP"


def test_a_rate_below_the_asked_one_is_told_from_the_preamble_too() -> None:
    preamble = "+0,+0,+1000,+1,+1.25E-4,-1.5E-2,+0,+3.125E-2,+2.5E+0,+128"
    scope, _, _ = keysight(**{":WAVeform:PREamble?": preamble})
    scope.arm(SETUP)
    with pytest.raises(BenchFault, match="its largest rate here is 8000 samples a second"):
        scope.fetch()


@pytest.mark.parametrize("answer", ["", "1,2,3", "0,0,x,1,1,1,1,1,1,1", "0,0,1,1,1,1,1,1,1,1,1"])
def test_a_preamble_of_another_form_is_refused(answer: str) -> None:
    scope, _, _ = keysight(**{":WAVeform:PREamble?": answer})
    scope.arm(SETUP)
    with pytest.raises(BenchFault, match="not with ten numbers"):
        scope.fetch()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channels": {5: ChannelSetup(0, 5)}}, "has no channel 5"),
        ({"channels": {1: ChannelSetup(5, 5)}}, "cannot see from 5 V to 5 V"),
        ({"channels": {1: ChannelSetup(0, 5, 0.0)}}, "a probe factor of 0"),
        ({"channels": {1: ChannelSetup(0, 500)}}, "its largest scale is 10 V a division"),
        ({"trigger": TriggerSetup(1, 6.0, rising=True)}, "cannot trigger at 6 V on channel 1"),
        ({"trigger": TriggerSetup(2, 1.0, rising=True)}, "cannot trigger at 1 V on channel 2"),
        ({"duration": 0.0}, "cannot record 0 s after"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], words: str) -> None:
    scope, session, _ = keysight()
    with pytest.raises(BenchFault, match=words):
        scope.arm(replace(SETUP, **change))  # type: ignore[arg-type]
    assert ":SINGle" not in session.sent


def test_a_memory_that_is_too_small_is_refused_with_the_largest_rate_before_anything_starts() -> None:
    scope, session = rigol()
    # 0.1 s a division, twelve divisions, 24 million points
    with pytest.raises(
        BenchFault, match=r"cannot record 1\.1 s with 3e\+07 .* largest rate here is 2e\+07 samples"
    ):
        scope.arm(replace(SETUP, duration=1.0, before=0.1, rate=30e6))
    assert ":SINGle" not in session.sent


@pytest.mark.parametrize(
    ("count", "rate", "depth"), [(1, 1e4, 12_000), (1, 1e6, 1_200_000), (2, 1e4, 60_000), (3, 1e4, 300_000)]
)
def test_the_memory_is_the_smallest_that_serves_the_channels_in_use(count: int, rate: float, depth: int) -> None:
    scope, session = rigol()
    channels = {number: ChannelSetup(0, 5) for number in range(1, count + 1)}
    scope.arm(replace(SETUP, channels=channels, duration=1.0 if count == 1 else 4.0, before=0.1, rate=rate))
    assert f":ACQuire:MDEPth {depth}" in session.sent


def test_a_rigol_is_read_in_pieces_of_250_000_points() -> None:
    class Pieces(ScriptedSession):
        def query_block(self, command: str) -> bytes:
            first, last = (int(line.split()[1]) for line in self.sent[-2:])
            assert last - first < 250_000
            self.write(command)
            return bytes([first % 199 + 20]) * (last - first + 1)

    session = Pieces(
        {
            "*IDN?": "RIGOL TECHNOLOGIES,DS1104Z,DS1Z,1",
            ":SYSTem:ERRor?": '0,"No error"',
            ":TRIGger:STATus?": ["WAIT", "STOP"],
            ":ACQuire:SRATe?": "6E+6",
            ":WAVeform:PREamble?": "0,2,600000,1,2E-7,-2E-2,0,0.04,0,127",
        }
    )
    scope = RigolDs1000z(session, StepClock())
    scope.arm(replace(SETUP, duration=0.09, rate=1e6))
    samples = scope.fetch()[1].samples
    assert [line for line in session.sent if line.startswith((":WAVeform:STARt", ":WAVeform:STOP"))] == [
        ":WAVeform:STARt 1",
        ":WAVeform:STOP 250000",
        ":WAVeform:STARt 250001",
        ":WAVeform:STOP 500000",
        ":WAVeform:STARt 500001",
        ":WAVeform:STOP 600000",
    ]
    expected = np.repeat([first % 199 + 20 for first in (1, 250_001, 500_001)], [250_000, 250_000, 100_000])
    assert np.array_equal(samples, expected)


def test_a_short_piece_of_a_rigol_is_told() -> None:
    scope, _ = rigol(
        **{":WAVeform:PREamble?": "0,2,1000,1,1E-4,-1.5E-2,0,0.04,0,127", ":WAVeform:DATA?": bytes([90]) * 999}
    )
    scope.arm(SETUP)
    with pytest.raises(BenchFault, match="gave 999 of 1000 points of channel 1 from point 1"):
        scope.fetch()


@pytest.mark.parametrize(("word", "known"), [("T'D", True), ("TD", True), ("wait", True), ("HALTED", False)])
def test_a_rigols_word_for_its_state(word: str, known: bool) -> None:
    scope, _ = rigol(**{":TRIGger:STATus?": word})
    if known:
        scope.arm(SETUP)
    else:
        with pytest.raises(BenchFault, match="'HALTED', not one of WAIT"):
            scope.arm(SETUP)


def siglent(sent: dict[int, ChannelSetup]) -> list[str]:
    session = ScriptedSession(
        {
            "*IDN?": "Siglent Technologies,SDS1104X-E,S,8",
            "*ESR?": "0",
            "SAST?": "Ready",
            "SARA?": "500kSa/s",
        }
    )
    setup = replace(SETUP, channels=sent, duration=2.0, rate=400e3)
    SiglentSds1000xe(session, StepClock()).arm(setup)
    return session.sent


def test_a_siglents_memory_is_doubled_while_no_pair_is_shared() -> None:
    one = ChannelSetup(0, 5)
    assert "MSIZ 14M" in siglent({1: one, 3: one})
    assert "MSIZ 7M" in siglent({1: one, 2: one})
    assert {"MSIZ 14M", "TDIV 500MS"} <= set(siglent({1: one}))


def test_a_siglent_in_an_unknown_state_is_told() -> None:
    session = ScriptedSession({"*IDN?": "Siglent,SDS1104X-E,S,8", "*ESR?": "0", "SAST?": "Asleep"})
    with pytest.raises(BenchFault, match="'Asleep', which is no state of an acquisition"):
        SiglentSds1000xe(session, StepClock()).arm(SETUP)


def test_a_tektronix_log_of_events_that_cannot_be_read_is_told() -> None:
    session = ScriptedSession({"*IDN?": "TEKTRONIX,TBS2104B,C,1", "*ESR?": "0", "ALLEv?": "nonsense"})
    with pytest.raises(BenchFault, match="which is no log of events"):
        TektronixTbs2000(session, StepClock()).check()


def test_a_tektronix_b_has_five_million_points() -> None:
    session = ScriptedSession({"*IDN?": "TEKTRONIX,TBS2104B,C,1", "*ESR?": "0", "ALLEv?": '0,"none"'})
    scope = TektronixTbs2000(session, StepClock())
    # 0.4 s a division, fifteen divisions
    with pytest.raises(BenchFault, match="largest rate here is 833333 samples"):
        scope.arm(replace(SETUP, duration=2.5, rate=1e6))


def counter(**changes: str | list[str]) -> tuple[Keysight53230a, ScriptedSession, StepClock]:
    answers: dict[str, str | list[str] | bytes] = {
        "*IDN?": "Keysight Technologies,53230A,MY,1",
        "SYSTem:ERRor?": '+0,"No error"',
        "*ESR?": "+1",
        "FETCh?": "+1.5E+0",
    }
    session, clock = ScriptedSession(answers | changes), StepClock()
    return Keysight53230a(session, clock), session, clock


FIRST, SECOND = TriggerSetup(1, 2.5, rising=False), TriggerSetup(2, 2.5, rising=True)


def test_a_counter_that_ran_into_its_time_out_is_told() -> None:
    device, _, _ = counter(**{"FETCh?": "+9.91000000E+037"})
    device.arm(FIRST, SECOND, 4.0)
    with pytest.raises(BenchFault, match="did not see both edges within 4 s"):
        device.fetch()
    with pytest.raises(BenchFault, match="nothing to fetch"):
        device.fetch()


def test_a_counter_that_never_ends_is_given_up_after_its_time_out_and_five_seconds() -> None:
    device, session, clock = counter(**{"*ESR?": "+0"})
    device.arm(FIRST, SECOND, 4.0)
    with pytest.raises(BenchFault, match="did not see both edges within 4 s"):
        device.fetch()
    assert clock.now() == 9_000_000_000
    assert session.sent[-1] == "ABORt"


def test_a_counter_starts_on_input_1_and_stops_on_input_2() -> None:
    device, session, _ = counter()
    with pytest.raises(BenchFault, match="cannot measure from input 2 to input 1"):
        device.arm(SECOND, FIRST, 4.0)
    with pytest.raises(BenchFault, match=r"timeout of instrument 1 cannot be 0\.001 s"):
        device.arm(FIRST, SECOND, 0.001)
    assert "INITiate" not in session.sent


@pytest.mark.parametrize("reading", ["+9.90000000E+37", "-9.90000000E+37"])
def test_an_overload_of_a_multimeter_is_told(reading: str) -> None:
    session = ScriptedSession(
        {"*IDN?": "Keysight Technologies,34465A,MY,1", "MEASure": reading, "SYSTem:ERRor?": '+0,"No error"'}
    )
    device = Keysight34465a(session, StepClock())
    with pytest.raises(BenchFault, match="the voltage is more than instrument 1 can measure"):
        device.voltage()
    with pytest.raises(BenchFault, match="the current is more than"):
        device.current()


@pytest.mark.parametrize(("voltage", "frequency"), [(311.0, 50.0), (230.0, 39.0), (float("nan"), 50.0)])
def test_a_source_is_not_asked_for_what_it_cannot_give(voltage: float, frequency: float) -> None:
    session = ScriptedSession({"*IDN?": "Keysight Technologies,AC6802B,MY,1"})
    device = KeysightAc6800(session, StepClock())
    with pytest.raises(BenchFault, match=r"output (voltage|frequency) of instrument 1 cannot be"):
        device.set_output(voltage, frequency)
    assert not [line for line in session.sent if str(voltage if frequency == 50 else frequency) in line]


@given(st.floats(1e-9, 1e6))
def test_a_step_is_the_next_of_1_2_5(value: float) -> None:
    step = step_up(value)
    assert step >= value * (1 - 1e-9)
    assert step < value * 2.5 * (1 + 1e-9)
    assert f"{step:e}"[0] in "125"


@pytest.mark.parametrize(
    ("value", "steps", "step"), [(0.1, (1, 2, 5), 0.1), (0.21, (1, 2, 5), 0.5), (5, (1, 2, 4), 10)]
)
def test_steps(value: float, steps: tuple[float, ...], step: float) -> None:
    assert step_up(value, steps) == step
