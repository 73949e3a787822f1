"""The `stsbench waveform` command: read the messages and their times out of a recorded signal, and export it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from sts62055.carrier.characters import describe
from sts62055.carrier.monitor import Decoded, Direction, StreamDecoder
from sts62055.carrier.profile import Profile, default_profile
from sts_fixtures.campaign.overlay_file import load_overlay
from sts_reports.recordings import load_recording
from sts_rigs.clock import SECOND
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.waveforms.capture import LogicCapture, read_raw, read_session
from sts_rigs.waveforms.character_decoding import Characters, Format, decode
from sts_rigs.waveforms.edges import Edges, analogue_edges
from sts_rigs.waveforms.export import write_characters, write_edges, write_vcd
from sts_rigs.waveforms.levels import find_levels
from sts_rigs.waveforms.waveform import Waveform
from stsbench.cli.shared import AsJson, new_app, new_console, stop

__all__ = ["app"]

app = new_app()

_SIDES = {"meter": Direction.FROM_METER, "reader": Direction.TO_METER}


@dataclass(frozen=True, slots=True)
class _Heard:
    """A decoded piece with what its characters say of the line; times in seconds."""

    side: str
    piece: Decoded
    start: float
    bit_time: float
    jitter: float
    damaged: int

    def as_json(self) -> dict[str, Any]:
        return {
            "side": self.side,
            "start_s": self.start,
            "name": self.piece.name,
            "clause": self.piece.clause,
            "octets": self.piece.codes.hex(" "),
            "fields": dict(self.piece.fields),
            "problem": self.piece.problem,
            "bit_time_s": self.bit_time,
            "largest_jitter_s": self.jitter,
            "damaged_characters": self.damaged,
        }


@app.command()
def waveform(
    file: Annotated[
        Path, typer.Argument(help="A recording of a run (.npz), a sigrok session (.sr), or raw samples.")
    ],
    rate: Annotated[
        float | None,
        typer.Option("--rate", help="Samples a second of raw samples, a byte each, one bit a channel."),
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Which channel of a capture; may be repeated.")
    ] = None,
    inverted: Annotated[
        bool | None, typer.Option("--inverted/--upright", help="Whether high is space; else found out.")
    ] = None,
    profile: Annotated[Path | None, typer.Option("--profile", help="An overlay of the protocol profile.")] = None,
    vcd: Annotated[
        Path | None, typer.Option("--vcd", help="Write lines and characters for PulseView and GTKWave.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write a folder with edges and characters as CSV.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decode a recorded signal of the line: each message with its bit time, jitter and damaged characters."""
    try:
        used = load_overlay(profile).overlay.profile if profile else default_profile()
        form = Format.of(used)
        lines = {
            name: decode(edges, form, _is_inverted(edges) if inverted is None else inverted)
            for name, edges in _lines(file, rate, channel or [])
        }
        heard = sorted(
            (one for name, characters in lines.items() for one in _messages(name, characters, used)),
            key=lambda one: one.start,
        )
        _export(lines, vcd, csv)
    except (FileFault, BenchFault) as error:
        stop(str(error))
    if as_json:
        print(json.dumps([one.as_json() for one in heard], indent=1, ensure_ascii=False))  # noqa: T201
    else:
        _show(heard, {name: len(characters) for name, characters in lines.items()})


def _lines(file: Path, rate: float | None, channels: list[str]) -> Iterator[tuple[str, Edges]]:
    if file.suffix == ".npz":
        yield from _of_recording(file)
        return
    capture: LogicCapture
    if rate is not None:
        capture = read_raw(file, rate)
    elif file.suffix == ".sr":
        capture = read_session(file)
    else:
        raise FileFault(file, ["it is no .npz and no .sr file: for raw samples give --rate"])
    for name in channels or capture.channels:
        edges = capture.edges(name)
        if channels or len(edges):
            yield name, edges


def _of_recording(file: Path) -> Iterator[tuple[str, Edges]]:
    try:
        signals = load_recording(file)
    except OSError as error:
        raise FileFault(file, [f"it cannot be read ({error.strerror or error}): check the path"]) from None
    except ValueError:
        raise FileFault(
            file, ["it is no recording of a run: they lie in the folder `recordings` of one"]
        ) from None
    for side, signal in signals.items():
        one = Waveform(signal.levels, signal.interval, signal.start, unit=signal.unit)
        if len(np.unique(one.samples[:: max(len(one.samples) // 1000, 1)])) > 1:
            yield side, analogue_edges(one, find_levels(one).thresholds())


def _is_inverted(edges: Edges) -> bool:
    """Return the polarity by the idle level, which a line has most of the time: low is mark on an inverted one."""
    times = np.concatenate(([edges.begin], edges.times, [edges.end]))
    levels = np.concatenate(([edges.initially_high], edges.rising))
    high = float(np.diff(times)[levels].sum())
    return high < (edges.end - edges.begin) / 2


def _messages(name: str, characters: Characters, profile: Profile) -> Iterator[_Heard]:
    decoder = StreamDecoder(profile, _SIDES.get(name, Direction.UNKNOWN))
    jitter = np.zeros(len(characters))
    np.maximum.at(jitter, characters.inner_edges()[1], np.abs(characters.fitted_jitter()))
    intact = characters.intact
    pieces: list[Decoded] = []
    for number, code in enumerate(characters.code.tolist()):
        end = round(float(characters.end[number]) * SECOND)
        pieces += decoder.take(code, intact=bool(intact[number]), end=end)
    pieces += decoder.finish()
    first = 0
    for piece in pieces:
        span = slice(first, first + len(piece.codes))
        first = span.stop
        yield _Heard(
            name,
            piece,
            float(characters.start[span.start]),
            float(np.mean(characters.bit_time[span])),
            float(np.max(jitter[span])),
            int((~intact[span]).sum()),
        )


def _export(lines: Mapping[str, Characters], vcd: Path | None, csv: Path | None) -> None:
    names = {name: "".join(letter if letter.isalnum() else "_" for letter in name) for name in lines}
    if vcd is not None:
        edges = {names[name]: characters.edges for name, characters in lines.items()}
        write_vcd(vcd, edges, {f"{names[name]}_characters": characters for name, characters in lines.items()})
    if csv is not None:
        try:
            csv.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileFault(csv, [f"the folder cannot be made ({error.strerror})"]) from None
        for name, characters in lines.items():
            write_edges(csv / f"{names[name]}-edges.csv", characters.edges)
            write_characters(csv / f"{names[name]}-characters.csv", characters)


def _show(heard: list[_Heard], counts: Mapping[str, int]) -> None:
    console = new_console()
    table = Table(box=None, pad_edge=False)
    for column in ("at", "line", "message", "clause", "bit time", "jitter", "damaged"):
        table.add_column(column, overflow="fold")
    for one in heard:
        fields = ", ".join(f"{name} {value}" for name, value in one.piece.fields)
        what = f"{one.piece.name} {fields}".strip()
        remark = f": {one.piece.problem}" if one.piece.problem else ""
        table.add_row(
            f"{one.start:.6f} s",
            one.side,
            f"{what}{remark}" if one.piece.message else f"{what} {describe(one.piece.codes)}",
            one.piece.clause,
            f"{one.bit_time * 1e6:.2f} us",
            f"{one.jitter * 1e6:.2f} us",
            str(one.damaged or ""),
        )
    console.print(table)
    console.print(
        ", ".join(f"{name}: {count} characters" for name, count in counts.items()) or "No line has edges."
    )
