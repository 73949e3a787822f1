"""Open the instruments of a rig file, see who they are, and tell what may be measured with each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from sts62055.carrier.profile import Profile
from sts_rigs.clock import Clock
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.calibration import Calibration, read_calibration
from sts_rigs.files.rig import InstrumentSection, Rig
from sts_rigs.instruments.capabilities import AcSource, Identity, Instrument, WaveformRecorder
from sts_rigs.instruments.registry import open_instrument
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.uncertainty.intervals import Oscillator

__all__ = ["BenchInstruments", "NamedInstrument", "open_section"]

_PPM = 1e-6


@dataclass(frozen=True, slots=True)
class NamedInstrument:
    """An open instrument with what the rig file and its certificate say of it."""

    name: str
    section: InstrumentSection
    instrument: Instrument
    calibration: Calibration | None

    def problems(self, today: date) -> list[str]:
        """Return a sentence for everything that speaks against using it for a certificate."""
        if self.calibration is None:
            return ["the rig file says nothing of its calibration"]
        return list(self.calibration.problems(self.identity, today))

    @property
    def identity(self) -> Identity:
        """Who it says it is."""
        return self.instrument.identity

    def oscillator(self, today: date) -> Oscillator:
        """Return how well it counts time."""
        section, written = self.section, self.section.calibration
        source = f"[instruments.{self.name}] of the rig file"
        self._require_whole_statement()
        if self.calibration is not None and written is not None and written.uncertainty_ppm:
            return Oscillator(
                name=self.name,
                source=f"{self.calibration}; {source}",
                stability=(section.accuracy_ppm or 0.0) * _PPM,
                deviation=written.deviation_ppm * _PPM,
                calibration=written.uncertainty_ppm * _PPM,
                k=written.k,
                drift=section.drift_ppm * _PPM,
                years=self.calibration.years(today),
            )
        if section.accuracy_ppm is None:
            raise BenchFault(
                f"the rig file does not say how well instrument '{self.name}' counts time",
                f"add accuracy_ppm to [instruments.{self.name}], or uncertainty_ppm to its calibration",
            )
        stability = section.accuracy_ppm * _PPM
        return Oscillator(name=self.name, source=f"maker's accuracy; {source}", stability=stability)

    def _require_whole_statement(self) -> None:
        """Raise BenchFault for a number that would silently count for nothing."""
        section, written = self.section, self.section.calibration
        place = f"[instruments.{self.name}.calibration]"
        if written is not None and written.deviation_ppm and not written.uncertainty_ppm:
            raise BenchFault(
                f"the rig file states the deviation of instrument '{self.name}', but not how certain it is",
                f"add uncertainty_ppm to {place}",
            )
        if section.drift_ppm and (self.calibration is None or self.calibration.performed is None):
            raise BenchFault(
                f"the rig file states the drift of instrument '{self.name}', but not since when",
                f"add performed to {place}",
            )

    def as_json(self, today: date) -> dict[str, Any]:
        """Return what the record keeps of it."""
        return {
            "name": self.name,
            "driver": self.section.driver,
            "maker": self.identity.maker,
            "model": self.identity.model,
            "serial": self.identity.serial,
            "firmware": self.identity.firmware,
            "calibration": str(self.calibration) if self.calibration else None,
            "problems": self.problems(today),
        }


class BenchInstruments:
    """The instruments of one bench, open."""

    def __init__(
        self,
        instruments: Mapping[str, NamedInstrument],
        resources: Mapping[str, str],
        rig: Rig,
        profile: Profile,
        clock: Clock,
    ) -> None:
        self.named = dict(instruments)
        self._clock = clock
        self._today = clock.date().date()
        self._resources = resources
        self.line_recorder = self._make_line_recorder(rig, profile)
        self.source = next(
            (one.instrument for one in instruments.values() if isinstance(one.instrument, AcSource)), None
        )

    @classmethod
    def open(cls, rig: Rig, resources: Mapping[str, str], folder: Path, profile: Profile, clock: Clock) -> Self:
        """Open all; BenchFault names the one that cannot be had.

        resources: the VISA resources of those that the rig file calls simulated; folder: that of the rig file.
        """
        opened: dict[str, NamedInstrument] = {}
        try:
            for name, section in rig.instruments.items():
                calibration = _calibration(name, section, folder)
                instrument = open_section(name, section, resources, clock)
                opened[name] = NamedInstrument(name, section, instrument, calibration)
            return cls(opened, resources, rig, profile, clock)
        except BaseException:
            for one in opened.values():
                one.instrument.close()
            raise

    def recover_recorder(self) -> None:
        """Connect anew to what records the line; BenchFault if it does not come back as the same one."""
        recorder = self.line_recorder
        if recorder is None:
            return
        old = self.named[recorder.recorder.name]
        old.instrument.close()
        new = open_section(old.name, old.section, self._resources, self._clock)
        self.named[old.name] = replace(old, instrument=new)
        if new.identity != old.identity:
            raise BenchFault(
                f"instrument '{old.name}' was exchanged: {new.identity.model} {new.identity.serial} answers now",
                "connect the one that the run began with",
            )
        if isinstance(new, WaveformRecorder):
            recorder.recorder = new

    def require_valid_calibrations(self) -> None:
        """Raise BenchFault for the first instrument that may not be used for a certificate."""
        for one in self.named.values():
            for problem in one.problems(self._today):
                raise BenchFault(
                    f"instrument '{one.name}' ({one.identity.model}) may not be used for certification: {problem}",
                    "have it calibrated, exchange it, or run without --certification",
                )

    def remarks(self) -> list[str]:
        """Return a sentence for everything that speaks against one of them."""
        return [
            f"Instrument '{one.name}' ({one.identity.model}): {problem}"
            for one in self.named.values()
            for problem in one.problems(self._today)
        ]

    def as_json(self) -> list[dict[str, Any]]:
        """Return what the record keeps of them."""
        return [one.as_json(self._today) for one in self.named.values()]

    def close(self) -> None:
        """Give all back."""
        for one in self.named.values():
            one.instrument.close()

    def _make_line_recorder(self, rig: Rig, profile: Profile) -> LineRecorder | None:
        recorders = [
            (one, one.instrument) for one in self.named.values() if isinstance(one.instrument, WaveformRecorder)
        ]
        if len(recorders) > 1:
            names = " and ".join(f"'{one.name}'" for one, _ in recorders)
            raise BenchFault(f"the rig file has several recorders: {names}", "leave one of them")
        for one, recorder in recorders:
            oscillator = one.oscillator(self._today)
            return LineRecorder(recorder, one.section.channels, rig.signal, oscillator, profile)
        return None


def _calibration(name: str, section: InstrumentSection, folder: Path) -> Calibration | None:
    try:
        return read_calibration(section.calibration, folder) if section.calibration else None
    except FileFault as fault:
        raise BenchFault(
            f"the calibration of instrument '{name}' cannot be read ({fault})",
            "correct dcc in the rig file, or the file",
        ) from fault


def open_section(name: str, section: InstrumentSection, resources: Mapping[str, str], clock: Clock) -> Instrument:
    """Open the instrument of a section, and switch it on if it is a source; BenchFault if it cannot be had."""
    instrument = open_instrument(
        section.driver,
        name,
        resources.get(name, section.resource),
        clock,
        backend=section.backend,
        timeout=section.timeout_ms / 1000,
        options=section.options,
    )
    if section.output and isinstance(instrument, AcSource):
        try:
            instrument.set_output(section.output.volts, section.output.hertz)
            instrument.switch(True)
        except BaseException:
            instrument.close()
            raise
    return instrument
