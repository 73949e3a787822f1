"""Defects of what a meter does with an accepted token: credit, limits, displays (IEC 62055-41, clause 8)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sts62055.application.results import Accept, OverflowingCredit
from sts62055.application.token_identifier import BaseDate
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.credit_registers import ALL_REGISTERS, CURRENCY, ELECTRICITY, CreditRegisters
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import AmountDecoder, Execution, Functions
from sts_rigs.simulator.meter.load_switch import LoadSwitch
from sts_rigs.simulator.meter.metering import Metering
from sts_rigs.simulator.meter.writing import Writing

_WATER, _GAS, _TIME = 1, 2, 3
_ALL_UTILITIES: Final = {"implements.utilities": ["electricity", "water", "gas", "time"]}
_CURRENCY: Final = {"implements.currencies": ["electricity", "water"]}
_THREE_PHASES: Final = {
    "implements.phases": 3,
    "implements.phase_unbalance_limit": True,
    "implements.unbalance_limit_range": [100, 50_000],
    "implements.tests": [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18],
}


@defect(
    "water-in-whole-cubic-metres", violates="41-6.2.2-water", evidence="not up by 12.3", declares=_ALL_UTILITIES
)
class WholeWater(CreditRegisters):
    """Tenths of a cubic metre of water are dropped."""

    def with_credit(self, register: int, amount: int) -> Mapping[str, Any] | None:
        return super().with_credit(register, amount - amount % 10 if register == _WATER else amount)


@defect("gas-as-water", violates="41-6.2.2-gas", evidence="not up by 12.3", declares=_ALL_UTILITIES)
class GasAsWater(CreditRegisters):
    """Credit for gas goes to the water register."""

    def with_credit(self, register: int, amount: int) -> Mapping[str, Any] | None:
        return super().with_credit(_WATER if register == _GAS else register, amount)


@defect("time-in-whole-hours", violates="41-6.2.2-time", evidence="not up by 1000", declares=_ALL_UTILITIES)
class TimeInHours(CreditRegisters):
    """Credit of time is cut down to whole hours, and to one at least."""

    def with_credit(self, register: int, amount: int) -> Mapping[str, Any] | None:
        return super().with_credit(register, max(amount // 600, 1) * 600 if register == _TIME else amount)


@defect(
    "currency-in-one-register",
    violates="41-6.2.2-currency 41-6.3.6.3-unit",
    evidence="expected ['water']",
    declares=_CURRENCY,
)
class OneCurrencyRegister(CreditRegisters):
    """Credit in currency goes to electricity, whatever it is for."""

    def with_credit(self, register: int, amount: int) -> Mapping[str, Any] | None:
        return super().with_credit(CURRENCY[0] if register in CURRENCY else register, amount)


@defect(
    "currency-in-ten-thousandths",
    violates="41-6.3.6.3-unit 41-6.3.21-sign",
    evidence="not up by 16",
    declares=_CURRENCY,
)
class TenThousandths(AmountDecoder):
    """An Amount in currency is counted in ten-thousandths of the base currency."""

    def decode_currency(self, apdu: Apdu) -> int:
        return super().decode_currency(apdu) * 10


@defect("currency-without-upper-exponent", violates="41-6.3.21-sign", evidence="not up by", declares=_CURRENCY)
class LowerExponentOnly(AmountDecoder):
    """The place of the RND is not looked at in a currency token: a large amount comes out small."""

    def decode_currency(self, apdu: Apdu) -> int:
        return self.decode(apdu.value)


@defect(
    "amount-of-24-bits",
    violates="41-6.3.6-greatest 41-8.4-limit",
    evidence="credit()",
    declares={"implements.credit_limit": 40_000_000},
)
class AmountOf24Bits(AmountDecoder):
    """An Amount is decoded into 24 bits, and the greatest ones wrap round."""

    def decode(self, value: int) -> int:
        return super().decode(value) & 0xFFFFFF


@defect(
    "unbalance-limit-without-exponent",
    violates="41-6.3.10-like-amount",
    evidence="shows 0 W",
    declares=_THREE_PHASES,
)
class MantissaOfUnbalance(Functions):
    """Of an MPPUL only the mantissa is taken."""

    def set_maximum_phase_power_unbalance_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_phase_power_unbalance_limit(apdu)
        return (
            replace(execution, changes={"unbalance_limit": apdu.value & 0x3FFF})
            if execution.changes
            else execution
        )


@defect(
    "clear-credit-of-gas-clears-more", violates="41-6.3.13-others", evidence="credit()", declares=_ALL_UTILITIES
)
class ClearsGasAndMore(CreditRegisters):
    """ClearCredit of gas clears electricity, too."""

    def cleared(self, register: int) -> Mapping[str, Any] | None:
        return self.without((_GAS, ELECTRICITY)) if register == _GAS else super().cleared(register)


@defect("currency-not-cleared", violates="41-6.3.13-currency", evidence="got RangeError", declares=_CURRENCY)
class CurrencyNotCleared(CreditRegisters):
    """ClearCredit does not know the registers of currency, but among all."""

    def cleared(self, register: int) -> Mapping[str, Any] | None:
        return None if register in CURRENCY else super().cleared(register)


@defect("clear-all-leaves-currency", violates="41-8.7-all", evidence="expected []", declares=_CURRENCY)
class AllButCurrency(CreditRegisters):
    """ClearCredit of all registers leaves credit in currency where it is."""

    def cleared(self, register: int) -> Mapping[str, Any] | None:
        if register == ALL_REGISTERS:
            return self.without(one for one in self.present if one not in CURRENCY)
        return super().cleared(register)


@defect("any-power-limit", violates="41-7.1.5-range 52-6.1.5-range", evidence="got Accept for")
class AnyPowerLimit(Functions):
    """A power limit that the meter cannot keep to is accepted, and the nearest one taken."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        limits, watts = self.configuration.power_limits, self.amounts.decode(apdu.value)
        return Execution(Accept, {"power_limit": min(max(watts, limits[0]), limits[-1])})


