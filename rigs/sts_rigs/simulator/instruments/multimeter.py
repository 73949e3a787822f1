"""Simulated Keysight 34465A multimeter, which measures DC voltage and current."""

from collections.abc import Callable, Iterable
from typing import ClassVar

import numpy as np

from sts_rigs.simulator.instruments.device import Answer, CommandError, Device, Number, Setting, Switch, Value
from sts_rigs.simulator.instruments.planned_faults import PlannedFault
from sts_rigs.simulator.instruments.sampling import Imperfections

__all__ = ["KeysightMultimeter"]

_OVERLOAD = 9.9e37
_RANGES = {"VOLT": (0.1, 1.0, 10.0, 100.0, 1000.0), "CURR": (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 3.0)}
_HEADROOM = 1.2
_DEFAULTS = ("DEF", "DEFAULT", "AUTO")


class KeysightMultimeter(Device):
    """A 34465A at something that tells volts and something that tells amperes when it measures.

    Simplified: a reading takes no time and is what its source tells, with gain error and noise, and an overload
    above 120 % of a fixed range.
    """

    identity: ClassVar = ("Keysight Technologies", "34465A", "MY60000001", "A.03.01-03.15-03.01-00.52-03-01")
    settings: ClassVar = (
        Setting("voltage_cycles", "[SENSe:]VOLTage[:DC]:NPLC", Number("", 0.001, 100.0), 10.0),
        Setting("current_cycles", "[SENSe:]CURRent[:DC]:NPLC", Number("", 0.001, 100.0), 10.0),
        Setting("voltage_auto", "[SENSe:]VOLTage[:DC]:RANGe:AUTO", Switch(), True),
        Setting("current_auto", "[SENSe:]CURRent[:DC]:RANGe:AUTO", Switch(), True),
        Setting("impedance", "[SENSe:]VOLTage[:DC]:IMPedance:AUTO", Switch(), False),
    )

    def __init__(
        self,
        volts: Callable[[], float] = lambda: 0.0,
        amperes: Callable[[], float] = lambda: 0.0,
        imperfections: Imperfections | None = None,
        serial: str | None = None,
        faults: Iterable[PlannedFault] = (),
    ) -> None:
        super().__init__(serial, faults)
        self._sources = {"VOLT": volts, "CURR": amperes}
        self._imperfections = imperfections or Imperfections()
        self._function = "VOLT"
        self._range: float | None = None
        self._reading: float | None = None
        self._random = np.random.default_rng(self._imperfections.seed)
        self.add_all(
            {
                "MEASure:VOLTage[:DC]?": lambda _n, a: self._measure("VOLT", a),
                "MEASure[:VOLTage]:DC?": lambda _n, a: self._measure("VOLT", a),
                "MEASure:CURRent[:DC]?": lambda _n, a: self._measure("CURR", a),
                "CONFigure:VOLTage[:DC]": lambda _n, a: self._configure("VOLT", a),
                "CONFigure:CURRent[:DC]": lambda _n, a: self._configure("CURR", a),
                "READ?": lambda _n, _a: self._read(),
                "INITiate[:IMMediate]": lambda _n, _a: self._begin(),
                "FETCh?": lambda _n, _a: self._fetch(),
                "SYSTem:ERRor[:NEXT]?": lambda _n, _a: '{:+d},"{}"'.format(*self.take_error()),
            }
        )

    def written(self, value: Value) -> str:
        """Return a value as this maker writes it."""
        return f"{value:+.8E}" if isinstance(value, float) else super().written(value)

    def reset(self) -> None:
        """Execute *RST."""
        super().reset()
        self._function, self._range, self._reading = "VOLT", None, None

    def _configure(self, function: str, arguments: tuple[str, ...]) -> None:
        ranges = _RANGES[function]
        wanted = arguments[0].upper() if arguments else "AUTO"
        fixed: float | None = None
        if wanted not in _DEFAULTS:
            unit = "V" if function == "VOLT" else "A"
            asked = float(Number(unit, 0.0, ranges[-1]).parse(wanted))
            fixed = next(each for each in ranges if each >= asked)
        self._function, self._range, self._reading = function, fixed, None

    def _measure(self, function: str, arguments: tuple[str, ...]) -> Answer:
        self._configure(function, arguments)
        return self._read()

    def _read(self) -> Answer:
        self._begin()
        return self._fetch()

    def _begin(self) -> None:
        value = self._sources[self._function]() * (1.0 + self._imperfections.gain_error)
        value += self._imperfections.noise * float(self._random.standard_normal())
        most = _HEADROOM * (self._range or _RANGES[self._function][-1])
        over = self.overloaded or abs(value) > most
        self._reading = float(np.copysign(_OVERLOAD, value)) if over else value

    def _fetch(self) -> Answer:
        if self._reading is None:
            raise CommandError(-230, "Data corrupt or stale")
        return self.written(self._reading)
