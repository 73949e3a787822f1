"""Defects of what a key's type and its expiry allow (IEC 62055-41, 6.1.10, 6.5.2.3, 6.5.2.4 and 7.3.7)."""

from dataclasses import replace

from sts62055.application.keys import KeyType
from sts62055.application.results import DDTKError, KeyExpiredError, OldError, TokenStatus
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.process import ApplicationProcess
from sts_rigs.simulator.meter.validation import TokenIdentifierStore, TokenValidation

_UPPER, _LOWER = 0xF0, 0x0F


def _expendable_with_ditk(becomes: str) -> dict[str, object]:
    return {"meter.expendable": True, "meter.ditk_becomes": becomes, "decoder_key.key_type": "DITK"}


@defect("factory-key-returns", violates="41-6.5.2.4-ditk", evidence="expected KeyTypeError")
class AnyKeyType(KeyChangeProcess):
    """A key of any type may follow any other."""

    def may_become(self, key_type: KeyType) -> bool:  # noqa: ARG002
        return True


@defect("factory-key-follows-default", violates="41-6.5.2.4-ditk", evidence="expected KeyTypeError")
class FactoryKeyAfterDefault(KeyChangeProcess):
    """A DDTK can be followed by a DITK."""

    def may_become(self, key_type: KeyType) -> bool:
        is_away = self.held_key.key_type is KeyType.DDTK and key_type is KeyType.DITK
        return is_away or super().may_become(key_type)


@defect("no-default-key", violates="41-6.5.2.4-utility-to-default", evidence="got CRCError")
class NoDefaultKey(KeyChangeProcess):
    """A meter with a DUTK cannot be brought back to a DDTK."""

    def may_become(self, key_type: KeyType) -> bool:
        is_back = key_type is KeyType.DDTK and self.held_key.key_type is KeyType.DUTK
        return not is_back and super().may_become(key_type)


@defect("default-key-is-final", violates="41-6.5.2.4-default-to-utility", evidence="got CRCError, expected Accept")
class FinalDefaultKey(KeyChangeProcess):
    """A DDTK can be followed by another DDTK only."""

    def may_become(self, key_type: KeyType) -> bool:
        is_away = self.held_key.key_type is KeyType.DDTK and key_type is not KeyType.DDTK
        return not is_away and super().may_become(key_type)


@defect(
    "factory-key-stays",
    violates="41-6.5.2.4-from-first",
    evidence="got CRCError, expected Accept",
    declares=_expendable_with_ditk("DUTK"),
)
class NoUtilityKey(KeyChangeProcess):
    """A meter with a DITK cannot be brought to a DUTK."""

    def may_become(self, key_type: KeyType) -> bool:
        is_first = key_type is KeyType.DUTK and self.held_key.key_type is KeyType.DITK
        return not is_first and super().may_become(key_type)


@defect(
    "no-default-key-at-first",
    violates="41-6.5.2.4-first-to-default",
    evidence="got CRCError, expected DDTKError",
    declares=_expendable_with_ditk("DDTK"),
)
class NoFirstDefaultKey(KeyChangeProcess):
    """A meter with a DITK cannot be brought to a DDTK."""

    def may_become(self, key_type: KeyType) -> bool:
        is_first = key_type is KeyType.DDTK and self.held_key.key_type is KeyType.DITK
        return not is_first and super().may_become(key_type)


class CommonKey(KeyChangeProcess):
    """Takes a DCTK for a DUTK."""

    def may_become(self, key_type: KeyType) -> bool:
        return key_type is KeyType.DCTK or super().may_become(key_type)

    def key_of(self, new: NewKey) -> HeldKey:
        key = super().key_of(new)
        return replace(key, key_type=KeyType.DUTK) if new.key_type is KeyType.DCTK else key


@defect(
    "common-key-served",
    violates="41-6.5.2.3.5-card-only",
    evidence="got Accept, expected a refusing result",
    declares={"meter.expendable": True},
)
class CommonKeyFromUtility(CommonKey):
    """Tokens under a DCTK are taken as if a magnetic card had brought them."""


@defect(
    "common-key-served-at-first",
    violates="41-6.5.2.3.5-card-only",
    evidence="got Accept, expected a refusing result",
    declares=_expendable_with_ditk("DCTK"),
)
class CommonKeyFromFactory(CommonKey):
    """A meter with a DITK takes a DCTK, and tokens under it."""


@defect(
    "misty1-wrong-for-one-key",
    violates="41-7.3.5.2-example",
    evidence="got CRCError, expected not CRCError",
    declares={"meter.expendable": True},
)
class WrongSubkey(ApduExtraction):
    """The MISTY1 of the meter goes wrong under keys that begin with 92."""

    def extract_with(self, number: int, held: HeldKey) -> Apdu:
        apdu = super().extract_with(number, held)
        is_wrong = apdu.token_class != 1 and held.decoder_key.reveal()[0] == 0x92
        return replace(apdu, word=apdu.word ^ 1) if is_wrong else apdu


