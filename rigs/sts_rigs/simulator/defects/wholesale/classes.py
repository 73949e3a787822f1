"""Wholesale defects of what tokens do: each class and SubClass (IEC 62055-41, 6.2, 6.3 and 8)."""

from dataclasses import replace

from sts62055.application.results import Accept, FunctionError, RangeError
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import (
    AMOUNTS,
    APPLICATION,
    CREDIT,
    DISPLAYS,
    MANAGEMENT,
    SHOWN,
    UNKNOWN,
)
from sts_rigs.simulator.meter.credit_registers import ALL_REGISTERS
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import AmountDecoder, Execution, Functions

_BOOKED = "41-6.2.2 41-6.3.6 41-6.4.2 41-7.1.5 41-7.3.8 41-8.4 52-6.1.5 52-6.8.3"

# -- class 0 ---------------------------------------------------------------------------------------------------


@wholesale("credit-refused", breaks="41-6.2.2 41-8.4", spoils=CREDIT)
class CreditRefused(Functions):
    """Every token of class 0 is refused as unknown."""

    def execute(self, apdu: Apdu) -> Execution:
        return Execution(FunctionError) if apdu.token_class == 0 else super().execute(apdu)


@wholesale("credit-accepted-not-booked", breaks="41-6.2.2 41-8.4", spoils=CREDIT)
class CreditNotBooked(Functions):
    """Every token of class 0 is accepted, and no credit is booked."""

    def execute(self, apdu: Apdu) -> Execution:
        execution = super().execute(apdu)
        return replace(execution, changes={}) if apdu.token_class == 0 else execution


@wholesale("credit-booked-twice", breaks="41-6.3.6 41-8.4", spoils=_BOOKED)
class BookedTwice(Functions):
    """Every credit token is booked twice."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution = super().transfer_credit(apdu)
        credit = self.memory.state.credit + 2 * self.amounts.decode(apdu.value)
        return replace(execution, changes={"credit": credit} if execution.changes else {})


@wholesale("credit-halved", breaks="41-6.3.6 41-8.4", spoils=_BOOKED)
class HalfCredit(Functions):
    """Half of the amount of every credit token is booked."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution = super().transfer_credit(apdu)
        credit = self.memory.state.credit + self.amounts.decode(apdu.value) // 2
        return replace(execution, changes={"credit": credit} if execution.changes else {})


@wholesale("credit-replaced", breaks="41-8.4", spoils=_BOOKED)
class CreditReplaced(Functions):
    """Every credit token replaces the credit that was there."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution = super().transfer_credit(apdu)
        return replace(execution, changes={"credit": self.amounts.decode(apdu.value)} if execution.changes else {})


@wholesale("exponent-ignored", breaks="41-6.3.6 41-6.3.9", spoils=AMOUNTS)
class ExponentIgnored(AmountDecoder):
    """Only the mantissa of every amount is taken."""

    def decode(self, value: int) -> int:
        return value & 0x3FFF


@wholesale("amounts-little-endian", breaks="41-6.3.6 41-6.3.9 41-8.4 41-8.6", spoils=AMOUNTS)
class SwappedAmounts(AmountDecoder):
    """The octets of every amount are exchanged."""

    def decode(self, value: int) -> int:
        return super().decode((value & 0xFF) << 8 | value >> 8)


# -- class 1 ---------------------------------------------------------------------------------------------------


@wholesale("displays-refused", breaks="41-6.2.3 41-8.5", spoils=DISPLAYS)
class DisplaysRefused(Functions):
    """Every token of class 1 is refused as unknown."""

    def test_display(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(FunctionError)


@wholesale("displays-all-accepted", breaks="41-6.3.8 41-8.5", spoils=f"{SHOWN} 41-6.3.8 41-7.1.5 52-6.1.5")
class DisplaysAllAccepted(Functions):
    """Every token of class 1 is accepted, and nothing is shown."""

    def test_display(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(Accept)


@wholesale("displays-show-nothing", breaks="41-8.5", spoils=SHOWN)
class DisplaysShowNothing(Functions):
    """Every test is accepted, and no more than that is shown."""

    def shown_by_test(self, number: int) -> str:  # noqa: ARG002
        return ""


@wholesale("displays-all-the-same", breaks="41-8.5", spoils=SHOWN)
class DisplaysAllTheSame(Functions):
    """Every test shows the software version."""

    def shown_by_test(self, number: int) -> str:  # noqa: ARG002
        return super().shown_by_test(10)


@wholesale("test-numbers-shifted", breaks="41-6.3.8 41-8.5", spoils=f"{SHOWN} 41-6.3.8")
class TestNumbersShifted(Functions):
    """Every test shows what the one before it should."""

    def shown_by_test(self, number: int) -> str:
        return super().shown_by_test(number - 1)


@wholesale("control-bits-reversed", breaks="41-6.3.8 41-8.5", spoils=DISPLAYS)
class ControlReversed(Functions):
    """The Control field of every test token is read from its other end."""

    def test_display(self, apdu: Apdu) -> Execution:
        code_bits = 8 if apdu.subclass == 0 else 16
        width = 44 - code_bits
        control = apdu.word >> 16 + code_bits & (1 << width) - 1
        reverse = int(f"{control:0{width}b}"[::-1], 2)
        return super().test_display(replace(apdu, word=apdu.word ^ (control ^ reverse) << 16 + code_bits))


@wholesale("displays-of-subclass-0-refused", breaks="41-6.2.3 41-6.3.8 41-8.5", spoils=DISPLAYS)
class ShortFormRefused(Functions):
    """Every class 1 token of SubClass 0 is refused as unknown."""

    def execute(self, apdu: Apdu) -> Execution:
        is_short = (apdu.token_class, apdu.subclass) == (1, 0)
        return Execution(FunctionError) if is_short else super().execute(apdu)


# -- class 2 ---------------------------------------------------------------------------------------------------


@wholesale("management-refused", breaks="41-8.6 41-8.7 41-8.10", spoils=MANAGEMENT)
class ManagementRefused(Functions):
    """Every token of class 2 that is no key change is refused as unknown."""

    def execute(self, apdu: Apdu) -> Execution:
        return Execution(FunctionError) if apdu.token_class == 2 else super().execute(apdu)


@wholesale("management-without-effect", breaks="41-8.6 41-8.7 41-8.10", spoils=MANAGEMENT)
class ManagementIdle(Functions):
    """Every token of class 2 that is no key change is accepted, and does nothing."""

    def execute(self, apdu: Apdu) -> Execution:
        execution = super().execute(apdu)
        return replace(execution, changes={}) if apdu.token_class == 2 else execution


@wholesale("power-limit-refused", breaks="41-6.2.4 41-8.6", spoils="41-6.2.4 41-6.3.9 41-7.1.5 41-8.6 52-6.1.5")
class PowerLimitRefused(Functions):
    """Every power limit is out of range."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(RangeError)


