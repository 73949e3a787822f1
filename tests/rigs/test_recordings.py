"""A recording that is kept in a run's folder comes back as it was, under the hash that the journal notes."""

from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from instrument_ensemble import DirectBench, rig
from meter_on_bench import PROFILE
from sts62055.carrier.messages import ReadCommand
from sts_reports.recordings import load_recording, save_recording
from sts_rigs.waveforms.waveform import Waveform

READ = ReadCommand(PROFILE.registers["serial_number"].id)


def signals() -> dict[str, Waveform]:
    codes = np.random.default_rng(1).integers(20, 235, 5000).astype(np.uint8)
    return {
        "reader": Waveform(codes, 2e-5, -0.01, 0.04, -1.0),
        "meter": Waveform(codes[::-1], 2e-5, -0.01, 0.05, 0.5, "mA"),
    }


def saved(folder: Path, name: str = "000001.500000") -> dict[str, str]:
    return save_recording(folder, name, {side: asdict(one) for side, one in signals().items()})


def test_a_recording_comes_back_as_it_was(tmp_path: Path) -> None:
    facts = saved(tmp_path)
    loaded = load_recording(tmp_path / facts["file"])
    assert set(loaded) == {"reader", "meter"}
    for side, waveform in signals().items():
        assert np.array_equal(loaded[side].levels, waveform.levels())
        assert loaded[side].interval == waveform.interval
        assert loaded[side].unit == waveform.unit
        assert loaded[side].times[0] == waveform.start
        assert loaded[side].times[-1] == pytest.approx(waveform.start + waveform.duration)


def test_its_hash_is_that_of_its_file_and_the_same_each_time(tmp_path: Path) -> None:
    one, other = saved(tmp_path), saved(tmp_path, "again")
    assert one["sha256"] == other["sha256"]
    assert one["file"] == "recordings/000001.500000.npz"
    for facts in (one, other):
        assert sha256((tmp_path / facts["file"]).read_bytes()).hexdigest() == facts["sha256"]


def test_a_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / saved(tmp_path)["file"]
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises((ValueError, OSError)):
        load_recording(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        load_recording(tmp_path / "nowhere.npz")


def test_each_observed_exchange_is_kept_with_both_sides() -> None:
    bench = DirectBench(rig("rigol-ds1000z"), 1, ideal=True)
    bench.observe(READ)
    bench.observe(READ)
    names = [recording.name for recording in bench.recordings]
    assert len(set(names)) == 2
    assert names == sorted(names)
    for recording in bench.recordings:
        assert len(recording.reader.characters) == len(bench.carrier.codec.encode(READ))
        assert len(recording.meter.characters) > 10
