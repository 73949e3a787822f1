"""The carrier of tokens against a port that answers what a script says."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import pytest

from meter_on_bench import MILLISECOND, PROFILE, SECOND
from sts62055.application.results import Accept, CRCError, Lockout, NotReady, OldError
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, outgoing
from sts62055.carrier.client import ReplyFault, Tolerance
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Data,
    IDRequest,
    Nak,
    ReadCommand,
)
from sts_rigs.carriers.outcome import TokenOutcome
from sts_rigs.carriers.port_carrier import CarrierFailure, Exchange, PortCarrier
from sts_rigs.errors import BenchFault
from sts_rigs.port import TimeBase
from sts_rigs.simulator.timeline import Timeline

CODEC = Codec(PROFILE)
TIME = PROFILE.character_time
REACTION = 250 * MILLISECOND
TOKEN = "1" * 20


class ScriptedPort:
    """A port where each sending is answered by the next frame of a script, or by silence."""

    name = "script"
    time_base = TimeBase("script", 0, "script")
    shows_parity = True
    spoils_parity = True
    sends_break = proves_break = True

    def __init__(self, timeline: Timeline, script: Sequence[bytes]) -> None:
        self._timeline = timeline
        self._script = deque(script)
        self._coming: deque[ReceivedCharacter] = deque()
        self.sent: list[bytes] = []

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        self.sent.append(bytes(character.code for character in characters))
        end = self._timeline.now() + len(characters) * TIME
        self._timeline.wait_until(end)
        self.say(self._script.popleft() if self._script else b"", end + REACTION)
        return end

    def answer_next(self, *script: Answer) -> None:
        self._script = deque(map(CODEC.encode, script))

    def say(self, codes: bytes, at: int) -> None:
        for place, code in enumerate(codes):
            start = at + place * TIME
            self._coming.append(ReceivedCharacter(code, True, start, start + TIME))

    def receive(self, until: int) -> ReceivedCharacter | None:
        if self._coming and self._coming[0].end <= max(until, self._timeline.now()):
            character = self._coming.popleft()
            self._timeline.wait_until(character.end)
            return character
        self._timeline.wait_until(until)
        return None

    def close(self) -> None:
        pass


class Scripted:
    """A carrier over a scripted port."""

    def __init__(self, *script: Answer | bytes, turnaround: int = 0) -> None:
        self.timeline = Timeline()
        frames = [entry if isinstance(entry, bytes) else CODEC.encode(entry) for entry in script]
        self.port = ScriptedPort(self.timeline, frames)
        self.seen: list[Exchange] = []
        self.carrier = PortCarrier(
            self.port,
            self.timeline,
            PROFILE,
            patience=4 * SECOND,
            turnaround=turnaround,
            observe=self.seen.append,
        )


def status(code: int) -> Data:
    return Data(0xFFFE, (f"{code:02X}",))


def test_an_exchange_is_shown_whole_to_the_observer() -> None:
    scripted = Scripted(Ack())
    scripted.timeline.wait_until(SECOND)
    reply = scripted.carrier.exchange(BreakCommand())
    frame = outgoing(b"\x01B0\x03q")
    assert scripted.seen == [Exchange(SECOND, BreakCommand(), frame, (), reply)]
    assert (reply.asked, reply.reaction, reply.answer) == (SECOND + 5 * TIME, REACTION, Ack())


def test_characters_of_any_kind_are_exchanged_as_they_are() -> None:
    scripted = Scripted(Nak())
    characters = [OutgoingCharacter(0x41, gap=5, wrong_parity=True), OutgoingCharacter(0x00)]
    assert scripted.carrier.exchange_characters(characters).answer == Nak()
    assert scripted.seen[0].command is None
    assert scripted.seen[0].sent == tuple(characters)


def test_silence_is_told_after_the_patience() -> None:
    scripted = Scripted()
    reply = scripted.carrier.exchange(IDRequest())
    assert reply.is_silent
    assert scripted.timeline.now() == reply.asked + 4 * SECOND


@pytest.mark.parametrize("interruption", [BenchFault("the port is gone", "plug it in"), KeyboardInterrupt()])
def test_the_command_after_an_interrupted_exchange_is_served(
    monkeypatch: pytest.MonkeyPatch, interruption: BaseException
) -> None:
    scripted = Scripted(b"", Ack())

    def interrupt(until: int) -> None:
        if until > scripted.timeline.now():
            raise interruption

    with monkeypatch.context() as patched:
        patched.setattr(scripted.port, "receive", interrupt)
        with pytest.raises(type(interruption)):
            scripted.carrier.exchange(IDRequest())
    assert scripted.carrier.exchange(BreakCommand()).answer == Ack()


def test_a_line_comes_to_rest_before_the_command_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(Nak(), Ack())

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    send = scripted.port.send

    def sending(characters: Sequence[OutgoingCharacter]) -> int:
        patched.setattr(scripted.port, "receive", interrupt)
        return send(characters)

    with monkeypatch.context() as patched:
        patched.setattr(scripted.port, "send", sending)
        with pytest.raises(KeyboardInterrupt):
            scripted.carrier.exchange(BreakCommand())
    assert scripted.carrier.exchange(BreakCommand()).answer == Ack()
    *_, stopped, rest, served = scripted.seen
    assert stopped.command is None  # what nobody waited for is no fault of the meter
    assert stopped.sent == served.sent
    assert "stopped" in stopped.reply.detail
    assert bytes(character.code for character in rest.stray) == CODEC.encode(Nak())
    assert served.began - stopped.reply.asked >= 3500 * MILLISECOND


def test_a_command_is_announced_before_it_is_sent() -> None:
    scripted = Scripted(Ack())
    announced: list[tuple[object, int]] = []
    scripted.carrier._announce = lambda command: announced.append((command, len(scripted.port.sent)))
    scripted.carrier.exchange(BreakCommand())
    assert announced == [(BreakCommand(), 0)]


def test_the_next_command_waits_for_the_turnaround() -> None:
    scripted = Scripted(Ack(), Ack(), turnaround=300 * MILLISECOND)
    first = scripted.carrier.exchange(BreakCommand())
    scripted.carrier.exchange(BreakCommand())
    assert scripted.seen[1].began == first.characters[-1].end + 300 * MILLISECOND


def test_what_came_unasked_is_stray_and_no_part_of_the_reply() -> None:
    scripted = Scripted(Ack())
    scripted.port.say(b"\x15x", at=0)
    scripted.timeline.wait_until(SECOND)
    reply = scripted.carrier.exchange(BreakCommand())
    assert reply.answer == Ack()
    assert bytes(character.code for character in scripted.seen[0].stray) == b"\x15x"


def test_listening_returns_what_comes_unasked_in_the_next_moments() -> None:
    scripted = Scripted()
    scripted.port.say(b"abc", at=200 * MILLISECOND)
    scripted.port.say(b"d", at=2 * SECOND)
    assert scripted.carrier.listen() == b"abc"
    (exchange,) = scripted.seen
    assert (exchange.began, exchange.command, exchange.sent) == (0, None, ())
    assert bytes(character.code for character in exchange.stray) == b"abc"
    assert exchange.reply.is_silent


def test_a_register_is_read_by_its_name() -> None:
    scripted = Scripted(Data(0x2010, ("0000007B",)), Data(0x2010, ("0000007B",)))
    assert scripted.carrier.read("electricity_credit") == "0000007B"
    assert scripted.carrier.read_number("electricity_credit") == 123
    assert scripted.seen[0].command == ReadCommand(0x2010)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Nak(), "Nak()"),
        (Data(0x2011, ("0000007B",)), "Data(register_id=8209, values=('0000007B',))"),
        (Data(0x2010, ("01", "02")), "Data(register_id=8208, values=('01', '02'))"),
        (b"\x02", "the message stopped before its end"),
        (b"\x022010(00)\x03\x7f", "the BCC is wrong"),
        (b"", "nothing came"),
    ],
)
def test_a_register_that_is_not_given_is_a_failure_that_says_what_came(
    answer: Answer | bytes, reason: str
) -> None:
    scripted = Scripted(*[answer] * 4)
    with pytest.raises(CarrierFailure) as caught:
        scripted.carrier.read("electricity_credit")
    said = str(caught.value)
    assert said.startswith("register electricity_credit (2010) was not read: ")
    assert reason in said
    assert caught.value.reply is scripted.seen[-1].reply


@pytest.mark.parametrize("failure", [Nak(), b"", b"\x022010(00)\x03\x7f"], ids=["NAK", "silence", "wrong BCC"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_reading_is_repeated_up_to_three_times(failure: Answer | bytes, times: int) -> None:
    scripted = Scripted(*[failure] * times, Data(0x2010, ("0000007B",)))
    assert scripted.carrier.read_number("electricity_credit") == 123
    assert [exchange.attempt for exchange in scripted.seen] == list(range(1, times + 2))
    assert len(set(scripted.port.sent)) == 1


def test_a_reading_is_not_repeated_more_often_than_the_profile_allows() -> None:
    scripted = Scripted(*[Nak()] * 9)
    with pytest.raises(CarrierFailure):
        scripted.carrier.read("electricity_credit")
    assert len(scripted.seen) == 1 + PROFILE.number("client_retries")


@pytest.mark.parametrize("failure", [Nak(), b""])
def test_what_changes_a_meter_or_is_judged_itself_is_sent_once(failure: Answer | bytes) -> None:
    scripted = Scripted(failure, failure)
    with suppress(CarrierFailure):
        scripted.carrier.enter(TOKEN)
    scripted.carrier.exchange(ReadCommand(0x2010))
    assert len(scripted.seen) == 2


@pytest.mark.parametrize("text", ["", "XYZ", "12 kWh", "0x1", "1_0", " 10"])
def test_a_register_that_holds_no_number_is_a_failure(text: str) -> None:
    scripted = Scripted(Data(0x2010, (text,)))
    with pytest.raises(CarrierFailure, match="register electricity_credit does not hold a hexadecimal number"):
        scripted.carrier.read_number("electricity_credit")


@pytest.mark.parametrize(
    ("code", "result"), [(1, Accept), (9, OldError), (15, Lockout), (13, CRCError), (200, None)]
)
def test_a_token_ends_with_the_first_status_that_is_not_busy(code: int, result: object) -> None:
    scripted = Scripted(Ack(), status(code))
    outcome = scripted.carrier.enter(TOKEN)
    assert (outcome.digits, outcome.result, outcome.code) == (TOKEN, result, code)
    assert scripted.port.sent[0] == b"\x01W\x02FFFF(" + TOKEN.encode() + b")\x03" + b"W"
    assert (outcome.acknowledged, outcome.busy_from) == (scripted.seen[0].reply.characters[-1].end, 0)
    assert len(scripted.seen) == 2


def test_a_busy_token_is_asked_again_and_its_times_are_bounded_by_the_samples() -> None:
    scripted = Scripted(Ack(), status(16), status(16), status(1))
    outcome = scripted.carrier.enter(TOKEN)
    assert outcome.result is Accept
    assert outcome.acknowledged is not None
    assert outcome.busy_from == scripted.seen[2].reply.asked - outcome.acknowledged
    assert outcome.ready_by == scripted.seen[3].reply.characters[0].start - outcome.acknowledged
    assert 0 < outcome.busy_from < outcome.ready_by
    assert scripted.seen[3].began == scripted.seen[2].reply.characters[-1].end + 50 * MILLISECOND


def test_a_token_that_stays_busy_is_given_up_after_two_minutes_and_the_next_one_after_ten_seconds() -> None:
    looks = [status(16)] * 400
    scripted = Scripted(Ack(), *looks)
    first = scripted.carrier.enter(TOKEN)
    assert (first.result, first.code) == (NotReady, 16)
    assert 120 * SECOND < first.ready_by < 126 * SECOND
    assert len(scripted.port.sent) < 100, "who has waited for long need not look closely"
    scripted.port.answer_next(Ack(), *looks)
    assert 10 * SECOND < scripted.carrier.enter(TOKEN).ready_by < 12 * SECOND


def test_a_token_that_takes_a_minute_is_waited_for() -> None:
    scripted = Scripted(Ack(), *[status(16)] * 35, status(1))
    outcome = scripted.carrier.enter(TOKEN)
    assert outcome.result is Accept
    assert outcome.busy_from > 20 * SECOND


def test_a_token_that_is_not_taken_has_no_result() -> None:
    assert Scripted(Nak()).carrier.enter(TOKEN) == TokenOutcome(TOKEN, None, None, None, 0, 0)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [(b"", ReplyFault.SILENT), (b"\x02FFFF", ReplyFault.UNFINISHED), (b"xyz", ReplyFault.LAYOUT)],
)
def test_a_token_without_an_answer_is_a_failure(answer: bytes, fault: ReplyFault) -> None:
    scripted = Scripted(answer)
    with pytest.raises(CarrierFailure, match=f"a token was not acknowledged: {fault}") as caught:
        scripted.carrier.enter(TOKEN)
    assert caught.value.reply.fault is fault


def test_a_token_that_is_answered_by_something_else_is_a_failure() -> None:
    with pytest.raises(CarrierFailure, match="a token was not acknowledged: Data"):
        Scripted(status(1)).carrier.enter(TOKEN)


def test_a_register_that_is_answered_by_another_one_is_read_again() -> None:
    scripted = Scripted(Data(0x2010, ("00000001",)), status(1))
    assert scripted.carrier.read("token_status") == "01"
    with pytest.raises(CarrierFailure, match="register token_status"):
        Scripted(*[Data(0x2010, ("00000001",))] * 4).carrier.read("token_status")


def test_another_register_is_taken_where_that_is_put_up_with() -> None:
    scripted = Scripted(Data(0x0000, ("01",)))
    scripted.carrier.tolerate(Tolerance.OTHER_REGISTER)
    assert scripted.carrier.read("token_status") == "01"


def test_a_wrong_bcc_that_is_put_up_with_gives_an_answer_and_is_still_told() -> None:
    scripted = Scripted(CODEC.encode(status(1))[:-1] + b"\x7f")
    scripted.carrier.tolerate(Tolerance.WRONG_BLOCK_CHECK)
    assert scripted.carrier.read("token_status") == "01"
    assert len(scripted.seen) == 1
    assert scripted.seen[0].reply.fault is ReplyFault.BLOCK_CHECK


@pytest.mark.parametrize("is_known", [False, True])
def test_what_comes_behind_an_answer_is_waited_for_where_it_is_to_be_feared(is_known: bool) -> None:
    scripted = Scripted(Ack(), Ack(), Ack())
    scripted.carrier.exchange(BreakCommand())
    late = scripted.timeline.now() + 300 * MILLISECOND
    scripted.port.say(b"\x15", late)
    if is_known:
        scripted.carrier.tolerate(Tolerance.MORE_THAN_ANSWER)
    else:
        scripted.carrier.await_silence()
    assert scripted.carrier.exchange(BreakCommand()).answer == Ack()
    assert [one.code for one in scripted.seen[1].stray] == [0x15]
    before = scripted.timeline.now()
    scripted.carrier.exchange(BreakCommand())
    assert (scripted.seen[2].began > before) is is_known


def test_a_token_whose_status_cannot_be_read_is_a_failure() -> None:
    with pytest.raises(CarrierFailure, match=r"register token_status \(FFFE\) was not read: Nak\(\)"):
        Scripted(Ack(), *[Nak()] * 4).carrier.enter(TOKEN)


@pytest.mark.parametrize(
    ("result", "is_refused"),
    [(Accept, False), (None, False), (NotReady, False), (Lockout, False), (OldError, True), (CRCError, True)],
)
def test_a_refusal_is_a_result_of_the_token_itself(result: object, is_refused: bool) -> None:
    outcome = TokenOutcome(TOKEN, result, 0, 0, 0, 0)  # type: ignore[arg-type]
    assert outcome.is_refused is is_refused
