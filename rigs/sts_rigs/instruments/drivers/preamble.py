"""Waveform preamble of Keysight and Rigol: ten fields."""

from dataclasses import dataclass

from sts_rigs.errors import BenchFault

__all__ = ["Preamble", "read_preamble"]


@dataclass(frozen=True, slots=True)
class Preamble:
    """Scaling of a waveform: number of points, time (s) and level (V)."""

    points: int
    x_increment: float
    x_origin: float
    x_reference: float
    y_increment: float
    y_origin: float
    y_reference: float

    @property
    def start(self) -> float:
        """Seconds from the trigger to the first point."""
        return self.x_origin - self.x_reference * self.x_increment


def read_preamble(name: str, answer: str) -> Preamble:
    """Parse the answer to :WAVeform:PREamble?; BenchFault if it has not ten numbers.

    Its fields are format, type, points, count, then increment, origin and reference of x and of y.
    """
    try:
        fields = [float(field) for field in answer.split(",")]
        _, _, points, _, *axes = fields
        return Preamble(int(points), *axes)
    except (ValueError, TypeError):
        raise BenchFault(
            f"{name} answered ':WAVeform:PREamble?' with {answer[:80]!r}, not with ten numbers",
            "check the driver in the rig file against the model",
        ) from None
