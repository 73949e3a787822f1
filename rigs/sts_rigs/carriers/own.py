"""Our own carriers, as the registry makes them."""

from sts_rigs.carriers.keypad_carrier import KeypadCarrier
from sts_rigs.carriers.kinds import CarrierSurroundings, NoTable
from sts_rigs.carriers.outcome import TokenCarrier
from sts_rigs.errors import BenchFault

__all__ = ["keypad", "port"]


def port(table: NoTable, surroundings: CarrierSurroundings) -> TokenCarrier:  # noqa: ARG001 - [port] says it all
    """Return the meter's port; BenchFault where the bench does not reach it."""
    if surroundings.port is None:
        raise BenchFault("the bench does not reach the meter's port", "name it in port.url of the rig file")
    return surroundings.port


def keypad(table: NoTable, surroundings: CarrierSurroundings) -> TokenCarrier:  # noqa: ARG001 - [actions] says it
    """Return the keypad with the display beside it."""
    return KeypadCarrier(surroundings.actions, surroundings.results, surroundings.untold)
