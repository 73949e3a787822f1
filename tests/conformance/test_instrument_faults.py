"""What an instrument does wrong ends one case as an ERROR that names it and the cause; the others are judged."""

from collections import Counter
from pathlib import Path

import pytest

from conftest import Result, Stsbench
from scope_rig import write_rig
from sts_rigs.simulator.instruments.keysight_scope import KeysightScope
from sts_rigs.simulator.instruments.server import InstrumentServer
from sts_rigs.simulator.timeline import Timeline

BENCH_FAULT = 4
ONLY = ("--only", "52-6.7.2-time", "--only", "52-6.3.3-speed", "--only", "52-6.4.2")
CASES = 4
MEASURED = 3
"""Of these cases, so many need the scope. Each quantity is measured once: drawing several values takes long."""

KEYSIGHT, RIGOL, DHO, SIGLENT, TEK = (
    "keysight-infiniivision",
    "rigol-ds1000z",
    "rigol-dho800",
    "siglent-sds1000xe",
    "tektronix-tbs2000",
)
IMPATIENT_MS, PATIENT_MS = 1500, 20_000

FAULTS = [
    (KEYSIGHT, "no-answer@:WAVeform:PREamble?#3", "scope did not answer within 1.5 s"),
    (KEYSIGHT, "garbage-header@:WAVeform:DATA?#4", "which does not begin a block of data"),
    (KEYSIGHT, "short-waveform@:WAVeform:DATA?#2", "scope gave 250000 of 500000 points of channel 2"),
    (KEYSIGHT, "overload@:WAVeform:DATA?#5", "the signal left the range of channel 1 of scope"),
    (KEYSIGHT, "error-in-queue@:SINGle#2", "scope reports error -310, System error"),
    (KEYSIGHT, "closes-connection@:WAVeform:DATA?#5", "scope closed the connection"),
    (RIGOL, "no-answer@:TRIGger:STATus?#9", "scope did not answer within 1.5 s"),
    (RIGOL, "garbage-header@:WAVeform:DATA?#1", "which does not begin a block of data"),
    (RIGOL, "short-waveform@:WAVeform:DATA?#3", "scope gave 50000 of 100000 points of channel 1"),
    (RIGOL, "closes-connection@:WAVeform:PREamble?#3", "scope closed the connection"),
    (DHO, "overload@:WAVeform:DATA?#3", "the signal left the range of channel 1 of scope"),
    (DHO, "error-in-queue@:TRIGger:EDGE:LEVel#2", "scope reports error -310, System error"),
    (SIGLENT, "no-answer@SAST?#5", "scope did not answer within 1.5 s"),
    (SIGLENT, "garbage-header@C<n>:WF?#2", "which does not begin a block of data"),
    (SIGLENT, "short-waveform@C<n>:WF?#2", "scope gave 3500000 of 7000000 points of channel 2"),
    (SIGLENT, "error-in-queue@ARM#2", "scope reports an error of its own"),
    (SIGLENT, "closes-connection@SANU?#2", "scope closed the connection"),
    (TEK, "garbage-header@CURVe?#2", "which does not begin a block of data"),
    (TEK, "error-in-queue@HORizontal:RECOrdlength#2", "scope reports error 310"),
    (DHO, "closes-connection@:TRIGger:STATus?#4", "scope closed the connection"),
]


def verdicts(result: Result) -> list[str]:
    """Return the verdicts of the cases that apply."""
    return [case["verdict"] for case in result.json["cases"] if case["verdict"] != "NOT_APPLICABLE"]


def reasons(result: Result, verdict: str) -> list[str]:
    return [case["reason"] for case in result.json["cases"] if case["verdict"] == verdict]


