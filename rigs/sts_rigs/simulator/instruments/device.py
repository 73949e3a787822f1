"""Base class of simulated instruments: settings, common commands, status, error queue, planned faults."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntFlag
from functools import partial
from typing import ClassVar, TypeAlias

from sts_rigs.simulator.instruments.planned_faults import Fault, FaultPlan, PlannedFault
from sts_rigs.simulator.instruments.scpi import Command, Pattern, commands_of, definite_block, number_of

__all__ = [
    "NO_ERROR",
    "Action",
    "Answer",
    "Block",
    "Choice",
    "CommandError",
    "Device",
    "Event",
    "Integer",
    "Later",
    "Number",
    "Reply",
    "Setting",
    "Switch",
    "Text",
    "Value",
]

Value: TypeAlias = float | int | bool | str
NO_ERROR = (0, "No error")


class Event(IntFlag):
    """Bits of the standard event status register that are used here (IEEE 488.2)."""

    OPERATION_COMPLETE = 1
    QUERY_ERROR = 4
    DEVICE_ERROR = 8
    EXECUTION_ERROR = 16
    COMMAND_ERROR = 32


_EVENTS = {1: Event.COMMAND_ERROR, 2: Event.EXECUTION_ERROR, 3: Event.DEVICE_ERROR, 4: Event.QUERY_ERROR}


class CommandError(Exception):
    """A command cannot be executed: number and text of the SCPI error."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number
        self.text = text


@dataclass(frozen=True, slots=True)
class Block:
    """An answer of bytes under a definite length header; `width` bytes make a point; text may stand around it."""

    data: bytes
    digits: int | None = None
    width: int = 1
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """An answer that has to wait for the measurement: ask again."""

    again: Callable[[], "Answer"]


