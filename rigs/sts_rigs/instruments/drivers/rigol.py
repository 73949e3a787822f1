"""Base class of the drivers of Rigol's DS1000Z and DHO800 oscilloscopes, whose dialects are nearly one.

A Rigol's channel offset moves the trace, so it is minus the level in the middle. Memory is read in the RAW mode
of a stopped oscilloscope, in pieces of at most `piece` points, from :WAVeform:STARt to :WAVeform:STOP, both
counted from 1. level = (code - y origin - y reference) * y increment.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.instruments.drivers.oscilloscope import Oscilloscope, Record, State, bytes_of, step_up
from sts_rigs.instruments.drivers.preamble import read_preamble
from sts_rigs.instruments.settings import Choice, Flag, Number, Numbered

__all__ = ["RigolOscilloscope"]

_STATES = {
    "WAIT": State.ARMED,
    "RUN": State.BUSY,
    "AUTO": State.BUSY,
    "TD": State.TRIGGERED,
    "STOP": State.STOPPED,
}


class _Channel(Numbered):
    shown = Flag(":CHANnel{n}:DISPlay", "whether it is recorded")
    coupling = Choice(":CHANnel{n}:COUPling", "its coupling", {"dc": "DC"})
    probe = Number(":CHANnel{n}:PROBe", "attenuation of its probe", low=0.001, high=50_000)
    scale = Number(":CHANnel{n}:SCALe", "volts per division at the tip", unit="V", low=1e-6, high=1e6)
    offset = Number(":CHANnel{n}:OFFSet", "how far the trace is moved up", unit="V")


class RigolOscilloscope(Oscilloscope):
    """A Rigol; a family supplies divisions of the screen, memory by number of channels, and size of pieces."""

    maker = r"rigol technologies"
    divisions: ClassVar[int]
    depths: ClassVar[Mapping[int, tuple[int, ...]]]
    piece: ClassVar[int]

    time_scale = Number(":TIMebase:MAIN:SCALe", "seconds per division", unit="s", low=1e-9, high=1000.0)
    time_offset = Number(":TIMebase:MAIN:OFFSet", "from the trigger to the screen's middle", unit="s")
    memory = Number(":ACQuire:MDEPth", "points of the memory", low=1000, high=500e6)
    sample_rate = Number(":ACQuire:SRATe", "samples a second", unit="Sa/s", read_only=True)
    source = Choice(":TRIGger:EDGE:SOURce", "what triggers", {n: f"CHANnel{n}" for n in range(1, 5)})
    rising = Choice(":TRIGger:EDGE:SLOPe", "the edge that triggers", {True: "POSitive", False: "NEGative"})
    level = Number(":TRIGger:EDGE:LEVel", "the level that triggers", unit="V")
    read_source = Choice(":WAVeform:SOURce", "the channel to be read", {n: f"CHANnel{n}" for n in range(1, 5)})

    def _prepare(self) -> None:
        # the memory's depth can be set only while it runs
        for command in ("*CLS", ":RUN", ":TIMebase:MODE MAIN", ":ACQuire:TYPE NORMal"):
            self.session.write(command)

    def _show(self, number: int, channel: ChannelSetup, scale: float, centre: float) -> None:
        settings = _Channel(self.session, number)
        settings.shown = True
        settings.coupling = "dc"
        settings.probe = channel.probe_factor
        settings.scale = scale
        settings.offset = -centre

    def _hide(self, number: int) -> None:
        _Channel(self.session, number).shown = False

    def _set_time(self, setup: RecordingSetup) -> float:
        window = step_up(self._span(setup) / self.divisions) * self.divisions
        self.time_scale = window / self.divisions
        self.time_offset = (setup.duration - setup.before) / 2
        self.memory = self._depth_for(setup, window, self.depths[len(setup.channels)])
        return window

    def _set_trigger(self, trigger: TriggerSetup) -> None:
        self.session.write(":TRIGger:MODE EDGE")
        self.source = trigger.channel
        self.rising = trigger.rising
        self.level = trigger.level

    def _start(self) -> None:
        # from a stop, so that the waiting of the run before is not taken for that of the single acquisition
        self.session.write(":STOP")
        self.session.write(":SINGle")

    def _stop(self) -> None:
        self.session.write(":STOP")

    def _state(self) -> State:
        word = self.session.query(":TRIGger:STATus?")
        state = _STATES.get(word.upper().replace("'", ""))
        if state is None:
            raise BenchFault(
                f"{self.name} answered ':TRIGger:STATus?' with {word[:40]!r}, not one of {', '.join(_STATES)}",
                "check the driver in the rig file against the model",
            )
        return state

    def _rate(self) -> float | None:
        return self.sample_rate

    def _read(self, number: int) -> Record:
        self.read_source = number
        self.session.write(":WAVeform:MODE RAW")
        self.session.write(":WAVeform:FORMat BYTE")
        preamble = read_preamble(self.name, self.session.query(":WAVeform:PREamble?"))
        codes = np.empty(preamble.points, dtype=np.uint8)
        for first in range(0, preamble.points, self.piece):
            last = min(first + self.piece, preamble.points)
            self.session.write(f":WAVeform:STARt {first + 1}")
            self.session.write(f":WAVeform:STOP {last}")
            block = bytes_of(self.session.query_block(":WAVeform:DATA?"), signed=False)
            if len(block) != last - first:
                raise BenchFault(
                    f"{self.name} gave {len(block)} of {last - first} points of channel {number} "
                    f"from point {first + 1}",
                    "run again; if it happens again, connect it in another way",
                )
            codes[first:last] = block
        return Record(
            codes,
            scale=preamble.y_increment,
            offset=-(preamble.y_origin + preamble.y_reference) * preamble.y_increment,
            interval=preamble.x_increment,
            start=preamble.start,
            points=preamble.points,
            lowest=0,
            highest=255,
        )
