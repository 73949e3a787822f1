"""Defects of the key change: what a meter does with the parts of a set (IEC 62055-41, 8.9 and 6.5.2.4)."""

from dataclasses import replace

from sts62055.application.keys import KeyType
from sts62055.application.results import Accept, CRCError, FormatError, FunctionError, TokenResult, TokenStatus
from sts_rigs.virtual.application_process import Apdu, ApduExtraction, Execution, TokenAuthentication
from sts_rigs.virtual.configuration import HeldKey
from sts_rigs.virtual.defects.catalogue import defect
from sts_rigs.virtual.key_change_process import KeyChangeProcess, NewKey


@defect(
    "key-change-ignored",
    violates="41-8.9-new-key 41-8.9-old-key 41-8.9-performed 41-8.9-any-order 41-8.9-group 41-8.9-expiry "
    "41-8.9-nonvolatile 41-8.9-power-cut 41-8.9-store 41-8.9-roll-over",
    evidence="got CRCError, expected Accept",
)
class NoKeyChange(KeyChangeProcess):
    """A complete set is accepted, and the key stays."""

    def changes(self, new: NewKey) -> dict[str, object]:  # noqa: ARG002
        return {}


@defect("old-key-lives-on", violates="41-8.9-old-key 41-8.9-performed", evidence="expected CRCError")
class TwoKeys(ApduExtraction):
    """The key before is kept, and its tokens are still decrypted with it."""

    _present: HeldKey | None = None
    _before: HeldKey | None = None

    def extract(self, number: int) -> Apdu:
        if self.held_key != self._present:
            self._before, self._present = self._present, self.held_key
        apdu = super().extract(number)
        is_own = TokenAuthentication(self.configuration, self.memory).check_crc(apdu) is None
        return apdu if is_own or self._before is None else self.extract_with(number, self._before)


@defect("key-parts-in-order-only", violates="41-8.9-any-order", evidence="got CRCError, expected Accept")
class OrderedParts(KeyChangeProcess):
    """A part is taken only if all parts before it are there."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        if len(self.held(now).keys() - {apdu.subclass}) < (3, 4, 8, 9).index(apdu.subclass):
            return Execution(FormatError)
        return super().take(apdu, now)


@defect("unfinished-set-blocks-meter", violates="41-8.9-incomplete", evidence="got CRCError")
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


@defect("completed-set-unsaid", violates="41-8.9-completing", evidence="expected Accept")
class SilentCompletion(KeyChangeProcess):
    """The last part of a set is answered like any other."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        execution = super().take(apdu, now)
        return replace(execution, result=self.result_of_part(apdu)) if execution.result is Accept else execution


@defect("key-change-takes-credit", violates="41-8.9-credit", evidence="credit()")
class CostlyKeyChange(KeyChangeProcess):
    """A key change begins with an empty credit register."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), "credit": 0}


@defect("group-not-changed", violates="41-8.9-group", evidence="supply_group_code()")
class OldGroup(KeyChangeProcess):
    """The SupplyGroupCode of a set is not taken."""

    def key_of(self, new: NewKey) -> HeldKey:
        return replace(super().key_of(new), supply_group_code=self.held_key.supply_group_code)


@defect("expiry-not-changed", violates="41-8.9-expiry", evidence="expected KeyExpiredError")
class OldExpiry(KeyChangeProcess):
    """The KeyExpiryNumber of a set is not taken."""

    def key_of(self, new: NewKey) -> HeldKey:
        return replace(super().key_of(new), key_expiry_number=self.held_key.key_expiry_number)


@defect("new-key-forgotten", violates="41-8.9-nonvolatile", evidence="got CRCError, expected Accept")
class VolatileKey(KeyChangeProcess):
    """A new key is kept in memory that forgets when the power goes."""

    def after_power_up(self) -> None:
        self.memory.commit(key=None)


@defect("interrupted-set-stays-broken", violates="41-8.9-power-cut", evidence="got CRCError, expected Accept")
class BrokenParts(KeyChangeProcess):
    """A power cut within a set has the meter refuse as many parts as the next set has."""

    _refused = 0

    def take(self, apdu: Apdu, now: int) -> Execution:
        if self._refused:
            self._refused -= 1
            return Execution(FunctionError)
        return super().take(apdu, now)

    def after_power_up(self) -> None:
        held = len(self.memory.state.key_sections)
        self._refused = held + 1 if held else 0


@defect("key-change-empties-store", violates="41-8.9-store 41-7.3.7-old", evidence="expected UsedError")
class AlwaysRolledOver(KeyChangeProcess):
    """Every key change empties the store of TokenIdentifiers."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), "token_identifiers": (0,)}


@defect("roll-over-ignored", violates="41-8.9-roll-over", evidence="got UsedError, expected Accept")
class NeverRolledOver(KeyChangeProcess):
    """RO is ignored."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {name: value for name, value in super().changes(new).items() if name != "token_identifiers"}


@defect("factory-key-returns", violates="41-6.5.2.4-ditk", evidence="expected KeyTypeError")
class AnyKeyType(KeyChangeProcess):
    """A key of any type may follow any other."""

    def may_become(self, key_type: KeyType) -> bool:  # noqa: ARG002
        return True


@defect("key-parts-unchecked", violates="41-8.9-crc", evidence="got 1stKCT, expected CRCError")
class UncheckedParts(TokenAuthentication):
    """The CRC of a part of a key change is not checked."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        return None if apdu.is_key_change else super().check_crc(apdu)