Answer: TypeAlias = str | Block | Later | None
Action: TypeAlias = Callable[[tuple[int, ...], tuple[str, ...]], Answer]


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes of a reply, and whether the connection closes after it."""

    data: bytes
    close: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A real number, with or without its unit, within limits."""

    unit: str = ""
    lowest: float = -1e37
    highest: float = 1e37

    def parse(self, text: str) -> Value:
        """Return the number; ValueError if it is none, CommandError if it is out of range."""
        word = text.upper()
        if word in ("MIN", "MINIMUM"):
            return self.lowest
        if word in ("MAX", "MAXIMUM", "INF", "INFINITY"):
            return self.highest
        value = number_of(text, self.unit)
        if not self.lowest <= value <= self.highest:
            raise CommandError(-222, "Data out of range")
        return value


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within limits."""

    lowest: int = 0
    highest: int = 1 << 40

    def parse(self, text: str) -> Value:
        """Return the number; ValueError if it is none, CommandError if it is out of range."""
        return round(float(Number("", self.lowest, self.highest).parse(text)))


class Choice:
    """One of some words, each as the guide writes it; kept in its short form."""

    def __init__(self, *words: str) -> None:
        self._words = [(Pattern(word), "".join(c for c in word if not c.islower())) for word in words]

    def parse(self, text: str) -> Value:
        """Return the short form; CommandError if it is none of the words."""
        for pattern, short in self._words:
            if (numbers := pattern.numbers(text)) is not None:
                return short.replace("<>", str(numbers[0])) if numbers else short
        raise CommandError(-224, "Illegal parameter value")


class Switch:
    """On or off."""

    def parse(self, text: str) -> Value:
        """Return whether it is on; CommandError if it is neither."""
        state = {"ON": True, "1": True, "OFF": False, "0": False}.get(text.upper())
        if state is None:
            raise CommandError(-224, "Illegal parameter value")
        return state


class Text:
    """Any text."""

    def parse(self, text: str) -> Value:
        """Return the text unchanged."""
        return text


Kind: TypeAlias = Number | Integer | Choice | Switch | Text


@dataclass(frozen=True, slots=True)
class Setting:
    """Setting with a command and its query: short name, header, kind, value after *RST."""

    name: str
    header: str
    kind: Kind
    default: Value


class Device:
    """A simulated instrument: takes messages, gives replies; subclasses add commands and settings."""

    settings: ClassVar[tuple[Setting, ...]] = ()
    relative_headers: ClassVar[bool] = True
    identity: ClassVar[tuple[str, str, str, str]] = ("", "", "", "")

    def __init__(self, serial: str | None = None, faults: Iterable[PlannedFault] = ()) -> None:
        maker, model, usual, firmware = self.identity
        self.idn = (maker, model, serial or usual, firmware)
        self.overloaded = False
        self._faults = FaultPlan(faults)
        self._lock = threading.RLock()
        self._errors = deque[tuple[int, str]](maxlen=30)
        self._status = Event(0)
        self._telling = False
        self._values = dict[tuple[str, tuple[int, ...]], Value]()
        self._by_name = {setting.name: setting for setting in self.settings}
        self._actions = list[tuple[Pattern, Action]]()
        self.add("*IDN?", lambda _n, _a: ",".join(self.idn))
        self.add("*RST", lambda _n, _a: self.reset())
        self.add("*CLS", lambda _n, _a: self.clear_status())
        self.add("*OPC", lambda _n, _a: self._tell_completion())
        self.add("*OPC?", lambda _n, _a: self.completed())
        self.add("*WAI", lambda _n, _a: None)
        self.add("*ESR?", lambda _n, _a: str(int(self.take_status())))
        for setting in self.settings:
            self.add(setting.header, self._setter(setting))
            self.add(setting.header + "?", self._getter(setting))

    def add(self, header: str, action: Action) -> None:
        """Add a command or query."""
        self._actions.append((Pattern(header), action))

    def add_all(self, actions: Mapping[str, Action]) -> None:
        """Add commands and queries."""
        for header, action in actions.items():
            self.add(header, action)

    def respond(self, message: str) -> Iterator[Reply | None]:
        """Execute a message; return its reply if it has one, None as long as the answer has to wait."""
        answers, close, silent = list[bytes](), False, False
        for command in commands_of(message, relative=self.relative_headers):
            with self._lock:
                playing = self._faults.due(command.header)
                answer = self._obey(command, playing)
            while isinstance(answer, Later):
                yield None
                with self._lock:
                    answer = self._guard(answer.again)
            if answer is not None:
                answers.append(_encoded(answer, playing))
            close |= Fault.CLOSES_CONNECTION in playing
            silent |= Fault.NO_ANSWER in playing
        data = b";".join(answers) + b"\n" if answers else b""
        if close:
            yield Reply(data[: len(data) // 2], close=True)
        elif data and not silent:
            yield Reply(data)

    def value(self, name: str, *numbers: int) -> Value:
        """Return a setting."""
        return self._values.get((name, numbers), self.default(name, numbers))

    def real(self, name: str, *numbers: int) -> float:
        """Return a setting that is a number."""
        return float(self.value(name, *numbers))

    def put(self, name: str, value: Value, *numbers: int) -> None:
        """Change a setting."""
        self._values[name, numbers] = value

    def default(self, name: str, numbers: tuple[int, ...]) -> Value:  # noqa: ARG002
        """Return the value of a setting after *RST."""
        return self._by_name[name].default

    def changed(self, name: str, numbers: tuple[int, ...], before: Value, after: Value) -> None:
        """React to a setting that a command changed."""

    def refuse(self, name: str, numbers: tuple[int, ...]) -> None:
        """Raise CommandError for a channel that the instrument lacks."""

    def completed(self) -> Answer:
        """Answer *OPC? once nothing is under way."""
        return Later(self.completed) if self.unfinished() else "1"

    def unfinished(self) -> bool:
        """Return whether something is under way that *OPC and *OPC? wait for."""
        return False

    def reset(self) -> None:
        """Execute *RST."""
        self._values.clear()

    def clear_status(self) -> None:
        """Execute *CLS."""
        self._errors.clear()
        self._status = Event(0)
        self._telling = False

    def note(self, event: Event) -> None:
        """Set a bit of the standard event status register."""
        self._status |= event

    def take_status(self) -> Event:
        """Return the standard event status register, and clear it."""
        if self._telling and not self.unfinished():
            self._telling = False
            self.note(Event.OPERATION_COMPLETE)
        status, self._status = self._status, Event(0)
        return status

    def report(self, number: int, text: str) -> None:
        """Append an error to the queue, and set its bit."""
        self._errors.append((number, text))
        self.note(_EVENTS.get(abs(number) // 100, Event.DEVICE_ERROR))

    def take_error(self) -> tuple[int, str]:
        """Remove and return the oldest error."""
        return self._errors.popleft() if self._errors else NO_ERROR

    def shown(self, setting: Setting, numbers: tuple[int, ...], value: Value) -> str:  # noqa: ARG002
        """Return a setting as its query answers it."""
        return self.written(value)

    def written(self, value: Value) -> str:
        """Return a value as this maker writes it."""
        if isinstance(value, bool):
            return str(int(value))
        return f"{value:+.8E}" if isinstance(value, float) else str(value)

    def _obey(self, command: Command, playing: frozenset[Fault]) -> Answer:
        self.overloaded = Fault.OVERLOAD in playing
        if Fault.ERROR_IN_QUEUE in playing:
            self.report(-310, "System error")
        if Fault.WRONG_IDENTITY in playing:
            maker, model, _, firmware = self.idn
            return ",".join((maker, model, "ANOTHER0001", firmware))
        for pattern, action in self._actions:
            numbers = pattern.numbers(command.header)
            if numbers is not None:
                return self._guard(partial(action, numbers, command.arguments))
        self.report(-113, "Undefined header")
        return None

    def _tell_completion(self) -> None:
        self._telling = True

    def _guard(self, act: Callable[[], Answer]) -> Answer:
        try:
            return act()
        except CommandError as error:
            self.report(error.number, error.text)
        except ValueError:
            self.report(-104, "Data type error")
        return None

    def _setter(self, setting: Setting) -> Action:
        def act(numbers: tuple[int, ...], arguments: tuple[str, ...]) -> None:
            self.refuse(setting.name, numbers)
            if not arguments:
                raise CommandError(-109, "Missing parameter")
            before, after = self.value(setting.name, *numbers), setting.kind.parse(arguments[0])
            self.put(setting.name, after, *numbers)
            self.changed(setting.name, numbers, before, after)

        return act

    def _getter(self, setting: Setting) -> Action:
        def act(numbers: tuple[int, ...], _arguments: tuple[str, ...]) -> str:
            self.refuse(setting.name, numbers)
            return self.shown(setting, numbers, self.value(setting.name, *numbers))

        return act


def _encoded(answer: str | Block, playing: frozenset[Fault]) -> bytes:
    if isinstance(answer, str):
        return answer.encode("ascii")
    data = answer.data
    if Fault.SHORT_WAVEFORM in playing:
        points = len(data) // answer.width // 2
        data = data[: points * answer.width]
    block = definite_block(data, answer.digits)
    if Fault.GARBAGE_HEADER in playing:
        block = b"@?" + block[2:]
    return answer.before.encode() + block + answer.after.encode()
