"""Subtle defects: an accepted token changes something else beside what it is for (IEC 62055-41, 8)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sts62055.carrier.token_lockout import LockoutState
from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.defects.subtle.triggers import (
    CLEAR_CREDIT,
    CLEAR_TAMPER,
    CREDIT,
    POWER_LIMIT,
    UNBALANCE_LIMIT,
    With,
)
from sts_rigs.simulator.meter.credit_registers import ALL_REGISTERS, CreditRegisters
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey

_UNBALANCE = {
    "implements.phases": 3,
    "implements.phase_unbalance_limit": True,
    "implements.unbalance_limit_range": [100, 50_000],
}

# -- credit ----------------------------------------------------------------------------------------------------


@subtle("credit-clears-tamper", breaks="41-8.4 41-8.10")
class CreditClearsTamper(With):
    """A credit token ends the tamper condition."""

    kind = CREDIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"is_tampered": False}


@subtle("credit-resets-energy", breaks="31 41-8.4 52-6.8.3")
class CreditResetsEnergy(With):
    """A credit token sets the cumulative energy back to 0."""

    kind = CREDIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"drawn": 0}


@subtle("large-credit-lifts-power-limit", breaks="41-8.4 41-8.6")
class LargeCreditLiftsLimit(With):
    """A credit token whose Amount has an exponent above 0 resets the power limit."""

    kind = CREDIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return {"power_limit": 0} if apdu.value >> 14 else {}


# -- management ------------------------------------------------------------------------------------------------


@subtle("clear-tamper-gives-credit", breaks="41-8.4 41-8.10")
class ClearTamperGivesCredit(With):
    """ClearTamperCondition gives 5 kWh."""

    kind = CLEAR_TAMPER

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"credit": self.memory.state.credit + 50}


@subtle("clear-tamper-resets-power-limit", breaks="41-8.6 41-8.10")
class ClearTamperResetsLimit(With):
    """ClearTamperCondition resets the power limit."""

    kind = CLEAR_TAMPER

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"power_limit": 0}


@subtle("power-limit-clears-tamper", breaks="41-8.6 41-8.10")
class LimitClearsTamper(With):
    """SetMaximumPowerLimit ends the tamper condition."""

    kind = POWER_LIMIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"is_tampered": False}


@subtle("power-limit-trips-switch", breaks="31 41-8.6")
class LimitTripsSwitch(With):
    """A new power limit opens the load switch as too much load does, and its user has to close it."""

    kind = POWER_LIMIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"is_closed": False, "is_tripped": True}


@subtle("power-limit-changes-tariff-index", breaks="41-6.1.7 41-8.6")
class LimitChangesTariffIndex(With):
    """SetMaximumPowerLimit writes its RND into the tariff index."""

    kind = POWER_LIMIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return {"key": replace(self.held_key, tariff_index=f"{apdu.content >> 40:02d}")}


@subtle("power-limit-sets-unbalance-limit", breaks="41-8.6 41-8.11", declares=_UNBALANCE)
class LimitSetsUnbalance(With):
    """SetMaximumPowerLimit sets the limit of unbalance, too."""

    kind = POWER_LIMIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return {"unbalance_limit": apdu.value & 0x3FFF}


@subtle("unbalance-limit-resets-power-limit", breaks="41-8.6 41-8.11", declares=_UNBALANCE)
class UnbalanceResetsLimit(With):
    """SetMaximumPhasePowerUnbalanceLimit resets the power limit."""

    kind = UNBALANCE_LIMIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"power_limit": 0}


@subtle("clear-credit-resets-power-limit", breaks="41-8.6 41-8.7")
class ClearCreditResetsLimit(With):
    """ClearCredit resets the power limit."""

    kind = CLEAR_CREDIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"power_limit": 0}


@subtle("clear-all-clears-tamper", breaks="41-8.7 41-8.10")
class ClearAllClearsTamper(With):
    """ClearCredit of all registers ends the tamper condition."""

    kind = CLEAR_CREDIT

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return {"is_tampered": False} if apdu.value == ALL_REGISTERS else {}


@subtle("clear-credit-clears-next-register", breaks="41-6.3.13 41-8.7")
class ClearsNextRegister(CreditRegisters):
    """ClearCredit of one register clears the next one of Table 28, too."""

    def cleared(self, register: int) -> Mapping[str, Any] | None:
        is_one = register in self.present
        return self.without((register, register + 1)) if is_one else super().cleared(register)


# -- tests and displays ----------------------------------------------------------------------------------------


class ChangedByTest(Functions):
    """Changes something by one test of Table 27."""

    number: int

    def changed_by_test(self, number: int) -> Mapping[str, Any]:
        return {**super().changed_by_test(number), **(self.changed() if number == self.number else {})}

    def changed(self) -> Mapping[str, Any]:
        """Return what the test changes."""
        raise NotImplementedError


@subtle("load-switch-test-resets-power-limit", breaks="41-8.5 41-8.6")
class TestResetsLimit(ChangedByTest):
    """The test of the load switch resets the power limit."""

    number = 1

    def changed(self) -> Mapping[str, Any]:
        return {"power_limit": 0}


@subtle("load-switch-test-takes-credit", breaks="41-8.4 41-8.5")
class TestTakesCredit(ChangedByTest):
    """The test of the load switch costs 0,1 kWh."""

    number = 1

    def changed(self) -> Mapping[str, Any]:
        return {"credit": max(self.memory.state.credit - 1, 0)}


@subtle("tamper-display-clears-tamper", breaks="41-8.5 41-8.10")
class DisplayClearsTamper(ChangedByTest):
    """The display of the tamper status ends the tamper condition."""

    number = 8

    def changed(self) -> Mapping[str, Any]:
        return {"is_tampered": False}


@subtle("energy-display-resets-energy", breaks="31 41-8.5 52-6.8.3")
class DisplayResetsEnergy(ChangedByTest):
    """The display of the cumulative energy sets it back to 0."""

    number = 3

    def changed(self) -> Mapping[str, Any]:
        return {"drawn": 0}


@subtle("test-of-everything-clears-credit", breaks="41-8.4 41-8.5")
class EverythingClearsCredit(Functions):
    """Test 0 runs the credit registers through their test pattern, and leaves electricity empty."""

    def test_display(self, apdu: Apdu) -> Execution:
        execution = super().test_display(apdu)
        return replace(execution, changes={"credit": 0}) if execution.display == "all" else execution


@subtle("display-ends-lockout", breaks="41-8.5 52-6.6.7")
class DisplayEndsLockout(With):
    """A token of class 1 ends a lockout."""

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return {"lockout": LockoutState()} if apdu.token_class == 1 else {}


# -- key change ------------------------------------------------------------------------------------------------


@subtle("key-change-forgets-power-limit", breaks="41-8.6 41-8.9")
class KeyChangeForgetsLimit(KeyChangeProcess):
    """A key change resets the power limit."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), "power_limit": 0}


@subtle("key-change-clears-tamper", breaks="41-8.9 41-8.10")
class KeyChangeClearsTamper(KeyChangeProcess):
    """A key change ends the tamper condition."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), "is_tampered": False}


@subtle("key-change-rounds-credit", breaks="41-8.4 41-8.9")
class KeyChangeRoundsCredit(KeyChangeProcess):
    """A key change rounds the credit up to whole kilowatt-hours."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), "credit": -(-self.memory.state.credit // 10) * 10}


@subtle("roll-over-clears-tamper", breaks="41-8.9 41-8.10")
class RollOverClearsTamper(KeyChangeProcess):
    """RO ends the tamper condition with the store."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), **({"is_tampered": False} if new.rolls_over else {})}


@subtle("roll-over-clears-other-credit", breaks="41-8.4 41-8.9")
class RollOverClearsOthers(KeyChangeProcess):
    """RO clears the credit of all registers but electricity."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), **({"other_credit": {}} if new.rolls_over else {})}
