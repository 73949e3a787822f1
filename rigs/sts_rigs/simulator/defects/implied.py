"""Defects that break what has no case of its own: the requirement that implies it has to fail by them."""

from collections.abc import Mapping

from sts62055.application.results import DDTKError, KeyExpiredError, OldError, TokenStatus, UsedError
from sts62055.carrier.characters import OutgoingCharacter
from sts62055.carrier.messages import Answer, Data
from sts_rigs.line.interface_levels import Level
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.defects.levels import OwnLevels
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess
from sts_rigs.simulator.meter.meter import CarrierServer
from sts_rigs.simulator.meter.process import ApplicationProcess
from sts_rigs.simulator.meter.validation import TokenIdentifierStore, TokenValidation

_LOAD_SWITCH = 1
_SHORT_SET = frozenset({3, 4})


@defect(
    "credit-under-default-key",
    violates="41-7.3.7-ddtk",
    evidence="got Accept",
    declares={"decoder_key.key_type": "DDTK"},
)
class CreditUnderDefaultKey(TokenValidation):
    """A meter with a DDTK takes credit."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        failure = super().check(apdu, store)
        if failure is not DDTKError:
            return failure
        if self.is_expired(apdu):
            return KeyExpiredError
        return OldError if store.is_old(apdu) else UsedError if store.is_used(apdu) else None


@defect(
    "expired-token-accepted",
    violates="41-6.3.18-upper 41-6.3.19-lower 41-8.9-expiry 41-8.9-expiry-kept 41-8.9-given-up 41-8.9-roll-over",
    evidence="got Accept",
)
class NoExpiry(TokenValidation):
    """A key never expires."""

    def is_expired(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return False


@defect("display-token-used-up", violates="41-8.5-repeatable", evidence="got UsedError")
class DisplayUsedUp(Functions):
    """Test number 1 is refused as used when it comes twice running."""

    _last = 0

    def execute(self, apdu: Apdu) -> Execution:
        is_again, self._last = apdu.word == self._last, apdu.word
        is_test = apdu.token_class == 1 and apdu.subclass == 0 and apdu.word >> 24 & 0xFFFFFFFFF == _LOAD_SWITCH
        return Execution(UsedError) if is_again and is_test else super().execute(apdu)


@defect(
    "long-form-cut-short",
    violates="41-8.5-each",
    evidence="expected Accept",
    declares={"identity.drn": "0100000000008"},
)
class LongFormCutShort(Functions):
    """Of the 28 control bits in the form for a MfrCode of four digits only the lower 16 are looked at."""

    def test_display(self, apdu: Apdu) -> Execution:
        control = apdu.word >> 32 & 0xFFFFFFF
        is_cut = apdu.subclass == 1 and control != 0xFFFFFFF and not control & 0xFFFF
        return Execution(self.configuration.traits.no_single_test) if is_cut else super().test_display(apdu)


@defect(
    "flag-of-three-ignored",
    violates="41-6.2.7.4-group 41-8.9-completing 41-8.9-credit-between 41-8.9-given-up 41-8.9-in-turn "
    "41-8.9-incomplete 41-8.9-kept-until-timeout 41-8.9-parts 41-8.9-roll-over-twice "
    "41-8.9-timeout",
    evidence="got Accept",
    declares={"implements.encryption_algorithm": 7, "implements.key_change_tokens": 3},
)
class FlagOfThreeIgnored(KeyChangeProcess):
    """Two parts of a set of three are taken for a set, whatever its flag says."""

    def is_complete(self, sections: Mapping[int, int]) -> bool:
        return sections.keys() >= _SHORT_SET


@defect(
    "weak-mark", violates="52-6.2.4-mark", evidence="mark voltage", declares={"implements.interface": "voltage"}
)
class WeakMark(OwnLevels):
    """The mark of the voltage interface has 1,7 V."""

    own = ((Level.MARK_VOLTAGE, 1.7),)


@defect("bits-of-status-reversed", violates="52-6.4.7-single 52-6.8.3-readable", evidence="expected Data")
class BitsReversed(CarrierServer):
    """Data of the tamper status is sent with the highest bit of each character first."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        if isinstance(answer, Data) and answer.register_id == self.profile.registers["tamper_status"].id:
            return tuple(OutgoingCharacter(int(f"{one.code:07b}"[::-1], 2)) for one in characters)
        return characters


@defect("locked-out-token-used-up", violates="52-6.6.7-doubles 52-6.6.7-ends", evidence="UsedError")
class LockedOutUsedUp(ApplicationProcess):
    """A token that comes while the meter is locked out is used up by that."""

    _wasted: frozenset[str] = frozenset()

    def is_locked_out(self, digits: str, now: int, *, carrier: str) -> bool:
        is_locked_out = super().is_locked_out(digits, now, carrier=carrier)
        if is_locked_out:
            self._wasted |= {digits}
        return is_locked_out

    def run(self, digits: str, now: int, *, carrier: str, waited: bool) -> Execution:
        if digits in self._wasted and not self.is_locked_out(digits, now, carrier=carrier):
            return Execution(UsedError)
        return super().run(digits, now, carrier=carrier, waited=waited)
