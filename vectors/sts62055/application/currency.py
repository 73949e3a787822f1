"""Currency amounts: a sign, a 5-bit exponent and a 14-bit mantissa (IEC 62055-41, 6.3.6.3 and 6.3.21)."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Self

__all__ = ["LARGEST_CURRENCY_AMOUNT", "CurrencyAmount"]

_MANTISSA = 1 << 14
_EXPONENTS = range(32)
_WEIGHTS: tuple[int, ...] = tuple(10**exponent for exponent in _EXPONENTS)
_OFFSETS = tuple(_MANTISSA * (sum(_WEIGHTS[:exponent])) for exponent in _EXPONENTS)

LARGEST_CURRENCY_AMOUNT = _WEIGHTS[-1] * (_MANTISSA - 1) + _OFFSETS[-1]
"""The largest magnitude that fits, in 0,00001 of the base currency."""


@dataclass(frozen=True, slots=True)
class CurrencyAmount:
    """The two fields of a currency amount: S&E (sign and the upper three exponent bits, 4) and Amount (16).

    ValueError for a value that does not fit its bits.
    """

    sign_and_exponent: int
    field: int

    def __post_init__(self) -> None:
        if not 0 <= self.sign_and_exponent <= 0xF:
            raise ValueError(f"S&E has 4 bits, and {self.sign_and_exponent} does not fit")
        if not 0 <= self.field <= 0xFFFF:
            raise ValueError(f"an amount field has 16 bits, and {self.field} does not fit")

    @classmethod
    def of(cls, units: int) -> Self:
        """Return an amount in 0,00001 of the base currency, rounded in favour of the consumer.

        A positive amount is rounded up, the magnitude of a negative one down. ValueError beyond the largest.
        """
        magnitude = abs(units)
        if magnitude > LARGEST_CURRENCY_AMOUNT:
            raise ValueError(f"a currency amount is at most {LARGEST_CURRENCY_AMOUNT} units, not {magnitude}")
        exponent, mantissa = _round_up(magnitude) if units >= 0 else _round_down(magnitude)
        sign = 0b1000 if units < 0 else 0
        return cls(sign | exponent >> 2, (exponent & 0b11) << 14 | mantissa)

    @property
    def exponent(self) -> int:
        """The power of ten, 0 to 31."""
        return (self.sign_and_exponent & 0b111) << 2 | self.field >> 14

    @property
    def units(self) -> int:
        """The amount in 0,00001 of the base currency, negative where the sign says so."""
        magnitude = _WEIGHTS[self.exponent] * (self.field & (_MANTISSA - 1)) + _OFFSETS[self.exponent]
        return -magnitude if self.sign_and_exponent & 0b1000 else magnitude


def _round_down(magnitude: int) -> tuple[int, int]:
    exponent = bisect_right(_OFFSETS, magnitude) - 1
    return exponent, min((magnitude - _OFFSETS[exponent]) // _WEIGHTS[exponent], _MANTISSA - 1)


def _round_up(magnitude: int) -> tuple[int, int]:
    exponent = max(bisect_left(_OFFSETS, magnitude) - 1, 0)
    mantissa = -((_OFFSETS[exponent] - magnitude) // _WEIGHTS[exponent])
    return (exponent, mantissa) if mantissa < _MANTISSA else (exponent + 1, 0)
