"""Defects of limits, switch and metering that show under load, in a state or after an event (IEC 62055-31)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sts62055.application.results import MfrCodeError, TokenStatus
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.load_switch import LoadSwitch
from sts_rigs.simulator.meter.memory import TENTH
from sts_rigs.simulator.meter.metering import Metering
from sts_rigs.simulator.meter.process import ApplicationProcess

_ABOVE_LIMIT = "41-8.6-disconnects 31-switch-above-limit"
_LOW = 500
_SWITCH_TEST = 1


# -- accounting ------------------------------------------------------------------------------------------------


def _whole_units(state: Any) -> dict[str, int]:
    """Return what changes when the energy since the last whole unit is lost."""
    return {"begun": 0, "drawn": state.drawn // TENTH * TENTH}


@defect("energy-lost-at-status-read", violates="31-accounting-exact", evidence="while registers were read")
class LostAtRead(MeterRegisters):
    """Each read of the meter status loses the energy since the last whole unit."""

    def show(self, name: str, value: int) -> str:
        if name == "meter_status":
            self.memory.commit(**_whole_units(self.memory.state))
        return super().show(name, value)


@defect("energy-lost-at-limit-under-load", violates="31-accounting-exact", evidence="while tokens were entered")
class LostAtLimit(Functions):
    """A power limit that comes while power is drawn loses the energy since the last whole unit."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        if not execution.changes or not self.power():
            return execution
        return replace(execution, changes={**execution.changes, **_whole_units(self.memory.state)})


