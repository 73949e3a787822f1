"""Simulated Keysight 53230A counter, which measures a time interval."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sts_rigs.clock import SECOND, Clock
from sts_rigs.simulator.instruments.device import (
    Answer,
    Choice,
    CommandError,
    Device,
    Later,
    Number,
    Setting,
    Switch,
    Value,
)
from sts_rigs.simulator.instruments.planned_faults import PlannedFault
from sts_rigs.simulator.instruments.sampling import Imperfections, Probe, crossing

__all__ = ["KeysightCounter"]

_NOT_A_NUMBER = 9.91e37
_NEVER = 9.9e37
_RESOLUTION = 20e-12
"""Standard deviation of one edge, in seconds, that the 53230A is specified with."""
_CHANNEL = re.compile(r"\(@([12])\)")


@dataclass(frozen=True, slots=True)
class _Measurement:
    """Settings at the begin of a measurement."""

    armed: int
    start: int
    stop: int
    number: int
    timeout: float


class KeysightCounter(Device):
    """A 53230A with a probe on each of its two inputs, single shot.

    Simplified: the levels are absolute (automatic levels are the middle between the signal's two), the gate starts
    at once, and a stop edge counts from the start edge on, or from the end of the hold-off by time.
    """

    identity: ClassVar = ("Agilent Technologies", "53230A", "MY50000001", "02.05-1519.666-1.19-4.15-127-155-35")
    settings: ClassVar = (
        Setting("level", "INPut[<n>]:LEVel[<n>][:ABSolute]", Number("V", -51.25, 51.25), 0.0),
        Setting("automatic", "INPut[<n>]:LEVel:AUTO", Switch(), True),
        Setting("slope", "INPut[<n>]:SLOPe[<n>]", Choice("POSitive", "NEGative"), "POS"),
        Setting("coupling", "INPut[<n>]:COUPling", Choice("AC", "DC"), "AC"),
        Setting("impedance", "INPut[<n>]:IMPedance", Number("OHM"), 1e6),
        Setting("range", "INPut[<n>]:RANGe", Number("V"), 5.0),
        Setting("factor", "INPut[<n>]:PROBe", Number("", 1.0, 10.0), 1.0),
        Setting("timeout", "SYSTem:TIMeout", Number("S", 0.01, _NEVER), _NEVER),
        Setting("trigger", "TRIGger:SOURce", Choice("IMMediate", "EXTernal", "BUS"), "IMM"),
        Setting("gate", "[SENSe:]TINTerval:GATE:SOURce", Choice("IMMediate", "ADVanced"), "IMM"),
        Setting("gate_start", "[SENSe:]GATE:STARt:SOURce", Choice("IMMediate"), "IMM"),
        Setting("gate_stop", "[SENSe:]GATE:STOP:SOURce", Choice("IMMediate"), "IMM"),
        Setting("hold", "[SENSe:]GATE:STOP:HOLDoff:SOURce", Choice("IMMediate", "TIME"), "IMM"),
        Setting("hold_time", "[SENSe:]GATE:STOP:HOLDoff:TIME", Number("S", 0.0, 1000.0), 0.0),
    )

    def __init__(
        self,
        clock: Clock,
        probes: Mapping[int, Probe],
        imperfections: Imperfections | None = None,
        serial: str | None = None,
        faults: Iterable[PlannedFault] = (),
    ) -> None:
        super().__init__(serial, faults)
        self._clock = clock
        self._probes = dict(probes)
        self._imperfections = imperfections or Imperfections()
        self._pair = (1, 2)
        self._measurement: _Measurement | None = None
        self._begun = 0
        self.add_all(
            {
                "CONFigure:TINTerval": lambda _n, a: self._configure(a),
                "CONFigure?": lambda _n, _a: '"TINT (@{}),(@{})"'.format(*self._pair),
                "MEASure:TINTerval?": lambda _n, a: self._measure(a),
                "INITiate[:IMMediate]": lambda _n, _a: self._begin(),
                "ABORt": lambda _n, _a: self._abort(),
                "READ?": lambda _n, _a: self._read(),
                "FETCh?": lambda _n, _a: self._fetch(),
                "SYSTem:ERRor[:NEXT]?": lambda _n, _a: '{:+d},"{}"'.format(*self.take_error()),
            }
        )

    def written(self, value: Value) -> str:
        """Return a value as this maker writes it."""
        return f"{value:+.14E}" if isinstance(value, float) else super().written(value)

    def reset(self) -> None:
        """Execute *RST; the time-out is not reset."""
        timeout = self.value("timeout")
        super().reset()
        self.put("timeout", timeout)
        self._abort()
        self._pair = (1, 2)

    def changed(self, name: str, numbers: tuple[int, ...], before: Value, after: Value) -> None:  # noqa: ARG002
        """Switch the automatic level off when a level is set."""
        if name == "level":
            self.put("automatic", False, numbers[0])

    def unfinished(self) -> bool:
        """Return whether a measurement is under way."""
        return self._measurement is not None and isinstance(self._fetch(), Later)

    def refuse(self, name: str, numbers: tuple[int, ...]) -> None:  # noqa: ARG002
        """Raise CommandError for an input that the counter lacks."""
        if any(number not in (1, 2) for number in numbers):
            raise CommandError(-113, "Undefined header")

    def _configure(self, arguments: tuple[str, ...]) -> None:
        channels = [_CHANNEL.fullmatch(argument.replace(" ", "")) for argument in arguments]
        numbers = [int(found.group(1)) for found in channels if found]
        if len(numbers) != len(arguments) or len(numbers) > 2:
            raise CommandError(-224, "Illegal parameter value")
        pair = [*numbers, *numbers, 1, 2][:2] if numbers else [1, 2]
        self._pair = (pair[0], pair[1])
        self._abort()

    def _measure(self, arguments: tuple[str, ...]) -> Answer:
        self._configure(arguments)
        for channel in (1, 2):
            self.put("automatic", True, channel)
        return self._read()

    def _abort(self) -> None:
        self._measurement = None

    def _begin(self) -> None:
        self._begun += 1
        armed = self._clock.now() + self._imperfections.dead_time
        self._measurement = _Measurement(armed, *self._pair, self._begun, self.real("timeout"))

    def _read(self) -> Answer:
        self._begin()
        return self._fetch()

    def _fetch(self) -> Answer:
        measurement = self._measurement
        if measurement is None:
            raise CommandError(-230, "Data corrupt or stale")
        now = self._clock.now()
        if self.overloaded:
            return self.written(_NOT_A_NUMBER)
        limit = min(float(now), measurement.armed + measurement.timeout * SECOND)
        single = measurement.start == measurement.stop
        start = self._edge(measurement.start, 1, measurement.armed, int(limit))
        if start is not None:
            hold = self.real("hold_time") * SECOND if self.value("hold") == "TIME" else 0.0
            begin = int(np.ceil(start + hold)) + (1 if single else 0)
            stop = self._edge(measurement.stop, 2 if single else 1, begin, int(limit))
            if stop is not None:
                return self.written(self._reading(stop - start, measurement.number))
        if now >= measurement.armed + measurement.timeout * SECOND:
            return self.written(_NOT_A_NUMBER)
        return Later(self._fetch)

    def _edge(self, channel: int, slot: int, begin: int, until: int) -> float | None:
        """Return when an input passes its level; slot 2 is the second level of a single-channel interval."""
        probe = self._probes.get(channel)
        if probe is None:
            return None
        if self.value("automatic", channel):
            level = (probe.low + probe.high) / 2
        else:
            level = self.real("level", channel, slot) * probe.ratio / self.real("factor", channel)
        return crossing(
            probe,
            level,
            rising=self.value("slope", channel, slot) == "POS",
            begin=begin,
            until=until,
            imperfections=self._imperfections,
        )

    def _reading(self, interval: float, number: int) -> float:
        """Return the seconds that the counter's own clock and resolution show."""
        jitter = np.random.default_rng([self._imperfections.seed, number]).standard_normal()
        seconds = interval / SECOND * (1.0 + self._imperfections.time_base_ppm * 1e-6)
        return float(seconds + _RESOLUTION * 2**0.5 * jitter)
