"""Simulated Siglent SDS1000X-E oscilloscope."""

from typing import ClassVar

import numpy as np

from sts_rigs.simulator.instruments.acquisition import Record, State
from sts_rigs.simulator.instruments.device import Answer, Block, Choice, CommandError, Number, Setting, Text, Value
from sts_rigs.simulator.instruments.oscilloscope import Oscilloscope
from sts_rigs.simulator.instruments.sampling import Channel
from sts_rigs.simulator.instruments.scpi import number_of

__all__ = ["SiglentScope"]

_DIVISIONS = 14
_ON_OFF = Choice("ON", "OFF")
_NEW_SIGNAL, _TRIGGER_READY = 1, 1 << 13
_STATES = {
    State.PRETRIGGER: "Armed",
    State.WAITING: "Ready",
    State.TRIGGERED: "Trig'd",
    State.COMPLETE: "Stop",
    State.STOPPED: "Stop",
}
_UNITS = {"scale": "V", "offset": "V", "level": "V", "timebase": "S", "delay": "S"}
_SIZES = {
    "7K": 7_000,
    "70K": 70_000,
    "700K": 700_000,
    "7M": 7_000_000,
    "14K": 14_000,
    "140K": 140_000,
    "1.4M": 1_400_000,
    "14M": 14_000_000,
}


