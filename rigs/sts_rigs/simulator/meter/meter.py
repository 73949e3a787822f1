"""The simulated meter: application process, registers, carrier server, memory and power put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from random import Random
from typing import Any, Final, Self

from sts62055.application.results import CarrierStatus, Lockout, NotReady, TokenStatus
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, outgoing
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import Answer, BreakCommand, IDRequest
from sts62055.carrier.profile import Profile
from sts62055.carrier.server import Request, Server, ServerState, process
from sts_rigs.line.interface_levels import Level
from sts_rigs.simulator.device import Surroundings
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.credit_registers import CreditRegisters
from sts_rigs.simulator.meter.extraction import ApduExtraction
from sts_rigs.simulator.meter.functions import AmountDecoder, Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess
from sts_rigs.simulator.meter.keypad import Keypad
from sts_rigs.simulator.meter.listening import AfterQuiet, MalformedCommand, MeterServer
from sts_rigs.simulator.meter.load_switch import LoadSwitch
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.memory import Condition, MeterState, NonVolatileMemory
from sts_rigs.simulator.meter.metering import Metering, Supply
from sts_rigs.simulator.meter.port_status import PortStatus
from sts_rigs.simulator.meter.process import ApplicationProcess, MemoryWriting, SideEffects
from sts_rigs.simulator.meter.traits import PortTraits, Traits
from sts_rigs.simulator.meter.validation import TokenIdentifierStore, TokenValidation
from sts_rigs.simulator.true_levels import GOOD_LEVELS

__all__ = ["CarrierServer", "Parts", "SimulatedMeter"]

_DAY = 24 * 60
_MOST_OFF = 45_000
"""Half a bit in the ten of a character, less a margin: then the last bit is sampled in its neighbour."""


class CarrierServer:
    """Answers of the meter: content, time and characters (6.6, 6.7)."""

    def __init__(self, configuration: MeterConfiguration, profile: Profile, codec: Codec, random: Random) -> None:
        self.configuration = configuration
        self.profile = profile
        self.codec = codec
        self.random = random
        on_break = self.traits.break_answer
        self._serving = profile.with_value("break_answer", on_break) if on_break else profile

    def make_server(self) -> Server:
        """Return the state table that reads the line."""
        return MeterServer(self.codec, self.profile, self.traits)

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        """Execute a request and return the answer to it; None for no answer at all."""
        if isinstance(request, MalformedCommand) and self.traits.silent_on_malformed:
            return None
        return process(request, registers, self._serving)

    @property
    def traits(self) -> PortTraits:
        """What the maker chose."""
        return self.configuration.traits.port

    @property
    def least_reaction(self) -> int:
        """The nanoseconds after which an answer begins at the earliest."""
        return self.traits.reaction[0] if self.traits.reaction else self.configuration.reaction

    def reaction(self, request: Request) -> int:
        """Return the nanoseconds until the answer begins."""
        times = self.traits.reaction_after_quiet if isinstance(request, AfterQuiet) else None
        return self._within(times or self.traits.reaction, self.configuration.reaction)

    def execution(self) -> int:
        """Return the nanoseconds that a token takes after its ACK."""
        return self._within(self.traits.execution, self.configuration.execution)

    def start_up(self) -> int:
        """Return the nanoseconds from the return of the power until the meter is ready."""
        start_up = self.configuration.traits.start_up
        return self.configuration.start_up if start_up is None else start_up

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        """Return the characters of an answer."""
        characters = list(outgoing(self.codec.encode(answer)))
        if self.traits.longest_gap and len(characters) > 1:
            place = self.random.randrange(1, len(characters))
            characters[place] = replace(characters[place], gap=self.random.randrange(self.traits.longest_gap))
        return tuple(characters)

    def stop_shortage(self) -> int:
        """Return the nanoseconds by which the stop bits are too short."""
        return self.character_time() // self.profile.character_bits * self.traits.stop_shortage // 1000

    def character_time(self) -> int:
        """Return the nanoseconds of a character."""
        return self.profile.character_time + self.profile.character_time * self.traits.slowness // 1_000_000

    def as_received(self, character: ReceivedCharacter) -> ReceivedCharacter:
        """Return a character as the receiver makes it out, which samples its bits at the meter's own speed."""
        usual = self.character_time()
        off = abs(character.end - character.start - usual)
        return character if off * 1_000_000 <= usual * self.most_off() else replace(character, intact=False)

    def most_off(self) -> int:
        """Return by how many millionths a character may be longer or shorter than the meter's own."""
        return _MOST_OFF

    def level(self, level: Level) -> float:
        """Return the true value of a level of the interface, in its unit."""
        return self.traits.levels.get(level.name, GOOD_LEVELS[level])

    def _within(self, times: tuple[int, int] | None, usual: int) -> int:
        return self.random.randint(*times) if times else usual + self._jitter()

    def _jitter(self) -> int:
        return self.random.randrange(self.configuration.jitter) if self.configuration.jitter else 0


