"""Simulated Keysight AC6800 source, which feeds the meter."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from sts_rigs.simulator.instruments.device import Choice, CommandError, Device, Number, Setting, Switch, Value
from sts_rigs.simulator.instruments.planned_faults import PlannedFault

__all__ = ["KeysightAcSource"]


class KeysightAcSource(Device):
    """An AC6802B; `feed` is told RMS volts and hertz whenever the output changes, 0 V when it is off.

    voltage_range: 155 or 310, as somebody left it at the front panel; *RST makes it 155.
    """

    identity: ClassVar = ("Keysight Technologies", "AC6802B", "JPUB000001", "A.01.04.0096")
    settings: ClassVar = (
        Setting("voltage", "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPlitude]", Number("V", 0.0, 310.0), 0.0),
        Setting("range", "[SOURce:]VOLTage:RANGe", Number("V", 0.0, 310.0), 155.0),
        Setting("frequency", "[SOURce:]FREQuency[:CW][:IMMediate]", Number("HZ", 40.0, 500.0), 50.0),
        Setting("coupling", "OUTPut:COUPling", Choice("AC", "DC", "ACDC"), "AC"),
        Setting("output", "OUTPut[:STATe]", Switch(), False),
    )

    def __init__(
        self,
        feed: Callable[[float, float], None] = lambda _volts, _hertz: None,
        amperes: Callable[[], float] = lambda: 0.0,
        voltage_range: float = 310.0,
        serial: str | None = None,
        faults: Iterable[PlannedFault] = (),
    ) -> None:
        super().__init__(serial, faults)
        self._feed = feed
        self.put("range", voltage_range)
        self.add_all(
            {
                "MEASure[:SCALar]:VOLTage:AC?": lambda _n, _a: self.written(self.volts),
                "MEASure[:SCALar]:CURRent:AC?": lambda _n, _a: self.written(amperes() if self.volts else 0.0),
                "MEASure[:SCALar]:FREQuency?": lambda _n, _a: self.written(self.real("frequency")),
                "SYSTem:ERRor[:NEXT]?": lambda _n, _a: '{:+d},"{}"'.format(*self.take_error()),
            }
        )

    @property
    def volts(self) -> float:
        """RMS volts at the output."""
        return self.real("voltage") if self.value("output") else 0.0

    def written(self, value: Value) -> str:
        """Return a value as this maker writes it."""
        return f"{value:+.5E}" if isinstance(value, float) else super().written(value)

    def changed(self, name: str, numbers: tuple[int, ...], before: Value, after: Value) -> None:
        """Feed the meter; CommandError for a voltage beyond the range."""
        if name == "range":
            self.put(name, 155.0 if float(after) <= 155.0 else 310.0)
        if self.real("voltage") > self.real("range"):
            self.put(name, before, *numbers)
            raise CommandError(-221, "Settings conflict")
        self._feed(self.volts, self.real("frequency"))

    def reset(self) -> None:
        """Execute *RST: output off."""
        super().reset()
        self._feed(0.0, self.real("frequency"))
