"""The host of the device behind the simulated line: its mistakes are faults of the bench, never verdicts."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from traceback import extract_tb
from typing import Any, NoReturn, TypeVar

from sts62055.carrier.characters import OutgoingCharacter
from sts62055.carrier.profile import Profile
from sts_rigs.actions import ActionNotPerformed
from sts_rigs.clock import SECOND
from sts_rigs.errors import BenchFault
from sts_rigs.simulator.device import DeviceFactory
from sts_rigs.simulator.line import LineEnd
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.timeline import Timeline

__all__ = ["HostedDevice", "load_device"]

_REQUIRED = ("receive", "switch_on", "switch_off")
_LAST_CODE = 0x7F
_MOST_CALLS = 100_000
_REMEDY = "correct the device: nothing can be said of a meter"

T = TypeVar("T")


def load_device(place: str, folder: Path, stack: ExitStack) -> DeviceFactory:
    """Return the factory at 'package.module:factory'; BenchFault tells why it cannot be had.

    folder: that of the rig file, in which modules are looked for after all other places; the stack forgets those
    that were found there, so that another bench has its own of the same name.
    """
    module, _, name = place.partition(":")
    stack.enter_context(_searching(folder.resolve()))
    try:
        factory: DeviceFactory = attrgetter(name)(import_module(module))
    except (Exception, SystemExit) as error:
        raise BenchFault(
            f"the device '{place}' cannot be loaded ({type(error).__name__}: {error})",
            "correct port.url of the rig file, or the module; it is looked for beside the rig file, too",
        ) from error
    if not callable(factory):
        raise BenchFault(f"the device '{place}' cannot be made: it is no factory", "name a function or a class")
    return factory


@contextmanager
def _searching(folder: Path) -> Iterator[None]:
    """Look for modules in a folder, too; forget those that came from it."""
    before = set(sys.modules)
    sys.path.append(str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in sys.modules.keys() - before:
            top = name.partition(".")[0]
            spec = getattr(sys.modules.get(top), "__spec__", None)
            if spec is not None and spec.origin in (str(folder / f"{top}.py"), str(folder / top / "__init__.py")):
                _forget(top)


def _forget(top: str) -> None:
    for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
        del sys.modules[name]


class HostedDevice:
    """A device and its surroundings: the first fault ends it, and every later call tells that fault again.

    device: what the factory made, for whoever knows what that is.
    """

    def __init__(
        self,
        factory: DeviceFactory,
        timeline: Timeline,
        line: LineEnd,
        declared: MeterConfiguration,
        profile: Profile,
        *,
        seed: int,
    ) -> None:
        self._name = _name_of(factory)
        self._fault: BenchFault | None = None
        surroundings = _HostedSurroundings(self, timeline, line, declared, profile, seed)
        self.device: Any = self.run(partial(factory, surroundings))
        for method in _REQUIRED:
            if not self.can(method):
                self.fail(f"has no method '{method}'")
        line.listener = partial(self.run, self.device.receive)

    def can(self, method: str) -> bool:
        """Whether the device has a method."""
        return callable(getattr(self.device, method, None))

    def call(self, method: str, *arguments: object) -> None:
        """Call a method; ActionNotPerformed where the device has none of that name, BenchFault if it fails."""
        self._called(method, arguments)

    def ask(self, method: str, answer: type[T], *arguments: object) -> T:
        """Call a method and return its answer, which is of a type; raises as `call` does."""
        answered = self._called(method, arguments)
        if not isinstance(answered, answer):
            self.fail(f"answered {method} with {answered!r}, which is no {answer.__name__}")
        return answered

    def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a piece of the device; BenchFault if it raises anything."""
        if self._fault is not None:
            raise BenchFault(self._fault.what, self._fault.remedy)
        try:
            return function(*arguments)
        except BenchFault as fault:
            self._fault = fault
            raise
        except (Exception, SystemExit) as error:
            last = extract_tb(error.__traceback__)[-1]
            text = f"raised {type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})"
            self.fail(" ".join(text.split()), error)

    def fail(self, what: str, cause: BaseException | None = None) -> NoReturn:
        """End the device: raise BenchFault, now and at each later call, whatever the device catches."""
        self._fault = BenchFault(f"the device '{self._name}' behind the simulated line {what}", _REMEDY)
        raise self._fault from cause

    def _called(self, method: str, arguments: tuple[object, ...]) -> object:
        if not self.can(method):
            raise ActionNotPerformed(f"the device '{self._name}' behind the simulated line has no '{method}'")
        called: Callable[..., object] = getattr(self.device, method)
        return self.run(called, *arguments)


class _HostedSurroundings:
    """What one device is given, with every call of it held against what can be."""

    def __init__(
        self,
        host: HostedDevice,
        timeline: Timeline,
        line: LineEnd,
        declared: MeterConfiguration,
        profile: Profile,
        seed: int,
    ) -> None:
        self._host = host
        self._timeline = timeline
        self._line = line
        self.declared = declared
        self.profile = profile
        self.seed = seed
        self._second = 0
        self._calls = 0

    def now(self) -> int:
        return self._timeline.now()

    def date(self) -> datetime:
        return self._timeline.date()

    def at(self, instant: int, action: Callable[[], None]) -> None:
        self._require_future(instant, "wanted to be called back")
        self._require_few_calls()
        self._timeline.at(instant, partial(self._host.run, action))

    def transmit(self, characters: Sequence[OutgoingCharacter], at: int | None = None) -> int:
        if at is not None:
            self._require_future(at, "sent a character")
        for character in characters:
            if not _is_whole(character.code) or not 0 <= character.code <= _LAST_CODE:
                self._host.fail(f"sent a character of code {character.code!r}: codes are 0 to {_LAST_CODE}")
            if not _is_whole(character.gap) or character.gap < 0:
                self._host.fail(f"sent a character with {character.gap!r} ns before it: that is no gap")
        return self._line.transmit(characters, at)

    def go_silent(self) -> None:
        self._line.go_silent()

    def set_character_times(self, character_time: int, stop_shortage: int = 0) -> None:
        if not (_is_whole(character_time) and _is_whole(stop_shortage) and 0 <= stop_shortage < character_time):
            self._host.fail(f"makes characters of {character_time!r} ns, {stop_shortage!r} ns too short")
        self._line.character_time, self._line.stop_shortage = character_time, stop_shortage

    def _require_few_calls(self) -> None:
        """End a device that has itself called back without end, while no time passes."""
        second = self._timeline.now() // SECOND
        self._calls = self._calls + 1 if second == self._second else 0
        self._second = second
        if self._calls > _MOST_CALLS:
            self._host.fail(f"wanted to be called back more than {_MOST_CALLS} times within a second")

    def _require_future(self, instant: int, what: str) -> None:
        now = self._timeline.now()
        if not _is_whole(instant) or instant < now:
            self._host.fail(f"{what} at {instant!r} ns, when it was {now} ns: instants are whole and not past")


def _is_whole(value: object) -> bool:
    return type(value) is int


def _name_of(factory: object) -> str:
    while isinstance(factory, partial):
        factory = factory.func
    named = factory if hasattr(factory, "__qualname__") else type(factory)
    return f"{named.__module__}:{getattr(named, '__qualname__', '')}"
