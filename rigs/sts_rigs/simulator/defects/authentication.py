"""Defects of what a meter takes for a token of its own: kind, MfrCode, CRC (IEC 62055-41, 6.2 to 7.3.6)."""

from dataclasses import replace

from sts62055.application.results import Accept, CRCError, FormatError, FunctionError, MfrCodeError, TokenStatus
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import AmountDecoder, Execution, Functions

_ODD_AMOUNT = 77
_ALL_TESTS = Apdu(1, 0x0FFF_FFFF_FF00_5EFF)


@defect("reserved-credit-taken", violates="41-6.2.2-reserved", evidence="got Accept")
class CreditBySevenBits(Functions):
    """The top bit of the SubClass is ignored on class 0, so that a reserved one gives credit."""

    def execute(self, apdu: Apdu) -> Execution:
        return self.transfer_credit(apdu) if (apdu.token_class, apdu.subclass) == (0, 8) else super().execute(apdu)


@defect("reserved-class-1-taken", violates="41-6.2.3-reserved", evidence="got Accept")
class ClassOneByOneBit(Functions):
    """Only the lowest bit of the SubClass is looked at on class 1, so that reserved ones are displays."""

    def execute(self, apdu: Apdu) -> Execution:
        is_reserved = apdu.token_class == 1 and apdu.subclass in range(3, 6)
        return super().execute(replace(apdu, word=apdu.word & ~(0xE << 60)) if is_reserved else apdu)


@defect("service-token-gives-credit", violates="41-6.2.3-makers-change-nothing", evidence="credit")
class ServiceCredit(Functions):
    """A class 1 token of the maker, which everybody can write, gives credit for tests in the factory."""

    def execute(self, apdu: Apdu) -> Execution:
        if (apdu.token_class, apdu.subclass) == (1, 11):
            return Execution(Accept, {"credit": self.memory.state.credit + 1000})
        return super().execute(apdu)


@defect("management-gives-credit", violates="41-8.13-no-credit 41-8.13-undeclared", evidence=" <= ")
class ManagementCredit(Functions):
    """A management token of the maker adds its 16 bits to the credit."""

    def execute(self, apdu: Apdu) -> Execution:
        if (apdu.token_class, apdu.subclass) == (2, 12):
            return Execution(Accept, {"credit": self.memory.state.credit + apdu.value})
        return super().execute(apdu)


@defect("unknown-management-half-done", violates="41-8.13-unknown", evidence="power limit")
class HalfDoneManagement(Functions):
    """A management token that the meter does not know is refused, and has reset the power limit by then."""

    def execute(self, apdu: Apdu) -> Execution:
        execution = super().execute(apdu)
        is_unknown = apdu.token_class == 2 and apdu.subclass >= 10
        return replace(execution, changes={"power_limit": 1 + apdu.value}) if is_unknown else execution


@defect("undeclared-management-taken", violates="41-8.13-undeclared", evidence="got Accept")
class UndeclaredManagement(Functions):
    """Whatever comes in a reserved SubClass of class 2, or in one of makers, is accepted, and does nothing."""

    def execute(self, apdu: Apdu) -> Execution:
        is_taken = apdu.token_class == 2 and apdu.subclass >= 10
        return Execution(Accept) if is_taken else super().execute(apdu)


@defect("tariff-rate-swallowed", violates="41-8.8-refused", evidence="got Accept")
class SwallowedRate(Functions):
    """A meter without tariffs accepts SetTariffRate."""

    def execute(self, apdu: Apdu) -> Execution:
        is_rate = (apdu.token_class, apdu.subclass) == (2, 2)
        return Execution(Accept) if is_rate else super().execute(apdu)


@defect("water-factor-swallowed", violates="41-8.12-refused", evidence="got Accept")
class SwallowedFactor(Functions):
    """An electricity meter accepts SetWaterMeterFactor."""

    def execute(self, apdu: Apdu) -> Execution:
        is_factor = (apdu.token_class, apdu.subclass) == (2, 7)
        return Execution(Accept) if is_factor else super().execute(apdu)


@defect("class-3-as-credit", violates="41-6.2.14-class-3", evidence="got Accept")
class ThirdClassCredit(Functions):
    """A token of class 3 is executed like one of class 0."""

    def execute(self, apdu: Apdu) -> Execution:
        return super().execute(replace(apdu, token_class=0) if apdu.token_class == 3 else apdu)


