"""Amounts in 16 bits: a 2-bit exponent and a 14-bit mantissa (IEC 62055-41, 6.3.6)."""

__all__ = ["MAXIMUM_AMOUNT", "decode_amount", "encode_amount"]

_MANTISSA = 1 << 14
_WEIGHTS = (1, 10, 100, 1000)
_OFFSETS = tuple(_MANTISSA * sum(_WEIGHTS[:exponent]) for exponent in range(4))

MAXIMUM_AMOUNT = _WEIGHTS[3] * (_MANTISSA - 1) + _OFFSETS[3]
"""The largest amount that fits, in the token's units."""


def decode_amount(field: int) -> int:
    """Return the amount, in the token's units, that a 16-bit field stands for; ValueError for a wider one."""
    if not 0 <= field <= 0xFFFF:
        raise ValueError(f"an amount field has 16 bits, and this is {field:#x}")
    exponent, mantissa = divmod(field, _MANTISSA)
    return _WEIGHTS[exponent] * mantissa + _OFFSETS[exponent]


def encode_amount(units: int) -> int:
    """Return the 16-bit field of the smallest amount that is not below `units`, 0 to MAXIMUM_AMOUNT."""
    if not 0 <= units <= MAXIMUM_AMOUNT:
        raise ValueError(f"an amount is 0 to {MAXIMUM_AMOUNT} units, not {units}")
    for exponent, offset in enumerate(_OFFSETS):
        mantissa = max(-((offset - units) // _WEIGHTS[exponent]), 0)
        if mantissa < _MANTISSA:
            return exponent * _MANTISSA + mantissa
    raise AssertionError("unreachable: the last exponent holds the maximum")
