"""Defects of the key change: what a meter does with the parts of a set (IEC 62055-41, 6.2.7, 6.2.8 and 8.9)."""

from dataclasses import replace

from sts62055.application.results import Accept, CRCError, FormatError, RangeError, TokenResult, TokenStatus
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey


@defect(
    "key-change-ignored",
    violates="41-6.1.7-range 41-6.1.8-range 41-6.3.18-upper 41-6.3.19-lower 41-6.5.2.3.3-management "
    "41-6.5.2.4-default-to-utility 41-6.5.2.4-ditk 41-6.5.2.4-utility-to-default "
    "41-7.3.7-last-period 41-8.9-any-order 41-8.9-expiry 41-8.9-expiry-kept 41-8.9-given-up "
    "41-8.9-group 41-8.9-in-turn 41-8.9-kept-until-timeout 41-8.9-new-key 41-8.9-nonvolatile "
    "41-8.9-old-key 41-8.9-performed 41-8.9-power-cut 41-8.9-power-cut-completing "
    "41-8.9-repeated 41-8.9-roll-over 41-8.9-roll-over-new-base 41-8.9-roll-over-old-base "
    "41-8.9-roll-over-twice 41-8.9-store 41-8.9-token-between",
    evidence="got CRCError, expected Accept",
)
class NoKeyChange(KeyChangeProcess):
    """A complete set is accepted, and the key stays."""

    def changes(self, new: NewKey) -> dict[str, object]:  # noqa: ARG002
        return {}


@defect(
    "old-key-lives-on",
    violates="41-8.9-old-key 41-8.9-performed 41-8.9-roll-over-old-base 41-8.9-power-cut-completing",
    evidence="expected CRCError",
)
class TwoKeys(ApduExtraction):
    """The key before is kept, and its tokens are still decrypted with it."""

    _present: HeldKey | None = None
    _before: HeldKey | None = None

    def extract(self, number: int) -> Apdu:
        if self.held_key != self._present:
            self._before, self._present = self._present if self.is_kept() else None, self.held_key
        apdu = super().extract(number)
        is_own = TokenAuthentication(self.configuration, self.memory).check_crc(apdu) is None
        return apdu if is_own or self._before is None else self.extract_with(number, self._before)

    def is_kept(self) -> bool:
        """Whether the key is kept that was just changed."""
        return True


@defect(
    "key-parts-in-order-only", violates="41-8.9-any-order 41-8.9-in-turn", evidence="got CRCError, expected Accept"
)
class OrderedParts(KeyChangeProcess):
    """A part is taken only if all parts before it are there."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        if len(self.held(now).keys() - {apdu.subclass}) < (3, 4, 8, 9).index(apdu.subclass):
            return Execution(FormatError)
        return super().take(apdu, now)


@defect(
    "unfinished-set-blocks-meter",
    violates="41-8.9-credit-between 41-8.9-incomplete 41-8.9-power-cut-completing 41-8.9-roll-over-twice "
    "41-8.9-timeout",
    evidence="got CRCError",
)
class BlockingParts(TokenAuthentication):
    """While a part of a set is missing every other token is taken for foreign."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        is_other = apdu.token_class != 1 and not apdu.is_key_change
        return CRCError if is_other and self.memory.state.key_sections else super().check_crc(apdu)


@defect("key-parts-all-first", violates="41-8.9-parts", evidence="got 1stKCT, expected 2ndKCT")
class UncountedParts(KeyChangeProcess):
    """Every part of an unfinished set is answered as the first."""

    def result_of_part(self, apdu: Apdu) -> TokenStatus:  # noqa: ARG002
        return TokenResult.FIRST_KCT


@defect(
    "completed-set-unsaid",
    violates="41-8.9-completing 41-8.9-in-turn 41-8.9-kept-until-timeout",
    evidence="expected Accept",
)
class SilentCompletion(KeyChangeProcess):
    """The last part of a set is answered like any other."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        execution = super().take(apdu, now)
        return replace(execution, result=self.result_of_part(apdu)) if execution.result is Accept else execution


@defect(
    "key-change-takes-credit",
    violates="41-8.9-credit 41-8.9-in-turn 41-8.9-roll-over-keeps-credit 41-8.9-roll-over-twice",
    evidence="credit()",
)
class CostlyKeyChange(KeyChangeProcess):
    """A key change begins with an empty credit register."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), "credit": 0}


@defect("group-not-changed", violates="41-8.9-group 41-8.9-in-turn", evidence="supply_group_code()")
class OldGroup(KeyChangeProcess):
    """The SupplyGroupCode of a set is not taken."""

    def key_of(self, new: NewKey) -> HeldKey:
        return replace(super().key_of(new), supply_group_code=self.held_key.supply_group_code)


@defect(
    "expiry-not-changed",
    violates="41-6.3.18-upper 41-6.3.19-lower 41-8.9-expiry 41-8.9-expiry-kept 41-8.9-given-up 41-8.9-roll-over",
    evidence="expected KeyExpiredError",
)
class OldExpiry(KeyChangeProcess):
    """The KeyExpiryNumber of a set is not taken."""

    def key_of(self, new: NewKey) -> HeldKey:
        return replace(super().key_of(new), key_expiry_number=self.held_key.key_expiry_number)


@defect(
    "new-key-forgotten",
    violates="41-8.9-expiry-kept 41-8.9-in-turn 41-8.9-nonvolatile 41-8.9-roll-over-twice",
    evidence="got CRCError, expected Accept",
)
class VolatileKey(KeyChangeProcess):
    """A new key is kept in memory that forgets when the power goes."""

    def after_power_up(self) -> None:
        self.memory.commit(key=None)


@defect("tariff-index-in-bcd", violates="41-6.1.7-range", evidence="got CRCError, expected Accept")
class DecimalTariffIndex(KeyChangeProcess):
    """The TariffIndex is taken for two decimal digits of four bits each."""

    def judge(self, new: NewKey) -> TokenStatus | None:
        return RangeError if new.tariff_index & 0xF > 9 else super().judge(new)


@defect("key-revision-of-three-bits", violates="41-6.1.8-range", evidence="got CRCError, expected Accept")
class ShortKeyRevision(KeyChangeProcess):
    """A KeyRevisionNumber above 7 is refused."""

    def judge(self, new: NewKey) -> TokenStatus | None:
        return RangeError if new.key_revision_number > 7 else super().judge(new)


@defect("key-of-refused-set-taken", violates="41-8.9-out-of-range", evidence="was refused: CRCError")
class HalfRefused(KeyChangeProcess):
    """A set with a value out of range is refused, and its key is taken all the same."""

    def complete(self, new: NewKey) -> Execution:
        execution = super().complete(new)
        return replace(execution, changes=self.changes(new)) if execution.result is RangeError else execution


@defect(
    "group-of-17-bits",
    violates="41-6.2.7.4-group",
    evidence="supply_group_code()",
    declares={"implements.encryption_algorithm": 7, "implements.key_change_tokens": 3},
)
class ShortGroup(KeyChangeProcess):
    """The top of a large SupplyGroupCode is cut off."""

    def key_of(self, new: NewKey) -> HeldKey:
        return replace(super().key_of(new), supply_group_code=f"{new.supply_group_code & 0x1FFFF:06d}")


@defect("key-parts-unchecked", violates="41-8.9-crc 41-7.3.6-random", evidence="got 1stKCT, expected CRCError")
class UncheckedParts(TokenAuthentication):
    """The CRC of a part of a key change is not checked."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        return None if apdu.is_key_change else super().check_crc(apdu)