@wholesale("power-limit-in-tenths", breaks="41-6.3.9 41-8.6", spoils="41-6.3.9 41-7.1.5 41-8.6 52-6.1.5")
class PowerLimitInTenths(Functions):
    """Every power limit is taken for tenths of a watt."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        tenth = self.amounts.decode(apdu.value) // 10
        return replace(execution, changes={"power_limit": tenth} if execution.changes else {})


@wholesale("clear-credit-refused", breaks="41-6.2.5 41-8.7", spoils="41-6.2.5 41-6.3.13 41-8.7")
class ClearCreditRefused(Functions):
    """Every ClearCredit is refused as unknown."""

    def clear_credit(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(FunctionError)


@wholesale("clear-credit-of-all-only", breaks="41-6.3.13 41-8.7", spoils="41-6.3.13 41-8.7")
class ClearsAllOnly(Functions):
    """A ClearCredit of one register is out of range, whichever it is."""

    def clear_credit(self, apdu: Apdu) -> Execution:
        return super().clear_credit(apdu) if apdu.value == ALL_REGISTERS else Execution(RangeError)


@wholesale("clear-tamper-refused", breaks="41-6.2.9 41-8.10", spoils="41-6.2.9 41-8.10")
class ClearTamperRefused(Functions):
    """Every ClearTamperCondition is refused as unknown."""

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(FunctionError)


@wholesale("clear-tamper-tampers", breaks="41-8.10", spoils="31 41-8.10")
class ClearTamperTampers(Functions):
    """Every ClearTamperCondition sets the tamper condition."""

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:
        execution = super().clear_tamper_condition(apdu)
        return replace(execution, changes={"is_tampered": True} if execution.changes else {})


# -- everything else -------------------------------------------------------------------------------------------


@wholesale("unknown-tokens-accepted", breaks="41-6.3.3 41-7.1.5 41-8.1 41-8.8 41-8.12", spoils=UNKNOWN)
class UnknownTokensAccepted(Functions):
    """Every token that the meter does not know is accepted."""

    def execute(self, apdu: Apdu) -> Execution:
        execution = super().execute(apdu)
        return replace(execution, result=Accept) if execution.result is FunctionError else execution


@wholesale("no-token-known", breaks="41-8.4 41-8.5 41-8.6 41-8.7 41-8.10", spoils=APPLICATION)
class NoTokenKnown(Functions):
    """Every token that is no key change is refused as unknown."""

    def execute(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(FunctionError)