@defect(
    "no-management-under-default-key",
    violates="41-6.5.2.3.3-management",
    evidence="got DDTKError, expected Accept",
)
class IdleUnderDefaultKey(TokenValidation):
    """Under a DDTK management tokens are refused like credit."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        is_management = apdu.token_class == 2 and apdu.has_token_identifier
        if is_management and self.held_key.key_type is KeyType.DDTK:
            return DDTKError
        return super().check(apdu, store)


@defect(
    "no-limits-under-default-key",
    violates="41-6.5.2.3.3-management",
    evidence="got DDTKError under a DDTK",
)
class UnlimitedUnderDefaultKey(TokenValidation):
    """Under a DDTK power limits are refused like credit."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        is_limit = (apdu.token_class, apdu.subclass) == (2, 0)
        is_default = self.held_key.key_type is KeyType.DDTK
        return DDTKError if is_limit and is_default else super().check(apdu, store)


@defect(
    "store-emptied-by-default-key",
    violates="41-6.5.2.3.3-management",
    evidence="used before got Accept under a DDTK",
)
class EmptiedByDefaultKey(KeyChangeProcess):
    """A meter that is brought to a DDTK forgets its TokenIdentifiers, as if it went back to the factory."""

    def changes(self, new: NewKey) -> dict[str, object]:
        is_default = new.key_type is KeyType.DDTK
        return {**super().changes(new), **({"token_identifiers": (0,)} if is_default else {})}


@defect(
    "credit-under-default-key-by-keypad",
    violates="41-6.5.2.4-utility-to-default",
    evidence="got Accept by the keypad",
)
class DefaultCreditByKeypad(ApplicationProcess):
    """Credit that is keyed in is taken under a DDTK."""

    def _taken(self, apdu: Apdu, now: int, carrier: str, *, waited: bool) -> Execution:
        is_default = self._key_change.held_key.key_type is KeyType.DDTK
        is_good = apdu.token_class == 0 and self._authentication.check(apdu) is None
        if carrier != "keypad" or not is_default or not is_good:
            return super()._taken(apdu, now, carrier, waited=waited)
        execution = self._functions.execute(apdu)
        self._write(execution.changes)
        return execution


@defect(
    "one-default-key-only",
    violates="41-6.5.2.4-utility-to-default",
    evidence="to another one was not taken",
)
class OneDefaultKey(KeyChangeProcess):
    """A DDTK cannot be followed by another DDTK."""

    def may_become(self, key_type: KeyType) -> bool:
        is_again = key_type is KeyType.DDTK and self.held_key.key_type is KeyType.DDTK
        return not is_again and super().may_become(key_type)


@defect(
    "no-set-after-expiry",
    violates="41-6.3.18-upper",
    evidence="no set is taken under the key that has expired",
)
class NoSetAfterExpiry(TokenValidation):
    """Once a token was refused since the key has expired, the parts of a key change are refused as well."""

    _has_expired = False

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        if apdu.is_key_change and self._has_expired:
            return KeyExpiredError
        failure = super().check(apdu, store)
        self._has_expired |= failure is KeyExpiredError
        return failure


@defect("expiry-lost-with-roll-over", violates="41-8.9-roll-over", evidence="with a key set by RO")
class EndlessAfterRollOver(KeyChangeProcess):
    """A key that comes with RO never expires, whatever its KeyExpiryNumber is."""

    def key_of(self, new: NewKey) -> HeldKey:
        key = super().key_of(new)
        return replace(key, key_expiry_number=255) if new.rolls_over else key


class HalfExpiry(KeyChangeProcess):
    """Takes one half of a new KeyExpiryNumber only."""

    taken: int

    def key_of(self, new: NewKey) -> HeldKey:
        before = self.held_key.key_expiry_number or 0
        number = new.key_expiry_number & self.taken | before & ~self.taken
        return replace(super().key_of(new), key_expiry_number=number)


@defect(
    "upper-half-of-expiry-ignored",
    violates="41-6.3.18-upper 41-6.3.19-lower 41-8.9-expiry 41-8.9-expiry-kept 41-8.9-given-up 41-8.9-roll-over",
    evidence="got Accept, expected KeyExpiredError",
)
class LowerExpiry(HalfExpiry):
    """KENHO is not taken."""

    taken = _LOWER


@defect(
    "lower-half-of-expiry-ignored", violates="41-6.3.19-lower", evidence="got Accept, expected KeyExpiredError"
)
class UpperExpiry(HalfExpiry):
    """KENLO is not taken."""

    taken = _UPPER


@defect("last-period-expired", violates="41-7.3.7-last-period", evidence="got KeyExpiredError, expected Accept")
class EarlyExpiry(TokenValidation):
    """A key expires with the beginning of the period that it names."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        period, last = apdu.token_identifier >> 16, self.held_key.key_expiry_number
        is_early = apdu.has_token_identifier and period == last != 255
        return KeyExpiredError if is_early else super().check(apdu, store)


@defect(
    "every-key-expires",
    violates="41-6.1.10-never 41-6.3.5.1-maximum",
    evidence="got KeyExpiredError, expected Accept",
)
class NoEndlessKey(TokenValidation):
    """A key with KeyExpiryNumber 255 expires with the 255th period."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        is_last = apdu.has_token_identifier and apdu.token_identifier >> 16 == 255
        return KeyExpiredError if is_last else super().check(apdu, store)


@defect("greatest-tid-refused", violates="41-6.3.5.1-maximum", evidence="got OldError, expected Accept")
class EmptyCell(TokenValidation):
    """The greatest TokenIdentifier is taken for memory that is erased."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        is_erased = apdu.has_token_identifier and apdu.token_identifier == 0xFFFFFF
        return OldError if is_erased else super().check(apdu, store)
