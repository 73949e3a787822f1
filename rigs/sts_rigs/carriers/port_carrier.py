"""The meter's port as a token carrier: commands and tokens in, answers and results back (IEC 62055-52, 6.6)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from string import hexdigits

from sts62055.application.results import NotReady
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, outgoing
from sts62055.carrier.client import Client, Reply, ReplyFault, Tolerance
from sts62055.carrier.codec import Codec
from sts62055.carrier.framing import CLIENT_OPENINGS, STX
from sts62055.carrier.layouts import LayoutError, block_check
from sts62055.carrier.messages import Ack, Answer, Command, Data, Nak, ReadCommand, WriteCommand
from sts62055.carrier.profile import Profile
from sts62055.carrier.token_data import TokenData
from sts_rigs.carriers.outcome import TokenOutcome
from sts_rigs.clock import MILLISECOND, SECOND, Clock
from sts_rigs.errors import BenchFault
from sts_rigs.port import Port

__all__ = ["CarrierFailure", "Exchange", "PortCarrier", "Screen"]

Screen = Callable[[Command | None, tuple[ReceivedCharacter, ...]], tuple[ReceivedCharacter, ...]]
"""Takes what came of a command, or unasked, and returns it with other codes where nobody may know them."""

_LISTENING_TIME = 500 * MILLISECOND
_POLLING_PAUSE = 50 * MILLISECOND
_POLLING_LIMIT = 10 * SECOND
_CLOSELY = 8 * SECOND
_LONGEST_PAUSE = 5 * SECOND
_MESSAGES_LEFT_OVER = 4
_POLLING_PATIENCE = 120 * SECOND
"""For how long a meter is polled until it is known to stay busy: one that is slow takes no token until then."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and what came back.

    began: the instant of the first character in nanoseconds; attempt: above 1 where a command is repeated.
    """

    began: int
    command: Command | None
    sent: tuple[OutgoingCharacter, ...]
    stray: tuple[ReceivedCharacter, ...]
    reply: Reply
    attempt: int = 1


class CarrierFailure(Exception):
    """The meter's answer did not serve the purpose of the exchange; the reply tells why."""

    def __init__(self, purpose: str, reply: Reply) -> None:
        self.reply = reply
        came = repr(reply.answer) if reply.answer is not None else f"{reply.fault} {reply.detail}".strip()
        super().__init__(f"{purpose}: {came}")