@dataclass(frozen=True, slots=True)
class Parts:
    """Classes of the parts of a meter; a defect replaces one."""

    extraction: type[ApduExtraction] = ApduExtraction
    authentication: type[TokenAuthentication] = TokenAuthentication
    validation: type[TokenValidation] = TokenValidation
    store: type[TokenIdentifierStore] = TokenIdentifierStore
    amounts: type[AmountDecoder] = AmountDecoder
    credit_registers: type[CreditRegisters] = CreditRegisters
    functions: type[Functions] = Functions
    metering: type[Metering] = Metering
    switch: type[LoadSwitch] = LoadSwitch
    key_change: type[KeyChangeProcess] = KeyChangeProcess
    writing: type[MemoryWriting] = MemoryWriting
    lockout: type[MeterLockout] = MeterLockout
    side_effects: type[SideEffects] = SideEffects
    registers: type[MeterRegisters] = MeterRegisters
    carrier: type[CarrierServer] = CarrierServer
    keypad: type[Keypad] = Keypad
    process: type[ApplicationProcess] = ApplicationProcess

    def replaced(self, part: type[Any]) -> Self:
        """Return the parts with the one that `part` is derived from replaced by it."""
        for place in fields(self):
            if issubclass(part, getattr(self, place.name)):
                return replace(self, **{place.name: part})
        raise ValueError(f"{part.__name__} is derived from no part of the simulated meter")


_GOOD: Final = Parts()


