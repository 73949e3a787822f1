"""Functions that the meter executes for a token (IEC 62055-41, clause 8 without key changes)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sts62055.application.results import (
    Accept,
    FunctionError,
    OverflowingCredit,
    RangeError,
    TokenStatus,
)
from sts62055.application.token_identifier import BaseDate
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.credit_registers import CURRENCY, ELECTRICITY, CreditRegisters
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.memory import NonVolatileMemory
from sts_rigs.simulator.meter.part import Part
from sts_rigs.simulator.meter.traits import CONTENT_FAILURES
from sts_rigs.simulator.meter.writing import Writing

__all__ = ["AmountDecoder", "Execution", "Functions"]

_LOAD_SWITCH = 1
_TAMPER_STATUS = 8
_DEFINED_FUNCTIONS = (0, 1, 2, 5, 6, 7)


class AmountDecoder(Part):
    """Decoder of amounts (6.3.6)."""

    def decode(self, value: int) -> int:
        """Return the amount in units."""
        return self.amount(value >> 14, value & 0x3FFF)

    def decode_currency(self, apdu: Apdu) -> int:
        """Return an amount in currency: sign and upper exponent stand where other tokens have RND (6.3.21)."""
        nibble, value = apdu.word >> 56 & 0xF, apdu.value
        amount = self.amount((nibble & 7) << 2 | value >> 14, value & 0x3FFF)
        return -amount if nibble >> 3 else amount

    def amount(self, exponent: int, mantissa: int) -> int:
        """Return the mantissa times a power of ten, plus all that smaller exponents can encode."""
        amount, weight = 0, 1
        for _ in range(exponent):
            amount += 0x4000 * weight
            weight *= 10
        return amount + mantissa * weight


@dataclass(frozen=True, slots=True)
class Execution:
    """The result of a token, what changes in the memory, and what the display shows of it.

    is_authentic: False where the token failed authentication.
    """

    result: TokenStatus
    changes: Mapping[str, Any] = field(default_factory=dict)
    display: str = ""
    is_authentic: bool = True


class Functions(Part):
    """Functions of clause 8, one method for each token that this meter executes.

    power: returns the present load in watts.
    """

    def __init__(
        self,
        configuration: MeterConfiguration,
        memory: NonVolatileMemory,
        amounts: AmountDecoder,
        registers: CreditRegisters,
        power: Callable[[], int],
    ) -> None:
        super().__init__(configuration, memory)
        self.amounts = amounts
        self.registers = registers
        self.power = power
        self.table: dict[tuple[int, int], Callable[[Apdu], Execution]] = {
            **{(0, register): self.transfer_other_credit for register in registers.present},
            (0, 0): self.transfer_credit,
            (1, 0): self.test_display,
            (1, 1): self.test_display,
        }
        for subclass in configuration.management_subclasses:
            self.table[2, subclass] = self.other_management
        if configuration.has_power_limit:
            self.table[2, 0] = self.set_maximum_power_limit
        if configuration.traits.takes_tariff_rate:
            self.table[2, 2] = self.take_tariff_rate
        if configuration.has_clear_credit:
            self.table[2, 1] = self.clear_credit
        if configuration.has_tamper_detection:
            self.table[2, 5] = self.clear_tamper_condition
        if configuration.has_unbalance_limit:
            self.table[2, 6] = self.set_maximum_phase_power_unbalance_limit

    def begin(self, *, waited: bool) -> None:
        """Take note whether the next token came while another was executed; a good meter does not mind."""

    def after_power_up(self) -> None:
        """Begin after a power cut; a good meter shows and does what it did before."""

    def execute(self, apdu: Apdu) -> Execution:
        """Execute a token; FunctionError, as a rule, for one that the meter does not implement."""
        function = self.table.get((apdu.token_class, apdu.subclass))
        return function(apdu) if function else Execution(self.unknown(apdu))

    def content_failure(self, apdu: Apdu) -> TokenStatus | None:
        """Return what is wrong with the content of a token, if this meter tells that before anything else."""
        if not self.configuration.traits.content_first:
            return None
        result = self.execute(apdu).result
        return result if result in CONTENT_FAILURES else None

    def unknown(self, apdu: Apdu) -> TokenStatus:
        """Return the result of a token that the meter does not implement."""
        if apdu.token_class == 0 and apdu.subclass < CURRENCY.stop:
            return self.configuration.traits.strange_utility
        is_function = apdu.token_class == 2 and apdu.subclass in _DEFINED_FUNCTIONS
        return FunctionError if is_function else self.configuration.traits.reserved

    def transfer_credit(self, apdu: Apdu) -> Execution:
        """Add the whole amount, or nothing where the register would overflow (8.4)."""
        if self.is_kept_from_credit():
            return Execution(FunctionError)
        credit = self.memory.state.credit + self.amounts.decode(apdu.value)
        if credit > self.registers.most(ELECTRICITY):
            return Execution(OverflowingCredit)
        return Execution(Accept, {"credit": credit})

    def transfer_other_credit(self, apdu: Apdu) -> Execution:
        """Add credit for another utility, or in currency (8.4)."""
        if self.is_kept_from_credit():
            return Execution(FunctionError)
        is_currency = apdu.subclass in CURRENCY
        amount = self.amounts.decode_currency(apdu) if is_currency else self.amounts.decode(apdu.value)
        changes = self.registers.with_credit(apdu.subclass, amount)
        return Execution(OverflowingCredit) if changes is None else Execution(Accept, changes)

    def is_kept_from_credit(self) -> bool:
        """Return whether the meter takes no credit while it is tampered."""
        return self.configuration.traits.refuses_credit_when_tampered and self.memory.state.is_tampered

    def test_display(self, apdu: Apdu) -> Execution:
        """Show the test that is asked for; FunctionError for one that the meter lacks (8.5)."""
        traits, width = self.configuration.traits, len(self.configuration.pan.drn.manufacturer_code)
        code_bits = 8 if apdu.subclass == 0 else 16
        if traits.other_form is not None and code_bits != 4 * width:
            return Execution(traits.other_form)
        control_bits = 44 - code_bits
        control = apdu.word >> 16 + code_bits & (1 << control_bits) - 1
        if control == (1 << control_bits) - 1:
            return Execution(Accept, display="all")
        numbers = [bit + 1 for bit in range(control_bits) if control >> bit & 1]
        if len(numbers) != 1:
            return Execution(traits.no_single_test)
        if numbers[0] not in self.configuration.tests:
            return Execution(FunctionError)
        return Execution(Accept, self.changed_by_test(numbers[0]), self.shown_by_test(numbers[0]))

    def changed_by_test(self, number: int) -> Mapping[str, Any]:
        """Return what a test of Table 27 leaves behind: that of the load switch may leave it open."""
        opens = number == _LOAD_SWITCH and self.configuration.test_opens_switch
        return {"is_closed": False, "is_tripped": True} if opens else {}

    def shown_by_test(self, number: int) -> str:
        """Return the display of a test of Table 27."""
        configuration, state, key = self.configuration, self.memory.state, self.held_key
        writes = Writing(configuration)
        shows: dict[int, str] = {
            3: writes.energy(state.energy),
            4: f"{key.key_revision_number} {key.key_type:d}",
            5: writes.index(key.tariff_index),
            7: writes.power(state.power_limit),
            8: f"{state.is_tampered:d}",
            9: writes.power(self.power()),
            10: writes.version(int(configuration.identification["software_version"])),
            11: writes.power(state.unbalance_limit),
            14: writes.index(f"{configuration.encryption_algorithm:02d}"),
            15: f"{configuration.key_change_tokens}",
            16: key.supply_group_code,
            17: f"{key.key_expiry_number if key.key_expiry_number is not None else 255}",
            18: writes.name(configuration.pan.drn.digits),
        }
        if number == _TAMPER_STATUS and state.is_tampered and configuration.tampered_text:
            return configuration.tampered_text
        text = configuration.test_texts.get(str(number), f"test {number}")
        return writes.labelled(number, shows.get(number, text))

    def shown_result(self, execution: Execution) -> str:
        """Return what the display shows of a token: its test, else the text of its result."""
        name = str(execution.result)
        return execution.display or self.configuration.texts.get(name, name)

    def token_date(self) -> str:
        """Return the display of the day on which the newest token was made (6.1.12)."""
        minutes = max(self.memory.state.token_identifiers, default=0)
        return f"{self.base_date().start + timedelta(minutes=minutes):%d.%m.%y}"

    def base_date(self) -> BaseDate:
        """Return the date from which TokenIdentifiers count."""
        return self.configuration.base_date

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        """Set the limit in watts; RangeError beyond the meter's range (8.6)."""
        watts = self.amounts.decode(apdu.value)
        if watts not in self.configuration.power_limits:
            is_low = watts < self.configuration.power_limits.start
            return Execution(self.configuration.traits.below_range if is_low else RangeError)
        return Execution(Accept, {"power_limit": watts})

    def set_maximum_phase_power_unbalance_limit(self, apdu: Apdu) -> Execution:
        """Set the limit of unbalance in watts; RangeError beyond the meter's range (8.11)."""
        watts = self.amounts.decode(apdu.value)
        if watts not in self.configuration.unbalance_limits:
            return Execution(RangeError)
        return Execution(Accept, {"unbalance_limit": watts})

    def clear_credit(self, apdu: Apdu) -> Execution:
        """Clear the named register, or all; RangeError for one that the meter lacks (8.7)."""
        changes = self.registers.cleared(apdu.value)
        failure = self.configuration.traits.unknown_register
        return Execution(failure) if changes is None else Execution(Accept, changes)

    def take_tariff_rate(self, apdu: Apdu) -> Execution:  # noqa: ARG002 - nothing here depends on a tariff
        """Take a tariff rate (8.8)."""
        return Execution(Accept)

    def other_management(self, apdu: Apdu) -> Execution:  # noqa: ARG002 - whatever it is about
        """Take what is reserved or of makers; it touches nothing that a standard knows (8.13)."""
        return Execution(Accept)

    def tampered(self) -> Mapping[str, Any]:
        """Return what changes when the cover is opened."""
        return {"is_tampered": True}

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:
        """Clear the tamper condition (8.10)."""
        if apdu.value != 0:
            return Execution(self.configuration.traits.nonzero_pad)
        return Execution(Accept, {"is_tampered": False})
