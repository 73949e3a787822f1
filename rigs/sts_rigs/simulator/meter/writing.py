"""Writing of values on the display of the simulated meter."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.traits import DisplayTraits

__all__ = ["UNITS_OF_CURRENCY", "Writing"]

UNITS_OF_CURRENCY = 100_000
"""Units of a register in currency in one of the base currency (IEC 62055-41, 6.3.6.3)."""

_UNITS = ("kWh", "m3", "m3", "min")
_GROUP = 4


@dataclass(frozen=True, slots=True)
class Writing:
    """How one meter writes; what does not fit behind the point is cut off."""

    configuration: MeterConfiguration

    def energy(self, tenths: int) -> str:
        """Write energy in 0,1 kWh."""
        return self.credit(0, tenths)

    def credit(self, register: int, tenths: int) -> str:
        """Write the credit of a register of Table 28 in tenths of its unit."""
        return self._number(Decimal(tenths) / 10, self._traits.decimals, _UNITS[register])

    def currency(self, units: int) -> str:
        """Write credit in currency."""
        return self._number(Decimal(units) / UNITS_OF_CURRENCY, self._traits.currency_decimals, "")

    def power(self, watts: int) -> str:
        """Write power in the unit that is declared."""
        if self.configuration.shows_kilowatts:
            return self._number(Decimal(watts) / 1000, self._traits.power_decimals, "kW")
        return self._number(Decimal(watts), 0, "W")

    def index(self, digits: str) -> str:
        """Write two digits, or one where the first is a zero."""
        return str(int(digits)) if self._traits.short_index else digits

    def version(self, number: int) -> str:
        """Write the version of the software."""
        return str(number) if self._traits.decimal_version else f"{number:04X}"

    def name(self, digits: str) -> str:
        """Write a long number that is a name."""
        parts = (digits[place : place + _GROUP] for place in range(0, len(digits), _GROUP))
        return (" " if self._traits.groups else "").join(parts)

    def labelled(self, number: int, text: str) -> str:
        """Write what a test number shows, behind its label."""
        label = self._traits.label.format(number)
        return f"{label} {text}" if label else text

    @property
    def _traits(self) -> DisplayTraits:
        return self.configuration.traits.display

    def _number(self, value: Decimal, decimals: int, unit: str) -> str:
        cut = value.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)
        sign, digits = "-" if cut < 0 else "", f"{abs(cut):f}"
        whole, _, rest = digits.partition(".")
        point = "," if self._traits.comma else "."
        text = f"{sign}{whole:0>{self._traits.digits}}{point if rest else ''}{rest}"
        return f"{text} {unit}" if unit and self._traits.has_units else text
