"""Base class of the parts of a simulated meter; a defect replaces one."""

from sts_rigs.simulator.meter.configuration import HeldKey, MeterConfiguration
from sts_rigs.simulator.meter.memory import NonVolatileMemory

__all__ = ["Part"]


class Part:
    """Part of the meter: it knows configuration and memory, and keeps no state of its own."""

    def __init__(self, configuration: MeterConfiguration, memory: NonVolatileMemory) -> None:
        self.configuration = configuration
        self.memory = memory

    @property
    def held_key(self) -> HeldKey:
        """The key that the meter holds now."""
        return self.memory.state.key or self.configuration.factory_key
