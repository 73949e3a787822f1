"""Runs that cannot be kept: a full disk, a folder deleted in the middle; one sentence, never exit code 1."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import stsbench as face
from conftest import PLAIN

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (%d, %d))
from stsbench.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="only Unix limits the size of files")
@pytest.mark.parametrize("room", [1_000, 30_000, 300_000])
def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path, room: int) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LIMITED % (room, room), "run", "--only", "41-7.3"],
        capture_output=True, text=True, cwd=tmp_path, env={**PLAIN, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in (2, 4), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "File too large" in done.stderr
    assert len(done.stderr.splitlines()) == 1


class Deleting:
    """A listener that deletes the folder of the run after some verdicts."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.folder = Path()

    def pytest_sts_begin(self, folder: Path) -> None:
        self.folder = folder

    def pytest_sts_verdict(self) -> None:
        self.left -= 1
        if self.left == 0:
            shutil.rmtree(self.folder)


def test_a_folder_that_is_deleted_in_the_middle_is_told_in_one_sentence(tmp_path: Path) -> None:
    request = face.RunRequest(only=("41-7.3.7",), out=tmp_path / "runs")
    with pytest.raises(face.CampaignNotRun, match="cannot be kept") as caught:
        face.run_cases(request, listeners=[Deleting(after=3)])
    assert caught.value.code is face.ExitCode.BENCH_FAULT


def test_a_run_that_is_kept_is_told_nothing_of(tmp_path: Path) -> None:
    request = face.RunRequest(only=("41-7.3.8-management",), out=tmp_path / "runs")
    assert face.run_cases(request, listeners=[Deleting(after=1_000)]).code is face.ExitCode.CONFORMS
