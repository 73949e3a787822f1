"""Captures that people have, and files for the viewers that they have."""

import csv
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sts62055.carrier.profile import default_profile
from sts_rigs.errors import FileFault
from sts_rigs.waveforms import capture as capture_module
from sts_rigs.waveforms.capture import read_raw, read_session, read_session_analogue
from sts_rigs.waveforms.character_decoding import Format, decode
from sts_rigs.waveforms.drawing import draw_characters
from sts_rigs.waveforms.edges import Edges, logic_edges
from sts_rigs.waveforms.export import write_characters, write_edges, write_samples, write_vcd
from sts_rigs.waveforms.waveform import Waveform

FORM = Format.of(default_profile())
INTERVAL = 2e-6
TEXT = b"/?!\r\n\x01R0\x03"
needs_sigrok = pytest.mark.skipif(shutil.which("sigrok-cli") is None, reason="sigrok-cli is not installed")

METADATA = """[global]
sigrok version=0.5.2

[device 1]
capturefile=logic-1
total probes=2
samplerate=500 kHz
total analog=1
probe1=clock
probe2=line
analog3=level
unitsize=1
"""


def samples_of(codes: bytes = TEXT) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    line = draw_characters(list(codes), 0.01 + np.arange(len(codes)) * 12 * FORM.bit_time, FORM)
    return line.logic(INTERVAL, 40_000)


def edges_of(codes: bytes = TEXT) -> Edges:
    return logic_edges([samples_of(codes)], INTERVAL)


