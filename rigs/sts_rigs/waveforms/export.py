"""Export of signals, edges and characters as VCD and CSV, for PulseView, GTKWave and WaveForms."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from vcd.writer import Variable, VCDWriter

from sts62055.carrier.characters import describe
from sts_rigs.clock import MICROSECOND, MILLISECOND, SECOND
from sts_rigs.waveforms.character_decoding import Characters
from sts_rigs.waveforms.edges import Edges
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["write_characters", "write_edges", "write_samples", "write_vcd"]

_UNITS = ((SECOND, "s"), (MILLISECOND, "ms"), (MICROSECOND, "us"), (1, "ns"))
_SCOPE, _UNDEFINED = "line", "x"
_ROWS = 1 << 16
"""Rows that are written together, so that a long recording needs little memory."""


def write_vcd(
    path: Path,
    lines: Mapping[str, Edges],
    characters: Mapping[str, Characters] | None = None,
    resolution: int = 1000,
) -> None:
    """Write the lines as wires and characters as 8-bit vectors, undefined between two, for PulseView and GTKWave.

    Names without blanks; resolution: nanoseconds, 1, 10 or 100 or those of us, ms or s; ValueError for others.
    Time 0 of the file is the earliest begin of a recording.
    """
    characters = characters or {}
    names = [*lines, *characters]
    if any(not name or name.split() != [name] for name in names) or len(set(names)) < len(names):
        raise ValueError(f"different names without blanks are needed, and not {names}")
    timescale = _timescale(resolution)
    begins = [edges.begin for edges in (*lines.values(), *(some.edges for some in characters.values()))]
    ends = [edges.end for edges in (*lines.values(), *(some.edges for some in characters.values()))]
    zero, ticks = min(begins, default=0.0), SECOND / resolution
    last = int(np.rint((max(ends, default=0.0) - zero) * ticks))
    with (
        path.open("w", encoding="ascii", newline="\n") as file,
        VCDWriter(file, timescale, date="", check_values=False) as writer,
    ):
        changes: list[tuple[int, Variable[Any], int | str]] = []
        for name, edges in lines.items():
            wire = writer.register_var(_SCOPE, name, "wire", 1, int(edges.initially_high))
            instants = np.rint((edges.times - zero) * ticks).astype(np.int64).tolist()
            changes += zip(instants, repeat(wire), edges.rising.astype(int).tolist(), strict=False)
        for name, some in characters.items():
            register = writer.register_var(_SCOPE, name, "reg", 8, _UNDEFINED)
            starts = np.rint((some.start - zero) * ticks).astype(np.int64)
            stops = np.rint((some.end - zero) * ticks).astype(np.int64)
            codes = map("{:08b}".format, some.code.tolist())
            changes += zip(starts.tolist(), repeat(register), codes, strict=False)
            apart = stops < np.append(starts[1:], np.iinfo(np.int64).max)[: len(stops)]
            changes += ((stop, register, _UNDEFINED) for stop in stops[apart].tolist())
        for instant, variable, value in sorted(changes, key=itemgetter(0)):
            writer.change(variable, instant, value)
            last = max(last, instant)
        writer.close(last)


def write_samples(path: Path, waveform: Waveform) -> None:
    """Write times in s and levels as CSV with a head line, as WaveForms and PulseView import it."""
    _write(path, _sample_rows(waveform))


def write_edges(path: Path, edges: Edges) -> None:
    """Write a CSV row for each edge: time, level after it, slew, and what is unresolved."""
    columns = (edges.times, edges.rising.astype(int), edges.slews, edges.unresolved)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    head = "time (s),level,slew (1/s),unresolved (s)"
    _write(
        path,
        (head, *(f"{time:.9f},{level},{slew:.6g},{unresolved:.3g}" for time, level, slew, unresolved in rows)),
    )


def write_characters(path: Path, characters: Characters) -> None:
    """Write a CSV row for each character: its times in s, what it is, and the largest jitter of its edges."""
    worst = np.zeros(len(characters))
    np.maximum.at(worst, characters.inner_edges()[1], np.abs(characters.fitted_jitter()))
    head = (
        "start (s),end (s),code,text,gap (s),bit time (s),edges of bit time,parity right,stop bit right,"
        "stop length (s),break,largest jitter (s)"
    )
    rows = (
        f"{one.start:.9f},{one.end:.9f},{one.code:02X},{_cell(one.code)},"
        f"{'' if one.gap is None else format(one.gap, '.9f')},{one.bit_time:.9f},{one.bit_edges},"
        f"{one.parity_right:d},{one.stop_right:d},{one.stop_length:.9f},{one.is_break:d},{jitter:.9f}"
        for one, jitter in zip(characters, worst.tolist(), strict=True)
    )
    _write(path, (head, *rows))


def _timescale(resolution: int) -> str:
    for unit, name in _UNITS:
        if resolution in (unit, 10 * unit, 100 * unit):
            return f"{resolution // unit} {name}"
    raise ValueError(
        f"a resolution of {resolution} ns is none that a VCD file can have: choose 1, 10, 100 or 1000"
    )


def _sample_rows(waveform: Waveform) -> Iterator[str]:
    yield f"time (s),level ({waveform.unit})"
    for first in range(0, len(waveform.samples), _ROWS):
        part = waveform.samples[first : first + _ROWS]
        levels = part.astype(np.float64) * waveform.scale + waveform.offset
        times = waveform.start + np.arange(first, first + len(part)) * waveform.interval
        yield from (f"{time:.9f},{level:.6g}" for time, level in zip(times.tolist(), levels.tolist(), strict=True))


def _cell(code: int) -> str:
    """Return a character as people read it, as a cell of a CSV file."""
    text = describe(bytes([code])) if code < 0x80 else f"{code:02X}h"
    return '"' + text.replace('"', '""') + '"'


def _write(path: Path, rows: Iterable[str]) -> None:
    remaining = iter(rows)
    with path.open("w", encoding="ascii", newline="\n") as file:
        while lines := list(islice(remaining, _ROWS)):
            file.write("\n".join(lines) + "\n")
