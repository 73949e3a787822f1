"""Application process of the simulated meter: a token's way from its digits to its result (IEC 62055-41, 5.4).

Each step is a part that a defect can replace. The steps are written apart from the encoders of `sts62055`, bit by
bit as a meter would, so that a mistake in one does not hide in the other; only ciphers and the CRC are shared, and
those are anchored by published values.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sts62055.application.results import Lockout
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.part import Part
from sts_rigs.simulator.meter.validation import TokenIdentifierStore, TokenValidation

__all__ = ["ApplicationProcess", "MemoryWriting", "SideEffects"]


class MemoryWriting(Part):
    """Writing of a token's changes into the memory; in a good meter at once."""

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Return the writes in order: nanoseconds after the one before, and the changes written together."""
        return ((0, changes),)

    def after_power_up(self) -> None:
        """Restore what was written before a power cut; a good memory has kept it."""


class SideEffects(Part):
    """What a token changes beside what it is for: in a good meter nothing, whether it is accepted or refused."""

    def of(self, apdu: Apdu, execution: Execution) -> Mapping[str, Any]:  # noqa: ARG002 - a good meter has none
        """Return what else changes in the memory with a token that was judged and is about to be written."""
        return {}


class ApplicationProcess:
    """Application process from the 20 digits of a token to its result, in the order of 5.4.

    write: puts what a token changes into the memory.
    """

    def __init__(
        self,
        extraction: ApduExtraction,
        authentication: TokenAuthentication,
        validation: TokenValidation,
        store: TokenIdentifierStore,
        functions: Functions,
        key_change: KeyChangeProcess,
        lockout: MeterLockout,
        side_effects: SideEffects,
        write: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._extraction = extraction
        self._authentication = authentication
        self._validation = validation
        self._store = store
        self._functions = functions
        self._key_change = key_change
        self._lockout = lockout
        self._side_effects = side_effects
        self._write = write

    def is_locked_out(self, digits: str, now: int, *, carrier: str) -> bool:
        """Return whether a token is locked out: any but class 1 while the lockout is active."""
        number = self._extraction.number(digits)
        is_display = number is not None and self._extraction.token_class(number) == 1
        return self._lockout.concerns(carrier=carrier) and self._lockout.is_active(now) and not is_display

    def run(self, digits: str, now: int, *, carrier: str, waited: bool) -> Execution:
        """Execute a token; its changes and its cancellation are written as a whole."""
        if self.is_locked_out(digits, now, carrier=carrier):
            return Execution(Lockout)
        number = self._extraction.number(digits)
        apdu = None if number is None else self._extraction.extract(number)
        execution = (
            Execution(self._extraction.too_large)
            if apdu is None
            else self._taken(apdu, now, carrier, waited=waited)
        )
        if self._lockout.concerns(carrier=carrier):
            self._lockout.note(apdu, execution, now)
        return execution

    def _taken(self, apdu: Apdu, now: int, carrier: str, *, waited: bool) -> Execution:
        """Execute a token; its changes are written as a whole."""
        if failure := self._authentication.check(apdu):
            return self._refused(apdu, Execution(failure, is_authentic=False))
        self._store.serve(carrier=carrier)
        if failure := self._validation.check(apdu, self._store):
            return self._refused(apdu, Execution(self._functions.content_failure(apdu) or failure))
        self._functions.begin(waited=waited)
        execution = self._key_change.take(apdu, now) if apdu.is_key_change else self._functions.execute(apdu)
        changes = {**self._key_change.dropped_by(apdu, execution.result), **execution.changes}
        if apdu.has_token_identifier and self._store.is_cancelled_by(execution.result):
            changes["token_identifiers"] = self._store.with_token(apdu)
        self._write({**changes, **self._side_effects.of(apdu, execution)})
        return execution

    def _refused(self, apdu: Apdu, execution: Execution) -> Execution:
        """Return what became of a token that was not executed; of parts that are held the maker decides."""
        is_authentic = execution.is_authentic
        dropped = self._key_change.dropped_by(apdu, execution.result, is_authentic=is_authentic)
        if changes := {**dropped, **self._side_effects.of(apdu, execution)}:
            self._write(changes)
        return execution
