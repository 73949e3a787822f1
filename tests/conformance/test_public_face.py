"""What `import stsbench` gives, and campaigns in one process."""

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import stsbench as face
from stsbench.cli import COMMANDS


def test_every_public_name_is_there_and_is_the_one_of_its_home() -> None:
    homes = ast.parse(Path(face.__file__).read_text("utf-8"))
    typed = {
        alias.name: node.module
        for block in homes.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(typed) == sorted(face.__all__) == sorted(face._HOME)
    for name, home in typed.items():
        assert home is not None
        assert getattr(face, name) is getattr(import_module(home), name)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'stsbench' has no attribute 'nothing'"):
        _ = face.nothing


@pytest.mark.parametrize("line", ["import stsbench", "import stsbench.cli"])
def test_the_face_and_the_command_load_neither_pytest_nor_numpy(line: str) -> None:
    program = f"{line}; import sys; print(sorted({{'pytest', 'numpy', 'matplotlib', 'rich'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("words", [["defects", "--json"], ["token", "decode", "--help"], ["--help"]])
def test_a_command_without_cases_or_signals_loads_neither_pytest_nor_numpy(words: list[str]) -> None:
    program = (
        "import contextlib, io, sys\n"
        "from stsbench.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        f"    main({words})\n"
        "print(sorted({'pytest', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_command_has_a_module_of_its_name_and_says_the_same_of_itself() -> None:
    for name in COMMANDS:
        assert import_module(f"stsbench.cli.{name}").app is not None


def test_a_campaign_runs_in_this_process_and_gives_its_record(tmp_path: Path) -> None:
    record = face.run_campaign(only=["41-7.3.8-management"], out=tmp_path)
    assert record["summary"]["conclusion"] == "partial: 1 of 276 applicable requirements; 1 requirements passed"
    again = face.run_campaign(only=["41-7.3.8-management"], defect="used-token-accepted", out=tmp_path)
    assert again["summary"]["exit_code"] == face.ExitCode.DOES_NOT_CONFORM


def test_a_campaign_that_cannot_be_run_says_why(tmp_path: Path) -> None:
    with pytest.raises(face.CampaignNotRun, match="there is no defect") as caught:
        face.run_campaign(defect="nonesuch", out=tmp_path)
    assert caught.value.code is face.ExitCode.USAGE
    with pytest.raises(face.CampaignNotRun) as caught:
        face.run_campaign(only=["99"], out=tmp_path)
    assert caught.value.code is face.ExitCode.NOTHING_SELECTED
    assert list(tmp_path.iterdir()) == []


def test_no_run_is_written_over(tmp_path: Path) -> None:
    record = face.run_campaign(only=["41-7.3.8-management"], folder=tmp_path / "run")
    assert record["run"]["id"] == "run"
    with pytest.raises(face.CampaignNotRun, match="holds a run already") as caught:
        face.run_campaign(only=["41-7.3.8-management"], folder=tmp_path / "run")
    assert caught.value.code is face.ExitCode.USAGE


def test_the_command_and_plain_pytest_write_the_same_record(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    only = ["41-7.3.8", "52-6.4.9", "52-6.7.1-reaction"]
    ours = face.run_campaign(only=only, seed=3, out=tmp_path)
    words = [word for name in only for word in ("--sts-only", name)]
    pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "--pyargs", "sts_conformance", "--sts-seed=3", *words, "--sts-out=runs"
    )
    (written,) = pytester.path.glob("runs/*/record.json")
    theirs = json.loads(written.read_text("utf-8"))
    assert len(theirs["cases"]) > 10
    del ours["run"], theirs["run"]  # its id and its dates
    assert theirs == json.loads(json.dumps(ours))
