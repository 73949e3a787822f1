"""Subtle defects: a power cut, or one within a write, loses one thing of many (IEC 62055-41, 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from sts62055.application.keys import DecoderKey
from sts_rigs.clock import MILLISECOND
from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.defects.subtle.triggers import AfterPowerCut
from sts_rigs.simulator.meter.process import MemoryWriting

_PAUSE = 120 * MILLISECOND

# -- lost with the power ---------------------------------------------------------------------------------------


@subtle("newest-identifiers-lost-in-power-cut", breaks="41-7.3.8")
class NewestIdentifiersLost(AfterPowerCut):
    """A power cut takes the three newest TokenIdentifiers out of the store."""

    def found(self) -> Mapping[str, Any]:
        held = self.memory.state.token_identifiers
        return {"token_identifiers": held[:-3] or held[:1]}


@subtle("store-cut-short-in-power-cut", breaks="41-7.3.7 41-7.3.8")
class StoreCutShort(AfterPowerCut):
    """A power cut leaves the ten greatest TokenIdentifiers in the store, so that what is between others is old."""

    def found(self) -> Mapping[str, Any]:
        return {"token_identifiers": self.memory.state.token_identifiers[-10:]}


@subtle("key-expiry-lost-in-power-cut", breaks="41-6.1.10 41-7.3.7 41-8.9")
class KeyExpiryLost(AfterPowerCut):
    """After a power cut the key never expires."""

    def found(self) -> Mapping[str, Any]:
        has_expiry = self.held_key.key_expiry_number is not None
        return {"key": replace(self.held_key, key_expiry_number=255)} if has_expiry else {}


@subtle("tariff-index-lost-in-power-cut", breaks="41-6.1.7 41-8.9")
class TariffIndexLost(AfterPowerCut):
    """After a power cut the tariff index is that of the factory."""

    def found(self) -> Mapping[str, Any]:
        return {"key": replace(self.held_key, tariff_index=self.configuration.tariff_index)}


@subtle("supply-group-lost-in-power-cut", breaks="41-6.1.6 41-8.9")
class SupplyGroupLost(AfterPowerCut):
    """After a power cut the supply group code is 0."""

    def found(self) -> Mapping[str, Any]:
        return {"key": replace(self.held_key, supply_group_code="000000")}


@subtle("half-of-key-lost-in-power-cut", breaks="41-7.3.6 41-8.9")
class HalfOfKeyLost(AfterPowerCut):
    """After a power cut the lower half of the key is that of the factory's."""

    def found(self) -> Mapping[str, Any]:
        upper, lower = self.held_key.decoder_key.reveal(), self.configuration.decoder_key.reveal()
        half = len(upper) // 2
        return {"key": replace(self.held_key, decoder_key=DecoderKey(upper[:half] + lower[half:]))}


@subtle("energy-lost-in-power-cut", breaks="31 52-6.8.3")
class EnergyLost(AfterPowerCut):
    """A power cut sets the cumulative energy back to 0."""

    def found(self) -> Mapping[str, Any]:
        return {"drawn": 0}


@subtle("begun-tenth-given-back-in-power-cut", breaks="31")
class BegunTenthGivenBack(AfterPowerCut):
    """A power cut gives back what was used of the last tenth of a kilowatt-hour."""

    def found(self) -> Mapping[str, Any]:
        return {"begun": 0}


@subtle("other-credit-lost-in-power-cut", breaks="41-8.4")
class OtherCreditLost(AfterPowerCut):
    """A power cut clears the credit of all registers but electricity."""

    def found(self) -> Mapping[str, Any]:
        return {"other_credit": {}}


@subtle(
    "unbalance-limit-lost-in-power-cut",
    breaks="41-8.11",
    declares={
        "implements.phases": 3,
        "implements.phase_unbalance_limit": True,
        "implements.unbalance_limit_range": [100, 50_000],
    },
)
class UnbalanceLimitLost(AfterPowerCut):
    """A power cut resets the limit of phase unbalance."""

    def found(self) -> Mapping[str, Any]:
        return {"unbalance_limit": 0}


# -- another than before ---------------------------------------------------------------------------------------


@subtle("tampered-by-power-cut", breaks="41-8.10 52-6.8.3")
class TamperedByCut(AfterPowerCut):
    """A power cut is taken for tampering."""

    def found(self) -> Mapping[str, Any]:
        return {"is_tampered": True}


@subtle("switch-tripped-by-power-cut", breaks="31")
class TrippedByCut(AfterPowerCut):
    """A power cut leaves the load switch open to wait for its user, where it is declared to close by itself."""

    def found(self) -> Mapping[str, Any]:
        return {"is_closed": False, "is_tripped": True}


@subtle("credit-of-sixteen-bits-after-power-cut", breaks="41-8.4")
class CreditCutShort(AfterPowerCut):
    """A power cut leaves the lower 16 bits of the credit."""

    def found(self) -> Mapping[str, Any]:
        return {"credit": self.memory.state.credit & 0xFFFF}


@subtle("power-limit-of-eight-bits-after-power-cut", breaks="41-8.6")
class LimitCutShort(AfterPowerCut):
    """A power cut leaves the lower 8 bits of the power limit."""

    def found(self) -> Mapping[str, Any]:
        return {"power_limit": self.memory.state.power_limit & 0xFF}


# -- within a write --------------------------------------------------------------------------------------------


class ErasesFirst(MemoryWriting):
    """Erases one thing before it is written anew a moment later."""

    name: ClassVar[str]
    erased: ClassVar[Any]

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        if self.name not in changes:
            return super().steps(changes)
        return (0, {self.name: self.erased}), (_PAUSE, changes)


@subtle("credit-erased-before-written", breaks="41-7.3.8 41-8.4")
class CreditErased(ErasesFirst):
    """The credit is erased before it is written: a power cut in between takes all of it."""

    name = "credit"
    erased = 0


@subtle("store-erased-before-written", breaks="41-7.3.8")
class StoreErased(ErasesFirst):
    """The store of TokenIdentifiers is erased before it is written: a power cut in between forgets all of them."""

    name = "token_identifiers"
    erased = (0,)


@subtle("power-limit-written-by-octets", breaks="41-8.6")
class LimitByOctets(MemoryWriting):
    """The lower octet of a power limit is written before the others: a power cut in between leaves a mixture."""

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        if "power_limit" not in changes:
            return super().steps(changes)
        mixed = self.memory.state.power_limit & ~0xFF | changes["power_limit"] & 0xFF
        return (0, {**changes, "power_limit": mixed}), (_PAUSE, changes)
