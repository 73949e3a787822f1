"""What the subtle defects hang on: a token of one kind with one result, or the return of the power."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from sts62055.application.results import Accept, TokenStatus
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.process import MemoryWriting, SideEffects

__all__ = [
    "CLEAR_CREDIT",
    "CLEAR_TAMPER",
    "CREDIT",
    "POWER_LIMIT",
    "UNBALANCE_LIMIT",
    "AfterPowerCut",
    "With",
    "kind_of",
]

CREDIT: Final = (0, 0)
POWER_LIMIT: Final = (2, 0)
CLEAR_CREDIT: Final = (2, 1)
CLEAR_TAMPER: Final = (2, 5)
UNBALANCE_LIMIT: Final = (2, 6)


def kind_of(apdu: Apdu) -> tuple[int, int]:
    """Return class and SubClass of a token."""
    return apdu.token_class, apdu.subclass


class With(SideEffects):
    """Changes something else with each token of one kind, None for any, that has one result."""

    kind: ClassVar[tuple[int, int] | None] = None
    result: ClassVar[TokenStatus] = Accept

    def of(self, apdu: Apdu, execution: Execution) -> Mapping[str, Any]:
        is_meant = execution.result is self.result and self.kind in (None, kind_of(apdu))
        return self.also(apdu) if is_meant else {}

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        """Return what else changes."""
        raise NotImplementedError

    def stored(self, apdu: Apdu) -> Mapping[str, Any]:
        """Return the change of the store that uses a token up."""
        held = (*self.memory.state.token_identifiers, apdu.token_identifier)
        return {"token_identifiers": tuple(sorted(held)[-self.configuration.token_store_size :])}


class AfterPowerCut(MemoryWriting):
    """Finds something else in the memory after a power cut."""

    def after_power_up(self) -> None:
        self.memory.commit(**self.found())

    def found(self) -> Mapping[str, Any]:
        """Return what is found otherwise than it was written."""
        raise NotImplementedError