class PortCarrier:
    """Client on a port; every exchange is reported to the observer, and each command announced before it.

    screen: what comes goes through it before anybody else gets it.
    """

    def __init__(
        self,
        port: Port,
        clock: Clock,
        profile: Profile,
        *,
        patience: int,
        turnaround: int,
        observe: Callable[[Exchange], None],
        announce: Callable[[Command], None] = lambda _: None,
        screen: Screen = lambda _, characters: characters,
    ) -> None:
        self.port = port
        self.codec = Codec(profile)
        self._clock = clock
        self._profile = profile
        self._token_data = TokenData(profile)
        self._client = Client(self.codec, profile.number("longest_message"), patience)
        self._turnaround = turnaround
        self._observe = observe
        self._announce = announce
        self._screen = screen
        self._free = 0
        self._first_look = 0
        self._longest_look = 0
        self._awaits_silence = False
        self._polling_limit = _POLLING_PATIENCE
        self._is_interrupted = False
        answer = profile.time_limits("reaction_time").upper or patience
        execution = profile.time_limits("execution_time").upper or patience
        self._rest = round(answer + max(execution, profile.time("quiet_time")))

    @property
    def longest_look(self) -> int:
        """The longest time in nanoseconds from the beginning of a ReadCommand to that of its answer, so far."""
        return self._longest_look

    @contextmanager
    def looking_after(self, nanoseconds: int) -> Iterator[None]:
        """Look at tokenStatus for the first time so long after the ACK of a token, and not at once."""
        self._first_look = nanoseconds
        try:
            yield
        finally:
            self._first_look = 0

    def tolerate(self, fault: Tolerance) -> None:
        """Put up with a fault of the meter's answers from now on; each reply that has it still says so."""
        self._client.tolerances.add(fault)

    def await_silence(self) -> None:
        """Wait for a silent line before the next command, as what came last may not have been its answer."""
        self._awaits_silence = True

    def await_rest(self) -> None:
        """Wait before the next command until the meter is done with what it was sent, as after an interruption."""
        self._is_interrupted = True

    def exchange(self, command: Command) -> Reply:
        """Send a command and return what came back."""
        return self._exchange(command, outgoing(self.codec.encode(command)))

    def exchange_characters(self, characters: Sequence[OutgoingCharacter]) -> Reply:
        """Send characters with their gaps and parity, and return what came back."""
        return self._exchange(None, tuple(characters))

    def _exchange_patiently(self, command: Command) -> Reply:
        """Send a command that changes nothing; repeat it after NAK, silence or a wrong register (6.6)."""
        characters = outgoing(self.codec.encode(command))
        reply = self._exchange(command, characters)
        for attempt in range(2, 2 + self._profile.number("client_retries")):
            if not reply.is_worth_another_attempt and self._names(reply.answer, command):
                break
            reply = self._exchange(command, characters, attempt)
        return reply

    def listen(self) -> bytes:
        """Return the codes of unsolicited characters in the next half second."""
        began = self._clock.now()
        came: list[ReceivedCharacter] = []
        while character := self.port.receive(began + _LISTENING_TIME):
            came.append(character)
        nothing = Reply(began, (), answer=None, fault=ReplyFault.SILENT)
        screened = self._screen(None, tuple(came))
        self._observe(Exchange(began, None, (), screened, nothing))
        return bytes(character.code for character in screened)

    def read(self, register: str) -> str:
        """Return the text of a register of the profile; CarrierFailure if the meter does not give it."""
        register_id = self._profile.registers[register].id
        reply = self._exchange_patiently(ReadCommand(register_id))
        match reply.answer:
            case Data(values=(value,)) if self._names(reply.answer, ReadCommand(register_id)):
                return value
        raise CarrierFailure(f"register {register} ({register_id:04X}) was not read", reply)

    def read_number(self, register: str) -> int:
        """Return the value of a hexadecimal register; CarrierFailure if the meter does not give it."""
        text = self.read(register)
        if not text or not set(text) <= set(hexdigits):
            raise CarrierFailure(f"register {register} does not hold a hexadecimal number", self._last)
        return int(text, 16)

    def token_command(self, digits: str) -> WriteCommand:
        """Return the command that enters the 20 digits of a token (6.1.2)."""
        return WriteCommand(self._profile.registers["token"].id, self._token_data.write(digits))

    def enter(self, digits: str) -> TokenOutcome:
        """Write a token and wait for its tokenStatus; CarrierFailure where the meter's answers do not serve."""
        reply = self.exchange(self.token_command(digits))
        if isinstance(reply.answer, Nak):
            return TokenOutcome(digits, None, None, None, 0, 0)
        if not isinstance(reply.answer, Ack):
            raise CarrierFailure("a token was not acknowledged", reply)
        acknowledged = reply.characters[-1].end
        busy_from = 0
        self._clock.wait_until(acknowledged + self._first_look)
        while True:
            code = self.read_number("token_status")
            sampled = self._last
            ready_by = sampled.characters[0].start - acknowledged
            result = self._profile.token_status(code)
            if result is not NotReady or ready_by > self._polling_limit:
                if result is NotReady:
                    self._polling_limit = _POLLING_LIMIT
                return TokenOutcome(digits, result, code, acknowledged, busy_from, ready_by)
            busy_from = sampled.asked - acknowledged
            self._clock.wait_until(self._clock.now() + _pause_after(busy_from))

    def await_ready(self) -> None:
        """Wait until the meter is ready with a token whose end nobody awaited, for a while at most."""
        began = self._clock.now()
        while self._profile.token_status(self.read_number("token_status")) is NotReady:
            waited = self._clock.now() - began
            if waited > self._polling_limit:
                self._polling_limit = _POLLING_LIMIT
                return
            self._clock.wait_until(self._clock.now() + _pause_after(waited))

    def _names(self, answer: Answer | None, command: Command) -> bool:
        """Whether an answer names the register that was asked for, if it is Data at all."""
        if not isinstance(answer, Data) or not isinstance(command, ReadCommand):
            return True
        return answer.register_id in (command.register_id, None) or self._tolerates(Tolerance.OTHER_REGISTER)

    def _tolerates(self, fault: Tolerance) -> bool:
        return fault in self._client.tolerances

    def _command_in(self, characters: Sequence[OutgoingCharacter]) -> Command | None:
        """Return the command that characters make, such as one with gaps; None if they make none."""
        try:
            return self.codec.decode_command(bytes(character.code for character in characters))
        except LayoutError:
            return None

    def _left_over(self) -> Iterator[ReceivedCharacter]:
        """Yield what came since the last answer; where more may come than was heard, until the line is silent.

        A line that is never silent ends it, too: nothing can be heard beside that.
        """
        awaits_silence = self._awaits_silence or self._tolerates(Tolerance.MORE_THAN_ANSWER)
        patience = _LISTENING_TIME if awaits_silence else 0
        self._awaits_silence = False
        for _ in range(_MESSAGES_LEFT_OVER * self._profile.number("longest_message")):
            character = self.port.receive(self._clock.now() + patience)
            if character is None:
                return
            yield character

    def _come_to_rest(self) -> None:
        """Wait after an exchange that was interrupted, until the meter has answered it and done what it said."""
        if self._is_interrupted:
            came: list[ReceivedCharacter] = []
            began = self._clock.now()
            while character := self.port.receive(self._clock.now() + self._rest):
                came.append(character)
            self._is_interrupted = False
            nothing = Reply(began, (), answer=None, fault=ReplyFault.SILENT)
            self._observe(Exchange(began, None, (), self._screen(None, tuple(came)), nothing))

    def _exchange(
        self, command: Command | None, characters: tuple[OutgoingCharacter, ...], attempt: int = 1
    ) -> Reply:
        self._come_to_rest()
        self._clock.wait_until(self._free)
        stray: list[ReceivedCharacter] = []
        came: list[ReceivedCharacter] = []
        sent: tuple[OutgoingCharacter, ...] = ()
        began = asked = self._clock.now()
        when = "before the command was sent"
        if command is not None:
            self._announce(command)
        try:
            stray.extend(self._left_over())  # which keeps what came when the port is lost meanwhile
            began = self._clock.now()
            sent, when = characters, "while the command was sent: not all of it may have gone out"
            asked = self.port.send(characters)
            when = "while the answer was awaited"
            self._client.sent(asked, command or self._command_in(characters))
            reply: Reply | None = None
            while reply is None:
                received = self.port.receive(self._client.deadline)
                if received:
                    came.append(received)
                reply = self._client.receive(received) if received else self._client.expire(self._clock.now())
        except BenchFault:
            fault = ReplyFault.UNFINISHED if came else ReplyFault.SILENT
            cut_off = Reply(max(asked, began), tuple(came), None, fault, f"the port was lost {when}")
            self._report(Exchange(began, command, sent, tuple(stray), cut_off))
            raise
        except KeyboardInterrupt:
            # it is no command any more, to which an answer is due: nobody waits for that, or knows what went out
            self._is_interrupted = True
            stopped = Reply(max(asked, began), tuple(came), None, ReplyFault.UNFINISHED, f"stopped {when}")
            self._report(Exchange(began, None, sent, tuple(stray), stopped))
            raise
        finally:
            self._client.abandon()
        self._free = self._clock.now() + self._turnaround
        if isinstance(command, ReadCommand) and reply.characters:
            self._longest_look = max(self._longest_look, reply.characters[0].start - began)
        self._last = self._report(Exchange(began, command, characters, tuple(stray), reply, attempt))
        return self._last

    def _report(self, exchange: Exchange) -> Reply:
        """Have an exchange screened and observed, and return the reply as anybody may see it."""
        stray, reply = self._screen(None, exchange.stray), exchange.reply
        came = self._screen(exchange.command, reply.characters)
        withheld = frozenset(place for place, one in enumerate(came) if one is not reply.characters[place])
        if withheld:
            answer = None if reply.answer is None else self._answer_in(came, exchange.command)
            reply = replace(reply, characters=came, answer=answer, detail="", withheld=withheld)
        self._observe(replace(exchange, stray=stray, reply=reply))
        return reply

    def _answer_in(self, characters: Sequence[ReceivedCharacter], command: Command | None) -> Answer | None:
        """Return the answer in characters that were screened, whose BCC is that of others."""
        codes = bytes(character.code for character in characters)
        begin = next(place for place, code in enumerate(codes) if code in CLIENT_OPENINGS)
        frame = codes[begin:]
        if frame[0] == STX:
            frame = frame[:-1].upper()
            frame += bytes([block_check(frame)])
        try:
            return self.codec.decode_answer(frame)
        except LayoutError:
            return self.codec.read_malformed(codes, command) if isinstance(command, ReadCommand) else None


def _pause_after(waited: int) -> int:
    """Return how long to pause between two looks at tokenStatus; who has waited for long need not look closely."""
    return _POLLING_PAUSE if waited < _CLOSELY else min(waited // 4, _LONGEST_PAUSE)
