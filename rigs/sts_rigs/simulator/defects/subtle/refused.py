"""Subtle defects: a token is refused as it must be, and has changed something (IEC 62055-41, 7.3 and 8)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sts62055.application.results import (
    CRCError,
    FunctionError,
    KeyTypeError,
    MfrCodeError,
    OldError,
    OverflowingCredit,
    RangeError,
    TokenStatus,
    UsedError,
)
from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.defects.subtle.triggers import CLEAR_CREDIT, CREDIT, POWER_LIMIT, With
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.process import ApplicationProcess

# -- used and old tokens ---------------------------------------------------------------------------------------


@subtle("used-token-closes-switch", breaks="31 41-7.3.7")
class UsedClosesSwitch(With):
    """A used credit token has a load switch closed that waits for its user after too much load."""

    kind = CREDIT
    result = UsedError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"is_tripped": False}


@subtle("used-clear-credit-clears", breaks="41-7.3.7 41-8.7")
class UsedClearClears(With):
    """A used ClearCredit is refused, and clears the electricity credit."""

    kind = CLEAR_CREDIT
    result = UsedError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"credit": 0, "begun": 0}


@subtle("used-power-limit-sets", breaks="41-7.3.7 41-8.6")
class UsedLimitSets(With):
    """A used SetMaximumPowerLimit is refused, and sets its limit again."""

    kind = POWER_LIMIT
    result = UsedError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return {"power_limit": apdu.value & 0x3FFF}


@subtle("old-token-stored", breaks="41-7.3.7 41-7.3.8")
class OldStored(With):
    """The TokenIdentifier of an old token gets into the store, and what is between is not old any more."""

    result = OldError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return self.stored(apdu)


@subtle("old-token-clears-tamper", breaks="41-7.3.7 41-8.10")
class OldClearsTamper(With):
    """An old token, of whatever kind, ends the tamper condition."""

    result = OldError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"is_tampered": False}


# -- tokens that are not authentic -----------------------------------------------------------------------------


@subtle("wrong-crc-resets-power-limit", breaks="41-7.3.6 41-8.6")
class WrongCrcResetsLimit(With):
    """A token with a wrong CRC resets the power limit."""

    result = CRCError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"power_limit": 0}


@subtle("wrong-crc-empties-oldest", breaks="41-7.3.6 41-7.3.8")
class WrongCrcEmptiesOldest(With):
    """A token with a wrong CRC empties the place of the oldest TokenIdentifier in the store."""

    result = CRCError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"token_identifiers": (0, *self.memory.state.token_identifiers[1:])}


@subtle("wrong-crc-told-twice", breaks="41-7.1.5 52-7.8")
class WrongCrcToldTwice(ApplicationProcess):
    """The token after one with a wrong CRC is executed, and answered by CRCError as well."""

    _before: TokenStatus | None = None

    def run(self, digits: str, now: int, *, carrier: str, waited: bool) -> Execution:
        execution = super().run(digits, now, carrier=carrier, waited=waited)
        before, self._before = self._before, execution.result
        return replace(execution, result=CRCError) if before is CRCError else execution


@subtle("foreign-maker-resets-energy", breaks="31 41-7.3.6")
class ForeignMakerResetsEnergy(With):
    """A class 1 token of another maker sets the cumulative energy back to 0."""

    result = MfrCodeError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"drawn": 0}


# -- tokens that cannot be executed ----------------------------------------------------------------------------


@subtle("overflow-fills-register", breaks="41-7.1.5 41-8.4")
class OverflowFills(With):
    """Credit that would overflow is refused, and fills the register up to its limit."""

    kind = CREDIT
    result = OverflowingCredit

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"credit": self.configuration.credit_limit}


@subtle("refused-power-limit-sets-low-octet", breaks="41-7.1.5 41-8.6")
class RefusedLimitSetsOctet(With):
    """A power limit out of range is refused, and its lower octet written."""

    kind = POWER_LIMIT
    result = RangeError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return {"power_limit": self.memory.state.power_limit & ~0xFF | apdu.value & 0xFF}


@subtle("refused-pad-clears-tamper", breaks="41-7.1.5 41-8.10")
class RefusedPadClears(Functions):
    """ClearTamperCondition with a Pad other than 0 is refused, and ends the tamper condition."""

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:
        return replace(super().clear_tamper_condition(apdu), changes={"is_tampered": False})


@subtle("unknown-token-clears-tamper", breaks="41-7.1.5 41-8.10")
class UnknownClearsTamper(With):
    """A token that the meter does not know ends the tamper condition."""

    result = FunctionError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return {"is_tampered": False} if apdu.token_class == 2 else {}


@subtle("unknown-register-clears-tenths", breaks="41-6.3.13 41-8.7")
class UnknownRegisterClears(Functions):
    """ClearCredit of a register that the meter lacks is refused, and clears the low octet of electricity."""

    def clear_credit(self, apdu: Apdu) -> Execution:
        execution = super().clear_credit(apdu)
        left = {"credit": self.memory.state.credit & ~0xFF}
        return execution if execution.changes else replace(execution, changes=left)


# -- key changes -----------------------------------------------------------------------------------------------


@subtle("refused-key-type-empties-store", breaks="41-6.5.2 41-7.3.8 41-8.9")
class RefusedTypeEmptiesStore(With):
    """A set that ends in KeyTypeError has emptied the store of TokenIdentifiers by then."""

    result = KeyTypeError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        return {"token_identifiers": (0,)}


@subtle("refused-set-leaves-group", breaks="41-6.1.6 41-6.5.2 41-8.9")
class RefusedSetLeavesGroup(KeyChangeProcess):
    """A set that is refused has changed the SupplyGroupCode by then."""

    def complete(self, new: NewKey) -> Execution:
        execution = super().complete(new)
        if "key" in execution.changes:
            return execution
        left = replace(self.held_key, supply_group_code=f"{new.supply_group_code % 1_000_000:06d}")
        return replace(execution, changes={**execution.changes, "key": left})


@subtle("refused-set-leaves-revision", breaks="41-6.1.8 41-6.5.2 41-8.9")
class RefusedSetLeavesRevision(KeyChangeProcess):
    """A set that is refused has changed the KeyRevisionNumber by then."""

    def complete(self, new: NewKey) -> Execution:
        execution = super().complete(new)
        if "key" in execution.changes:
            return execution
        left = replace(self.held_key, key_revision_number=new.key_revision_number)
        return replace(execution, changes={**execution.changes, "key": left})


# -- the port --------------------------------------------------------------------------------------------------


@subtle("refused-write-resets-status", breaks="52-6.6.4 52-7.8")
class RefusedWriteResets(MeterRegisters):
    """A WriteCommand to the token register that gets a NAK resets tokenStatus."""

    _is_reset = False

    def take_token(self, data: str) -> bool:
        self._is_reset = not super().take_token(data)
        return not self._is_reset

    def show(self, name: str, value: int) -> str:
        return super().show(name, 0 if name == "token_status" and self._is_reset else value)


@subtle("refused-busy-token-executed-later", breaks="52-6.6.4")
class BusyTokenExecuted(MeterRegisters):
    """A token that gets a NAK while another is processed is executed once that is done and looked at."""

    _kept = ""

    def take_token(self, data: str) -> bool:
        is_taken = super().take_token(data)
        self._kept = data if not is_taken and self.is_token(data) else ""
        return is_taken

    def read(self, register_id: int) -> str | None:
        kept, self._kept = self._kept, ""
        text = super().read(register_id)
        if kept and not super().take_token(kept):
            self._kept = kept
        return text
