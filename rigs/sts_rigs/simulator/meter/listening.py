"""The state table of the simulated meter's port, with the messages that no published rule decides about."""

from dataclasses import dataclass
from typing import Final

from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.codec import Codec
from sts62055.carrier.framing import ETX, SOH
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import IDRequest
from sts62055.carrier.profile import Profile
from sts62055.carrier.server import DamagedMessage, Request, Server, ServerEvent, ServerState
from sts_rigs.simulator.meter.traits import PortTraits

__all__ = ["AfterQuiet", "MalformedCommand", "MeterServer"]

_WRITE: Final = ord("W")


@dataclass(frozen=True, slots=True)
class MalformedCommand(DamagedMessage):
    """A ReadCommand or BreakCommand with a right BCC and a wrong layout."""


@dataclass(frozen=True, slots=True)
class AfterQuiet(DamagedMessage):
    """What is answered after the quiet time."""


class MeterServer(Server):
    """The server of IEC 62055-52 as a maker built it."""

    def __init__(self, codec: Codec, profile: Profile, traits: PortTraits) -> None:
        longest = profile.number("longest_message") + traits.extra_characters
        super().__init__(codec, profile.with_value("longest_message", longest))
        self._longest_gap += traits.extra_patience
        for state, (event, patience) in self._patience.items():
            if event is ServerEvent.PAUSE:
                self._patience[state] = (event, patience + traits.extra_patience)
        self._traits = traits
        self._profile = profile

    def receive(self, character: ReceivedCharacter) -> Request | None:
        """Take a character; return the request that it completes."""
        if character.intact and character.code == SOH and self._begins_anew():
            self._reader.clear()
        is_stray = not character.intact and self.state is ServerState.IDLE
        return None if is_stray and self._traits.ignores_damage_outside else super().receive(character)

    def expire(self, now: int) -> Request | None:
        """Take the time in nanoseconds; return the request that silence completes."""
        request = super().expire(now)
        return AfterQuiet(request.reason) if isinstance(request, DamagedMessage) else request

    def read_frame(self, frame: bytes) -> Request:
        """Return what a complete frame asks for."""
        request = super().read_frame(frame)
        if not isinstance(request, DamagedMessage):
            return request
        if frame[0] != SOH:
            return IDRequest() if self._traits.answers_address else request
        is_other = frame[-1] != block_check(frame[:-1]) or frame[1] == _WRITE
        return request if is_other else MalformedCommand(request.reason)

    def _begins_anew(self) -> bool:
        is_inside = self.state is ServerState.RECEIVING and self._reader.codes[-1:] != bytes([ETX])
        return is_inside and self._traits.begins_anew
