"""Defects of what a key's type and its expiry allow (IEC 62055-41, 6.1.10, 6.5.2.3, 6.5.2.4 and 7.3.7)."""

from dataclasses import replace

from sts62055.application.keys import KeyType
from sts62055.application.results import DDTKError, KeyExpiredError, OldError, TokenStatus
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.validation import TokenIdentifierStore, TokenValidation

_UPPER, _LOWER = 0xF0, 0x0F


@defect("factory-key-returns", violates="41-6.5.2.4-ditk", evidence="expected KeyTypeError")
class AnyKeyType(KeyChangeProcess):
    """A key of any type may follow any other."""

    def may_become(self, key_type: KeyType) -> bool:  # noqa: ARG002
        return True


@defect("no-default-key", violates="41-6.5.2.4-utility-to-default", evidence="got CRCError, expected DDTKError")
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


class HalfExpiry(KeyChangeProcess):
    """Takes one half of a new KeyExpiryNumber only."""

    taken: int

    def key_of(self, new: NewKey) -> HeldKey:
        before = self.held_key.key_expiry_number or 0
        number = new.key_expiry_number & self.taken | before & ~self.taken
        return replace(super().key_of(new), key_expiry_number=number)


@defect(
    "upper-half-of-expiry-ignored",
    violates="41-6.3.18-upper 41-6.3.19-lower 41-8.9-expiry",
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
