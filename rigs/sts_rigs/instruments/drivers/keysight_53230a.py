"""Driver of the Keysight 53220A and 53230A counters, as timers from one edge to another.

Commands from "Keysight 53220A/53230A Programmer's Reference" and its User's Guide: CONFigure:TINTerval,
INPut:LEVel, INPut:SLOPe, the time-out of 10 ms to 2000 s that SYSTem:TIMeout sets, and 9.91E37 for a
measurement that ran into it. That *ESR? tells by *OPC when a measurement ends is IEEE 488.2's.

Not confirmed: the words for coupling, impedance and range of an input, and when exactly after INITiate it waits
for the first edge.
"""

from sts_rigs.clock import Clock
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import TriggerSetup
from sts_rigs.instruments.scpi_instrument import ScpiInstrument
from sts_rigs.instruments.session import Session
from sts_rigs.instruments.settings import Choice, Flag, Number, Numbered, number_in

__all__ = ["Keysight53230a"]

_NOT_A_NUMBER = 9e37
_COMPLETE = 1
_GRACE = 5.0
_SMALL_RANGE = 5.0


class _Input(Numbered):
    coupling = Choice("INPut{n}:COUPling", "its coupling", {"dc": "DC"})
    impedance = Number("INPut{n}:IMPedance", "its impedance", unit="Ohm", low=50, high=1e6)
    full_range = Choice("INPut{n}:RANGe", "its range in V", {5: "5", 50: "50"})
    automatic = Flag("INPut{n}:LEVel:AUTO", "whether it finds its level itself")
    level = Number("INPut{n}:LEVel", "the level of the edge", unit="V", low=-51.25, high=51.25)
    rising = Choice("INPut{n}:SLOPe", "the edge", {True: "POSitive", False: "NEGative"})


class Keysight53230a(ScpiInstrument):
    """A Keysight (or Agilent) universal counter; starts on its input 1 and stops on its input 2."""

    maker = r"(keysight|agilent) technologies"
    model = r"532[23]0a"
    kind = "a Keysight 53230A counter"
    error_query = "SYSTem:ERRor?"

    timeout = Number("SYSTem:TIMeout", "seconds for one measurement", unit="s", low=0.01, high=2000.0)
    event_bits = Number("*ESR", "bits of what has happened", read_only=True)

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__(session, clock)
        self._seconds: float | None = None

    def arm(self, start: TriggerSetup, stop: TriggerSetup, timeout: float) -> None:
        """Arm the counter for two edges, within `timeout` seconds (0.01 to 2000).

        BenchFault if it is not to start on input 1 and stop on input 2, or if it reports an error.
        """
        self._seconds = None
        if (start.channel, stop.channel) != (1, 2):
            raise BenchFault(
                f"{self.name} cannot measure from input {start.channel} to input {stop.channel}",
                "connect the first edge to input 1 and the second to input 2",
            )
        for command in ("ABORt", "*CLS", "CONFigure:TINTerval (@1),(@2)"):
            self.session.write(command)
        self.timeout = timeout
        for edge in (start, stop):
            channel = _Input(self.session, edge.channel)
            channel.coupling = "dc"
            channel.impedance = 1e6
            channel.full_range = 5 if abs(edge.level) <= _SMALL_RANGE else 50
            channel.automatic = False
            channel.level = edge.level
            channel.rising = edge.rising
        self.session.write("INITiate")
        self.session.write("*OPC")
        # its answer says that the counter waits for the edges
        self.check()
        self._seconds = timeout

    def fetch(self) -> float:
        """Return the seconds between them; BenchFault if one did not come."""
        if self._seconds is None:
            raise BenchFault(f"{self.name} has nothing to fetch", "arm it first")
        seconds, self._seconds = self._seconds, None
        if not self._wait_for(lambda: bool(int(self.event_bits) & _COMPLETE), seconds + _GRACE):
            self.session.write("ABORt")
            raise self._no_edge(seconds)
        query = "FETCh?"
        interval = number_in(self.name, query, self.session.query(query))
        if abs(interval) > _NOT_A_NUMBER:
            raise self._no_edge(seconds)
        self.check()
        return interval

    def _no_edge(self, seconds: float) -> BenchFault:
        return BenchFault(
            f"{self.name} did not see both edges within {seconds:g} s",
            "check what is connected to its inputs 1 and 2, and the levels in the rig file",
        )
