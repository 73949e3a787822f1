"""Metering of the simulated meter: energy that the load draws, taken from the credit (IEC 62055-31).

Energy is counted in watt nanoseconds, in whole numbers and only when something happens, so that nothing is lost or
gained however often somebody looks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sts_rigs.simulator.device import Surroundings
from sts_rigs.simulator.meter.load_switch import LoadSwitch
from sts_rigs.simulator.meter.memory import TENTH, NonVolatileMemory
from sts_rigs.simulator.meter.part import Part

__all__ = ["Metering", "Supply"]


class Metering(Part):
    """Accounting of energy against credit."""

    def after(self, energy: int) -> Mapping[str, Any]:
        """Return the changes of the memory after a use of energy in watt nanoseconds."""
        state = self.memory.state
        used, begun = divmod(state.begun + energy, TENTH)
        if used > state.credit + state.granted:
            used, begun = state.credit + state.granted, 0
        paid = min(used, state.credit)
        lent = used - paid
        return {
            "credit": state.credit - paid,
            "granted": state.granted - lent,
            "owed": state.owed + lent,
            "begun": begun,
            "drawn": state.drawn + energy,
        }

    def power(self, loads: Sequence[int], *, has_mains: bool, is_closed: bool) -> int:
        """Return the power in watts that is measured, with loads behind the switch."""
        return sum(loads) if has_mains and is_closed else 0

    def left(self) -> int:
        """Return how much energy credit and emergency credit are good for, in watt nanoseconds."""
        state = self.memory.state
        return max((state.credit + state.granted) * TENTH - state.begun, 0)

    def repaid(self) -> Mapping[str, Any]:
        """Return what changes when there is credit again and emergency credit is owed; nothing if none is."""
        state = self.memory.state
        if not state.credit or not (state.granted or state.owed):
            return {}
        paid = min(state.credit, state.owed)
        return {"credit": state.credit - paid, "granted": 0, "owed": state.owed - paid}

    def before_power_down(self, power: int) -> None:
        """Save what must not be lost, with a power in watts still drawn; all of it is saved already."""

    def after_power_up(self) -> None:
        """Restore the energy after a power cut; a good memory has kept it."""


class Supply:
    """Mains, load switch and load, and what the power between them changes in the meter."""

    def __init__(
        self, surroundings: Surroundings, memory: NonVolatileMemory, metering: Metering, switch: LoadSwitch
    ) -> None:
        self._surroundings = surroundings
        self._traits = switch.configuration.traits
        self._memory = memory
        self._metering = metering
        self._switch = switch
        self._loads: tuple[int, ...] = ()
        self._has_mains = True
        self._settled = surroundings.now()
        self._applied = self._settled
        self._planned: int | None = None

    @property
    def power(self) -> int:
        """The power that is drawn now, in watts."""
        is_closed = self._memory.state.is_closed
        return self._metering.power(self._loads, has_mains=self._has_mains, is_closed=is_closed)

    @property
    def loads(self) -> tuple[int, ...]:
        """The loads in watts behind the switch, one for each phase."""
        return self._loads

    def apply(self, loads: Sequence[int]) -> None:
        """Set the loads in watts behind the switch, one for each phase."""
        self.settle()
        self._loads = tuple(loads)
        self._bear()
        self.settle()

    def close_switch(self) -> None:
        """Close the switch, as the meter's user does."""
        self.settle()
        self._memory.commit(**self._switch.closed_by_user())
        self.settle()

    def cut(self) -> None:
        """Disconnect the mains."""
        self.settle()
        self._metering.before_power_down(self.power)
        self._has_mains = False

    def restore(self) -> None:
        """Reconnect the mains."""
        self.settle()
        self._has_mains = True
        self._metering.after_power_up()
        self._switch.after_power_up()
        self.settle()

    def settle(self) -> None:
        """Count the energy drawn until now, and switch as follows from it."""
        now, power = self._surroundings.now(), self.power
        energy = power * (now - self._settled)
        self._settled = now
        if energy:
            left = self._metering.left()
            # The credit ends between two nanoseconds: nothing is drawn beyond it.
            self._memory.commit(**self._metering.after(min(energy, left) if energy - left < power else energy))
        if repaid := self._metering.repaid():
            self._memory.commit(**repaid)
        while self._has_mains and (changes := self._switch.settled(self._lasting_loads)):
            self._memory.commit(**changes)
            if changes.get("is_tripped") and self._traits.recloses_after:
                self._surroundings.at(now + self._traits.recloses_after, self._reclose)
        self._plan()

    @property
    def _lasting_loads(self) -> tuple[int, ...]:
        """The loads that have lasted for as long as too much of them may."""
        is_lasting = self._surroundings.now() - self._applied >= self._traits.trips_after
        return self._loads if is_lasting else ()

    def _bear(self) -> None:
        """Begin to bear what is on, for as long as too much of it may last."""
        self._applied = self._surroundings.now()
        if self._traits.trips_after:
            self._surroundings.at(self._applied + self._traits.trips_after, self.settle)

    def _reclose(self) -> None:
        self._memory.commit(is_tripped=False)
        self._bear()
        self.settle()

    def _plan(self) -> None:
        """Schedule the next settlement for when the credit is used up."""
        left, power = self._metering.left(), self.power
        if not left or not power:
            return
        instant = self._settled - (-left // power)
        if self._planned is None or instant < self._planned:
            self._planned = instant
            self._surroundings.at(instant, self._settle_as_planned)

    def _settle_as_planned(self) -> None:
        self._planned = None
        self.settle()
