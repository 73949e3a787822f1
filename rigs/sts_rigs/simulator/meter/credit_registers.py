"""Credit registers for every utility, in its units and in currency (IEC 62055-41, 6.3.13, Table 28, and 8.4)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sts_rigs.simulator.meter.part import Part
from sts_rigs.simulator.meter.writing import UNITS_OF_CURRENCY, Writing

__all__ = ["ALL_REGISTERS", "CURRENCY", "ELECTRICITY", "UTILITIES", "CreditRegisters"]

UTILITIES = ("electricity", "water", "gas", "time")
ELECTRICITY = 0
CURRENCY = range(4, 8)
ALL_REGISTERS = 0xFFFF


class CreditRegisters(Part):
    """The registers by their numbers of Table 28: tenths of a unit, hundred-thousandths of the base currency.

    Energy is drawn from the electricity credit in kWh; the others are kept, and nothing uses them up. Credit in
    currency may be negative.
    """

    @property
    def present(self) -> tuple[int, ...]:
        """The registers that the meter has."""
        in_units = (UTILITIES.index(utility) for utility in self.configuration.utilities)
        in_currency = (CURRENCY[UTILITIES.index(utility)] for utility in self.configuration.currencies)
        return (*in_units, *in_currency)

    def content(self, register: int) -> int:
        """Return the credit in a register."""
        state = self.memory.state
        return state.credit if register == ELECTRICITY else state.other_credit.get(register, 0)

    def limit(self, register: int) -> int:
        """Return the largest credit that a register holds."""
        scale = UNITS_OF_CURRENCY // 10 if register in CURRENCY else 1
        return self.configuration.credit_limit * scale

    def most(self, register: int) -> int:
        """Return the largest credit that tokens may bring a register to."""
        return self.limit(register) - (not self.configuration.traits.takes_just_the_limit)

    def with_credit(self, register: int, amount: int) -> Mapping[str, Any] | None:
        """Return what changes when credit is added, None if the register would overflow."""
        credit = self.content(register) + amount
        if abs(credit) > self.most(register):
            return None
        if register == ELECTRICITY:
            return {"credit": credit}
        return {"other_credit": {**self.memory.state.other_credit, register: credit}}

    def cleared(self, register: int) -> Mapping[str, Any] | None:
        """Return what changes when a register is cleared, or all are; None if the meter has no such register."""
        if register == ALL_REGISTERS:
            return self.without(self.present)
        return self.without((register,)) if register in self.present else None

    def without(self, registers: Iterable[int]) -> Mapping[str, Any]:
        """Return what changes when some registers are cleared."""
        gone = set(registers)
        kept = {
            register: held for register, held in self.memory.state.other_credit.items() if register not in gone
        }
        electricity = {"credit": 0, "begun": 0, "granted": 0, "owed": 0} if ELECTRICITY in gone else {}
        return {**electricity, "other_credit": kept}

    def shown(self, register: int) -> str:
        """Return what the display shows of a register; "" if the meter has no such register."""
        if register not in self.present:
            return ""
        writes, content = Writing(self.configuration), self.content(register)
        return writes.currency(content) if register in CURRENCY else writes.credit(register, content)
