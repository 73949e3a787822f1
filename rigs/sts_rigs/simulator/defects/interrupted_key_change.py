"""Defects of a key change that is interrupted: by other tokens, by time, by a power cut (IEC 62055-41, 8.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sts62055.application.keys import DecoderKey
from sts62055.application.results import Accept, FunctionError
from sts62055.carrier.token_lockout import LockoutState
from sts_rigs.clock import MILLISECOND
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess
from sts_rigs.simulator.meter.process import MemoryWriting

_KEY_BITS = 0xFFFF_FFFF
_WRITING = 180 * MILLISECOND


class EasilyOffended(KeyChangeProcess):
    """Refuses parts once something happens that it takes for an attack, until a token fails authentication."""

    _since: LockoutState | None = None

    def take(self, apdu: Apdu, now: int) -> Execution:
        failures = self.memory.state.lockout
        if self.is_offended(apdu, now):
            self._since = failures
        elif self._since != failures:
            self._since = None
        if self._since is None:
            return super().take(apdu, now)
        return Execution(FunctionError, {"key_sections": {}})

    def is_offended(self, apdu: Apdu, now: int) -> bool:
        """Whether this part is one too much."""
        raise NotImplementedError


@defect("repeated-part-blocks", violates="41-8.9-repeated", evidence="got CRCError, expected Accept")
class NoRepetition(EasilyOffended):
    """A part that comes twice running has the meter refuse sets."""

    _last: Apdu | None = None

    def is_offended(self, apdu: Apdu, now: int) -> bool:  # noqa: ARG002
        last, self._last = self._last, apdu
        return apdu == last

    def after_power_up(self) -> None:
        self._last = None


@defect("other-set-blocks", violates="41-8.9-given-up", evidence="got CRCError, expected Accept")
class NoOtherSet(EasilyOffended):
    """A part that differs from the one held has the meter refuse sets."""

    def is_offended(self, apdu: Apdu, now: int) -> bool:
        return self.held(now).get(apdu.subclass, apdu.content) != apdu.content


@defect("token-between-blocks", violates="41-8.9-token-between", evidence="got CRCError, expected Accept")
class NoTokenBetween(EasilyOffended):
    """A token that is accepted between the parts of a set has the meter refuse sets."""

    _store: tuple[int, ...] = ()

    def is_offended(self, apdu: Apdu, now: int) -> bool:  # noqa: ARG002
        before, self._store = self._store, self.memory.state.token_identifiers
        was_accepted = not self.memory.state.lockout.failures
        return was_accepted and before != self._store and bool(self.held(now))


@defect("replaced-part-keeps-attributes", violates="41-8.9-given-up", evidence="replaced another")
class OldAttributes(KeyChangeProcess):
    """A part that replaces another one brings its bits of the key, and not its attributes."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        before = self.held(now).get(apdu.subclass)
        if before is None:
            return super().take(apdu, now)
        content = before & ~_KEY_BITS | apdu.content & _KEY_BITS
        return super().take(replace(apdu, word=apdu.subclass << 60 | content << 16 | apdu.crc), now)


@defect("test-spoils-held-part", violates="41-8.9-token-between", evidence="a set with test number 0")
class SpoiledByTest(Functions):
    """A test between the parts of a set leaves its own bits in the part that is held."""

    def test_display(self, apdu: Apdu) -> Execution:
        execution = super().test_display(apdu)
        held = self.memory.state.key_sections
        spoiled = {part: content ^ 1 for part, content in held.items()}
        return replace(execution, changes={**execution.changes, "key_sections": spoiled}) if held else execution


@defect(
    "interrupted-set-stays-broken",
    violates="41-8.9-in-turn 41-8.9-power-cut 41-8.9-power-cut-completing",
    evidence="got CRCError, expected Accept",
)
class BrokenParts(EasilyOffended):
    """A power cut within a set has the meter refuse sets."""

    _was_cut = False

    def is_offended(self, apdu: Apdu, now: int) -> bool:  # noqa: ARG002
        was_cut, self._was_cut = self._was_cut, False
        return was_cut

    def after_power_up(self) -> None:
        self._was_cut = bool(self.memory.state.key_sections)


@defect("credit-lost-between-parts", violates="41-8.9-credit-between", evidence="credit()")
class NoCreditBetween(Functions):
    """Credit that comes between the parts of a set is accepted, and not added."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        return Execution(Accept) if self.memory.state.key_sections else super().transfer_credit(apdu)


@defect("parts-given-up-early", violates="41-8.9-kept-until-timeout", evidence="got CRCError, expected Accept")
class HastyProcess(KeyChangeProcess):
    """The parts of a set are kept for half of their time."""

    def held(self, now: int) -> Mapping[int, int]:
        is_early = now - self.memory.state.key_sections_at <= self.configuration.key_change_time // 2
        return super().held(now) if is_early else {}


@defect("parts-lost-to-tampering", violates="41-8.9-kept-until-timeout", evidence="tampering")
class TamperedParts(KeyChangeProcess):
    """Tampering has the meter give up the parts that it holds."""

    _was_tampered = True

    def held(self, now: int) -> Mapping[int, int]:
        is_tampered_since = self.memory.state.is_tampered and not self._was_tampered
        return {} if is_tampered_since else super().held(now)

    def take(self, apdu: Apdu, now: int) -> Execution:
        execution = super().take(apdu, now)
        self._was_tampered = self.memory.state.is_tampered
        return execution


@defect("parts-kept-for-ever", violates="41-8.9-timeout", evidence="got CRCError, expected Accept")
class PatientProcess(KeyChangeProcess):
    """The parts of a set have no time-out."""

    def held(self, now: int) -> Mapping[int, int]:  # noqa: ARG002
        return self.memory.state.key_sections


@defect("key-written-by-halves", violates="41-8.9-power-cut-completing", evidence="0 keys of 2 fit")
class SlowWriting(MemoryWriting):
    """A new key is written half by half, so that a power cut leaves neither."""

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        new = changes.get("key")
        if not isinstance(new, HeldKey):
            return super().steps(changes)
        octets, before = new.decoder_key.reveal(), self.held_key.decoder_key.reveal()
        half = len(octets) // 2
        mixed = DecoderKey(octets[:half] + before[half:])
        return (0, {**changes, "key": replace(new, decoder_key=mixed)}), (_WRITING, {"key": new})
