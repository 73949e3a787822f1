"""Defects of load switch and metering (IEC 62055-31; IEC 62055-41, 8.6 and 8.11)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.load_switch import LoadSwitch
from sts_rigs.simulator.meter.memory import TENTH
from sts_rigs.simulator.meter.metering import Metering


@defect("switch-closed-without-credit", violates="31-switch-opens", evidence="still closed")
class SwitchOfGoodwill(LoadSwitch):
    """A closed load switch stays closed when the credit is used up."""

    def has_credit(self) -> bool:
        return self.memory.state.is_closed or super().has_credit()


@defect("switch-waits-for-user", violates="31-switch-closes", evidence="closed = False")
class WaitingSwitch(LoadSwitch):
    """The load switch waits for its user although it is declared to close by itself."""

    def closes_by_itself(self) -> bool:
        return False


class _ForcedSwitch(LoadSwitch):
    """A switch that can be closed without credit; the mark that it was tripped says that it was forced."""

    def settled(self, loads: Sequence[int]) -> Mapping[str, Any]:
        state = self.memory.state
        is_forced = state.is_closed and state.is_tripped
        if not is_forced:
            return super().settled(loads)
        return {"is_tripped": False} if self.has_credit() else {}


@defect("user-closes-without-credit", violates="31-switch-stays-open", evidence="without credit")
class ObedientSwitch(_ForcedSwitch):
    """The user can close the load switch without credit."""

    def closed_by_user(self) -> Mapping[str, Any]:
        return super().closed_by_user() or {"is_closed": True, "is_tripped": True}


@defect("switch-closes-in-power-cut", violates="31-power-cut-switch", evidence="closed without credit")
class ForgetfulSwitch(_ForcedSwitch):
    """After a power cut an open load switch is closed, credit or not."""

    def after_power_up(self) -> None:
        self.memory.commit(is_closed=True, is_tripped=True)


@defect(
    "power-limit-not-kept-to", violates="41-8.6-disconnects 31-switch-above-limit", evidence="still closed with"
)
class NoOverload(LoadSwitch):
    """A load above the power limit stays connected."""

    def is_above_power_limit(self, loads: Sequence[int]) -> bool:  # noqa: ARG002
        return False


@defect("power-limit-halved", violates="31-switch-below-limit", evidence="open with")
class HalfTheLimit(LoadSwitch):
    """The load switch opens on half of the power limit."""

    def is_above_power_limit(self, loads: Sequence[int]) -> bool:
        return super().is_above_power_limit([2 * watts for watts in loads])


@defect(
    "unbalance-not-noticed",
    violates="41-8.11-disconnects",
    evidence="still closed with",
    declares={
        "implements.phases": 3,
        "implements.phase_unbalance_limit": True,
        "implements.unbalance_limit_range": [100, 50_000],
    },
)
class NoUnbalance(LoadSwitch):
    """A load on one of three phases stays connected, however large."""

    def is_too_uneven(self, loads: Sequence[int]) -> bool:  # noqa: ARG002
        return False


@defect(
    "tamper-lost-at-power-cut", violates="41-8.10-only 41-8.10-outlasts", evidence="no tamper condition any more"
)
class ForgetfulOfTampering(Metering):
    """A power cut ends a tamper condition."""

    def after_power_up(self) -> None:
        self.memory.commit(is_tampered=False)


@defect("tamper-leaves-switch-closed", violates="31-switch-tamper", evidence="still closed after")
class TamperUnheeded(LoadSwitch):
    """Tampering is noticed, and the load switch stays closed."""

    def is_kept_open_by_tampering(self) -> bool:
        return False


@defect("energy-counted-twice", violates="31-accounting-exact", evidence="counted where less than")
class DoubleCount(Metering):
    """The cumulative energy counts every kilowatt-hour twice."""

    def after(self, energy: int) -> Mapping[str, Any]:
        changes = super().after(energy)
        return {**changes, "drawn": self.memory.state.drawn + 2 * energy}


@defect("power-cut-gives-credit-back", violates="31-accounting-power-cut", evidence="the credit is another")
class LateSaving(Metering):
    """The credit is saved once in a while: a power cut under load gives back what was used since."""

    def before_power_down(self, power: int) -> None:
        state = self.memory.state
        if power and state.drawn >= 2 * TENTH:
            self.memory.commit(credit=state.credit + 2)


@defect(
    "emergency-credit-without-end",
    violates="31-accounting-emergency",
    evidence="still closed after more than",
    declares={"implements.emergency_credit": 3},
)
class EndlessEmergency(LoadSwitch):
    """The emergency credit is ten times the declared one."""

    def granted(self) -> int:
        return super().granted() * 10
