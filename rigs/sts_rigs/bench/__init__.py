"""The bench that a rig file describes, real, simulated or rehearsed."""

from sts_rigs.bench.assembly import Assembly, Bench, BenchDescription, open_bench
from sts_rigs.simulator.bench import Simulation

__all__ = ["Assembly", "Bench", "BenchDescription", "Simulation", "open_bench"]
