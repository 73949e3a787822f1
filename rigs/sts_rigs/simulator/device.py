"""The interface between the simulated bench and the device behind its line: firmware, or a model of a meter."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.profile import Profile
from sts_rigs.line.interface_levels import Level
from sts_rigs.simulator.meter.configuration import MeterConfiguration

__all__ = [
    "Device",
    "DeviceFactory",
    "HasCover",
    "HasCreditDisplay",
    "HasDisplay",
    "HasKeypad",
    "HasLevels",
    "HasLoadSwitch",
    "OutgoingCharacter",
    "ReceivedCharacter",
    "Surroundings",
]


class Surroundings(Protocol):
    """What a device finds around it: the time, the line to the reader, and what the declaration says of the meter.

    Instants are whole nanoseconds since the run began. Time stands still while the device is at work; it passes
    between two calls of the device. declared: for a model that can be any meter; firmware knows what it is.
    """

    @property
    def declared(self) -> MeterConfiguration:
        """What the declaration says of the meter, its keys among it."""

    @property
    def profile(self) -> Profile:
        """The profile of IEC 62055-52 in use."""

    @property
    def seed(self) -> int:
        """The seed of the run: whatever a device does at random is to follow from it."""

    def now(self) -> int:
        """Return the instant."""

    def date(self) -> datetime:
        """Return the date and time of day, in UTC."""

    def at(self, instant: int, action: Callable[[], None]) -> None:
        """Call the device back at an instant, which is not past."""

    def transmit(self, characters: Sequence[OutgoingCharacter], at: int | None = None) -> int:
        """Send characters one after the other; return the instant at which the last one ends.

        at: the instant at which the first one begins, which is not past; None for now. A line that still sends
        what came before sends on when that has ended.
        """

    def go_silent(self) -> None:
        """Stop in the middle of whatever is being sent, as when the power goes."""

    def set_character_times(self, character_time: int, stop_shortage: int = 0) -> None:
        """Make each character take so many nanoseconds, and its stop bit be too short by some of them."""


class Device(Protocol):
    """What stands behind the simulated line: it takes characters and power. It is made with its power on.

    What else the bench can do to a meter, a device may offer or not: see the other protocols here.
    """

    def receive(self, character: ReceivedCharacter) -> None:
        """Take a character of the reader, which has just ended."""

    def switch_on(self) -> None:
        """Have power from now on; nothing new to a device that has it."""

    def switch_off(self) -> None:
        """Have no power from now on; nothing new to a device that has none."""


class HasDisplay(Protocol):
    """A device whose display can be read."""

    def read_display(self) -> str:
        """Return what the display shows."""


class HasCreditDisplay(Protocol):
    """A device whose display shows credit."""

    def read_credit(self, register: str) -> str:
        """Return the credit that is shown of a register of IEC 62055-41, Table 28, by its number; "" for none."""


class HasKeypad(HasDisplay, Protocol):
    """A device with a keypad, and the display beside it."""

    def press_key(self, key: str) -> None:
        """Take a key: a digit, or the sign that the declaration has for another one."""

    def is_busy(self) -> bool:
        """Whether a token is being executed: the bench looks at the display when that has ended."""


class HasCover(Protocol):
    """A device with a terminal cover whose opening it detects."""

    def open_cover(self) -> None:
        """Have the cover opened."""

    def close_cover(self) -> None:
        """Have the cover closed."""


class HasLoadSwitch(Protocol):
    """A device with a load switch and loads behind it."""

    def apply_load(self, watts: Sequence[int]) -> None:
        """Have loads behind the switch, one for each phase, in place of those before."""

    def is_switch_closed(self) -> bool:
        """Whether the load switch is closed."""

    def close_switch(self) -> None:
        """Have the load switch closed, as the meter's user does."""


class HasLevels(Protocol):
    """A device that knows the levels of its interface."""

    def level(self, level: Level) -> float:
        """Return the true value of a level, in its unit."""


class DeviceFactory(Protocol):
    """What makes a device: a function or the class itself."""

    def __call__(self, surroundings: Surroundings) -> Device:
        """Return the device, with its power on."""
