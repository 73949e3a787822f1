"""Driver of Keysight Truevolt multimeters: 34460A, 34461A, 34465A and 34470A.

After "Keysight Truevolt Series Operating and Service Guide": MEASure:VOLTage:DC? and MEASure:CURRent:DC? with
automatic range, and 9.9E37 on an overload. Of that guide only the pages on status registers were read; the rest
is SCPI's own.
"""

from sts_rigs.errors import BenchFault
from sts_rigs.instruments.scpi_instrument import ScpiInstrument
from sts_rigs.instruments.settings import number_in

__all__ = ["Keysight34465a"]

_OVERLOAD = 9e37


class Keysight34465a(ScpiInstrument):
    """A Keysight Truevolt multimeter."""

    maker = r"(keysight|agilent) technologies"
    model = r"344(60|61|65|70)a"
    kind = "a Keysight 34465A multimeter"
    error_query = "SYSTem:ERRor?"

    def voltage(self) -> float:
        """Return the DC voltage in V; BenchFault on an overload."""
        return self._measure("MEASure:VOLTage:DC?", "voltage")

    def current(self) -> float:
        """Return the DC current in A; BenchFault on an overload."""
        return self._measure("MEASure:CURRent:DC?", "current")

    def _measure(self, query: str, quantity: str) -> float:
        value = number_in(self.name, query, self.session.query(query))
        if abs(value) > _OVERLOAD:
            raise BenchFault(
                f"the {quantity} is more than {self.name} can measure",
                "check which of its terminals are connected, and what to",
            )
        self.check()
        return value
