"""Defects of a meter that does, where no standard rules, something else than its maker declares."""

from sts62055.application.results import (
    Accept,
    CRCError,
    FormatError,
    NotReady,
    RangeError,
    TokenStatus,
    UsedError,
)
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.lockout import MeterLockout

_REFUSALS = {"implements.lockout_counts": "refusals"}
_RESERVED = 8


def _says(**traits: str) -> dict[str, str]:
    return {**_REFUSALS, **{f"traits.lockout_{name}": said for name, said in traits.items()}}


@defect(
    "used-tokens-counted",
    violates="52-6.6.7-counts-validation",
    evidence="a lockout after refusals",
    declares=_says(counts_validation="no"),
)
class CountsUsed(MeterLockout):
    """Used tokens count towards the lockout of a meter that is declared not to count them."""

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        return execution.result is UsedError or super().counts(apdu, execution)


@defect(
    "wrong-content-counted",
    violates="52-6.6.7-counts-content",
    evidence="a lockout after refusals",
    declares=_says(counts_content="no"),
)
class CountsReserved(MeterLockout):
    """Credit of a reserved SubClass counts towards the lockout of a meter that is declared not to count it."""

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        is_reserved = apdu is not None and apdu.token_class == 0 and apdu.subclass == _RESERVED
        return is_reserved or super().counts(apdu, execution)


@defect(
    "display-tokens-counted",
    violates="52-6.6.7-counts-display",
    evidence="a lockout after refusals",
    declares=_says(counts_display="no"),
)
class CountsDisplay(MeterLockout):
    """Refused class 1 tokens count towards the lockout of a meter that is declared not to count them."""

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        is_display = apdu is not None and apdu.token_class == 1 and execution.result is not Accept
        return is_display or super().counts(apdu, execution)


@defect(
    "large-numbers-counted",
    violates="52-6.6.7-counts-oversized",
    evidence="a lockout after refusals",
    declares=_says(counts_oversized="no"),
)
class CountsLargeNumbers(MeterLockout):
    """Numbers beyond 66 bits count towards the lockout of a meter that is declared not to count them."""

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        return apdu is None or super().counts(apdu, execution)


@defect(
    "currency-tokens-not-counted",
    violates="52-6.6.7-counts-currency",
    evidence="no lockout after refusals",
    declares={"traits.lockout_counts_currency": "yes"},
)
class IgnoresCurrency(MeterLockout):
    """Currency tokens count nothing on a meter without currency that is declared to count them."""

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        is_currency = apdu is not None and apdu.token_class == 0 and 4 <= apdu.subclass < _RESERVED
        return not (is_currency and execution.result is CRCError) and super().counts(apdu, execution)


@defect(
    "display-begins-count-anew",
    violates="52-6.6.7-reset-by-display",
    evidence="no lockout where",
    declares={"traits.lockout_reset_by_display": "no"},
)
class ResetByDisplay(MeterLockout):
    """A class 1 token begins the count anew on a meter that is declared to count on."""

    def is_reset_by(self, apdu: Apdu, result: TokenStatus) -> bool:
        return (result is Accept and apdu.token_class == 1) or super().is_reset_by(apdu, result)


@defect(
    "token-status-read-once",
    violates="52-6.8.3-status-lasts",
    evidence="when read again",
    declares={"traits.token_status": "for good"},
)
class StatusReadOnce(MeterRegisters):
    """What tokenStatus tells of a token is gone once it was read, where it is declared to stay."""

    is_told = False

    def take_token(self, data: str) -> bool:
        self.is_told = False
        return super().take_token(data)

    def show(self, name: str, value: int) -> str:
        if name == "token_status" and value != self.profile.token_status_code(NotReady):
            value = 0 if self.is_told else value
            self.is_told = True
        return super().show(name, value)


@defect(
    "another-result-than-declared",
    violates="41-7.1.5-declared",
    evidence="got RangeError",
    declares={"traits.results": {"too_large": str(FormatError)}},
)
class AnotherResult(ApduExtraction):
    """A number beyond 66 bits gets another result than the declared one."""

    @property
    def too_large(self) -> TokenStatus:
        return RangeError
