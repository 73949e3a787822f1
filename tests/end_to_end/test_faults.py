"""A sample of what `make prove-faults` proves: whatever fails below the suite is told right and costs nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

PROOF = Path(__file__).parents[2] / "proofs" / "faults.py"
COUNT = 10


@pytest.mark.skipif(sys.platform == "win32", reason="files are locked otherwise there")
def test_some_calls_fail_and_are_told_right() -> None:
    done = subprocess.run(
        [sys.executable, PROOF, "--count", str(COUNT), "--jobs", "1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{COUNT} points, 0 wrong" in done.stdout