@defect("rnd-of-zero-refused", violates="41-6.3.4-any", evidence="FormatError")
class NoRndOfZero(Functions):
    """RND 0 is taken for memory that was never written, on one amount only so that other cases go on."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        is_taken_for_empty = apdu.content >> 40 == 0 and apdu.value == _ODD_AMOUNT
        return Execution(FormatError) if is_taken_for_empty else super().transfer_credit(apdu)


@defect("reserved-test-accepted", violates="41-6.3.8-reserved", evidence="got Accept")
class ReservedTests(Functions):
    """Test numbers that are kept for later are accepted."""

    def test_display(self, apdu: Apdu) -> Execution:
        code_bits = 8 if apdu.subclass == 0 else 16
        control = apdu.content >> code_bits
        return Execution(Accept) if control.bit_length() > 18 else super().test_display(apdu)


@defect("reserved-register-clears", violates="41-6.3.13-reserved", evidence="got Accept")
class AnyOtherRegister(Functions):
    """ClearCredit of a register that has no name clears everything."""

    def clear_credit(self, apdu: Apdu) -> Execution:
        is_reserved = 7 < apdu.value < 0xFFFF
        return super().clear_credit(replace(apdu, word=apdu.word | 0xFFFF << 16) if is_reserved else apdu)


@defect("amount-of-zero-is-much", violates="41-6.3.6-zero", evidence="credit()")
class ZeroCountsDown(AmountDecoder):
    """An Amount of 0 is counted down from, and comes out as the mantissa's whole range."""

    def decode(self, value: int) -> int:
        return super().decode(value) or 0x4000


@defect("leading-zeros-refused", violates="41-6.4.2-leading-zeros", evidence="expected Accept")
class LostZeros(ApduExtraction):
    """Twenty digits that begin with four zeros are taken for sixteen, unless they are a display token."""

    def number(self, digits: str) -> int | None:
        number = super().number(digits)
        is_short = number is not None and digits.startswith("0000") and self.token_class(number) != 1
        return None if is_short else number


@defect("class-not-covered", violates="41-7.3.6-class", evidence="expected CRCError")
class ClassBlindCrc(TokenAuthentication):
    """The CRC is right for class 0 or class 2, whichever of the two the token says it is."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        failure = super().check_crc(apdu)
        return failure and super().check_crc(replace(apdu, token_class=apdu.token_class ^ 2))


@defect("foreign-mfrcode-in-other-form", violates="41-7.3.6-mfrcode-other-form", evidence="Accept")
class OneFormOfManufacturer(TokenAuthentication):
    """The MfrCode is compared in the form of the meter's own width only."""

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:
        own_form = 1 if len(self.configuration.pan.drn.manufacturer_code) == 4 else 0
        return super().check_manufacturer(apdu) if apdu.subclass == own_form else None


@defect("own-mfrcode-refused", violates="41-7.3.6-own-mfrcode", evidence="MfrCodeError")
class NoManufacturer(TokenAuthentication):
    """Only class 1 tokens for every maker are taken, and none for the meter's own."""

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:
        if apdu.token_class != 1 or apdu.subclass > 1:
            return None
        return MfrCodeError if apdu.value & (0xFFFF if apdu.subclass else 0xFF) else None


@defect("unknown-kind-before-crc", violates="41-7.3.6-random", evidence="got FunctionError")
class KindBeforeCrc(TokenAuthentication):
    """A class 1 token of a SubClass that the meter does not know is told so before its CRC is looked at."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        failure = super().check_crc(apdu)
        is_unknown = apdu.token_class == 1 and apdu.subclass > 1
        return FunctionError if failure and is_unknown else failure


@defect("currency-crc-on-others", violates="41-6.3.22-others", evidence="expected CRCError")
class EitherCrc(TokenAuthentication):
    """A token of electricity credit or management is authentic by either kind of CRC."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        failure = super().check_crc(apdu)
        if failure is None or (apdu.token_class == 0 and apdu.subclass in range(4, 8)):
            return failure
        other = _MarkedCrc(self.configuration, self.memory)
        return other.check_crc(apdu)


@defect(
    "currency-by-either-crc",
    violates="41-6.3.22-covers",
    evidence="expected CRCError",
    declares={"implements.currencies": ["electricity"]},
)
class EitherCrcOfCurrency(TokenAuthentication):
    """A currency token is authentic by the CRC of other tokens, too."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        is_currency = self.has_currency_crc(apdu)
        return super().check_crc(apdu) and (
            _PlainCrc(self.configuration, self.memory).check_crc(apdu) if is_currency else CRCError
        )


@defect(
    "currency-by-crc-of-others",
    violates="41-7.3.6-currency 41-6.3.22-covers 41-6.2.2-currency 41-6.3.21-sign 41-6.3.6.3-unit",
    evidence="got CRCError",
    declares={"implements.currencies": ["electricity"]},
)
class PlainCrcOfCurrency(TokenAuthentication):
    """A currency token has to have the CRC of other tokens."""

    def has_currency_crc(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return False


class _PlainCrc(TokenAuthentication):
    def has_currency_crc(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return False


class _MarkedCrc(TokenAuthentication):
    def has_currency_crc(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return True


@defect(
    "damaged-token-swallowed",
    violates="41-6.1.2-other-meter 41-6.3.7-order 41-6.3.22-others 41-6.3.22-stranger 41-7.3.6-base-date "
    "41-7.3.6-class 41-7.3.6-class-1-crc 41-7.3.6-crc 41-7.3.6-other-key 41-7.3.6-random 41-8.2-indicated",
    evidence="got Accept",
)
class SwallowsDamaged(ApduExtraction):
    """A token with a wrong CRC is taken for a display of everything: it is accepted, and does nothing else."""

    def extract(self, number: int) -> Apdu:
        apdu = super().extract(number)
        is_good = TokenAuthentication(self.configuration, self.memory).check_crc(apdu) is None
        return apdu if is_good else _ALL_TESTS