def run_with_faults(stsbench: Stsbench, folder: Path, driver: str, *faults: str) -> Result:
    """Run a few cases; only where an answer is waited for in vain is the time-out short."""
    is_vain = any(fault.startswith(("no-answer", "closes")) for fault in faults)
    patience = IMPATIENT_MS if is_vain else PATIENT_MS
    planned = [part for fault in faults for part in ("--instrument-fault", f"scope={fault}")]
    rig = write_rig(folder, driver, timeout_ms=patience)
    result = stsbench("run", "--rig", rig, *ONLY, "--json", *planned)
    assert "Traceback" not in result.err, result.err
    return result


@pytest.mark.parametrize(("driver", "fault", "says"), FAULTS, ids=[f"{one} {two}" for one, two, _ in FAULTS])
def test_a_fault_of_an_instrument_is_one_error_that_names_it_and_the_cause(
    stsbench: Stsbench, tmp_path: Path, driver: str, fault: str, says: str
) -> None:
    result = run_with_faults(stsbench, tmp_path, driver, fault)
    assert sorted(verdicts(result)) == ["ERROR"] + ["PASS"] * (CASES - 1), reasons(result, "ERROR")
    (reason,) = reasons(result, "ERROR")
    assert "scope" in reason
    assert says in reason
    assert result.code == BENCH_FAULT


def test_there_are_twenty_faults_of_all_dialects_and_kinds() -> None:
    assert len(FAULTS) >= 20
    drivers = Counter(driver for driver, _, _ in FAULTS)
    kinds = Counter(fault.split("@")[0] for _, fault, _ in FAULTS)
    assert len(drivers) == 5
    assert kinds.keys() == {
        "no-answer",
        "garbage-header",
        "short-waveform",
        "overload",
        "error-in-queue",
        "closes-connection",
    }
    assert min(*drivers.values(), *kinds.values()) >= 2


def test_a_scope_that_stays_dead_is_one_error_and_the_cases_that_need_it_are_not_tested(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    result = run_with_faults(
        stsbench, tmp_path, KEYSIGHT, "closes-connection@:WAVeform:PREamble?#1", "no-answer@*IDN?#2"
    )
    assert verdicts(result).count("ERROR") == 1
    assert verdicts(result).count("PASS") == CASES - MEASURED
    lost = reasons(result, "NOT_TESTED")
    assert len(lost) == MEASURED - 1
    assert all(reason.startswith("an instrument was lost: scope did not answer") for reason in lost), lost


def test_a_scope_that_comes_back_as_another_one_is_lost(stsbench: Stsbench, tmp_path: Path) -> None:
    faults = ("closes-connection@:WAVeform:PREamble?#1", "wrong-identity@*IDN?#2")
    result = run_with_faults(stsbench, tmp_path, KEYSIGHT, *faults)
    assert verdicts(result).count("ERROR") == 1
    lost = reasons(result, "NOT_TESTED")
    assert len(lost) == MEASURED - 1
    assert all("instrument 'scope' was exchanged" in reason and "ANOTHER0001" in reason for reason in lost), lost


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("no-answer@*IDN?#1", "scope did not answer within 1.5 s"),
        ("closes-connection@*IDN?#1", "scope closed the"),
    ],
)
def test_an_instrument_that_cannot_be_opened_ends_the_run_before_it_begins(
    stsbench: Stsbench, tmp_path: Path, fault: str, says: str
) -> None:
    result = run_with_faults(stsbench, tmp_path, SIGLENT, fault)
    assert (result.code, result.out) == (BENCH_FAULT, "")
    assert says in result.err


def test_an_instrument_of_another_make_is_refused_by_name(stsbench: Stsbench, tmp_path: Path) -> None:
    with InstrumentServer(KeysightScope(Timeline(), {})) as server:
        rig = write_rig(tmp_path, RIGOL, resource=server.resource)
        result = stsbench("run", "--rig", rig, *ONLY, "--json")
    assert "scope" in result.err
    assert "DSO-X 1204A" in result.err
    assert (result.code, result.out) == (BENCH_FAULT, "")