class SiglentScope(Oscilloscope):
    """An SDS1104X-E: 1 GSa/s and 14 Mpoint with one channel of a pair on, half of them with both.

    Simplified: the record is the fourteen divisions of the screen. The guide has no error queue: errors are bits
    of *ESR? only. A positive TRDL is time before the trigger, as in the LeCroy dialect that this one comes from.
    """

    identity: ClassVar = ("Siglent Technologies", "SDS1104X-E", "SDSMMEBX000001", "8.2.6.1.37R9")
    relative_headers: ClassVar = False
    settings: ClassVar = (
        Setting("header", "CHDR|COMM_HEADER", Choice("OFF", "SHORT", "LONG"), "SHORT"),
        Setting("scale", "C<n>:VDIV|VOLT_DIV", Number("V", 1e-4, 1e4), 1.0),
        Setting("offset", "C<n>:OFST|OFFSET", Number("V"), 0.0),
        Setting("probe", "C<n>:ATTN|ATTENUATION", Number("", 0.1, 10_000.0), 1.0),
        Setting("coupling", "C<n>:CPL|COUPLING", Choice("A1M", "A50", "D1M", "D50", "GND"), "D1M"),
        Setting("display", "C<n>:TRA|TRACE", _ON_OFF, "OFF"),
        Setting("timebase", "TDIV|TIME_DIV", Number("S", 1e-9, 100.0), 1e-6),
        Setting("delay", "TRDL|TRIG_DELAY", Number("S"), 0.0),
        Setting("size", "MSIZ|MEMORY_SIZE", Choice(*_SIZES), "14M"),
        Setting("level", "C<n>:TRLV|TRIG_LEVEL", Number("V"), 0.0),
        Setting("slope", "C<n>:TRSL|TRIG_SLOPE", Choice("NEG", "POS", "WINDOW"), "POS"),
        Setting("trigger_coupling", "C<n>:TRCP|TRIG_COUPLING", Choice("AC", "DC", "HFREJ", "LFREJ"), "DC"),
        Setting("way", "ACQW|ACQUIRE_WAY", Text(), "SAMPLING"),
    )

    def set_up(self) -> None:
        """Initialise the state of this family, and add its commands."""
        self._mode = "AUTO"
        self._source = 1
        self._setup = {"SP": 0, "NP": 0, "FP": 0}
        self._told_signal = 0
        self._told_ready = 0
        self.add_all(
            {
                "TRMD|TRIG_MODE": lambda _n, a: self._set_mode(a),
                "TRMD|TRIG_MODE?": lambda _n, _a: self._headed("TRMD", "TRIG_MODE", self._mode),
                "TRSE|TRIG_SELECT": lambda _n, a: self._select(a),
                "TRSE|TRIG_SELECT?": lambda _n, _a: self._headed(
                    "TRSE", "TRIG_SELECT", f"EDGE,SR,C{self._source},HT,OFF"
                ),
                "ARM|ARM_ACQUISITION": lambda _n, _a: self.arm(),
                "STOP": lambda _n, _a: self.stop(),
                "SAST|SAMPLE_STATUS?": lambda _n, _a: self._headed("SAST", "SAMPLE_STATUS", _STATES[self.state()]),
                "INR?": lambda _n, _a: self._headed("INR", "INR", str(self._changes())),
                "SARA|SAMPLE_RATE?": lambda _n, _a: self._headed(
                    "SARA", "SAMPLE_RATE", f"{1.0 / self._wanted_record().interval:.2E}", "Sa/s"
                ),
                "SANU|SAMPLE_NUM?": lambda _n, _a: self._headed(
                    "SANU", "SAMPLE_NUM", f"{self._wanted_record().points:.2E}", "pts"
                ),
                "WFSU|WAVEFORM_SETUP": lambda _n, a: self._set_up(a),
                "WFSU|WAVEFORM_SETUP?": lambda _n, _a: self._headed(
                    "WFSU", "WAVEFORM_SETUP", ",".join(f"{name},{value}" for name, value in self._setup.items())
                ),
                "C<n>:WF|WAVEFORM?": lambda n, a: self._data(n[0], a),
            }
        )

    def default(self, name: str, numbers: tuple[int, ...]) -> Value:
        """Return the value of a setting after *RST: channel 1 alone is on."""
        return "ON" if name == "display" and numbers == (1,) else super().default(name, numbers)

    def written(self, value: Value) -> str:
        """Return a value as this maker writes it."""
        return f"{value:.2E}" if isinstance(value, float) else super().written(value)

    def shown(self, setting: Setting, numbers: tuple[int, ...], value: Value) -> str:
        """Return a setting as its query answers it, with its header and unit unless CHDR is OFF."""
        channel, _, names = setting.header.rpartition(":")
        short, _, long = names.partition("|")
        before = channel.replace("<n>", str(numbers[0])) + ":" if channel else ""
        text = f"{value:g}" if setting.name == "probe" else self.written(value)
        return self._headed(before + short, before + long, text, _UNITS.get(setting.name, ""))

    def shows(self, channel: int) -> bool:
        """Return whether a channel is on."""
        return self.value("display", channel) == "ON"

    def record(self) -> Record:
        """Return the record that the settings ask for."""
        shown = self.shown_channels()
        share = 2 if {1, 2} <= set(shown) or {3, 4} <= set(shown) else 1
        duration = _DIVISIONS * self.real("timebase")
        memory = min(_SIZES[str(self.value("size"))], 14_000_000 // share)
        rate = min(1e9 / share, memory / duration)
        return Record(
            {channel: self._channel(channel) for channel in shown},
            1.0 / rate,
            max(1, round(rate * duration)),
            -self.real("delay") - duration / 2,
            self._source,
            self.real("level", self._source),
            self.value("slope", self._source) != "NEG",
            self._mode == "AUTO",
        )

    def reset(self) -> None:
        """Execute *RST."""
        super().reset()
        self._mode, self._source = "AUTO", 1
        self._setup = {"SP": 0, "NP": 0, "FP": 0}

    def _headed(self, short: str, long: str, text: str, unit: str = "") -> str:
        header = self.value("header")
        return text if header == "OFF" else f"{short if header == 'SHORT' else long} {text}{unit}"

    def _channel(self, channel: int) -> Channel:
        step = self.real("scale", channel) / 25
        return Channel(step, -self.real("offset", channel), -128, 127, self.real("probe", channel))

    def _wanted_record(self) -> Record:
        return self.record() if self.acquisition is None else self.acquisition.record

    def _set_mode(self, arguments: tuple[str, ...]) -> None:
        self._mode = str(Choice("AUTO", "NORM", "SINGLE", "STOP").parse(arguments[0] if arguments else ""))
        if self._mode == "STOP":
            self.stop()
        else:
            self.arm()

    def _select(self, arguments: tuple[str, ...]) -> None:
        if not arguments or arguments[0].upper() != "EDGE" or len(arguments) % 2 == 0:
            raise CommandError(-224, "Illegal parameter value")
        named = dict(zip((name.upper() for name in arguments[1::2]), arguments[2::2], strict=True))
        source = str(Choice("C<n>").parse(named.get("SR", f"C{self._source}")))
        self._source = int(source.removeprefix("C"))

    def _changes(self) -> int:
        state, number = self.state(), self._armed
        word = 0
        if state is not State.PRETRIGGER and self.acquisition and self._told_ready != number:
            word |= _TRIGGER_READY
            self._told_ready = number
        if state is State.COMPLETE and self._told_signal != number:
            word |= _NEW_SIGNAL
            self._told_signal = number
        return word

    def _set_up(self, arguments: tuple[str, ...]) -> None:
        if len(arguments) % 2:
            raise CommandError(-109, "Missing parameter")
        for name, value in zip(arguments[::2], arguments[1::2], strict=True):
            if name.upper() not in self._setup:
                raise CommandError(-224, "Illegal parameter value")
            self._setup[name.upper()] = int(number_of(value))

    def _data(self, channel: int, arguments: tuple[str, ...]) -> Answer:
        if arguments and arguments[0].upper() != "DAT2":
            raise CommandError(-224, "Illegal parameter value")
        points = self.complete(channel).record.points
        raw = self.samples(channel, self._setup["FP"], self._setup["NP"] or points, max(1, self._setup["SP"]))
        header = {"OFF": "", "SHORT": f"C{channel}:WF ", "LONG": f"C{channel}:WAVEFORM "}
        before = header[str(self.value("header"))]
        return Block((raw & 255).astype(np.uint8).tobytes(), 9, 1, before + "DAT2,", "\n")
