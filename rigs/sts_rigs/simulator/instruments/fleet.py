"""Simulated instruments of a rig file around the simulated line, each behind a TCP port of its own."""

from collections.abc import Callable, Iterable, Mapping
from random import Random
from types import MappingProxyType

from sts_rigs.clock import MICROSECOND, Clock
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import InstrumentSection, SignalSection
from sts_rigs.simulator.instruments.ac_source import KeysightAcSource
from sts_rigs.simulator.instruments.counter import KeysightCounter
from sts_rigs.simulator.instruments.device import Device
from sts_rigs.simulator.instruments.keysight_scope import KeysightScope
from sts_rigs.simulator.instruments.multimeter import KeysightMultimeter
from sts_rigs.simulator.instruments.planned_faults import PlannedFault
from sts_rigs.simulator.instruments.rigol_scope import RigolDho800, RigolScope
from sts_rigs.simulator.instruments.sampling import Imperfections, Probe
from sts_rigs.simulator.instruments.server import InstrumentServer
from sts_rigs.simulator.instruments.siglent_scope import SiglentScope
from sts_rigs.simulator.instruments.tektronix_scope import TektronixScope
from sts_rigs.simulator.line import Line
from sts_rigs.simulator.signal import Signal

__all__ = ["SIMULATED_INSTRUMENTS", "SimulatedInstruments", "imperfections_of", "probe_of"]

_NOISE = 0.005
_RISE_TIME = 2_000
_ON_THE_LINE: Mapping[str, type[KeysightScope | RigolScope | SiglentScope | TektronixScope | KeysightCounter]] = {
    "keysight-infiniivision": KeysightScope,
    "rigol-ds1000z": RigolScope,
    "rigol-dho800": RigolDho800,
    "siglent-sds1000xe": SiglentScope,
    "tektronix-tbs2000": TektronixScope,
    "keysight-53230a": KeysightCounter,
}
SIMULATED_INSTRUMENTS = MappingProxyType(
    {**_ON_THE_LINE, "keysight-34465a": KeysightMultimeter, "keysight-ac6800": KeysightAcSource}
)
"""The simulated instrument that stands for each driver's real one."""


class SimulatedInstruments:
    """Servers of SCPI by the names of the rig file; `resources` are their VISA resources.

    feed: takes volts and hertz of the simulated source for the meter; faults: the planned faults by name.
    """

    def __init__(
        self,
        sections: Mapping[str, InstrumentSection],
        signal: SignalSection,
        line: Line,
        clock: Clock,
        *,
        seed: int,
        feed: Callable[[float, float], None],
        faults: Mapping[str, Iterable[PlannedFault]],
    ) -> None:
        self._signal = signal
        self._line = line
        self._clock = clock
        self._feed = feed
        self._servers: dict[str, InstrumentServer] = {}
        try:
            for place, (name, section) in enumerate(sections.items()):
                device = self._device(name, section, seed + place, faults.get(name, ()))
                self._servers[name] = InstrumentServer(device)
        except BaseException:
            self.close()
            raise

    @property
    def resources(self) -> Mapping[str, str]:
        """The VISA resource of each instrument."""
        return {name: server.resource for name, server in self._servers.items()}

    def close(self) -> None:
        """Close all servers."""
        for server in self._servers.values():
            server.close()

    def _device(self, name: str, section: InstrumentSection, seed: int, faults: Iterable[PlannedFault]) -> Device:
        imperfections = imperfections_of(section, self._signal, seed)
        if kind := _ON_THE_LINE.get(section.driver):
            return kind(self._clock, self._probes(section, imperfections.seed), imperfections, faults=faults)
        if section.driver == "keysight-34465a":
            return KeysightMultimeter(imperfections=imperfections, faults=faults)
        if section.driver == "keysight-ac6800":
            return KeysightAcSource(self._feed, faults=faults)
        raise BenchFault(
            f"instrument '{name}': the simulated bench has no {section.driver}",
            f"choose one of {', '.join(SIMULATED_INSTRUMENTS)}, or name a real resource",
        )

    def _probes(self, section: InstrumentSection, seed: int) -> dict[int, Probe]:
        ends = {"meter": self._line.meter, "reader": self._line.reader}
        return {
            number: probe_of(ends[side].signal, self._signal, f"{section.driver} {seed} {side}")
            for side, number in section.channels.items()
        }


def probe_of(true: Signal, signal: SignalSection, seed: str) -> Probe:
    """Return a probe with errors within what [signal] of the rig file allows, by a seed."""
    random = Random(seed)
    delay, asymmetry = signal.delay_us * MICROSECOND, signal.asymmetry_us * MICROSECOND
    return Probe(
        true,
        signal.low,
        signal.high,
        signal.inverted,
        signal.probe,
        error=random.uniform(-signal.threshold, signal.threshold),
        # what both sides have in common cancels, and keeps every edge from being seen before it is sent
        delay=delay + asymmetry + random.uniform(-delay, delay),
        asymmetry=random.uniform(-asymmetry, asymmetry),
    )


def imperfections_of(section: InstrumentSection, signal: SignalSection, seed: int) -> Imperfections:
    """Return imperfections of an instrument within what the rig file states, by a seed."""
    random = Random(f"{section.driver} {seed}")
    accuracy = section.accuracy_ppm or 0.0
    rate = random.uniform(-accuracy, accuracy)
    if section.calibration and section.calibration.uncertainty_ppm:
        calibration = section.calibration
        rate += calibration.deviation_ppm + random.gauss(0.0, calibration.uncertainty_ppm / calibration.k)
    swing = signal.high - signal.low
    return Imperfections(noise=_NOISE * swing, rise_time=_RISE_TIME, time_base_ppm=rate, seed=seed)
