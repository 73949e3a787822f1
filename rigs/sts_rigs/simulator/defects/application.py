"""Defects of the application process: what a meter does with a token (IEC 62055-41)."""

from dataclasses import replace

from sts62055.application.results import Accept, CRCError, TokenStatus
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import AmountDecoder, Execution, Functions
from sts_rigs.simulator.meter.validation import TokenIdentifierStore


@defect(
    "used-token-accepted",
    violates="41-6.3.4-no-identity 41-7.3.7-same-identifier 41-7.3.7-used 41-7.3.8-any-instant "
    "41-7.3.8-every-kind 41-7.3.8-fifty 41-7.3.8-management 41-7.3.8-never-again "
    "41-7.3.8-nonvolatile 41-7.3.8-other-carrier 41-7.3.8-smallest-goes 41-7.3.8-store-kept "
    "41-8.9-in-turn 41-8.9-refused-set 41-8.9-roll-over-twice 41-8.9-roll-over-used "
    "41-8.9-store 51-carriers-same",
    evidence="Accept",
)
class ForgetfulValidation(TokenIdentifierStore):
    """A used token is accepted again."""

    def is_used(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return False


@defect(
    "used-after-power-cut",
    violates="41-7.3.8-any-instant 41-7.3.8-never-again 41-7.3.8-nonvolatile 41-7.3.8-store-kept",
    evidence="Accept",
)
class VolatileStore(TokenIdentifierStore):
    """The TokenIdentifiers are kept in memory that forgets when the power goes."""

    def after_power_up(self) -> None:
        self.memory.commit(token_identifiers=(self.configuration.oldest_token,))


@defect("store-of-twenty", violates="41-7.3.8-fifty", evidence="OldError")
class ShortStore(TokenIdentifierStore):
    """The TokenIdentifier store was sized for an older rule, and forgets too early."""

    size = 20


@defect("identifier-of-sixteen-bits", violates="41-6.3.5-24-bits", evidence="Accept")
class NarrowStore(TokenIdentifierStore):
    """Only the lower 16 bits of a TokenIdentifier are compared with those held."""

    def is_old(self, apdu: Apdu) -> bool:
        held = {other & 0xFFFF for other in self.memory.state.token_identifiers}
        return super().is_old(apdu) and self.key(apdu) & 0xFFFF < min(held)


@defect("old-token-accepted", violates="41-7.3.7-old 41-7.3.7-zero 41-7.3.8-displaced", evidence="Accept")
class AgelessStore(TokenIdentifierStore):
    """A token older than all that are held is accepted."""

    def is_old(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return False


@defect("newest-only", violates="41-7.3.8-between", evidence="OldError")
class MonotonicStore(TokenIdentifierStore):
    """Only a token newer than the newest is accepted, so that tokens must come in the order of their sale."""

    def is_old(self, apdu: Apdu) -> bool:
        return not self.is_used(apdu) and self.key(apdu) < max(self.memory.state.token_identifiers)


@defect(
    "overflow-uses-up-token", violates="41-7.3.8-not-consumed 41-7.3.8-refused-not-stored", evidence="UsedError"
)
class HastyStore(TokenIdentifierStore):
    """A token that ended in an error is used up all the same."""

    def is_cancelled_by(self, result: TokenStatus) -> bool:  # noqa: ARG002
        return True


@defect(
    "crc-not-checked",
    violates="41-6.3.7-order 41-7.3.6-crc 41-7.3.6-other-key 41-7.3.6-class-1-crc "
    "41-7.3.6-base-date 41-7.3.6-class 41-7.3.6-random "
    "41-6.3.22-others",
    evidence="CRCError",
)
class NoCrcCheck(TokenAuthentication):
    """The CRC is not checked."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:  # noqa: ARG002
        return None


@defect("crc-of-eight-bits", violates="41-7.3.6-crc 41-7.3.6-class-1-crc", evidence="CRCError")
class HalfCrcCheck(TokenAuthentication):
    """Only the upper octet of the CRC is compared."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        good = super().check_crc(apdu) is None or any(
            super(HalfCrcCheck, self).check_crc(replace(apdu, word=apdu.word & ~0xFF | low)) is None
            for low in range(256)
        )
        return None if good else CRCError


@defect("foreign-mfrcode-accepted", violates="41-7.3.6-mfrcode 41-7.3.6-mfrcode-other-form", evidence="Accept")
class AnyManufacturer(TokenAuthentication):
    """Class 1 tokens of every maker are accepted."""

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:  # noqa: ARG002
        return None


@defect("generic-mfrcode-refused", violates="41-7.3.6-generic-mfrcode", evidence="MfrCodeError")
class OwnManufacturerOnly(TokenAuthentication):
    """MfrCode 0 is taken for another maker's on test number 2."""

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:
        if apdu.token_class == 1 and apdu.word >> 16 == 0b10 << 8:
            return super().check_manufacturer(replace(apdu, word=apdu.word | 0xFF << 16))
        return super().check_manufacturer(apdu)


@defect("number-wraps", violates="41-6.4.2-66-bits", evidence="Accept")
class WrappingExtraction(ApduExtraction):
    """Twenty digits are read into 66 bits without a look at what falls off the top."""

    def number(self, digits: str) -> int | None:
        return int(digits) & (1 << 66) - 1


@defect(
    "amount-without-offset",
    violates="41-6.3.6-exponent 41-6.3.9-exponent 41-7.1.5-range 41-8.4-limit 52-6.1.5-range",
    evidence="credit()",
)
class NoOffset(AmountDecoder):
    """An Amount is decoded as mantissa times power of ten, without the offset of its exponent."""

    def decode(self, value: int) -> int:
        return (value & 0x3FFF) * (1, 10, 100, 1000)[value >> 14]


@defect("credit-overflows", violates="41-8.4-overflow 41-8.4-limit", evidence="got Accept, expected OverflowError")
class Saturating(Functions):
    """Credit beyond the limit is accepted, and lost."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        credit = self.memory.state.credit + self.amounts.decode(apdu.value)
        return Execution(Accept, {"credit": min(credit, self.configuration.credit_limit)})


@defect(
    "credit-in-kilowatt-hours",
    violates="41-8.4-adds 41-6.4.2-leading-zeros 41-8.4-kept 41-8.4-limit 41-6.1.3-keypad",
    evidence="credit()",
)
class RoundedCredit(Functions):
    """Tenths of a kilowatt-hour are dropped from each token."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        amount = self.amounts.decode(apdu.value)
        credit = self.memory.state.credit + (amount - amount % 10 if amount < 1000 else amount)
        if credit > self.configuration.credit_limit:
            return super().transfer_credit(apdu)
        return Execution(Accept, {"credit": credit})


@defect("water-as-electricity", violates="41-8.4-utility", evidence="Accept")
class AnyUtility(Functions):
    """A token for water is credited as electricity."""

    def execute(self, apdu: Apdu) -> Execution:
        is_credit = apdu.token_class == 0 and apdu.subclass < 4
        return super().transfer_credit(apdu) if is_credit else super().execute(apdu)


@defect("test-zero-refused", violates="41-8.5-all", evidence="FunctionError")
class NoTestZero(Functions):
    """Test number 0 is not known."""

    def test_display(self, apdu: Apdu) -> Execution:
        execution = super().test_display(apdu)
        return super().execute(Apdu(1, 15 << 60)) if execution.display == "all" else execution


@defect("unknown-test-accepted", violates="41-8.5-unsupported 41-6.3.8-reserved", evidence="Accept")
class AnyTest(Functions):
    """Test numbers that the meter does not have are accepted."""

    def test_display(self, apdu: Apdu) -> Execution:
        return replace(super().test_display(apdu), result=Accept)


@defect("wrong-group-shown", violates="41-8.5-shown", evidence="shows '000000'")
class StaleDisplay(Functions):
    """The display shows the supply group code of the factory."""

    def shown_by_test(self, number: int) -> str:
        return "000000" if number == 16 else super().shown_by_test(number)


@defect(
    "power-limit-ignored", violates="41-6.3.9-exponent 41-8.6-any-instant 41-8.6-limit", evidence="power_limit()"
)
class NoPowerLimit(Functions):
    """SetMaximumPowerLimit is accepted, and sets nothing."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        return replace(super().set_maximum_power_limit(apdu), changes={})


@defect("clear-credit-clears-nothing", violates="41-8.7-clears", evidence="expected 0")
class NoClearCredit(Functions):
    """ClearCredit is accepted, and clears nothing."""

    def clear_credit(self, apdu: Apdu) -> Execution:
        return replace(super().clear_credit(apdu), changes={})


@defect("clear-credit-of-water-clears-all", violates="41-8.7-other-register 41-6.3.13-reserved", evidence="Accept")
class CarelessClearCredit(Functions):
    """ClearCredit clears the electricity credit whatever register it names."""

    def clear_credit(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(Accept, {"credit": 0})


@defect("tamper-stays", violates="41-8.10-clears", evidence="still")
class NoClearTamper(Functions):
    """ClearTamperCondition is accepted, and the meter stays tampered."""

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(Accept)


@defect("unbalance-limit-swallowed", violates="41-8.1-absent", evidence="Accept")
class SwallowingFunctions(Functions):
    """A token for the limit of phase unbalance is accepted by a meter that has none."""

    def execute(self, apdu: Apdu) -> Execution:
        if (apdu.token_class, apdu.subclass) == (2, 6):
            return Execution(Accept)
        return super().execute(apdu)
