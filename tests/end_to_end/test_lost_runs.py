"""Runs that cannot be kept: a full disk, a folder deleted in the middle; one sentence, never exit code 1."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import stsbench as face
from conftest import PLAIN
from sts_fixtures.campaign.holding import Holding
from sts_fixtures.meter.key_changes import KeyChanges
from sts_reports.views import write_views
from sts_rigs.errors import BenchFault

only_unix = pytest.mark.skipif(sys.platform == "win32", reason="only Unix limits the size of files")

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (%d, %d))
from stsbench.cli import main
main()
"""


def limited(folder: Path, room: int) -> subprocess.CompletedProcess[str]:
    """Run cases where no file may have more than so many bytes."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", LIMITED % (room, room), "run", "--only", "41-7.3"],
        capture_output=True, text=True, cwd=folder, env={**PLAIN, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=120, check=False,
    )  # fmt: skip


@only_unix
@pytest.mark.parametrize("room", [1_000, 30_000, 300_000])
def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path, room: int) -> None:
    done = limited(tmp_path, room)
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


# -- room on the disk ------------------------------------------------------------------------------------------


def with_room(monkeypatch: pytest.MonkeyPatch, *free: int) -> None:
    """Let the disk have so many bytes each time it is asked, and the last of them from then on."""
    left = list(free)

    def usage(_: object) -> object:
        now = left.pop(0) if len(left) > 1 else left[0]
        return shutil._ntuple_diskusage(0, 0, now)  # type: ignore[attr-defined]

    monkeypatch.setattr(shutil, "disk_usage", usage)


def test_a_run_without_room_for_it_is_refused_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_room(monkeypatch, 1 << 20)
    request = face.RunRequest(only=("41-7.3.7",), out=tmp_path / "runs")
    says = r"has 1 MiB left, and a run like this one takes 8 MiB: make room, or name another disk with --out"
    with pytest.raises(face.CampaignNotRun, match=says) as caught:
        face.run_cases(request)
    assert caught.value.code is face.ExitCode.BENCH_FAULT
    assert not (tmp_path / "runs").exists()


def test_a_disk_that_fills_ends_the_run_with_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_room(monkeypatch, 1 << 30, 1 << 30, 1 << 30, 2 << 20)
    result = face.run_cases(face.RunRequest(only=("41-7.3.7",), out=tmp_path / "runs"))
    verdicts = [str(case["verdict"]) for case in result.record["cases"] if case["verdict"] != "NOT_APPLICABLE"]
    assert verdicts == ["PASS", "PASS", "ERROR", *["NOT_TESTED"] * (len(verdicts) - 3)]
    assert result.code is face.ExitCode.BENCH_FAULT
    assert "has 2 MiB left, and the report takes 4 MiB" in result.record["summary"]["conclusion"]
    assert (result.folder / "index.html").is_file()


def test_a_disk_that_cannot_be_asked_is_a_fault_of_the_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(shutil, "disk_usage", fail)
    with pytest.raises(face.CampaignNotRun, match="cannot be asked for its room") as caught:
        face.run_cases(face.RunRequest(only=("41-7.3.7",), out=tmp_path / "runs"))
    assert caught.value.code is face.ExitCode.BENCH_FAULT


@only_unix
def test_what_a_full_disk_cut_off_can_be_reported_once_there_is_room(tmp_path: Path) -> None:
    done = limited(tmp_path, 400_000)
    assert done.returncode == 4
    (folder,) = (tmp_path / "runs").iterdir()
    assert f"`stsbench report {folder.relative_to(tmp_path)}` shows how far it went" in done.stderr
    reported = subprocess.run(
        [sys.executable, "-m", "stsbench", "report", folder, "--json"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert reported.returncode == 0
    record = json.loads(reported.stdout)
    assert record["run"]["interrupted"]
    assert record["summary"]["exit_code"] == 3
    assert "the run was cut off before its end" in record["summary"]["conclusion"]
    assert (folder / "index.html").is_file()


# -- what fails beside the meter is never the meter's ----------------------------------------------------------


def failing(*_: object, **__: object) -> None:
    raise BenchFault("the ledger cannot be written", "see to the disk")


def test_a_ledger_that_fails_after_the_last_case_is_no_silence_of_the_meter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Holding, "settle", failing)
    result = face.run_cases(face.RunRequest(only=("41-7.3.7-valid",), out=tmp_path / "runs"))
    assert result.code is face.ExitCode.BENCH_FAULT
    assert result.record["findings"] == []
    assert "the ledger cannot be written" in result.record["summary"]["conclusion"]


def test_a_bench_that_is_lost_on_the_way_back_to_the_declared_key_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = KeyChanges.bring_back

    def fail(self: KeyChanges, *arguments: Any, **more: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Holding, "may_hold", failing)
            usual(self, *arguments, **more)

    monkeypatch.setattr(KeyChanges, "bring_back", fail)
    result = face.run_cases(face.RunRequest(only=("41-8.9-completing",), out=tmp_path / "runs"))
    assert result.code is face.ExitCode.BENCH_FAULT
    assert [str(case["verdict"]) for case in result.record["cases"]] == ["ERROR"]
    assert "the ledger cannot be written" in result.record["summary"]["conclusion"]


def test_a_report_that_cannot_be_written_ends_with_4_and_can_be_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sts_reports.views.html.write_whole", full)
        with pytest.raises(face.CampaignNotRun, match="then say `stsbench report") as caught:
            face.run_cases(face.RunRequest(only=("41-7.3.7-valid",), out=tmp_path / "runs"))
    assert caught.value.code is face.ExitCode.BENCH_FAULT
    (folder,) = (tmp_path / "runs").iterdir()
    write_views(folder, pytest.fail)
    assert (folder / "index.html").is_file()


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