class SimulatedMeter:
    """An STS electricity meter, any that a declaration describes: a device with everything that one can have.

    traits: what its maker chose where the declaration says nothing; None for what the configuration has.
    """

    def __init__(self, surroundings: Surroundings, parts: Parts = _GOOD, *, traits: Traits | None = None) -> None:
        configuration, profile = surroundings.declared, surroundings.profile
        if traits is not None:
            configuration = replace(configuration, traits=traits)
        traits = configuration.traits
        self._traits = traits
        self._configuration = configuration
        self._surroundings = surroundings
        self._profile = profile
        self._memory = NonVolatileMemory(
            MeterState(token_identifiers=(configuration.oldest_token - traits.in_stock * _DAY,))
        )
        self._lockout = parts.lockout(configuration, self._memory, profile)
        self._store = parts.store(configuration, self._memory)
        self._key_change = parts.key_change(configuration, self._memory)
        self._writing = parts.writing(configuration, self._memory)
        self._credits = parts.credit_registers(configuration, self._memory)
        self._supply = Supply(
            surroundings,
            self._memory,
            parts.metering(configuration, self._memory),
            parts.switch(configuration, self._memory),
        )
        self._functions = parts.functions(
            configuration,
            self._memory,
            parts.amounts(configuration, self._memory),
            self._credits,
            lambda: self._supply.power,
        )
        self._written = 0
        self._process = parts.process(
            parts.extraction(configuration, self._memory),
            parts.authentication(configuration, self._memory),
            parts.validation(configuration, self._memory),
            self._store,
            self._functions,
            self._key_change,
            self._lockout,
            parts.side_effects(configuration, self._memory),
            self._write,
        )
        self._registers = parts.registers(
            configuration,
            self._memory,
            profile,
            lambda: self._key_change.held_key,
            self._take_token,
            lambda: profile.token_status_code(self._port_status.read(surroundings.now())),
            lambda: self._lockout.is_active(surroundings.now()),
        )
        self._carrier = parts.carrier(configuration, profile, Codec(profile), Random(surroundings.seed))
        self._server = self._carrier.make_server()
        self._keypad = parts.keypad(configuration)
        self._waiting = ""
        self._status: TokenStatus = CarrierStatus.RESERVED
        self._port_status = PortStatus(traits.port)
        self._early: list[ReceivedCharacter] = []
        self._awoken: int | None = None
        self._aborted = 0
        self._switched_off = 0
        self._display = ""
        self._life = 0
        self._has_power = True
        self._is_on = True
        surroundings.set_character_times(self._carrier.character_time(), self._carrier.stop_shortage())

    @property
    def application(self) -> tuple[ApplicationProcess, NonVolatileMemory]:
        """Application process and memory, for tokens without a carrier."""
        return self._process, self._memory

    def keep(self, save: Callable[[Condition], None]) -> None:
        """Have the condition saved now and at each change from now on."""
        self._memory.tell = lambda: save(self._condition)
        self._memory.tell()

    def take_up(self, kept: Condition) -> None:
        """Be the meter that was left in a condition; if it has power, that has just come back."""
        self._memory.state = kept.state
        self._supply.apply(kept.loads)
        self.switch_off()
        if kept.is_powered:
            self.switch_on()

    @property
    def _condition(self) -> Condition:
        return Condition(state=self._memory.state, is_powered=self._has_power, loads=self._supply.loads)

    def receive(self, character: ReceivedCharacter) -> None:
        """Take a character of the reader, if there is a port to take it."""
        if not self._is_on or not self._configuration.has_port:
            return
        character = self._carrier.as_received(character)
        if self._traits.port.keeps_early and self._server.state is ServerState.PROCESSING:
            self._early.append(character)
            return
        request = self._server.receive(character)
        if request is None:
            self._await_silence()
        else:
            self._answer(request)

    def switch_off(self) -> None:
        """Cut the power: what was under way is lost, the memory stays."""
        if self._has_power:
            self._switched_off = self._surroundings.now()
        self._supply.cut()
        self._has_power = False
        self._is_on = False
        self._life += 1
        self._surroundings.go_silent()
        self._server.reset()
        self._awoken = None
        self._early.clear()
        self._keypad.forget()
        self._waiting = ""
        self._display = ""
        self._memory.tell()

    def switch_on(self) -> None:
        """Restore the power; the meter is ready after its start-up time."""
        if not self._has_power:
            self._has_power = True
            self._supply.restore()
            self._after(self._carrier.start_up(), self._start_up)
            self._memory.tell()

    def open_cover(self) -> None:
        """Tamper with the meter."""
        if self._configuration.has_tamper_detection:
            self._change(**self._functions.tampered())

    def close_cover(self) -> None:
        """Close the cover: what was detected stays."""

    def apply_load(self, watts: Sequence[int]) -> None:
        """Set the loads in watts behind the load switch, one for each phase; none removes them."""
        self._supply.apply(watts)
        self._memory.tell()

    def is_switch_closed(self) -> bool:
        """Whether the load switch is closed."""
        self._supply.settle()
        return self._memory.state.is_closed

    def close_switch(self) -> None:
        """Close the load switch, as the meter's user does."""
        if self._is_on:
            self._supply.close_switch()

    def press_key(self, key: str) -> None:
        """Press a key of the keypad; the one that completes a token has it executed."""
        if not self._is_on or not self._configuration.has_keypad:
            return
        token = self._keypad.press(key, self._surroundings.now())
        if not self.is_busy():
            self._display = self._functions.token_date() if self._keypad.take_code() else self._keypad.shown
        if token is not None and not self._take_token(token, carrier="keypad"):
            self._waiting = token

    def is_busy(self) -> bool:
        """Whether a token is being executed."""
        return self._status is NotReady

    def read_display(self) -> str:
        """Return what the display shows."""
        return self._display

    def read_credit(self, register: str) -> str:
        """Return what the display shows of the credit in a register of Table 28, by its number; "" for none."""
        self._supply.settle()
        return self._credits.shown(int(register)) if self._is_on else ""

    def level(self, level: Level) -> float:
        """Return the true value of a level of the interface, in its unit."""
        return self._carrier.level(level)

    def _start_up(self) -> None:
        self._is_on = True
        self._status = self._profile.token_status(self._profile.number("token_status_after_restart")) or NotReady
        self._port_status.set(self._status)
        self._writing.after_power_up()
        self._store.after_power_up()
        self._functions.after_power_up()
        self._key_change.after_power_up()
        self._lockout.after_power_up(self._surroundings.now() - self._switched_off)

    def _await_silence(self) -> None:
        """Be awoken at the deadline, or before it, where that was arranged for an earlier one."""
        deadline = self._server.deadline
        if deadline is not None and (self._awoken is None or deadline < self._awoken):
            self._awoken = deadline
            self._after(deadline - self._surroundings.now(), self._expire)

    def _expire(self) -> None:
        now = self._surroundings.now()
        if self._awoken is not None and now >= self._awoken:
            self._awoken = None
        request = self._server.expire(now)
        if request is None:
            self._await_silence()
        else:
            self._answer(request)

    def _answer(self, request: Request) -> None:
        self._supply.settle()
        self._abort_for(request)
        answer = self._carrier.answer(request, self._registers)
        if answer is None:
            self._answered()
            return
        characters = self._carrier.characters(answer)
        self._after(self._carrier.reaction(request), partial(self._transmit, characters))

    def _transmit(self, characters: tuple[OutgoingCharacter, ...]) -> None:
        end = self._surroundings.transmit(characters)
        self._after(end - self._surroundings.now(), self._answered)

    def _answered(self) -> None:
        self._server.answered()
        early, self._early = self._early, []
        for character in early:
            self.receive(character)

    def _take_token(self, digits: str, *, carrier: str = "port", waited: bool = False) -> bool:
        if self.is_busy():
            return False
        is_locked_out = self._process.is_locked_out(digits, self._surroundings.now(), carrier=carrier)
        if is_locked_out and not self._traits.lockout.passes_not_ready:
            self._show(Execution(Lockout), carrier)
            return True
        self._set_status(NotReady, carrier)
        delay = self._carrier.least_reaction + self._carrier.execution()
        execute = partial(self._execute, digits, carrier=carrier, waited=waited, job=self._aborted)
        self._after(delay, execute)
        return True

    def _abort_for(self, request: Request) -> None:
        traits = self._traits.port
        aborts = {BreakCommand: traits.break_aborts, IDRequest: traits.request_aborts}
        if aborts.get(type(request), False) and self._port_status.is_busy:
            self._aborted += 1
            self._show(Execution(CarrierStatus.RESERVED), "port")

    def _execute(self, digits: str, *, carrier: str, waited: bool, job: int) -> None:
        if job != self._aborted:
            return
        self._written = self._surroundings.now()
        self._supply.settle()
        token = self._keypad.processed(digits) if carrier == "keypad" else digits
        execution = self._process.run(token, self._surroundings.now(), carrier=carrier, waited=waited)
        self._at(self._written, partial(self._show, execution, carrier))

    def _set_status(self, status: TokenStatus, carrier: str) -> None:
        self._status = status
        if carrier == "port" or self._traits.port.shows_keypad:
            self._port_status.set(status, self._surroundings.now())

    def _show(self, execution: Execution, carrier: str) -> None:
        self._set_status(execution.result, carrier)
        if execution.display or carrier != "port" or self._traits.display.shows_port:
            self._display = self._functions.shown_result(execution)
        waiting, self._waiting = self._waiting, ""
        if waiting:
            self._take_token(waiting, carrier="keypad", waited=True)

    def _write(self, changes: Mapping[str, Any]) -> None:
        for pause, written in self._writing.steps(changes):
            self._written += pause
            self._at(self._written, partial(self._change, **written))

    def _change(self, **changes: Any) -> None:
        self._supply.settle()
        self._memory.commit(**changes)
        self._supply.settle()

    def _at(self, instant: int, action: Callable[[], None]) -> None:
        if instant == self._surroundings.now():
            action()
        else:
            self._after(instant - self._surroundings.now(), action)

    def _after(self, delay: int, action: Callable[[], None]) -> None:
        life = self._life
        self._surroundings.at(self._surroundings.now() + delay, lambda: action() if life == self._life else None)
