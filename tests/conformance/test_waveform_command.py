"""`stsbench waveform`: recordings of a run and captures of others, decoded and exported."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from conftest import Stsbench
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import IDRequest, ReadCommand
from sts62055.carrier.profile import default_profile
from sts_rigs.waveforms.character_decoding import Format
from sts_rigs.waveforms.drawing import draw_characters

PROFILE = default_profile()
FORM = Format.of(PROFILE)
RATE = 100_000


def capture(path: Path, *, inverted: bool = False, bit_time: float = FORM.bit_time) -> Path:
    """Write raw samples of two messages on channel 0, half a second apart."""
    codec = Codec(PROFILE)
    codes = [*codec.encode(IDRequest()), *codec.encode(ReadCommand(0x2010))]
    starts = np.arange(len(codes)) * FORM.bits * bit_time + 0.1
    starts[5:] += 0.5
    line = draw_characters(codes, starts, FORM, np.full(len(codes), bit_time))
    samples = line.logic(1 / RATE, RATE)
    path.write_bytes((1 - samples if inverted else samples).tobytes())
    return path


def test_raw_samples_are_decoded_to_messages_with_their_times(stsbench: Stsbench, tmp_path: Path) -> None:
    file = capture(tmp_path / "line.bin", bit_time=FORM.bit_time * 1.01)
    result = stsbench("waveform", file, "--rate", RATE, "--json")
    assert result.code == 0, result.err
    first, second = result.json
    assert (first["name"], second["name"]) == ("IDRequest", "ReadCommand")
    assert first["start_s"] == pytest.approx(0.1, abs=1e-5)
    assert first["bit_time_s"] == pytest.approx(FORM.bit_time * 1.01, rel=2e-3)
    assert second["fields"]["register"] == "2010 electricity_credit"
    assert [one["damaged_characters"] for one in result.json] == [0, 0]


@pytest.mark.parametrize("options", [[], ["--inverted"]])
def test_an_inverted_line_is_found_out_or_said(stsbench: Stsbench, tmp_path: Path, options: list[str]) -> None:
    file = capture(tmp_path / "line.bin", inverted=True)
    result = stsbench("waveform", file, "--rate", RATE, "--channel", "0", *options, "--json")
    assert [one["name"] for one in result.json] == ["IDRequest", "ReadCommand"]


def test_the_wrong_way_round_shows_damaged_characters(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("waveform", capture(tmp_path / "line.bin"), "--rate", RATE, "--inverted", "--json")
    assert "IDRequest" not in [one["name"] for one in result.json]


def test_a_recording_of_a_run_shows_both_sides(stsbench: Stsbench, tmp_path: Path) -> None:
    assert stsbench("run", "--only", "52-6.3.3").code == 0
    (file,) = (tmp_path / "runs").glob("*/recordings/*.npz")
    result = stsbench("waveform", file, "--vcd", "line.vcd", "--csv", "tables")
    assert result.code == 0, result.err
    assert "IDRequest" in result.out
    assert "manufacturer VMT" in result.out
    assert (tmp_path / "line.vcd").read_text("ascii").startswith("$timescale 1 us $end")
    rows = (tmp_path / "tables" / "meter-characters.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1 + 23
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == [
        "meter-characters.csv",
        "meter-edges.csv",
        "reader-characters.csv",
        "reader-edges.csv",
    ]


@pytest.mark.parametrize(
    ("name", "content", "options", "said"),
    [
        ("x.npz", b"no zip", [], "it is no recording of a run"),
        ("x.npz", None, [], "it cannot be read"),
        ("x.sr", b"no zip", [], "x.sr: "),
        ("x.bin", b"\x00" * 10, [], "for raw samples give --rate"),
        ("x.bin", b"", ["--rate", "1000"], "it is empty"),
        ("x.bin", b"\x00" * 10, ["--rate", "1000", "--channel", "9"], "it has no channel '9'"),
        ("x.bin", b"\x00" * 10, ["--rate", "1000", "--profile", "none.toml"], "none.toml: there is no such file"),
    ],
)
def test_a_wrong_file_is_one_sentence(
    stsbench: Stsbench, tmp_path: Path, name: str, content: bytes | None, options: list[str], said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = stsbench("waveform", name, *options)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1


def test_a_session_of_sigrok_is_read(stsbench: Stsbench, tmp_path: Path) -> None:
    if shutil.which("sigrok-cli") is None:
        pytest.skip("sigrok-cli is not here")
    import subprocess

    file = capture(tmp_path / "line.bin")
    made = ["sigrok-cli", "-i", str(file), "-I", f"binary:numchannels=1:samplerate={RATE}", "-o", "line.sr"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    result = stsbench("waveform", "line.sr", "--json")
    assert [one["name"] for one in result.json] == ["IDRequest", "ReadCommand"]
