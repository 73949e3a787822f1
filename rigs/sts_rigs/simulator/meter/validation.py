"""Validation of a token, and the store of the TokenIdentifiers accepted last (IEC 62055-41, 7.3.7 and 7.3.8)."""

from collections.abc import Callable, Mapping

from sts62055.application.keys import KeyType
from sts62055.application.results import (
    Accept,
    DDTKError,
    KeyExpiredError,
    KeyTypeError,
    OldError,
    TokenStatus,
    UsedError,
)
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.part import Part

__all__ = ["TokenIdentifierStore", "TokenValidation"]


class TokenIdentifierStore(Part):
    """Store of the TokenIdentifiers accepted last (7.3.8)."""

    @property
    def size(self) -> int:
        """Number of TokenIdentifiers that it holds."""
        return self.configuration.token_store_size + self.configuration.traits.spare_identifiers

    def key(self, apdu: Apdu) -> int:
        """Return what is stored of a token."""
        return apdu.token_identifier

    def is_old(self, apdu: Apdu) -> bool:
        """Return whether the token is older than all that are held."""
        return self.key(apdu) < min(self.memory.state.token_identifiers, default=0)

    def is_used(self, apdu: Apdu) -> bool:
        """Return whether the token is held."""
        return self.key(apdu) in self.memory.state.token_identifiers

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        """Return the content with a token added in place of the smallest."""
        return tuple(sorted((*self.memory.state.token_identifiers, self.key(apdu)))[-self.size :])

    def is_cancelled_by(self, result: TokenStatus) -> bool:
        """Return whether a token with that result is cancelled."""
        return result is Accept

    def serve(self, *, carrier: str) -> None:
        """Take note of the carrier of the next token; a good meter has one store for all carriers."""

    def after_power_up(self) -> None:
        """Restore the store after a power cut; a good memory has kept it."""


class TokenValidation(Part):
    """Check of whether a token may be used now (7.3.7)."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        """Return the failure, None for a valid token; a DCTK is for magnetic cards (6.5.2.3.5)."""
        if apdu.token_class != 1 and self.held_key.key_type is KeyType.DCTK:
            return KeyTypeError
        if not apdu.has_token_identifier:
            return None
        applies: Mapping[TokenStatus, Callable[[], bool]] = {
            DDTKError: lambda: apdu.token_class == 0 and self.held_key.key_type is KeyType.DDTK,
            KeyExpiredError: lambda: self.is_expired(apdu),
            OldError: lambda: store.is_old(apdu),
            UsedError: lambda: store.is_used(apdu),
        }
        return next((result for result in self.configuration.traits.validation if applies[result]()), None)

    def is_expired(self, apdu: Apdu) -> bool:
        """Return whether the key has expired for the token."""
        expiry = self.held_key.key_expiry_number
        return expiry not in (None, 255) and apdu.token_identifier >> 16 > (expiry or 0)
