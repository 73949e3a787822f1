"""Observer of exchanges, which are recorded where the bench has a recorder (IEC 62055-52, 6.3 and 6.7)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.client import Reply
from sts62055.carrier.messages import Command
from sts62055.carrier.profile import Profile
from sts_rigs.carriers.port_carrier import PortCarrier
from sts_rigs.clock import SECOND, Clock
from sts_rigs.errors import BenchFault, InstrumentFault, InstrumentLost
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.line.recording import Recording
from sts_rigs.line.timing import LineTimes, ObservedExchange, PortTimes

__all__ = ["LineObserver"]

_ANSWER = 0.5


class LineObserver:
    """Observes exchanges of a carrier: by the recorder, else by the clock of the port.

    keep: takes each recording, as evidence; recover: makes the recorder ready again after a fault, or raises
    BenchFault, after which it counts as lost.
    """

    def __init__(
        self,
        carrier: PortCarrier,
        clock: Clock,
        profile: Profile,
        recorder: LineRecorder | None,
        keep: Callable[[Recording], None],
        recover: Callable[[], None],
    ) -> None:
        self._carrier = carrier
        self._clock = clock
        self._profile = profile
        self._recorder = recorder
        self._keep = keep
        self._recover = recover
        self._lost: BenchFault | None = None

    def observe(self, command: Command | Sequence[OutgoingCharacter]) -> ObservedExchange:
        """Send a command, or characters, and return what came back with its times.

        InstrumentFault if it was not recorded as the port heard it, and InstrumentLost if the recorder was lost in
        an earlier case.
        """
        if isinstance(command, Sequence):
            characters = tuple(command)
        else:
            characters = outgoing(self._carrier.codec.encode(command))
        if self._recorder is not None:
            with self._blamed():
                self._recorder.arm(self._seconds(characters))
        began = self._clock.now()
        if isinstance(command, Sequence):
            reply = self._carrier.exchange_characters(characters)
        else:
            reply = self._carrier.exchange(command)
        if self._recorder is None:
            return ObservedExchange(reply, PortTimes(reply, self._carrier.port.time_base, self._profile))
        with self._blamed():
            recording = self._recorder.take(
                f"{began / SECOND:014.6f}", bytes(character.code for character in characters)
            )
        self._keep(recording)
        return ObservedExchange(reply, self._times(recording, reply))

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """Turn a fault of the recorder into one of this case, and see whether later cases can still use it."""
        if self._lost is not None:
            raise InstrumentLost(f"an instrument was lost: {self._lost.what}", self._lost.remedy)
        try:
            yield
        except BenchFault as fault:
            try:
                self._recover()
            except BenchFault as lost:
                self._lost = lost
            raise InstrumentFault(fault.what, fault.remedy) from fault

    def _times(self, recording: Recording, reply: Reply) -> LineTimes:
        """Return the times that a recording shows, or those of the port where the answer was longer than it.

        InstrumentFault if the recording does not show the answer for another reason: the meter is not to blame.
        """
        port = self._carrier.port
        heard = len(reply.characters)
        try:
            codes = [
                one.code if one.intact and place not in reply.withheld else None
                for place, one in enumerate(reply.characters)
            ]
            is_whole = recording.find_answer(codes, (reply.reaction or 0) / SECOND)
        except BenchFault as fault:
            raise InstrumentFault(fault.what, fault.remedy) from None
        if is_whole:
            return recording
        ended = (reply.characters[-1].end - reply.asked + port.time_base.uncertainty) / SECOND
        if ended > recording.listened:
            return PortTimes(reply, port.time_base, self._profile)
        raise InstrumentFault(
            f"{recording.recorder} saw {recording.answered} of the {heard} characters that the port heard",
            "check which input sees the meter, its probe, and [signal] in the rig file",
        )

    def _seconds(self, characters: Sequence[OutgoingCharacter]) -> float:
        """Return the seconds to record: until the answer has come, even one that comes too late."""
        profile = self._profile
        sending = sum(profile.character_time + character.gap for character in characters)
        waiting = profile.longest_time("reaction_time") + profile.time("quiet_time")
        return (sending + waiting) / SECOND + _ANSWER