@defect("amount-with-octet-of-zeros", violates="41-6.3.6-exponent", evidence="an octet of zeros, raised it by")
class LostCarry(AmountDecoder):
    """A carry is lost in an Amount of exponent 2 whose mantissa ends in an octet of zeros."""

    def amount(self, exponent: int, mantissa: int) -> int:
        is_short = exponent == 2 and mantissa and not mantissa & 0xFF
        return super().amount(exponent, mantissa) - 25_600 * is_short


@defect("absent-register-clears-credit", violates="41-8.7-other-register", evidence="expected a refusing result")
class AbsentRegisterCleared(CreditRegisters):
    """ClearCredit of time in currency, which the meter lacks, is accepted, and clears electricity."""

    def cleared(self, register: int) -> Mapping[str, Any] | None:
        is_absent = register == CURRENCY[-1] and register not in self.present
        return super().cleared(ELECTRICITY if is_absent else register)


@defect("cover-toggles-tampering", violates="41-8.10-outlasts", evidence="the cover was opened again")
class TamperingToggled(Functions):
    """Each opening of the cover turns the tamper condition over."""

    def tampered(self) -> Mapping[str, Any]:
        return {"is_tampered": not self.memory.state.is_tampered}


@defect("no-tampering-without-credit", violates="41-8.10-clears", evidence="a meter without credit")
class NoTamperingWithoutCredit(Functions):
    """The cover is not watched while the load switch is open for want of credit."""

    def tampered(self) -> Mapping[str, Any]:
        return super().tampered() if self.memory.state.credit else {}


