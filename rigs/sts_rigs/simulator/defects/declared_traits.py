"""Defects of a meter that does, where no standard rules, something else than its maker declares."""

from dataclasses import replace

from sts62055.application.results import (
    Accept,
    CRCError,
    FormatError,
    NotReady,
    RangeError,
    TokenResult,
    TokenStatus,
    UsedError,
)
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.meter import CarrierServer
from sts_rigs.simulator.meter.traits import PortTraits

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


@defect(
    "key-part-begins-count-anew",
    violates="52-6.6.7-reset-by-key-part",
    evidence="declared to reset: no",
    declares={"traits.lockout_reset_by_key_part": "no"},
)
class ResetByKeyPart(MeterLockout):
    """A part of a key change begins the count anew on a meter that is declared to count on."""

    def is_reset_by(self, apdu: Apdu, result: TokenStatus) -> bool:
        return result is TokenResult.FIRST_KCT or super().is_reset_by(apdu, result)


@defect(
    "lockout-waits-for-power",
    violates="52-6.6.7-time-stands-still",
    evidence="after the power cut, expected none",
    declares={"traits.lockout_survives": "yes", "traits.lockout_time_stands_still": "no"},
)
class WaitsForPower(MeterLockout):
    """The time of a lockout stands still without power, where it is declared to run on."""

    def after_power_up(self, off: int) -> None:
        super().after_power_up(off)
        lockout = self.memory.state.lockout
        self.memory.commit(lockout=replace(lockout, until=lockout.until + off))


@defect(
    "other-form-refused",
    violates="41-6.2.3-other-form",
    evidence="declared: taken, and it got FormatError",
    declares={"traits.display_other_form": "taken"},
)
class RefusesOtherForm(Functions):
    """Class 1 in the form for a MfrCode of the other width is declared to be taken, and refused."""

    def test_display(self, apdu: Apdu) -> Execution:
        is_short = len(self.configuration.pan.drn.manufacturer_code) == 2
        return Execution(FormatError) if is_short == bool(apdu.subclass) else super().test_display(apdu)


@defect(
    "credit-refused-when-tampered",
    violates="41-8.10-credit",
    evidence="declared: taken, and it got FunctionError",
    declares={"traits.credit_when_tampered": "taken"},
)
class RefusesWhenTampered(Functions):
    """Credit is declared to be taken while the meter is tampered, and refused."""

    def is_kept_from_credit(self) -> bool:
        return self.memory.state.is_tampered


@defect(
    "address-answered",
    violates="52-6.4.2-address",
    evidence="declared: no, and it was answered",
    declares={"traits.id_request_with_address": "no"},
)
class AnswersAddress(CarrierServer):
    """An IDRequest with an address is answered, and declared not to be."""

    @property
    def traits(self) -> PortTraits:
        return replace(super().traits, answers_address=True)


@defect(
    "silent-on-malformed",
    violates="52-6.4.4-malformed",
    evidence="silence",
    declares={"traits.malformed_read": "answered"},
)
class SilentOnMalformed(CarrierServer):
    """A ReadCommand of wrong form gets no answer, and is declared to get one."""

    @property
    def traits(self) -> PortTraits:
        return replace(super().traits, silent_on_malformed=True)


@defect(
    "soh-begins-anew",
    violates="52-6.4.1-begins-anew",
    evidence="declared: no, and it was read",
    declares={"traits.soh_begins_anew": "no"},
)
class BegunAnew(CarrierServer):
    """SOH within a message begins another one, and is declared not to."""

    @property
    def traits(self) -> PortTraits:
        return replace(super().traits, begins_anew=True)
