"""Driver of Keysight AC6800 and AC6800B sources of mains power.

Commands from "Keysight AC6800B Series Operating and Service Guide". Read there: FREQuency, VOLTage and OUTPut.

Not confirmed: the ranges of 155 V and 310 V and VOLTage:RANGe that chooses between them, and the limits of 40 Hz
to 500 Hz. The range is only ever raised, and only when a voltage needs it. The output's coupling stays as set at
the front panel.
"""

from sts_rigs.instruments.scpi_instrument import ScpiInstrument
from sts_rigs.instruments.settings import Flag, Number

__all__ = ["KeysightAc6800"]

_LOW_RANGE, _HIGH_RANGE = 155.0, 310.0


class KeysightAc6800(ScpiInstrument):
    """A Keysight AC6800 source."""

    maker = r"keysight( technologies)?"
    model = r"ac680[1-4][ab]?"
    kind = "a Keysight AC6800 source"
    error_query = "SYSTem:ERRor?"

    output_voltage = Number("VOLTage", "RMS voltage", unit="V", low=0.0, high=_HIGH_RANGE)
    output_range = Number("VOLTage:RANGe", "largest RMS voltage", unit="V", low=_LOW_RANGE, high=_HIGH_RANGE)
    output_frequency = Number("FREQuency", "frequency", unit="Hz", low=40.0, high=500.0)
    output = Flag("OUTPut", "whether the output is connected")

    def set_output(self, voltage: float, frequency: float) -> None:
        """Set the RMS voltage in V (0 to 310) and the frequency in Hz (40 to 500); BenchFault beyond."""
        self.output_frequency = frequency
        if _LOW_RANGE < voltage <= _HIGH_RANGE and self.output_range < voltage:
            self.output_range = _HIGH_RANGE
        self.output_voltage = voltage
        self.check()

    def switch(self, on: bool) -> None:
        """Connect or disconnect the output."""
        self.output = on
        self.check()
