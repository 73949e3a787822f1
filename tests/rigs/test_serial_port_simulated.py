"""The simulated port breaks, and a carrier keeps what it saw of an exchange that a lost port cut off."""

from collections import deque
from collections.abc import Sequence

import pytest

from meter_on_bench import MILLISECOND, PROFILE, SECOND, configuration
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, outgoing
from sts62055.carrier.client import ReplyFault
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import Ack, Data, Nak, ReadCommand
from sts_rigs.carriers.port_carrier import Exchange, PortCarrier
from sts_rigs.errors import BenchFault
from sts_rigs.port import TimeBase
from sts_rigs.simulator.bench import SimulatedBench, SimulatedPort
from sts_rigs.simulator.line import Line
from sts_rigs.simulator.timeline import Timeline

TIME = PROFILE.character_time
CODEC = Codec(PROFILE)
READ = ReadCommand(0x2006, 0)
ANSWER = CODEC.encode(Data(0x2006, ("12345678903",)))


class Setting:
    """A simulated port, and what the meter's end hears."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.line = Line(self.timeline, TIME)
        self.port = SimulatedPort(self.timeline, self.line)
        self.heard: list[ReceivedCharacter] = []
        self.line.meter.listener = self.heard.append


def test_a_break_is_one_damaged_character_as_long_as_the_break() -> None:
    setting = Setting()
    sent = setting.port.send(outgoing(b"A"))
    assert setting.port.send_break(SECOND) == setting.timeline.now() == sent + SECOND
    setting.port.send(outgoing(b"B"))
    assert setting.heard == [
        ReceivedCharacter(0x41, True, 0, TIME),
        ReceivedCharacter(0, False, TIME, TIME + SECOND),
        ReceivedCharacter(0x42, True, TIME + SECOND, 2 * TIME + SECOND),
    ]


def test_what_is_no_longer_than_a_character_is_no_break() -> None:
    setting = Setting()
    with pytest.raises(ValueError, match="no longer than a character"):
        setting.port.send_break(TIME)
    assert setting.timeline.now() == 0
    assert setting.port.send_break(TIME + 1) == TIME + 1


def test_a_meter_says_nak_to_a_break_after_its_quiet_time_and_then_works_on() -> None:
    bench = SimulatedBench(configuration(), PROFILE, seed=1)
    end = bench.port.send_break(300 * MILLISECOND)
    character = bench.port.receive(end + 10 * SECOND)
    assert character is not None
    assert bytes([character.code]) == CODEC.encode(Nak())
    assert character.start - end >= PROFILE.time("quiet_time")
    bench.timeline.wait_until(bench.timeline.now() + SECOND)
    end = bench.port.send(outgoing(CODEC.encode(READ)))
    character = bench.port.receive(end + 10 * SECOND)
    assert character is not None
    assert character.code == ANSWER[0]


# -- a port that is lost ---------------------------------------------------------------------------------------


class DyingPort:
    """A port that gives what a script says and is then lost; "send" in the script loses it in sending."""

    name = "dying"
    time_base = TimeBase(name="simulated clock", uncertainty=0, source="test")
    shows_parity = spoils_parity = True
    sends_break = proves_break = True

    def __init__(self, timeline: Timeline, stray: bytes, answer: bytes, *, dies_in: str) -> None:
        self._timeline = timeline
        self._stray, self._answer = deque(stray), deque(answer)
        self._dies_in = dies_in
        self._is_asked = False
        self.fault = BenchFault("port dying was lost", "remedy it")

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        if self._dies_in == "send":
            raise self.fault
        self._is_asked = True
        self._timeline.wait_until(self._timeline.now() + len(characters) * TIME)
        return self._timeline.now()

    def receive(self, until: int) -> ReceivedCharacter | None:  # noqa: ARG002 - the script tells the time
        coming = self._answer if self._is_asked else self._stray
        if coming:
            start = self._timeline.now()
            self._timeline.wait_until(start + TIME)
            return ReceivedCharacter(coming.popleft(), True, start, start + TIME)
        if self._is_asked or self._dies_in == "stray":
            raise self.fault
        return None

    def send_break(self, duration: int) -> int:  # noqa: ARG002
        raise self.fault

    def close(self) -> None: ...


def lose(stray: bytes, answer: bytes, dies_in: str) -> Exchange:
    timeline = Timeline()
    seen: list[Exchange] = []
    port = DyingPort(timeline, stray, answer, dies_in=dies_in)
    carrier = PortCarrier(port, timeline, PROFILE, patience=SECOND, turnaround=0, observe=seen.append)
    with pytest.raises(BenchFault) as caught:
        carrier.exchange(READ)
    assert caught.value is port.fault
    (exchange,) = seen
    return exchange


@pytest.mark.parametrize(
    ("stray", "answer", "dies_in", "fault", "detail"),
    [
        (b"", ANSWER[:7], "answer", ReplyFault.UNFINISHED, "while the answer was awaited"),
        (b"\x15", b"", "answer", ReplyFault.SILENT, "while the answer was awaited"),
        (b"\x15\x06", b"", "send", ReplyFault.SILENT, "while the command was sent: not all"),
        (b"\x15", b"", "stray", ReplyFault.SILENT, "before the command was sent"),
    ],
)
def test_what_was_seen_of_an_exchange_that_was_cut_off_is_shown_to_the_observer(
    stray: bytes, answer: bytes, dies_in: str, fault: ReplyFault, detail: str
) -> None:
    exchange = lose(stray, answer, dies_in)
    assert bytes(character.code for character in exchange.stray) == stray
    assert exchange.reply.codes == answer
    assert exchange.reply.answer is None
    assert exchange.reply.fault is fault
    assert f"the port was lost {detail}" in exchange.reply.detail
    assert exchange.sent == (() if dies_in == "stray" else outgoing(CODEC.encode(READ)))
    assert exchange.command == READ
    assert exchange.reply.asked >= exchange.began


def test_an_exchange_that_ends_well_is_shown_once() -> None:
    timeline = Timeline()
    seen: list[Exchange] = []
    port = DyingPort(timeline, b"", CODEC.encode(Ack()), dies_in="answer")
    carrier = PortCarrier(port, timeline, PROFILE, patience=SECOND, turnaround=0, observe=seen.append)
    assert carrier.exchange(READ).answer == Ack()
    assert len(seen) == 1


class BabblingPort(DyingPort):
    """A port at which one character comes after the other, for ever."""

    def receive(self, until: int) -> ReceivedCharacter:  # noqa: ARG002
        start = self._timeline.now()
        self._timeline.wait_until(start + TIME)
        return ReceivedCharacter(ord("x"), True, start, start + TIME)


@pytest.mark.parametrize("awaits_silence", [False, True])
def test_a_line_that_is_never_silent_ends_an_exchange_after_a_few_messages(*, awaits_silence: bool) -> None:
    timeline = Timeline()
    seen: list[Exchange] = []
    port = BabblingPort(timeline, b"", b"", dies_in="")
    carrier = PortCarrier(port, timeline, PROFILE, patience=SECOND, turnaround=0, observe=seen.append)
    if awaits_silence:
        carrier.await_silence()
    reply = carrier.exchange(READ)
    longest = PROFILE.number("longest_message")
    assert reply.fault is ReplyFault.LAYOUT
    assert len(reply.characters) == longest + 1
    assert len(seen[0].stray) == 4 * longest
