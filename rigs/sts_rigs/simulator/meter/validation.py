"""Validation of a token, and the store of the TokenIdentifiers accepted last (IEC 62055-41, 7.3.7 and 7.3.8)."""

from sts62055.application.keys import KeyType
from sts62055.application.results import Accept, DDTKError, KeyExpiredError, OldError, TokenStatus, UsedError
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.part import Part

__all__ = ["TokenIdentifierStore", "TokenValidation"]


class TokenIdentifierStore(Part):
    """7.3.8: the TIDs that were accepted last."""

    @property
    def size(self) -> int:
        """How many it holds."""
        return self.configuration.token_store_size

    def key(self, apdu: Apdu) -> int:
        """Return what of a token is remembered."""
        return apdu.token_identifier

    def is_old(self, apdu: Apdu) -> bool:
        """Whether the token is older than all that are held."""
        return self.key(apdu) < min(self.memory.state.token_identifiers)

    def is_used(self, apdu: Apdu) -> bool:
        """Whether the token is held."""
        return self.key(apdu) in self.memory.state.token_identifiers

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        """Return the content once a token is added and the smallest gives way."""
        return tuple(sorted((*self.memory.state.token_identifiers, self.key(apdu)))[-self.size :])

    def is_cancelled_by(self, result: TokenStatus) -> bool:
        """Whether a token with that result is used up."""
        return result is Accept

    def serve(self, *, carrier: str) -> None:
        """Know by which carrier the token comes that is looked at next; one store is for all of them."""

    def after_power_up(self) -> None:
        """Find the store again when the power comes back."""


class TokenValidation(Part):
    """7.3.7: tell whether the token may be used now."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        """Return what is wrong, None if nothing is."""
        if not apdu.has_token_identifier:
            return None
        if apdu.token_class == 0 and self.held_key.key_type is KeyType.DDTK:
            return DDTKError
        expiry = self.held_key.key_expiry_number
        if expiry not in (None, 255) and apdu.token_identifier >> 16 > (expiry or 0):
            return KeyExpiredError
        if store.is_old(apdu):
            return OldError
        return UsedError if store.is_used(apdu) else None