def session(path: Path, metadata: str = METADATA, **members: bytes) -> Path:
    """Write a session whose members have the names given, with - for _."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("version", "2")
        archive.writestr("metadata", metadata)
        for name, octets in members.items():
            archive.writestr(name.replace("_", "-"), octets)
    return path


def sigrok(*arguments: str | Path) -> list[str]:
    command = ["sigrok-cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


# -- captures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "channel"), [(1, 0), (1, 6), (2, 9), (3, 17)])
def test_a_raw_capture_has_the_samples_of_each_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, channel: int
) -> None:
    monkeypatch.setattr(capture_module, "_PIECE", 1000)
    path, samples = tmp_path / "line.bin", samples_of()
    words = samples.astype("<u4") << channel | (1 << 8 * size) - 1 & ~(1 << channel)
    path.write_bytes(words.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :size].tobytes())
    capture = read_raw(path, 500_000, size)
    waveform = capture.waveform(str(channel))
    assert waveform.samples.tolist() == samples.tolist()
    assert (waveform.interval, waveform.start) == (INTERVAL, 0)
    assert capture.edges(str(channel)).times.tolist() == edges_of().times.tolist()
    other = "0" if channel else "1"
    assert capture.waveform(other).samples.all()


def test_a_raw_capture_that_cannot_be_read_names_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "line.bin"
    with pytest.raises(FileFault, match=r"line\.bin: it cannot be read: No such file"):
        read_raw(path, 500_000)
    path.write_bytes(b"")
    with pytest.raises(FileFault, match="it is empty: record it again"):
        read_raw(path, 500_000)
    path.write_bytes(b"abc")
    with pytest.raises(FileFault, match="its 3 bytes are no samples of 2: give the size"):
        read_raw(path, 500_000, 2)
    with pytest.raises(FileFault, match="both must be above 0"):
        read_raw(path, 0)
    with pytest.raises(FileFault, match=r"no channel '8': choose one of 0, 1"):
        read_raw(path, 500_000).edges("8")


def test_a_session_is_read_in_the_order_of_its_parts(tmp_path: Path) -> None:
    octets = (samples_of() * np.uint8(2)).tobytes()
    parts = {f"logic_1_{number + 1}": octets[number * 3500 : (number + 1) * 3500] for number in range(12)}
    capture = read_session(session(tmp_path / "line.sr", **parts))
    assert (capture.channels, capture.interval) == (("clock", "line"), INTERVAL)
    assert capture.waveform("line").samples.tolist() == samples_of().tolist()
    assert not len(capture.edges("clock"))
    assert bytes(decode(capture.edges("line"), FORM).code.astype(np.uint8)) == TEXT


def test_an_analogue_channel_of_a_session_is_read(tmp_path: Path) -> None:
    volts = np.array([0.5, -1.25, 3.0], "<f4")
    path = session(tmp_path / "line.sr", analog_1_3_1=volts[:2].tobytes(), analog_1_3_2=volts[2:].tobytes())
    waveform = read_session_analogue(path, "level")
    assert waveform.levels().tolist() == [0.5, -1.25, 3.0]
    assert waveform.interval == INTERVAL
    with pytest.raises(FileFault, match="no analogue channel 'line'; it has: level"):
        read_session_analogue(path, "line")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("500 kHz", "fast"), "samplerate is 'fast': it is a frequency such as 500 kHz"),
        (("500 kHz", "0"), "samplerate is '0'"),
        (("500 kHz", "1.2.3 Hz"), "samplerate is '1.2.3 Hz'"),
        (("total probes=2", "total probes=0"), "no logic channels"),
        (("capturefile=logic-1", ""), "no logic channels"),
        (("total probes=2", "total probes=two"), "total probes is a whole number, and not 'two'"),
        (("total probes=2", "total probes=9"), "samples of 1 bytes are too small for 9 channels"),
        (("[device 1]", "[device 2]"), r"no \[device 1\]"),
        ((METADATA, "probe"), "no metadata of a sigrok session"),
    ],
)
def test_a_session_that_says_what_cannot_be_is_refused(tmp_path: Path, change: tuple[str, str], what: str) -> None:
    path = session(tmp_path / "line.sr", METADATA.replace(*change), logic_1_1=b"\x02\x00")
    with pytest.raises(FileFault, match=what):
        read_session(path)


@pytest.mark.parametrize(("rate", "hertz"), [("500 kHz", 5e5), ("2.5MHz", 2.5e6), ("1 GHz", 1e9), ("2400", 2400)])
def test_sample_rates_have_prefixes(tmp_path: Path, rate: str, hertz: float) -> None:
    path = session(tmp_path / "line.sr", METADATA.replace("500 kHz", rate), logic_1_1=b"\x02\x00")
    assert read_session(path).interval == pytest.approx(1 / hertz)


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "line.sr"
    with pytest.raises(FileFault, match="it cannot be read: No such file"):
        read_session(path)
    path.write_bytes(b"\x01\x00" * 50)
    with pytest.raises(FileFault, match="it is no sigrok session: save it"):
        read_session(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("version", "2")
    with pytest.raises(FileFault, match="no metadata"):
        read_session(path)


def test_a_damaged_session_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = session(tmp_path / "line.sr", logic_1_1=np.random.default_rng(4).bytes(5000))
    octets = bytearray(path.read_bytes())
    octets[2000] ^= 0xFF
    path.write_bytes(octets)
    with pytest.raises(FileFault, match="logic-1-1 is damaged: save the session again"):
        read_session(path).edges("line")


def test_samples_that_the_file_cuts_are_refused(tmp_path: Path) -> None:
    path = session(tmp_path / "line.sr", METADATA.replace("unitsize=1", "unitsize=2"), logic_1_1=b"\x02\x00\x00")
    with pytest.raises(FileFault, match="ends within a sample of 2 bytes"):
        read_session(path).edges("line")


@needs_sigrok
def test_a_logic_session_that_sigrok_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "demo.sr"
    demo = "demo:logic_channels=10:analog_channels=0"
    sigrok("-d", demo, "--config", "samplerate=1m", "--samples", "5000", "-o", path)
    shown = sigrok("-i", path, "-O", "csv:label=off:header=false:comment=")
    rows = np.array([list(map(int, row.split(","))) for row in shown])
    capture = read_session(path)
    assert rows.shape == (5000, 10)
    assert rows.any(axis=0).all()
    assert [capture.waveform(name).samples.tolist() for name in capture.channels] == rows.T.tolist()
    assert capture.interval == pytest.approx(1e-6)


@needs_sigrok
def test_an_analogue_session_that_sigrok_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "demo.sr"
    demo = "demo:logic_channels=0:analog_channels=2"
    sigrok("-d", demo, "--config", "samplerate=1m", "--samples", "3000", "-o", path)
    rows = [row.split() for row in sigrok("-i", path)]
    units = {"V": 1.0, "mV": 1e-3, "uV": 1e-6}
    for name in ("A0", "A1"):
        shown = [float(number) * units[unit] for channel, number, unit, _ in rows if channel == f"{name}:"]
        assert read_session_analogue(path, name).levels() == pytest.approx(shown, abs=0.006)
        assert max(shown) > min(shown)
    with pytest.raises(FileFault, match="it has no logic channels: record some, or read its analogue"):
        read_session(path)


# -- exports ---------------------------------------------------------------------------------------------------


@needs_sigrok
def test_sigrok_reads_the_characters_out_of_a_vcd_file(tmp_path: Path) -> None:
    path, edges = tmp_path / "line.vcd", edges_of()
    write_vcd(path, {"line": edges, "light": edges.inverted()}, resolution=1000)
    for channel, invert in (("line", "no"), ("light", "yes")):
        uart = f"uart:rx={channel}:baudrate=2400:parity=even:data_bits=7:invert_rx={invert}"
        said = sigrok("-i", path, "-I", "vcd", "-P", uart, "-A", "uart=rx-data")
        assert bytes(int(line.rpartition(" ")[2], 16) for line in said) == TEXT


def test_a_vcd_file_has_wires_and_vectors_of_characters(tmp_path: Path) -> None:
    path, samples = tmp_path / "line.vcd", samples_of(b"AB")
    edges = logic_edges([samples], INTERVAL, start=-0.01)
    characters = decode(edges, FORM)
    write_vcd(path, {"line": edges}, {"said": characters}, resolution=100)
    head, _, body = path.read_text("ascii").partition("$enddefinitions $end\n")
    assert "$timescale 100 ns $end" in head
    assert "$var wire 1 ! line $end" in head
    assert '$var reg 8 " said $end' in head
    assert body.startswith('#0\n$dumpvars\n1!\nbx "\n$end\n#')
    at: dict[str, int] = {}
    now = 0
    for row in body.splitlines():
        if row.startswith("#"):
            assert int(row[1:]) >= now
            now = int(row[1:])
        else:
            at[row] = now
    assert at['b01000001 "'] == round((characters.start[0] + 0.01) * 1e7)
    assert at['b01000010 "'] == round((characters.start[1] + 0.01) * 1e7)
    assert at['bx "'] == round((characters.end[1] + 0.01) * 1e7)
    assert body.count('bx "') == 3
    assert sum(row in ("0!", "1!") for row in body.splitlines()) == len(edges) + 1
    assert now == round(edges.end * 1e7 + 1e5)


@pytest.mark.parametrize(
    ("resolution", "written"), [(1, "1 ns"), (10, "10 ns"), (10_000, "10 us"), (10**9, "1 s")]
)
def test_a_vcd_file_has_the_resolution_asked_for(tmp_path: Path, resolution: int, written: str) -> None:
    write_vcd(tmp_path / "line.vcd", {"line": edges_of()}, resolution=resolution)
    assert f"$timescale {written} $end" in (tmp_path / "line.vcd").read_text("ascii")


def test_a_vcd_file_that_cannot_be_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "line.vcd"
    with pytest.raises(ValueError, match="resolution of 2 ns"):
        write_vcd(path, {"line": edges_of()}, resolution=2)
    for name in ("the line", ""):
        with pytest.raises(ValueError, match="different names without blanks"):
            write_vcd(path, {name: edges_of()})
    with pytest.raises(ValueError, match="different names without blanks"):
        write_vcd(path, {"line": edges_of()}, {"line": decode(edges_of(), FORM)})
    assert not path.exists()


def test_samples_are_rows_of_time_and_level(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    write_samples(path, Waveform(np.array([0, 10, 20], np.int8), 1e-3, -1e-3, 0.25, -1.0))
    rows = list(csv.reader(path.read_text("ascii").splitlines()))
    assert rows[0] == ["time (s)", "level (V)"]
    assert [(float(time), float(level)) for time, level in rows[1:]] == [(-0.001, -1), (0, 1.5), (0.001, 4)]


def test_edges_are_rows_of_time_and_level(tmp_path: Path) -> None:
    path, edges = tmp_path / "line.csv", edges_of()
    write_edges(path, edges)
    rows = list(csv.DictReader(path.read_text("ascii").splitlines()))
    assert [float(row["time (s)"]) for row in rows] == pytest.approx(edges.times.tolist(), abs=1e-9)
    assert [row["level"] for row in rows] == [f"{level:d}" for level in edges.rising.tolist()]
    assert {float(row["unresolved (s)"]) for row in rows} == {1e-6}


def test_characters_are_rows_with_all_that_was_measured(tmp_path: Path) -> None:
    path, read = tmp_path / "line.csv", decode(edges_of(b'A"\x02'), FORM)
    write_characters(path, read)
    rows = list(csv.DictReader(path.read_text("ascii").splitlines()))
    assert [row["code"] for row in rows] == ["41", "22", "02"]
    assert [row["text"] for row in rows] == ["A", '"', "STX"]
    assert rows[0]["gap (s)"] == ""
    assert float(rows[1]["gap (s)"]) == pytest.approx(2 * FORM.bit_time, abs=1e-5)
    for row, one in zip(rows, read, strict=True):
        assert float(row["start (s)"]) == pytest.approx(one.start, abs=1e-9)
        assert float(row["end (s)"]) == pytest.approx(one.end, abs=1e-9)
        assert float(row["bit time (s)"]) == pytest.approx(one.bit_time, abs=1e-9)
        assert float(row["stop length (s)"]) == pytest.approx(one.stop_length, abs=1e-9)
        assert float(row["largest jitter (s)"]) == pytest.approx(
            max(abs(edge.fitted) for edge in one.edges), abs=1e-9
        )
        assert [row[name] for name in ("parity right", "stop bit right", "break")] == ["1", "1", "0"]