@defect("energy-counted-half-more", violates="31-accounting-exact", evidence="counted where less than")
class HalfMore(Metering):
    """Half more than what is drawn is counted, and taken from the credit."""

    def after(self, energy: int) -> Mapping[str, Any]:
        return super().after(energy * 3 // 2)


@defect("credit-falls-too-slowly", violates="31-accounting-exact", evidence="kWh of credit used for")
class SlowCredit(Metering):
    """The credit falls by two thirds of the energy that is counted."""

    def after(self, energy: int) -> Mapping[str, Any]:
        return {**super().after(energy * 2 // 3), "drawn": self.memory.state.drawn + energy}


@defect("energy-counted-without-mains", violates="31-accounting-power-cut", evidence="is another after")
class CountsWithoutMains(Metering):
    """Energy is counted for the time in which the power was off."""

    def power(self, loads: Sequence[int], *, has_mains: bool, is_closed: bool) -> int:  # noqa: ARG002
        return sum(loads) if is_closed else 0


@defect(
    "energy-counted-while-open",
    violates="31-switch-opens 31-switch-tamper",
    evidence="although the load switch was open",
)
class CountsWhileOpen(Metering):
    """Energy is counted although the load switch is open."""

    def power(self, loads: Sequence[int], *, has_mains: bool, is_closed: bool) -> int:  # noqa: ARG002
        return sum(loads) if has_mains else 0


# -- limits ----------------------------------------------------------------------------------------------------


@defect("power-limit-with-margin", violates=_ABOVE_LIMIT, evidence="above a limit of")
class LimitWithMargin(LoadSwitch):
    """The load switch opens on three tenths above the power limit."""

    def is_above_power_limit(self, loads: Sequence[int]) -> bool:
        return super().is_above_power_limit([watts * 10 // 13 for watts in loads])


@defect("low-power-limit-not-kept-to", violates=_ABOVE_LIMIT, evidence="above a limit of")
class LowLimitIgnored(LoadSwitch):
    """A power limit below 500 W is shown, and not kept to."""

    def is_above_power_limit(self, loads: Sequence[int]) -> bool:
        return self.memory.state.power_limit >= _LOW and super().is_above_power_limit(loads)


@defect("power-limit-at-four-fifths", violates="31-switch-below-limit", evidence="open with")
class FourFifthsOfLimit(LoadSwitch):
    """The load switch opens on four fifths of the power limit."""

    def is_above_power_limit(self, loads: Sequence[int]) -> bool:
        return super().is_above_power_limit([watts * 5 // 4 for watts in loads])


@defect("power-limit-of-before-the-load", violates=_ABOVE_LIMIT, evidence="set under load")
class LimitOfBefore(LoadSwitch):
    """A new power limit counts from the next load on, and not for the one that is drawn."""

    _loads: tuple[int, ...] = ()
    _limit = 0

    def settled(self, loads: Sequence[int]) -> Mapping[str, Any]:
        if tuple(loads) != self._loads:
            self._loads, self._limit = tuple(loads), self.memory.state.power_limit
        return super().settled(loads)

    def is_above_power_limit(self, loads: Sequence[int]) -> bool:
        return 0 < self._limit < sum(loads)


@defect("power-limit-shown-only-after-power-cut", violates=_ABOVE_LIMIT, evidence="kept over a power cut")
class LimitForShow(LoadSwitch):
    """After a power cut the power limit is shown, and not kept to until the next one comes."""

    _for_show = 0

    def after_power_up(self) -> None:
        super().after_power_up()
        self._for_show = self.memory.state.power_limit

    def is_above_power_limit(self, loads: Sequence[int]) -> bool:
        is_for_show = self.memory.state.power_limit == self._for_show
        return not is_for_show and super().is_above_power_limit(loads)


@defect("power-limit-reset-by-trip", violates="31-switch-tripped", evidence="once the switch opened on a load")
class LimitResetByTrip(LoadSwitch):
    """Once it was exceeded, the power limit is the greatest one."""

    def settled(self, loads: Sequence[int]) -> Mapping[str, Any]:
        changes = super().settled(loads)
        is_tripped = "is_tripped" in changes
        return {**changes, "power_limit": self.configuration.power_limits[-1]} if is_tripped else changes


# -- switch ----------------------------------------------------------------------------------------------------


@defect("switch-closed-by-read", violates="31-switch-tripped", evidence="by a used token or a read")
class ClosedByRead(MeterRegisters):
    """A read of the meter status closes a load switch that opened on a load."""

    def show(self, name: str, value: int) -> str:
        if name == "meter_status" and self.memory.state.is_tripped:
            self.memory.commit(is_tripped=False)
        return super().show(name, value)


@defect("user-closes-on-too-much-load", violates="31-switch-tripped", evidence="and it stays closed")
class UserKnowsBest(LoadSwitch):
    """A switch that its user has closed while a load is on stays closed on that load."""

    _loads: tuple[int, ...] = ()
    _is_forced = False

    def settled(self, loads: Sequence[int]) -> Mapping[str, Any]:
        if tuple(loads) != self._loads:
            self._loads, self._is_forced = tuple(loads), False
        return super().settled(loads)

    def closed_by_user(self) -> Mapping[str, Any]:
        self._is_forced = bool(self._loads)
        return super().closed_by_user()

    def is_too_much(self, loads: Sequence[int]) -> bool:
        return not self._is_forced and super().is_too_much(loads)


@defect("last-unit-cannot-be-drawn", violates="31-switch-opens", evidence="open with a credit of")
class LastUnitKept(LoadSwitch):
    """The load switch opens while there is 0,1 kWh left."""

    def has_credit(self) -> bool:
        return self.memory.state.credit > 1 or self.memory.state.granted > 0


@defect("debt-after-empty", violates="31-switch-opens", evidence="once it was used up")
class DebtAfterEmpty(Metering):
    """A credit that was used up under load leaves a debt of 0,3 kWh."""

    def after(self, energy: int) -> Mapping[str, Any]:
        changes = super().after(energy)
        is_empty = not changes["credit"] and self.memory.state.credit
        return {**changes, "owed": 3} if is_empty else changes


@defect("clearing-under-load-unheeded", violates="31-switch-opens", evidence="still closed after the credit was")
class ClearedUnderLoad(Functions):
    """Credit that is cleared while power is drawn can be drawn all the same."""

    def clear_credit(self, apdu: Apdu) -> Execution:
        execution = super().clear_credit(apdu)
        credit = self.memory.state.credit
        return replace(execution, changes={**execution.changes, "granted": credit}) if self.power() else execution


@defect("keyed-in-credit-leaves-switch-open", violates="31-switch-closes", evidence="and credit by the keypad")
class KeypadLeavesOpen(ApplicationProcess):
    """The load switch waits for its user after credit that was keyed in."""

    def run(self, token: str, now: int, *, carrier: str, waited: bool) -> Execution:
        if carrier == "keypad" and not self.is_locked_out(token, now, carrier=carrier):
            self._write({"is_tripped": True})
        return super().run(token, now, carrier=carrier, waited=waited)


@defect("empty-at-power-on-stays-open", violates="31-switch-closes", evidence="after a power cut without credit")
class EmptyAtPowerOn(LoadSwitch):
    """A meter without credit when its power comes on keeps its switch open until the next power cut."""

    _was_empty = False

    def after_power_up(self) -> None:
        self._was_empty = not self.has_credit()

    def may_be_closed(self) -> bool:
        return not self._was_empty and super().may_be_closed()


class _Forced(LoadSwitch):
    """A switch that is closed against all rules, until there is credit and no tampering."""

    _is_forced = False

    def settled(self, loads: Sequence[int]) -> Mapping[str, Any]:
        if self._is_forced and super().may_be_closed():
            self._is_forced = False
        return super().settled(loads)

    def may_be_closed(self) -> bool:
        return self._is_forced or super().may_be_closed()

    def force(self) -> Mapping[str, Any]:
        """Return what closes it."""
        self._is_forced = True
        return {"is_closed": True, "is_tripped": False}


@defect(
    "user-closes-after-power-cut", violates="31-switch-stays-open", evidence="without credit after a power cut"
)
class ClosesAfterPowerCut(_Forced):
    """After a power cut its user can have the switch closed without credit."""

    _had_power_cut = False

    def after_power_up(self) -> None:
        self._had_power_cut = True

    def settled(self, loads: Sequence[int]) -> Mapping[str, Any]:
        self._had_power_cut = self._had_power_cut and not self.has_credit()
        return super().settled(loads)

    def closed_by_user(self) -> Mapping[str, Any]:
        usual = super().closed_by_user()
        return self.force() if self._had_power_cut and not self.has_credit() else usual


@defect("user-closes-while-tampered", violates="31-switch-tamper", evidence="its user could close it while")
class ClosesWhileTampered(_Forced):
    """The user can have the switch of a tampered meter closed."""

    def closed_by_user(self) -> Mapping[str, Any]:
        return self.force() if self.is_kept_open_by_tampering() else super().closed_by_user()


@defect("power-cut-closes-tampered", violates="31-switch-tamper", evidence="closed after a power cut while")
class ClosesTampered(_Forced):
    """After a power cut tampering does not keep the load switch open any more."""

    _had_power_cut = False

    def after_power_up(self) -> None:
        self._had_power_cut = self.memory.state.is_tampered

    def closed_by_user(self) -> Mapping[str, Any]:
        is_kept = self.is_kept_open_by_tampering()
        return self.force() if self._had_power_cut and is_kept else super().closed_by_user()


@defect("tamper-unheeded-under-load", violates="31-switch-tamper", evidence="was opened under load")
class TamperUnheededUnderLoad(LoadSwitch):
    """Tampering does not open the load switch while there is a load."""

    _has_load = False

    def settled(self, loads: Sequence[int]) -> Mapping[str, Any]:
        self._has_load = sum(loads) > 0
        return super().settled(loads)

    def is_kept_open_by_tampering(self) -> bool:
        return not self._has_load and super().is_kept_open_by_tampering()


# -- what is told, and tests -----------------------------------------------------------------------------------


@defect("trip-not-in-status", violates="52-6.8.3-meter-status-switch", evidence="too great a load, and the meter")
class TripNotTold(MeterRegisters):
    """The meter status tells of a closed load switch after it opened on a load."""

    def show(self, name: str, value: int) -> str:
        closed = self.profile.status_mask("load_switch_closed")
        is_wrong = name == "meter_status" and self.memory.state.is_tripped
        return super().show(name, value | closed if is_wrong else value)


@defect(
    "switch-of-tampered-not-in-status",
    violates="52-6.8.3-meter-status-switch",
    evidence="after the cover was opened, and the meter",
)
class TamperedSwitchNotTold(MeterRegisters):
    """The meter status tells of a closed load switch while tampering keeps it open."""

    def show(self, name: str, value: int) -> str:
        closed = self.profile.status_mask("load_switch_closed")
        is_wrong = name == "meter_status" and self.memory.state.is_tampered
        return super().show(name, value | closed if is_wrong else value)


@defect("switch-test-of-another-maker", violates="41-8.5-test-1-load-switch", evidence="of another maker")
class TestOfAnotherMaker(TokenAuthentication):
    """A test of the load switch is refused for its MfrCode, and opens the switch all the same."""

    def check(self, apdu: Apdu) -> TokenStatus | None:
        failure = super().check(apdu)
        if failure is MfrCodeError and apdu.word >> 24 & (1 << _SWITCH_TEST) - 1:
            self.memory.commit(is_closed=False, is_tripped=True)
        return failure


@defect("second-switch-test-leaves-open", violates="41-8.5-test-1-load-switch", evidence="after a second test")
class SecondTestLeavesOpen(Functions):
    """A test of the load switch right after another one leaves it open."""

    _last = 0

    def changed_by_test(self, number: int) -> Mapping[str, Any]:
        is_second = number == _SWITCH_TEST == self._last
        self._last = number
        return {"is_closed": False, "is_tripped": True} if is_second else super().changed_by_test(number)
