"""Checks of the recorded line: levels, noise and bit time of both sides, and the error of the host clock."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from sts62055.carrier.characters import describe
from sts62055.carrier.client import Reply
from sts_rigs.clock import SECOND
from sts_rigs.doctor.check import Check, Status, guarded, not_checked
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import SignalSection
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.line.recording import RecordedSide, Recording
from sts_rigs.uncertainty.budget import combine
from sts_rigs.uncertainty.components import next_of, normal
from sts_rigs.waveforms.levels import Levels, find_levels
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["CHECKS", "Exchanged", "LineDoctor"]

CHECKS = ("both sides", "levels", "noise", "bit time", "host clock")

_LEVEL_TOLERANCE = 0.1
_THRESHOLD_WITHIN = (0.25, 0.75)
_SWING_TO_NOISE = 50.0
_BIT_TIME_TOLERANCE = 0.01
_BEFORE = 0.01
_PROBED = (15.0, 1.2), (15.0, 0.0), (15.0, -1.2), (2.0, 0.2)
"""Half a range and a trigger's level in V, for each factor of the probe: logic, RS-232, negative, small."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The codes that were sent, and what came back."""

    sent: bytes
    reply: Reply


class LineDoctor:
    """Checks of the recorder, from exchanges that are known to work.

    exchange: does one; seconds: how long it takes; stated: U of the port's clock in seconds;
    count: how many exchanges the clocks are compared over.
    """

    def __init__(
        self,
        recorder: LineRecorder,
        signal: SignalSection,
        bit_rate: float,
        exchange: Callable[[], Exchanged],
        *,
        seconds: float,
        stated: float,
        count: int,
    ) -> None:
        self._recorder = recorder
        self._signal = signal
        self._bit_rate = bit_rate
        self._exchange = exchange
        self._seconds = seconds
        self._stated = stated
        self._count = count

    def examine(self) -> Iterator[Check]:
        """Yield the checks of CHECKS in order."""
        try:
            recording, exchanged = self._record()
        except BenchFault as fault:
            yield from guarded(CHECKS[0], self._explain(fault))
            yield from (not_checked(name, "the line is not recorded") for name in CHECKS[1:])
            return
        both = next(guarded(CHECKS[0], self._sides(recording, exchanged)))
        yield both
        yield from guarded("levels", self._levels(recording))
        if both.health is not Status.OK:
            yield from (not_checked(name, "the recorder does not see both sides") for name in CHECKS[2:])
            return
        yield from guarded("noise", self._noise(recording))
        yield from guarded("bit time", self._bit_time(recording))
        yield from guarded("host clock", self._host_clock(recording, exchanged))

    def _record(self) -> tuple[Recording, Exchanged]:
        self._recorder.arm(self._seconds)
        exchanged = self._exchange()
        return self._recorder.take("doctor"), exchanged

    # -- what is seen ----------------------------------------------------------------------------------------

    def _sides(self, recording: Recording, exchanged: Exchanged) -> Iterator[Check]:
        yield self._both_sides(recording, exchanged)

    def _both_sides(self, recording: Recording, exchanged: Exchanged) -> Check:
        name, reader, meter = CHECKS[0], _codes(recording.reader), _codes(recording.meter)
        sent, came = exchanged.sent, exchanged.reply.codes
        if self._is_inverted(recording.reader.waveform) is not self._signal.inverted:
            idle = "low" if self._signal.inverted is False else "high"
            remedy = f"write inverted = {str(not self._signal.inverted).lower()} in [signal]"
            return Check(name, Status.RED, f"the line is {idle} while nobody speaks", remedy)
        if reader != sent and came in reader and not reader.startswith(sent):
            inputs, recorder = self._recorder.inputs, self._recorder.recorder.name
            swapped = f"{{ meter = {inputs['reader']}, reader = {inputs['meter']} }}"
            seen = f"input {inputs['reader']} of {recorder} sees the meter, not the reader"
            return Check(name, Status.RED, seen, f"write channels = {swapped}, or exchange the probes")
        for side, heard, due in (("reader", reader, sent), ("meter", meter.removeprefix(sent), came)):
            if heard != due:
                return Check(
                    name,
                    Status.RED,
                    f"on the {side}'s input the recorder read {describe(heard) or 'nothing'}, not {describe(due)}",
                    "check the probes, and low, high and inverted of [signal]",
                )
        seen = f"{len(sent)} characters of the reader and {len(came)} of the meter, as the port has them"
        return Check(name, Status.OK, seen)

    def _levels(self, recording: Recording) -> Iterator[Check]:
        signal = self._signal
        sides = {"reader": find_levels(recording.reader.waveform), "meter": find_levels(recording.meter.waveform)}
        seen = _in_words(sides)
        swing, middle = signal.high - signal.low, (signal.low + signal.high) / 2
        off = max(max(abs(one.low - signal.low), abs(one.high - signal.high)) for one in sides.values())
        heights = [(middle - one.low) / (one.high - one.low) for one in sides.values()]
        figures = {f"{side}_{end}_v": getattr(one, end) for side, one in sides.items() for end in ("low", "high")}
        if off <= _LEVEL_TOLERANCE * swing:
            yield Check("levels", Status.OK, seen, figures=figures)
            return
        lower, upper = _THRESHOLD_WITHIN
        health = Status.WARNING if all(lower <= one <= upper for one in heights) else Status.RED
        stated = f"the rig file says {signal.low:g} V and {signal.high:g} V"
        yield Check("levels", health, f"{seen}; {stated}", _suggestion(sides, signal.inverted), figures)

    def _noise(self, recording: Recording) -> Iterator[Check]:
        swing = self._signal.high - self._signal.low
        noise = max(float(_idle(side.waveform).std()) for side in (recording.reader, recording.meter))
        seen, figures = f"{noise * 1e3:.3g} mV RMS while the line is quiet", {"noise_v": noise}
        if noise * _SWING_TO_NOISE <= swing:
            yield Check("noise", Status.OK, seen, figures=figures)
        else:
            remedy = "connect the probes' earth close to the line, shield the head from light"
            yield Check("noise", Status.WARNING, f"{seen}, of {swing:g} V between the levels", remedy, figures)

    def _bit_time(self, recording: Recording) -> Iterator[Check]:
        characters = recording.reader.characters
        own = characters.bit_time[characters.bit_edges > 1]
        off = float(own.mean()) * self._bit_rate - 1
        seen, figures = f"the reader's own is {off * 100:+.2f} % off", {"reader_bit_time_percent": off * 100}
        if abs(off) <= _BIT_TIME_TOLERANCE:
            yield Check("bit time", Status.OK, seen, figures=figures)
        else:
            remedy = "take another adapter: the meter has to bear its error, too"
            yield Check("bit time", Status.WARNING, seen, remedy, figures)

    # -- the host clock --------------------------------------------------------------------------------------

    def _host_clock(self, recording: Recording, exchanged: Exchanged) -> Iterator[Check]:
        errors, spreads = [], []
        for place in range(self._count):
            if place:
                recording, exchanged = self._record()
            reaction, host = recording.reaction(), exchanged.reply.reaction
            if reaction is not None and host is not None:
                errors.append(host / SECOND - reaction.time.value)
                spreads.append(reaction.time.standard)
        source = f"comparison with {recording.source}"
        scatter = next_of("host clock", errors, "s", source)
        whole = combine(0.0, "s", [scatter, normal("recorder", max(spreads), "s", source)])
        # the times of a port are not corrected, so that what it is off on average is part of its uncertainty
        honest = _rounded_up((abs(fmean(errors)) + whole.expanded) * 1e3)
        stated = self._stated * 1e3
        seen = (
            f"{fmean(errors) * 1e3:+.3g} ms off on average of {len(errors)} reactions; U = {honest:g} ms (k = 2)"
        )
        figures = {"uncertainty_ms": honest, "error_ms": fmean(errors) * 1e3}
        remedy = f"write uncertainty_ms = {honest:g} in [host_clock]"
        if honest <= stated:
            yield Check("host clock", Status.OK, f"{seen}, {stated:g} ms is stated", figures=figures)
        else:
            health = Status.RED if honest > 2 * stated else Status.WARNING
            yield Check("host clock", health, f"{seen}, and only {stated:g} ms is stated", remedy, figures)

    # -- when the line is not recorded as the rig file has it -------------------------------------------------

    def _explain(self, fault: BenchFault) -> Iterator[Check]:
        """Record with a wide range, and suggest what to write in the rig file."""
        sides, waveform = self._probe()
        if not sides or waveform is None:
            yield Check(CHECKS[0], Status.RED, fault.what, fault.remedy)
            return
        remedy = _suggestion(sides, self._is_inverted(waveform))
        if len(sides) < len(self._recorder.inputs):
            remedy = f"check the probe of the meter's input {self._recorder.inputs['meter']}; {remedy}"
        yield Check(CHECKS[0], Status.RED, f"{fault.what}; with a wide range there are {_in_words(sides)}", remedy)

    def _probe(self) -> tuple[dict[str, Levels], Waveform | None]:
        factor, middle = self._signal.probe, (self._signal.low + self._signal.high) / 2
        for half, level in ((15.0, middle / factor), *_PROBED):
            try:
                waveforms = self._look(-half * factor, half * factor, level * factor)
                rough = find_levels(waveforms[self._recorder.inputs["reader"]])
            except BenchFault:
                continue
            sides = self._levels_of(waveforms)
            lows, highs = [one.low for one in sides.values()], [one.high for one in sides.values()]
            room = (max(highs) - min(lows)) / 4
            try:
                waveforms = self._look(min(lows) - room, max(highs) + room, (rough.low + rough.high) / 2)
                sides = self._levels_of(waveforms) or sides
            except BenchFault:
                pass
            return sides, waveforms[self._recorder.inputs["reader"]]
        return {}, None

    def _look(self, low: float, high: float, level: float) -> Mapping[int, Waveform]:
        recorder = self._recorder.recorder
        channel = ChannelSetup(low, high, self._signal.probe)
        trigger = TriggerSetup(self._recorder.inputs["reader"], level, rising=False)
        channels = dict.fromkeys(self._recorder.inputs.values(), channel)
        recorder.arm(RecordingSetup(channels, trigger, self._seconds, _BEFORE, 20 * self._bit_rate))
        self._exchange()
        return recorder.fetch()

    def _levels_of(self, waveforms: Mapping[int, Waveform]) -> dict[str, Levels]:
        found: dict[str, Levels] = {}
        for side in ("reader", "meter"):
            try:
                found[side] = find_levels(waveforms[self._recorder.inputs[side]])
            except BenchFault:
                continue
        return found

    def _is_inverted(self, waveform: Waveform) -> bool:
        """Return whether a line that carries characters is low before the first of them."""
        levels = find_levels(waveform)
        return float(np.median(_idle(waveform))) < (levels.low + levels.high) / 2


def _idle(waveform: Waveform) -> NDArray[np.float64]:
    """Return the levels well before the trigger, of which no sample can belong to its edge."""
    return waveform.levels()[: max(int(-waveform.start / waveform.interval) // 2, 2)]


def _codes(side: RecordedSide) -> bytes:
    return bytes(int(code) for code in side.characters.code)


def _in_words(sides: Mapping[str, Levels]) -> str:
    return " and ".join(f"{one.low:.3g} V and {one.high:.3g} V of the {side}" for side, one in sides.items())


def _suggestion(sides: Mapping[str, Levels], inverted: bool) -> str:
    low = fmean(one.low for one in sides.values())
    high = fmean(one.high for one in sides.values())
    digits = 1 - math.floor(math.log10(high - low))
    levels = f"low = {round(low, digits) + 0.0}, high = {round(high, digits) + 0.0}"
    return f"write {levels}, inverted = {str(inverted).lower()} in [signal]"


def _rounded_up(value: float) -> float:
    """Return a positive value rounded up to two digits."""
    digit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / digit - 1e-9) * digit:.2g}")