@defect("credit-beyond-limit", violates="41-8.4-limit", evidence="got Accept, expected OverflowError")
class RoomForMore(Functions):
    """A token that brings the credit a little above its limit is accepted: the register has room for it."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        credit = self.memory.state.credit + self.amounts.decode(apdu.value)
        if credit > self.configuration.credit_limit + 100:
            return Execution(OverflowingCredit)
        return Execution(Accept, {"credit": credit})


@defect(
    "tenths-lost-in-power-cut",
    violates="41-7.3.8-any-instant 41-7.3.8-nonvolatile 41-8.4-kept 41-8.4-only",
    evidence="credit()",
)
class WholeKilowattHoursKept(Metering):
    """Over a power cut without load whole kilowatt-hours are kept, and tenths are lost."""

    def before_power_down(self, power: int) -> None:
        if not power:
            self.memory.commit(credit=self.memory.state.credit // 10 * 10)


@defect("credit-shown-in-kilowatt-hours", violates="41-8.4-display", evidence="the display shows")
class WholeCreditShown(CreditRegisters):
    """The display shows a credit of electricity without its tenths, and a zero in their place."""

    def shown(self, register: int) -> str:
        return super().shown(register)[:-1] + "0" if register == ELECTRICITY else super().shown(register)


@defect("cleared-credit-still-shown", violates="41-8.4-display", evidence="after ClearCredit")
class StaleWithoutCredit(CreditRegisters):
    """The display goes on showing the last credit of electricity once there is none."""

    _last = ""

    def shown(self, register: int) -> str:
        shown = super().shown(register)
        if register != ELECTRICITY:
            return shown
        if self.content(register) or not self._last:
            self._last = shown
        return self._last


@defect("credit-shown-frozen-while-tampered", violates="41-8.4-display", evidence="while it is tampered")
class FrozenCredit(CreditRegisters):
    """While the meter is tampered the display shows the credit that it showed before."""

    _last = ""

    def shown(self, register: int) -> str:
        if register == ELECTRICITY and self.memory.state.is_tampered and self._last:
            return self._last
        shown = super().shown(register)
        self._last = shown if register == ELECTRICITY else self._last
        return shown


@defect("power-limit-forgotten", violates="41-8.6-any-instant 41-8.6-kept 41-8.6-only", evidence="power_limit()")
class VolatileLimit(LoadSwitch):
    """The power limit is the greatest again after a power cut."""

    def after_power_up(self) -> None:
        if self.memory.state.power_limit:
            self.memory.commit(power_limit=self.configuration.power_limits[-1])


@defect(
    "unbalance-limit-ignored",
    violates="41-8.11-limit 41-8.5-test-11-unbalance 41-6.3.10-like-amount",
    evidence="shows 0 W",
    declares=_THREE_PHASES,
)
class NoUnbalanceLimit(Functions):
    """SetMaximumPhasePowerUnbalanceLimit is accepted, and sets nothing."""

    def set_maximum_phase_power_unbalance_limit(self, apdu: Apdu) -> Execution:
        return replace(super().set_maximum_phase_power_unbalance_limit(apdu), changes={})


def _shows(number: int, what: str, text: str, name: str, requirement: str) -> type[Functions]:
    """Return a defect: a test number brings a fixed text to the display."""

    def shown_by_test(self: Functions, asked: int) -> str:
        return text if asked == number else Functions.shown_by_test(self, asked)

    part = type(f"WrongDisplay{number}", (Functions,), {"__doc__": what, "shown_by_test": shown_by_test})
    return defect(name, violates=requirement, evidence=text)(part)


WrongDisplay2 = _shows(
    2,
    "The test of the display leaves half of it dark.",
    "888---",
    "display-not-tested",
    "41-8.5-test-2-information-display",
)
WrongDisplay3 = _shows(
    3, "The total that is shown is the one of the factory.", "9876.5", "wrong-total-shown", "41-8.5-test-3-totals"
)
WrongDisplay4 = _shows(
    4, "The KeyRevisionNumber is shown as 9.", "9 2", "wrong-key-revision-shown", "41-8.5-test-4-key-revision"
)
WrongDisplay5 = _shows(
    5, "The TariffIndex is shown as 77.", "77", "wrong-tariff-index-shown", "41-8.5-test-5-tariff-index"
)
WrongDisplay7 = _shows(
    7, "The power limit that is shown is a fixed one.", "4321", "wrong-limit-shown", "41-8.5-test-7-power-limit"
)
WrongDisplay8 = _shows(
    8, "A tampered meter shows the same as any other.", "SAFE", "tamper-not-shown", "41-8.5-test-8-tamper"
)
WrongDisplay9 = _shows(
    9, "The power that is drawn is shown as none.", "0", "power-not-shown", "41-8.5-test-9-power"
)
WrongDisplay10 = _shows(
    10, "Another software version is shown.", "7.35", "wrong-version-shown", "41-8.5-test-10-software"
)
WrongDisplay14 = _shows(
    14, "Another encryption algorithm is shown.", "07", "wrong-algorithm-shown", "41-8.5-test-14-algorithm"
)
WrongDisplay15 = _shows(
    15, "A key change is shown to have three tokens.", "3", "wrong-set-shown", "41-8.5-test-15-key-change-tokens"
)
WrongDisplay17 = _shows(
    17, "The KeyExpiryNumber is shown as 128.", "128", "wrong-expiry-shown", "41-8.5-test-17-key-expiry"
)
WrongDisplay18 = _shows(18, "Another DRN is shown.", "12345678911", "wrong-drn-shown", "41-8.5-test-18-drn")


@defect("energy-shown-since-power-up", violates="41-8.5-test-3-totals", evidence="after a power cut")
class EnergySincePowerUp(Functions):
    """The total that is shown is what was drawn since the power came on."""

    _before = 0

    def after_power_up(self) -> None:
        self._before = self.memory.state.energy

    def shown_by_test(self, number: int) -> str:
        if number != 3:
            return super().shown_by_test(number)
        return Writing(self.configuration).energy(self.memory.state.energy - self._before)


@defect("first-limit-shown", violates="41-8.5-test-7-power-limit", evidence="and the limit is 7000 W")
class FirstLimit(Functions):
    """The power limit that is shown is the one that was shown first."""

    _first: int | None = None

    def shown_by_test(self, number: int) -> str:
        if number != 7:
            return super().shown_by_test(number)
        self._first = self._first or self.memory.state.power_limit
        return Writing(self.configuration).power(self._first)


@defect("widest-limit-shown-after-power-cut", violates="41-8.5-test-7-power-limit", evidence="test 7 shows")
class WidestLimit(Functions):
    """After a power cut the power limit is shown as the greatest that the meter takes, until another is set."""

    _is_fresh = False

    def after_power_up(self) -> None:
        self._is_fresh = True

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        self._is_fresh = False
        return super().set_maximum_power_limit(apdu)

    def shown_by_test(self, number: int) -> str:
        if number == 7 and self._is_fresh:
            return Writing(self.configuration).power(self.configuration.power_limits[-1])
        return super().shown_by_test(number)


@defect("tamper-shown-once", violates="41-8.5-test-8-tamper", evidence="when it is asked again")
class TamperShownOnce(Functions):
    """A tamper condition is shown to who asks first, and to nobody after that."""

    _was_shown = False

    def shown_by_test(self, number: int) -> str:
        is_tampered = self.memory.state.is_tampered
        is_over = number == 8 and is_tampered and self._was_shown
        self._was_shown = is_tampered and (self._was_shown or number == 8)
        return "0" if is_over else super().shown_by_test(number)


@defect("power-shown-behind-open-switch", violates="41-8.5-test-9-power", evidence="with the load switch open")
class PowerOfLoad(Functions):
    """With the load switch open the power is shown that was drawn before."""

    _drawn = 0

    def shown_by_test(self, number: int) -> str:
        if number != 9:
            return super().shown_by_test(number)
        if self.memory.state.is_closed:
            self._drawn = self.power()
        return Writing(self.configuration).power(self._drawn)


@defect("first-expiry-shown", violates="41-8.5-test-17-key-expiry", evidence="test 17 shows '255'")
class FirstExpiry(Functions):
    """The KeyExpiryNumber that is shown is that of a key without expiry, whatever the key change brought."""

    def shown_by_test(self, number: int) -> str:
        return "255" if number == 17 else super().shown_by_test(number)


@defect(
    "reader-not-tested",
    violates="41-8.5-test-6-token-reader",
    evidence="the display shows",
    declares={"implements.tests": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "display.tests": {"6": "rEAdEr"}},
)
class ReaderNotTested(Functions):
    """The test of the token reader shows that there is none."""

    def shown_by_test(self, number: int) -> str:
        return "nonE" if number == 6 else super().shown_by_test(number)


@defect("load-switch-left-open-by-test", violates="41-8.5-test-1-load-switch", evidence="closed = False")
class SwitchLeftOpen(Functions):
    """The test of the load switch opens it and does not close it again."""

    def changed_by_test(self, number: int) -> Mapping[str, Any]:
        return {"is_closed": False, "is_tripped": True} if number == 1 else super().changed_by_test(number)


@defect(
    "load-switch-not-tested",
    violates="41-8.5-test-1-load-switch",
    evidence="closed = True",
    declares={"implements.load_switch_test": "opens"},
)
class SwitchNotTested(Functions):
    """The test of the load switch is accepted, and does nothing."""

    def changed_by_test(self, number: int) -> Mapping[str, Any]:  # noqa: ARG002 - whichever it is
        return {}


@defect("date-from-another-base", violates="41-6.1.12-base", evidence="the display shows")
class AnotherBase(Functions):
    """The minutes of every token are counted from 1993, whatever the base date of the key is."""

    def base_date(self) -> BaseDate:
        return BaseDate.BDT93


@defect("credit-shown-as-bought", violates="31-interface-credit", evidence="kWh are shown")
class CreditAsBought(CreditRegisters):
    """The display shows the credit as it was after the last token, however much of it was used since."""

    _bought: tuple[int, ...] = ()
    _shown = ""

    def shown(self, register: int) -> str:
        if register != ELECTRICITY:
            return super().shown(register)
        if not self._shown or self._bought != self.memory.state.token_identifiers:
            self._bought, self._shown = self.memory.state.token_identifiers, super().shown(register)
        return self._shown


@defect(
    "management-acknowledged-only",
    violates="41-6.3.9-exponent 41-8.10-clears 41-8.6-any-instant 41-8.6-limit 41-8.7-clears",
    evidence="power_limit()",
)
class IdleManagement(Functions):
    """A management token is accepted, and never executed."""

    def execute(self, apdu: Apdu) -> Execution:
        execution = super().execute(apdu)
        return replace(execution, changes={}) if apdu.token_class == 2 else execution
