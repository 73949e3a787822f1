"""Defects of validation and cancellation: what a meter takes for used or old (IEC 62055-41, 7.3.7, 7.3.8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sts62055.application.keys import DecoderKey
from sts62055.application.results import Accept, FunctionError, RangeError, TokenStatus
from sts_rigs.clock import MILLISECOND
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.memory import NonVolatileMemory
from sts_rigs.simulator.meter.process import MemoryWriting
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_PAUSE = 120 * MILLISECOND
_DAY = 24 * 60


class StoreOfMore(TokenIdentifierStore):
    """A store that tells tokens of one TokenIdentifier apart by something else, under one key."""

    def __init__(self, configuration: MeterConfiguration, memory: NonVolatileMemory) -> None:
        super().__init__(configuration, memory)
        self._more: dict[tuple[DecoderKey, int], int] = {}

    def more(self, apdu: Apdu) -> int:
        """Return what else of a token is remembered."""
        raise NotImplementedError

    def is_used(self, apdu: Apdu) -> bool:
        more = self.more(apdu)
        return super().is_used(apdu) and self._more.get(self._place(apdu), more) == more

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        self._more[self._place(apdu)] = self.more(apdu)
        return super().with_token(apdu)

    def _place(self, apdu: Apdu) -> tuple[DecoderKey, int]:
        return self.held_key.decoder_key, self.key(apdu)


@defect("identity-with-rnd", violates="41-6.3.4-no-identity", evidence="got Accept, expected UsedError")
class StoreWithRnd(StoreOfMore):
    """RND counts as a part of a token's identity, so that one token can be written sixteen times."""

    def more(self, apdu: Apdu) -> int:
        return apdu.content >> 40


@defect("identity-with-amount", violates="41-7.3.7-same-identifier", evidence="got Accept, expected UsedError")
class StoreWithAmount(StoreOfMore):
    """The amount counts as a part of a token's identity."""

    def more(self, apdu: Apdu) -> int:
        return apdu.value


@defect("identifier-zero-is-none", violates="41-7.3.7-zero", evidence="got Accept")
class NoIdentifierOfZero(TokenIdentifierStore):
    """TokenIdentifier 0 is taken for a token that has none, and is never old or used."""

    def is_old(self, apdu: Apdu) -> bool:
        return self.key(apdu) != 0 and super().is_old(apdu)

    def is_used(self, apdu: Apdu) -> bool:
        return self.key(apdu) != 0 and super().is_used(apdu)


@defect("minute-after-midnight-again", violates="41-6.3.5.2-meter", evidence="got Accept, expected UsedError")
class NoIdentifierAfterMidnight(TokenIdentifierStore):
    """A token of the minute after midnight is taken for one of special use, and is never old or used."""

    def is_old(self, apdu: Apdu) -> bool:
        return not _is_after_midnight(self.key(apdu)) and super().is_old(apdu)

    def is_used(self, apdu: Apdu) -> bool:
        return not _is_after_midnight(self.key(apdu)) and super().is_used(apdu)


@defect("minute-after-midnight-refused", violates="41-6.3.5.2-meter", evidence="got OldError, expected Accept")
class OldAfterMidnight(TokenIdentifierStore):
    """A token of the minute after midnight is refused: no POS makes one for credit."""

    def is_old(self, apdu: Apdu) -> bool:
        return _is_after_midnight(self.key(apdu)) or super().is_old(apdu)


@defect("displaced-token-accepted", violates="41-7.3.8-displaced", evidence="got Accept")
class OldByFactory(TokenIdentifierStore):
    """Only tokens from before the meter's manufacture are old, whatever has left the store since."""

    def is_old(self, apdu: Apdu) -> bool:
        return self.key(apdu) < self.configuration.oldest_token and super().is_old(apdu)


@defect("function-error-uses-up-token", violates="41-7.3.8-refused-not-stored", evidence="got UsedError")
class StoreOfUnknown(TokenIdentifierStore):
    """A token of a kind or a value that the meter does not know is used up all the same."""

    def is_cancelled_by(self, result: TokenStatus) -> bool:
        return result in (Accept, FunctionError, RangeError)


@defect(
    "management-token-again",
    violates="41-7.3.8-any-instant 41-7.3.8-every-kind 41-7.3.8-management",
    evidence="got Accept, expected UsedError",
)
class CreditOnlyStore(TokenIdentifierStore):
    """Only credit tokens get into the store, so that a management token can be entered again."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        return super().with_token(apdu) if apdu.token_class == 0 else self.memory.state.token_identifiers


class _TwoSteps(MemoryWriting):
    """A memory that is written in two steps, with time in between."""

    first: Sequence[str]

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        first = {name: value for name, value in changes.items() if name in self.first}
        return ((0, first), (_PAUSE, {name: value for name, value in changes.items() if name not in self.first}))


@defect("credit-before-identifier", violates="41-7.3.8-any-instant", evidence="got Accept, expected UsedError")
class CreditFirst(_TwoSteps):
    """The credit is written before the TokenIdentifier: a power cut in between lets it be credited twice."""

    first = ("credit",)


@defect("identifier-before-credit", violates="41-7.3.8-any-instant", evidence="got UsedError, expected Accept")
class IdentifierFirst(_TwoSteps):
    """The TokenIdentifier is written before the credit: a power cut in between loses the credit."""

    first = ("token_identifiers",)


def _is_after_midnight(identifier: int) -> bool:
    return identifier % _DAY == 1
