"""Wholesale defects of validation and of the TokenIdentifier store (IEC 62055-41, 6.3.5, 7.3.7 and 7.3.8)."""

from sts62055.application.results import DDTKError, KeyExpiredError, OldError, TokenStatus, UsedError
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import CREDIT, STORE, TOKENS
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.validation import TokenIdentifierStore, TokenValidation


@wholesale(
    "no-validation", breaks="41-7.1.4 41-7.3.7 41-7.3.8", spoils=f"{STORE} 41-6.1.10 41-6.3.18 41-6.3.19 41-6.5.2"
)
class NoValidation(TokenValidation):
    """Nothing of a token is validated."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:  # noqa: ARG002
        return None


@wholesale("no-store", breaks="41-7.1.4 41-7.3.7 41-7.3.8", spoils=STORE)
class NoStore(TokenIdentifierStore):
    """No TokenIdentifier is ever stored."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:  # noqa: ARG002
        return self.memory.state.token_identifiers


@wholesale("store-of-one", breaks="41-7.3.7 41-7.3.8", spoils=STORE)
class StoreOfOne(TokenIdentifierStore):
    """The store holds a single TokenIdentifier."""

    size = 1


@wholesale("store-replaces-greatest", breaks="41-7.3.8", spoils=STORE)
class ReplacesGreatest(TokenIdentifierStore):
    """A full store gives up its greatest TokenIdentifier, not its smallest."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        held = self.memory.state.token_identifiers
        kept = sorted(held)[:-1] if len(held) >= self.size else held
        return tuple(sorted((*kept, self.key(apdu))))


@wholesale("store-fills-up", breaks="41-7.3.7 41-7.3.8", spoils=TOKENS)
class StoreFillsUp(TokenIdentifierStore):
    """Once the store is full every further token is refused as used."""

    def is_used(self, apdu: Apdu) -> bool:
        return len(self.memory.state.token_identifiers) >= self.size or super().is_used(apdu)


@wholesale("every-token-old", breaks="41-7.3.7 41-8.4", spoils=TOKENS)
class EveryTokenOld(TokenValidation):
    """Every token with a TokenIdentifier is refused as old."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:  # noqa: ARG002
        return OldError if apdu.has_token_identifier else None


@wholesale("every-token-used", breaks="41-7.3.7 41-8.4", spoils=TOKENS)
class EveryTokenUsed(TokenValidation):
    """Every token with a TokenIdentifier is refused as used."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:  # noqa: ARG002
        return UsedError if apdu.has_token_identifier else None


@wholesale("every-token-expired", breaks="41-7.3.7 41-8.4", spoils=TOKENS)
class EveryTokenExpired(TokenValidation):
    """Every token with a TokenIdentifier is beyond the expiry of the key."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:  # noqa: ARG002
        return KeyExpiredError if apdu.has_token_identifier else None


@wholesale("every-key-a-default-key", breaks="41-7.3.7 41-8.4", spoils=f"{CREDIT} 41-6.5.2")
class EveryKeyDefault(TokenValidation):
    """Every credit token is refused as if the meter held a default key."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        return DDTKError if apdu.token_class == 0 else super().check(apdu, store)


@wholesale("validation-of-class-0-only", breaks="41-7.3.7 41-7.3.8", spoils=STORE)
class ManagementUnvalidated(TokenValidation):
    """Tokens of class 2 are never old, used or expired."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        return super().check(apdu, store) if apdu.token_class == 0 else None


@wholesale("validation-of-class-2-only", breaks="41-7.3.7 41-7.3.8", spoils=f"{STORE} 41-6.5.2")
class CreditUnvalidated(TokenValidation):
    """Tokens of class 0 are never old, used or expired."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        return None if apdu.token_class == 0 else super().check(apdu, store)


@wholesale("identifiers-little-endian", breaks="41-6.3.5 41-7.3.7 41-7.3.8", spoils=TOKENS)
class SwappedIdentifiers(TokenIdentifierStore):
    """The octets of every TokenIdentifier are compared lowest first."""

    def key(self, apdu: Apdu) -> int:
        return int.from_bytes(super().key(apdu).to_bytes(3), "little")


@wholesale("identifiers-in-hours", breaks="41-6.3.5 41-7.3.7 41-7.3.8", spoils=TOKENS)
class IdentifiersInHours(TokenIdentifierStore):
    """Of every TokenIdentifier only the hour is compared, so that all tokens of an hour are one."""

    def key(self, apdu: Apdu) -> int:
        return super().key(apdu) // 60 * 60
