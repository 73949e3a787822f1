"""Measure how fast a long logic capture becomes characters, against sigrok-cli's UART decoder on the same file.

Both are whole processes, from start to exit, in turn. Ours finds the time of each edge, and the bit time, the
jitter and the parity of each character; sigrok-cli prints the characters. Needs POSIX, for the peak memory.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from rich.console import Console
from rich.table import Table

from sts62055.carrier.profile import default_profile
from sts_rigs.waveforms.capture import read_raw
from sts_rigs.waveforms.character_decoding import Format, decode
from sts_rigs.waveforms.drawing import draw_characters

RATE = 500_000
MOST_OF_SIGROK = 0.5
MOST_MEMORY = 2.0
BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class Run:
    """What a process took in seconds and in GiB at its peak, and the characters that it found."""

    seconds: float
    memory: float
    codes: bytes


def draw(path: Path, samples: int) -> int:
    """Write a capture of messages with pauses between them, the same in every run; return how many characters."""
    random = np.random.default_rng(62055)
    form = Format.of(default_profile())
    most = int(samples / RATE / (form.bits * form.bit_time)) + 1
    ends_message = random.random(most) < 1 / 20
    gaps = np.where(ends_message, random.uniform(0.2, 0.4, most), random.uniform(0, 2 * form.bit_time, most))
    times = 0.01 + np.cumsum(gaps + form.bits * form.bit_time)
    times = times[times < samples / RATE - 0.01]
    line = draw_characters(random.integers(0, 128, len(times)), times, form)
    with path.open("wb") as file:
        for first in range(0, samples, BLOCK):
            count = min(BLOCK, samples - first)
            file.write(line.logic(1 / RATE, count, first / RATE).tobytes())
    return len(times)


def decode_file(path: Path) -> None:
    """Write the characters of a capture to the standard output: the work of our process."""
    characters = decode(read_raw(path, RATE).edges("0"), Format.of(default_profile()))
    members, owner = characters.inner_edges()
    jitter = characters.nominal_jitter()
    if not (
        len(members) == len(owner) == len(jitter) and len(characters.parity_right) == len(characters.bit_time)
    ):
        raise SystemExit("the columns do not fit together")
    sys.stdout.buffer.write(characters.code.astype(np.uint8).tobytes())


def run(command: Sequence[str], output: Path) -> tuple[float, float]:
    """Run a command with its output in a file; return seconds and GiB."""
    with output.open("wb") as file:
        begun = perf_counter()
        process = subprocess.Popen(command, stdout=file)  # noqa: S603 - its own arguments
        _, status, used = os.wait4(process.pid, 0)
        seconds = perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    octets = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return seconds, octets / 2**30


def ours(path: Path, output: Path) -> Run:
    """Decode with this project."""
    spent = run([sys.executable, __file__, "--decode", str(path)], output)
    return Run(*spent, output.read_bytes())


def sigrok(path: Path, output: Path) -> Run:
    """Decode with sigrok-cli."""
    form = Format.of(default_profile())
    uart = f"uart:rx=0:baudrate={form.bit_rate}:parity={form.parity}:data_bits={form.data_bits}"
    source = ["-i", str(path), "-I", f"binary:numchannels=8:samplerate={RATE}"]
    spent = run(["sigrok-cli", *source, "-P", uart, "-A", "uart=rx-data"], output)
    lines = output.read_text("ascii").splitlines()
    return Run(*spent, bytes(int(line.rpartition(" ")[2], 16) for line in lines))


def main() -> None:
    """Print the medians of both and their ratio; exit with 1 if a limit is not kept."""
    parser = argparse.ArgumentParser(description="Decode a logic capture with this project and with sigrok-cli.")
    parser.add_argument("--samples", type=int, default=100_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--decode", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.decode is not None:
        decode_file(options.decode)
        return
    if shutil.which("sigrok-cli") is None:
        raise SystemExit("sigrok-cli is not installed: install it, it is the other side of the comparison")
    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder, "line.bin"), Path(folder, "output")
        count = draw(path, options.samples)
        rounds = [(ours(path, output), sigrok(path, output)) for _ in range(options.rounds)]
    if any(one.codes != other.codes or len(one.codes) != count for one, other in rounds):
        raise SystemExit("the two did not find the same characters")
    table = Table(title=f"{options.samples:,} samples, {count:,} characters, median of {options.rounds} rounds")
    for column in ("Process", "seconds", "peak GiB"):
        table.add_column(column, justify="left" if column == "Process" else "right")
    sides = list(zip(*rounds, strict=True))
    seconds = [median(one.seconds for one in side) for side in sides]
    memory = [max(one.memory for one in side) for side in sides]
    for name, took, peak in zip(("stsbench", "sigrok-cli"), seconds, memory, strict=True):
        table.add_row(name, f"{took:.2f}", f"{peak:.3f}")
    ratio = seconds[0] / seconds[1]
    console = Console()
    console.print(table)
    console.print(
        f"ratio {ratio:.3f} (at most {MOST_OF_SIGROK}), peak {memory[0]:.3f} GiB (at most {MOST_MEMORY})"
    )
    if ratio > MOST_OF_SIGROK or memory[0] > MOST_MEMORY:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
