"""Write signals, edges and characters for the viewers that people have: PulseView, GTKWave, WaveForms."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from sts62055.carrier.characters import describe
from sts_rigs.waveforms.character_decoding import Characters
from sts_rigs.waveforms.edges import Edges
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["write_characters", "write_edges", "write_samples", "write_vcd"]

_UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns"))
_FIRST_CODE = 33
"""The first printable character: VCD names its signals by one."""
_ROWS = 1 << 16
"""Rows that are written together, so that a long recording needs little memory."""


def write_vcd(
    path: Path,
    lines: Mapping[str, Edges],
    characters: Mapping[str, Characters] | None = None,
    resolution: int = 1000,
) -> None:
    """Write the lines as wires and characters as 8-bit vectors, undefined between two, for PulseView and GTKWave.

    Names without blanks, of all lines and characters at most 94; resolution: nanoseconds, 1, 10 or 100 or those of
    us, ms or s; ValueError for others. Time 0 of the file is the earliest begin of a recording.
    """
    characters = characters or {}
    names = [*lines, *characters]
    if (
        any(not name or name.split() != [name] for name in names)
        or len(set(names)) < len(names)
        or len(names) > 94
    ):
        raise ValueError(f"at most 94 different names without blanks are needed, and not {names}")
    begins = [edges.begin for edges in (*lines.values(), *(some.edges for some in characters.values()))]
    ends = [edges.end for edges in (*lines.values(), *(some.edges for some in characters.values()))]
    zero, ticks = min(begins, default=0.0), 1e9 / resolution
    codes = {name: chr(_FIRST_CODE + number) for number, name in enumerate(names)}
    changes: list[tuple[int, str]] = []
    for name, edges in lines.items():
        changes.append((0, f"{int(edges.initially_high)}{codes[name]}"))
        instants = np.rint((edges.times - zero) * ticks).astype(np.int64).tolist()
        changes.extend(zip(instants, (f"{level:d}{codes[name]}" for level in edges.rising.tolist()), strict=True))
    for name, some in characters.items():
        changes.append((0, f"bx {codes[name]}"))
        starts, stops = (np.rint((column - zero) * ticks).astype(np.int64) for column in (some.start, some.end))
        values = (f"b{code:08b} {codes[name]}" for code in some.code.tolist())
        changes.extend(zip(starts.tolist(), values, strict=True))
        apart = stops < np.append(starts[1:], np.iinfo(np.int64).max)[: len(stops)]
        changes.extend((stop, f"bx {codes[name]}") for stop in stops[apart].tolist())
    changes.sort(key=lambda change: change[0])
    last = int(np.rint((max(ends, default=0.0) - zero) * ticks))
    head = [
        f"$timescale {_timescale(resolution)} $end",
        "$scope module line $end",
        *(f"$var wire 1 {codes[name]} {name} $end" for name in lines),
        *(f"$var reg 8 {codes[name]} {name} $end" for name in characters),
        "$upscope $end",
        "$enddefinitions $end",
    ]
    _write(path, (*head, *_dump(changes), f"#{max(last, changes[-1][0] if changes else 0)}"))


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


def _dump(changes: Iterable[tuple[int, str]]) -> Iterator[str]:
    now = -1
    for instant, change in changes:
        if instant != now:
            yield f"#{instant}"
            now = instant
        yield change


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
