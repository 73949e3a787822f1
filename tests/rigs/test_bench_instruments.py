"""The instruments of a rig file are opened, known by who they are, and given back."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from instrument_ensemble import FOLDER, observed_bench, rig
from meter_on_bench import PROFILE
from sts62055.carrier.messages import BreakCommand
from sts_rigs.bench.instruments import BenchInstruments, NamedInstrument
from sts_rigs.errors import BenchFault, InstrumentFault, InstrumentLost
from sts_rigs.files.calibration import Calibration
from sts_rigs.files.rig import CalibrationSection, InstrumentSection, Rig, SignalSection
from sts_rigs.instruments.capabilities import Identity
from sts_rigs.simulator.ideal_recorder import IdealRecorder
from sts_rigs.simulator.instruments.planned_faults import Fault, PlannedFault
from sts_rigs.simulator.signal import Signal
from sts_rigs.simulator.timeline import Timeline

KEYSIGHT = "keysight-infiniivision"
TODAY = date(2026, 1, 5)
CLOSES, SILENT, ANOTHER = Fault.CLOSES_CONNECTION, Fault.NO_ANSWER, Fault.WRONG_IDENTITY


def named(section: InstrumentSection, calibration: Calibration | None = None) -> NamedInstrument:
    recorder = IdealRecorder(Timeline(), Signal(), Signal())
    return NamedInstrument("scope", section, recorder, calibration)


def section(**facts: object) -> InstrumentSection:
    return InstrumentSection.model_validate({"driver": KEYSIGHT, "resource": "simulated", **facts})


def test_a_time_base_without_a_calibration_is_good_for_the_makers_accuracy() -> None:
    oscillator = named(section(accuracy_ppm=25)).oscillator(TODAY)
    assert oscillator.stability == pytest.approx(25e-6)
    assert oscillator.calibration == 0
    assert oscillator.source.startswith("maker's accuracy")


def test_a_calibrated_time_base_is_good_for_its_certificate_its_stability_and_its_drift() -> None:
    written = CalibrationSection(due=date(2026, 6, 1), deviation_ppm=-3, uncertainty_ppm=0.5, k=2.1)
    certificate = Calibration("17", "Lab", "0", date(2025, 1, 5), date(2026, 6, 1))
    oscillator = named(section(accuracy_ppm=2, drift_ppm=4, calibration=written), certificate).oscillator(TODAY)
    assert oscillator.deviation == pytest.approx(-3e-6)
    assert oscillator.calibration == pytest.approx(0.5e-6)
    assert oscillator.k == 2.1
    assert oscillator.stability == pytest.approx(2e-6)
    assert oscillator.drift == pytest.approx(4e-6)
    assert oscillator.years == pytest.approx(1, abs=0.01)
    assert "certificate 17 of Lab" in oscillator.source


def test_a_time_base_of_which_nothing_is_stated_is_refused() -> None:
    with pytest.raises(BenchFault, match="does not say how well instrument 'scope' counts time"):
        named(section()).oscillator(TODAY)


def test_a_deviation_that_nothing_is_known_of_is_refused_and_not_forgotten() -> None:
    written = CalibrationSection(due=date(2026, 6, 1), deviation_ppm=-3)
    certificate = Calibration("17", "Lab", "0", date(2025, 1, 5), date(2026, 6, 1))
    with pytest.raises(BenchFault, match="states the deviation of instrument 'scope', but not how certain"):
        named(section(accuracy_ppm=2, calibration=written), certificate).oscillator(TODAY)


@pytest.mark.parametrize("performed", [None, date(2025, 1, 5)])
def test_a_drift_since_nobody_knows_when_is_refused_and_not_forgotten(performed: date | None) -> None:
    written = CalibrationSection(due=date(2026, 6, 1), uncertainty_ppm=1)
    certificate = Calibration("17", "Lab", "0", performed, date(2026, 6, 1))
    one = named(section(accuracy_ppm=2, drift_ppm=4, calibration=written), certificate)
    if performed:
        assert one.oscillator(TODAY).drift == pytest.approx(4e-6)
        return
    with pytest.raises(BenchFault, match="states the drift of instrument 'scope', but not since when"):
        one.oscillator(TODAY)


def test_a_drift_without_a_calibration_is_refused() -> None:
    with pytest.raises(BenchFault, match="but not since when"):
        named(section(accuracy_ppm=2, drift_ppm=4)).oscillator(TODAY)


@pytest.mark.parametrize("inverted", [False, True])
def test_the_ideal_recorder_serves_any_polarity_of_the_real_line(inverted: bool) -> None:
    signal = SignalSection(low=-12, high=12, inverted=inverted)
    without = rig(KEYSIGHT, signal=signal).model_copy(update={"instruments": {}})
    with closing(observed_bench(without, 1, reaction=250_000_000, jitter=0)) as bench:
        found = bench.observe(BreakCommand()).times.reaction()
        bench.bench.recover_recorder()
    assert found is not None
    assert found.recording
    assert found.time.value == pytest.approx(0.25, abs=50e-6)


def test_an_instrument_that_cannot_be_opened_has_the_others_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[str] = []

    class Source:
        identity = Identity("a", "b", "c", "d")

        def close(self) -> None:
            closed.append("source")

    one = rig(KEYSIGHT)
    two = one.model_copy(update={"instruments": {"source": section(), "scope": section()}})

    def opened(driver: str, name: str, *_: object, **__: object) -> Source:
        if name == "scope":
            raise BenchFault("scope did not answer", "switch it on")
        return Source()

    monkeypatch.setattr("sts_rigs.bench.instruments.open_instrument", opened)
    with pytest.raises(BenchFault, match="scope did not answer"):
        BenchInstruments.open(two, {}, FOLDER, PROFILE, Timeline())
    assert closed == ["source"]


def test_the_record_says_who_it_is_and_what_speaks_against_it() -> None:
    certificate = Calibration("17", "Lab", "0", date(2025, 1, 5), date(2025, 6, 1))
    kept = named(section(accuracy_ppm=1), certificate).as_json(TODAY)
    assert kept["serial"] == "0"
    assert kept["calibration"] == "certificate 17 of Lab, due 2025-06-01"
    assert kept["problems"] == ["its calibration is overdue since 2025-06-01"]


def test_two_recorders_are_refused_by_name() -> None:
    one = rig(KEYSIGHT)
    two = one.model_copy(update={"instruments": {"left": one.instruments["scope"], "right": section()}})
    with pytest.raises(BenchFault, match="several recorders: 'left' and 'right'"):
        observed_bench(two, 1)


def test_a_rig_file_with_no_instruments_opens_none() -> None:
    empty = rig(KEYSIGHT).model_copy(update={"instruments": {}})
    assert isinstance(empty, Rig)
    opened = BenchInstruments.open(empty, {}, FOLDER, PROFILE, Timeline())
    with closing(opened):
        assert opened.as_json() == []
        assert opened.line_recorder is None
        assert opened.remarks() == []
        opened.recover_recorder()


def test_a_calibration_that_cannot_be_read_is_a_fault_of_the_bench(tmp_path: Path) -> None:
    calibration = CalibrationSection(due=date(2026, 6, 1), dcc="nowhere.xml")
    with pytest.raises(BenchFault, match=r"of instrument 'scope' cannot be read \(nowhere\.xml: there"):
        observed_bench(rig(KEYSIGHT, calibration=calibration), 1)


def faulty(*faults: PlannedFault) -> dict[str, tuple[PlannedFault, ...]]:
    return {"scope": faults}


def test_a_recorder_that_broke_off_is_opened_again_and_serves_the_next_exchange() -> None:
    faults = faulty(PlannedFault(CLOSES, "WAVeform:PREamble?"))
    with closing(observed_bench(rig(KEYSIGHT, timeout_ms=1500), 1, faults=faults)) as bench:
        with pytest.raises(InstrumentFault, match="scope closed the connection"):
            bench.observe(BreakCommand())
        assert bench.observe(BreakCommand()).times.reaction() is not None
        assert bench.recoveries == 1


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (SILENT, "an instrument was lost: scope did not answer"),
        (ANOTHER, "'scope' was exchanged: DSO-X 1204A ANOTHER"),
    ],
)
def test_a_recorder_that_does_not_come_back_as_the_same_is_lost_for_good(second: Fault, says: str) -> None:
    faults = faulty(PlannedFault(CLOSES, "WAVeform:PREamble?"), PlannedFault(second, "*IDN?", 2))
    with closing(observed_bench(rig(KEYSIGHT, timeout_ms=1500), 1, faults=faults)) as bench:
        with pytest.raises(InstrumentFault, match="scope closed the connection"):
            bench.observe(BreakCommand())
        for _ in range(2):
            with pytest.raises(InstrumentLost, match=says):
                bench.observe(BreakCommand())
        assert bench.recoveries == 1


def test_who_answers_is_known() -> None:
    with closing(observed_bench(rig("tektronix-tbs2000"), 1)) as bench:
        known = bench.bench.instruments.named["scope"].identity
    assert isinstance(known, Identity)
    assert known.maker.upper() == "TEKTRONIX"
