"""A carrier of one's own: a gateway takes tokens for the meter and passes them on.

So that the example needs none, this gateway works with what every bench has: it presses the meter's keys, and the
display tells what became of a token. A real one would open a connection with what its table says, and have
`surroundings.at_end` close it.
"""

from pydantic import Field

from sts_rigs.actions import Action
from sts_rigs.carriers.keypad_carrier import KeypadCarrier
from sts_rigs.carriers.kinds import CarrierSurroundings
from sts_rigs.carriers.outcome import TokenOutcome
from sts_rigs.files.toml import FileSection

__all__ = ["GatewayCarrier", "GatewayTable"]

MILLISECOND = 1_000_000


class GatewayTable(FileSection):
    """[carriers.gateway]: the gateway of this bench."""

    hold_ms: int = Field(ge=0, le=60_000, description="how long it holds a token before it passes it on")
    result_ms: int = Field(default=3000, ge=0, le=60_000, description="how long after that it asks for the result")


class GatewayCarrier:
    """The gateway in front of the meter."""

    table = GatewayTable

    def __init__(self, table: GatewayTable, surroundings: CarrierSurroundings) -> None:
        self._table = table
        self._clock = surroundings.clock
        self._actions = surroundings.actions
        self._display = KeypadCarrier(surroundings.actions, surroundings.results, surroundings.untold)

    def enter(self, digits: str) -> TokenOutcome:
        """Pass a token on and return what the meter says of it; BenchFault if the gateway cannot."""
        self._wait(self._table.hold_ms)
        self._actions.perform(Action.PRESS_KEYS, " ".join(digits))
        self._wait(self._table.result_ms)
        shown = self._actions.perform(Action.READ_DISPLAY)
        return self._display.outcome(digits, shown)

    def _wait(self, milliseconds: int) -> None:
        self._clock.wait_until(self._clock.now() + milliseconds * MILLISECOND)
