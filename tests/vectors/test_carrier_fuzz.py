"""The fuzzer of `make fuzz` runs, and sees a client or server that does not hold what it promises."""

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[2] / "fuzz" / "carrier.py"


def fuzz(target: str, spoil: str = "") -> subprocess.CompletedProcess[str]:
    run = f"import runpy, sys\n{spoil}\nrunpy.run_path({str(FUZZ)!r}, run_name='__main__')"
    arguments = ["--inputs", "1000", "--target", target, "--seed", "7"]
    return subprocess.run([sys.executable, "-c", run, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ["server", "client", "decoder"])
def test_a_thousand_inputs_hold(target: str) -> None:
    result = fuzz(target)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            "from sts62055.carrier import framing; framing.MessageReader.clear = lambda self: None",
            "server: it does not serve the next good message\nseed 7, input 0",
        ),
        (
            "from sts62055.carrier import server; server.Server.read_frame = lambda self, frame: frame[999]",
            "server: IndexError: index out of range\nseed 7, input 0",
        ),
    ],
    ids=["nothing is ever forgotten", "another exception"],
)
def test_a_server_that_breaks_the_invariant_is_seen(spoil: str, said: str) -> None:
    result = fuzz("server", spoil)
    assert result.returncode == 1, result.stderr
    assert said in result.stdout
