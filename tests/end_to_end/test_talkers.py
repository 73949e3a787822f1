"""A meter and an instrument that flood: a run against them ends in time, and is a fault of the bench.

What memory it takes is measured by `make prove-talkers`: here, other children of the tests are in the figure.
"""

import math
import sys

import pytest
from talkers import INSTRUMENTS, METERS, prove_talker, rig_of, wrong_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this system tells no peak of memory")


@pytest.mark.parametrize(
    ("kind", "name"), [("meter", "floods with noise"), ("instrument", "is known, then an endless block")]
)
def test_who_floods_ends_a_run_as_a_fault_of_the_bench(kind: str, name: str) -> None:
    (talker,) = (one for one in (METERS if kind == "meter" else INSTRUMENTS) if one.name == name)
    outcome = prove_talker(talker, *rig_of(kind))
    assert wrong_of(talker, outcome, math.inf) == [], outcome.said
