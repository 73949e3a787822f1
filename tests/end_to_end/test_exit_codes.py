"""Exit codes of processes that end in other ways than by a verdict: none of them is 1."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import COMMAND, Stsbench
from sts_reports.exit_code import ExitCode


def test_a_reader_of_the_output_that_goes_away_is_no_verdict() -> None:
    with subprocess.Popen([*COMMAND, "clauses"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (ExitCode.UNDECIDED, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_before_a_run_begins_is_no_verdict(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "simulate", "--tcp", "127.0.0.1:0", "--rig-out", tmp_path / "rig.toml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        while not (tmp_path / "rig.toml").exists():
            assert process.poll() is None, "the meter was not simulated"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[0].decode()
    assert process.returncode in (ExitCode.CONFORMS, ExitCode.UNDECIDED)
    assert "Traceback" not in said
    assert said.strip().endswith("stopped")


@pytest.mark.parametrize("words", [["--version"], ["-h"], ["run", "-h"], ["token", "decode", "-h"]])
def test_what_a_user_tries_first(stsbench_process: Stsbench, words: list[str]) -> None:
    result = stsbench_process(*words)
    assert result.code == ExitCode.CONFORMS
    assert "stsbench" in result.out


def test_the_package_is_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "stsbench", "--version"], capture_output=True, check=True)
    assert done.stdout.startswith(b"stsbench ")


def test_a_mistake_of_the_suite_is_told_in_one_sentence_and_exits_with_6() -> None:
    program = (
        "import stsbench.cli.clauses as module\n"
        "from stsbench.cli import main\n"
        "def fail(*_, **__): raise ZeroDivisionError('by test')\n"
        "module.index_cases = fail\n"
        "main(['clauses'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.SUITE_FAILED
    (line,) = done.stderr.splitlines()
    assert line.startswith("the suite itself failed (ZeroDivisionError: by test)")
