"""Subtle defects: a rule is broken in one state of the meter only (IEC 62055-41, 7.3 and 8; IEC 62055-52)."""

from dataclasses import replace

from sts62055.application.results import Accept, FunctionError, NotReady, RangeError
from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.process import ApplicationProcess
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_SECOND_PART, _FOURTH_PART = 4, 9
_DAY = 24 * 60

# -- locked out, tampered, busy --------------------------------------------------------------------------------


@subtle("management-during-lockout", breaks="52-6.6.7")
class ManagementDuringLockout(ApplicationProcess):
    """Tokens of class 2 are executed during a lockout, as those of class 1 are."""

    def is_locked_out(self, digits: str, now: int, *, carrier: str) -> bool:
        number = self._extraction.number(digits)
        is_management = number is not None and self._extraction.token_class(number) == 2
        return not is_management and super().is_locked_out(digits, now, carrier=carrier)


@subtle("used-token-accepted-while-tampered", breaks="41-7.3.7 41-7.3.8 41-8.10")
class UsedAcceptedWhileTampered(TokenIdentifierStore):
    """A used token is accepted while the meter is tampered."""

    def is_used(self, apdu: Apdu) -> bool:
        return not self.memory.state.is_tampered and super().is_used(apdu)


@subtle("power-limit-swallowed-while-tampered", breaks="41-8.6 41-8.10")
class LimitSwallowedWhileTampered(Functions):
    """A power limit is accepted while the meter is tampered, and not set."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        return replace(execution, changes={}) if self.memory.state.is_tampered else execution


@subtle("clear-tamper-of-nothing-refused", breaks="41-7.1.5 41-8.10")
class ClearTamperRefused(Functions):
    """ClearTamperCondition is refused as unknown by a meter that is not tampered."""

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:
        is_tampered = self.memory.state.is_tampered
        return super().clear_tamper_condition(apdu) if is_tampered else Execution(FunctionError)


@subtle("registers-zero-while-busy", breaks="52-6.6.3 52-6.8.3")
class ZeroWhileBusy(MeterRegisters):
    """The registers show 0 while a token is processed."""

    def show(self, name: str, value: int) -> str:
        status = self.profile.registers["token_status"]
        is_busy = name != status.name and super().read(status.id) == status.encode(self._busy)
        return super().show(name, 0 if is_busy else value)

    @property
    def _busy(self) -> int:
        return self.profile.token_status_code(NotReady)


@subtle("display-refused-while-locked-out", breaks="41-8.5 52-6.6.7")
class DisplayLockedOut(ApplicationProcess):
    """Tokens of class 1 are locked out, too."""

    def is_locked_out(self, digits: str, now: int, *, carrier: str) -> bool:  # noqa: ARG002
        return self._lockout.concerns(carrier=carrier) and self._lockout.is_active(now)


# -- credit ----------------------------------------------------------------------------------------------------


@subtle("old-token-accepted-without-credit", breaks="41-7.3.7")
class OldAcceptedWithoutCredit(TokenIdentifierStore):
    """An old token is accepted while there is no credit."""

    def is_old(self, apdu: Apdu) -> bool:
        return self.memory.state.credit > 0 and super().is_old(apdu)


@subtle("used-token-accepted-without-credit", breaks="41-7.3.7 41-7.3.8")
class UsedAcceptedWithoutCredit(TokenIdentifierStore):
    """A used token is accepted while there is no credit, so that the last one can be entered again for ever."""

    def is_used(self, apdu: Apdu) -> bool:
        return self.memory.state.credit > 0 and super().is_used(apdu)


@subtle("full-register-swallows-credit", breaks="41-7.1.5 41-8.4")
class FullRegisterSwallows(Functions):
    """Credit is accepted, and lost, while the register is full to its very limit."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        is_full = self.memory.state.credit == self.configuration.credit_limit
        return Execution(Accept) if is_full else super().transfer_credit(apdu)


@subtle("credit-lost-while-tripped", breaks="31 41-8.4")
class CreditLostWhileTripped(Functions):
    """Credit is accepted, and lost, while the load switch waits for its user."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        return Execution(Accept) if self.memory.state.is_tripped else super().transfer_credit(apdu)


@subtle("first-credit-of-day-doubled", breaks="41-8.4")
class FirstCreditOfDayDoubled(Functions):
    """The first credit token of a new day is booked twice."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution, newest = super().transfer_credit(apdu), max(self.memory.state.token_identifiers)
        if execution.result is not Accept or apdu.token_identifier // _DAY <= newest // _DAY:
            return execution
        return replace(execution, changes={"credit": 2 * execution.changes["credit"] - self.memory.state.credit})


@subtle("clear-of-empty-register-refused", breaks="41-7.1.5 41-8.7")
class ClearOfEmptyRefused(Functions):
    """ClearCredit of electricity is refused as out of range while there is no credit."""

    def clear_credit(self, apdu: Apdu) -> Execution:
        is_empty = apdu.value == 0 and self.memory.state.credit == 0
        return Execution(RangeError) if is_empty else super().clear_credit(apdu)


# -- power limit -----------------------------------------------------------------------------------------------


@subtle("same-power-limit-refused", breaks="41-7.1.5 41-8.6")
class SameLimitRefused(Functions):
    """A power limit that is set already is refused as out of range."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        is_same = self.amounts.decode(apdu.value) == self.memory.state.power_limit
        return Execution(RangeError) if is_same else super().set_maximum_power_limit(apdu)


@subtle("power-limit-only-rises", breaks="41-8.6")
class LimitOnlyRises(Functions):
    """A power limit below the present one is accepted, and not set."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        is_lower = execution.changes.get("power_limit", 0) < self.memory.state.power_limit
        return replace(execution, changes={}) if is_lower else execution


@subtle("power-limit-swallowed-under-load", breaks="31 41-8.6")
class LimitSwallowedUnderLoad(Functions):
    """A power limit is accepted while power is drawn, and not set."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        return replace(execution, changes={}) if self.power() else execution


# -- key change ------------------------------------------------------------------------------------------------


@subtle("fourth-part-first-mangled", breaks="41-6.3.16 41-8.9")
class FourthPartFirst(KeyChangeProcess):
    """A fourth part that comes before all others loses the lowest octet of its section of the key."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        is_first = apdu.subclass == _FOURTH_PART and not self.held(now)
        return super().take(replace(apdu, word=apdu.word & ~0xFF0000) if is_first else apdu, now)


@subtle("second-part-before-first-loses-tariff-index", breaks="41-6.1.7 41-8.9")
class SecondPartBeforeFirst(KeyChangeProcess):
    """The tariff index of a second part that comes before the first is not taken."""

    _is_lost = False

    def take(self, apdu: Apdu, now: int) -> Execution:
        if apdu.subclass == _SECOND_PART:
            self._is_lost = _SECOND_PART - 1 not in self.held(now)
        return super().take(apdu, now)

    def changes(self, new: NewKey) -> dict[str, object]:
        key = self.key_of(new)
        kept = replace(key, tariff_index=self.held_key.tariff_index)
        return {**super().changes(new), "key": kept if self._is_lost else key}


@subtle("parts-backwards-refused", breaks="41-8.9")
class PartsBackwardsRefused(KeyChangeProcess):
    """A set whose first part comes last is refused as unknown."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        is_last = apdu.subclass == _SECOND_PART - 1 and self.is_complete(
            {**self.held(now), apdu.subclass: apdu.content}
        )
        return Execution(FunctionError, {"key_sections": {}}) if is_last else super().take(apdu, now)
