"""Defects of the key change with RO, by which a meter gets another base date (IEC 62055-41, 8.9)."""

from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.defects.key_change import TwoKeys
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_EMPTIED = 0


@defect("key-change-empties-store", violates="41-8.9-in-turn 41-8.9-store", evidence="expected UsedError")
class AlwaysRolledOver(KeyChangeProcess):
    """Every key change empties the store of TokenIdentifiers."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), "token_identifiers": (_EMPTIED,)}


@defect(
    "roll-over-ignored",
    violates="41-8.9-roll-over 41-8.9-roll-over-new-base 41-8.9-roll-over-twice",
    evidence="got UsedError, expected Accept",
)
class NeverRolledOver(KeyChangeProcess):
    """RO is ignored."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {name: value for name, value in super().changes(new).items() if name != "token_identifiers"}


@defect("roll-over-keeps-oldest", violates="41-8.9-roll-over-new-base", evidence="got OldError, expected Accept")
class HalfRolledOver(KeyChangeProcess):
    """RO leaves the smallest TokenIdentifier in the store, and what is smaller stays old."""

    def changes(self, new: NewKey) -> dict[str, object]:
        changed = super().changes(new)
        return (
            {**changed, "token_identifiers": self.memory.state.token_identifiers[:1]}
            if new.rolls_over
            else changed
        )


@defect(
    "roll-over-takes-credit", violates="41-8.9-roll-over-keeps-credit 41-8.9-roll-over-twice", evidence="credit()"
)
class CostlyRollOver(KeyChangeProcess):
    """RO clears the credit with the store."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {**super().changes(new), **({"credit": 0} if new.rolls_over else {})}


@defect(
    "store-dead-after-roll-over",
    violates="41-8.9-roll-over-twice 41-8.9-roll-over-used",
    evidence="got Accept, expected UsedError",
)
class DeadStore(TokenIdentifierStore):
    """A store that RO has emptied takes nothing under the new key."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        held = self.memory.state.token_identifiers
        is_new_key = self.held_key.decoder_key != self.configuration.decoder_key
        return held if _EMPTIED in held and is_new_key else super().with_token(apdu)


@defect("old-base-lives-on", violates="41-8.9-roll-over-old-base", evidence="got Accept, expected CRCError")
class TwoBases(TwoKeys):
    """After RO tokens under the key before are taken still, so that none is lost."""

    def is_kept(self) -> bool:
        return self.memory.state.token_identifiers == (_EMPTIED,)
