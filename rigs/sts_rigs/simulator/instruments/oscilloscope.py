"""Base class of simulated oscilloscopes: arming, states, settings that follow the probe."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sts_rigs.clock import Clock
from sts_rigs.simulator.instruments.acquisition import Acquisition, Record, State
from sts_rigs.simulator.instruments.device import CommandError, Device, Value
from sts_rigs.simulator.instruments.planned_faults import PlannedFault
from sts_rigs.simulator.instruments.sampling import Imperfections, Probe

__all__ = ["Oscilloscope", "divided_rate"]

_BUSY = (State.PRETRIGGER, State.WAITING, State.TRIGGERED)


class Oscilloscope(Device):
    """An oscilloscope whose inputs have probes on signals.

    Simplified: coupling and bandwidth are kept but do nothing; RUN takes one acquisition and no more.
    """

    channels: ClassVar[int] = 4
    follows_probe: ClassVar[tuple[str, ...]] = ("scale", "offset")

    def __init__(
        self,
        clock: Clock,
        probes: Mapping[int, Probe],
        imperfections: Imperfections | None = None,
        serial: str | None = None,
        faults: Iterable[PlannedFault] = (),
    ) -> None:
        super().__init__(serial, faults)
        self._clock = clock
        self._probes = dict(probes)
        self._imperfections = imperfections or Imperfections()
        self._armed = 0
        self._told_trigger = 0
        self.acquisition: Acquisition | None = None
        self.set_up()

    @abstractmethod
    def set_up(self) -> None:
        """Initialise the state of a family, and add its commands."""

    @abstractmethod
    def record(self) -> Record:
        """Return the record that the settings ask for."""

    def shows(self, channel: int) -> bool:
        """Return whether a channel is on."""
        return bool(self.value("display", channel))

    def default(self, name: str, numbers: tuple[int, ...]) -> Value:
        """Return the value of a setting after *RST: channel 1 alone is on."""
        return True if name == "display" and numbers == (1,) else super().default(name, numbers)

    def arm(self) -> None:
        """Start an acquisition."""
        if not any(self.shows(channel) for channel in range(1, self.channels + 1)):
            raise CommandError(-221, "Settings conflict")
        self._armed += 1
        self.acquisition = Acquisition(
            self.record(), self._probes, self._imperfections, self._clock.now(), self._armed
        )

    def stop(self) -> None:
        """Stop the acquisition."""
        if self.acquisition is not None:
            self.acquisition.stop(self._clock.now())

    def state(self) -> State:
        """Return the state of the acquisition; STOPPED if there is none."""
        return State.STOPPED if self.acquisition is None else self.acquisition.state(self._clock.now())

    @property
    def busy(self) -> bool:
        """Whether an acquisition is under way."""
        return self.state() in _BUSY

    def take_trigger(self) -> bool:
        """Return whether a trigger came since the last call."""
        came = self.state() in (State.TRIGGERED, State.COMPLETE) and self._told_trigger != self._armed
        if came:
            self._told_trigger = self._armed
        return came

    def complete(self, channel: int) -> Acquisition:
        """Return the acquisition; CommandError if it is not complete or lacks the channel."""
        if self.acquisition is None or self.state() is not State.COMPLETE:
            raise CommandError(-230, "Data corrupt or stale")
        if channel not in self.acquisition.record.channels:
            raise CommandError(-221, "Settings conflict")
        return self.acquisition

    def samples(self, channel: int, first: int, count: int, stride: int = 1) -> NDArray[np.int32]:
        """Return codes of a channel of the complete acquisition."""
        return self.complete(channel).samples(channel, first, count, stride, overloaded=self.overloaded)

    def shown_channels(self) -> list[int]:
        """Return the channels that are on."""
        return [channel for channel in range(1, self.channels + 1) if self.shows(channel)]

    def changed(self, name: str, numbers: tuple[int, ...], before: Value, after: Value) -> None:
        """Scale what is in volts at the tip when the probe's factor changes, as the instrument does."""
        if name == "probe":
            for follower in self.follows_probe:
                self.put(follower, self.real(follower, *numbers) * float(after) / float(before), *numbers)

    def refuse(self, name: str, numbers: tuple[int, ...]) -> None:  # noqa: ARG002
        """Raise CommandError for a channel that the instrument lacks."""
        if numbers and not 1 <= numbers[0] <= self.channels:
            raise CommandError(-113, "Undefined header")

    def reset(self) -> None:
        """Execute *RST."""
        super().reset()
        self.acquisition = None


def divided_rate(highest: float, duration: float, memory: int) -> float:
    """Return the fastest rate that a whole number divides from the highest and whose record fits the memory."""
    return highest / max(1, int(np.ceil(highest * duration / memory * (1 - 1e-12))))
