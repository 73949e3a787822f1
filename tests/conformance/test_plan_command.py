"""A plan says before a campaign what it takes: its figures are those of the run that follows."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench

PAGE = Path(__file__).parents[2] / "docs" / "plan.md"
README = Path(__file__).parents[2] / "README.md"
BARE = '[rig]\nname = "bench 3"\n[port]\nurl = "/dev/ttyNobody"\nparity = "driver"\n'
SCOPE = """\
[instruments.scope]
driver = "rigol-ds1000z"
resource = "TCPIP::192.0.2.10::INSTR"
channels = { meter = 1, reader = 2 }
accuracy_ppm = 25.0
"""
SOURCE = """\
[instruments.source]
driver = "keysight-ac6800"
resource = "TCPIP::192.0.2.11::INSTR"
output = { volts = 230, hertz = 50 }
"""
SOURCE_SWITCHES = '[actions]\npower = "source"\n'
CUTS = ("--only", "52-6.8.3-after-restart", "--only", "41-8.10")


@pytest.fixture
def rig(tmp_path: Path) -> Callable[[str], Path]:
    def write(more: str = "") -> Path:
        path = tmp_path / "bench.toml"
        path.write_text(BARE + more, "utf-8")
        return path

    return write


def causes(plan: Any, part: str = "not_reached") -> dict[str, tuple[str, str]]:
    return {finding["requirement"]: (finding["verdict"], finding["cause"]) for finding in plan[part]}


def test_the_figures_of_a_plan_are_those_of_the_run_that_follows(stsbench: Stsbench, tmp_path: Path) -> None:
    planned = stsbench("plan", "--json", "--seed", 5)
    assert planned.code == 0, planned.err
    assert planned.err == ""
    assert list(tmp_path.iterdir()) == []
    plan, record = planned.json, stsbench("run", "--json", "--seed", 5).json
    assert plan["cost"] == record["cost"]
    assert plan["time"]["bench"] == pytest.approx(record["simulated"]["line_seconds"], abs=1e-5)
    assert plan["time"]["total"] == plan["time"]["bench"]
    assert [case["id"] for case in plan["cases"]] == [case["id"] for case in record["cases"]]
    cost = plan["cost"]
    assert min(cost["key_changes"], cost["roll_overs"], cost["power_cuts"], cost["recordings"]) > 0
    assert cost["prompts"] == {}
    assert plan["prompts"] == []
    lines = journal(tmp_path)
    given = [(line["base_date"], line["tid"]) for line in lines if line["kind"] == "identifier"]
    assert sum(cost["identifiers"].values()) == len(given) == len(set(given)) > 100
    assert plan["not_passed"] == []


def journal(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("runs/*/journal.jsonl")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_costs_of_all_cases_are_those_of_the_campaign_and_each_begins_where_another_ended(
    stsbench: Stsbench,
) -> None:
    plan = stsbench("plan", "--json", "--only", "41-8", "--shuffle", 4).json
    selection = plan["selection"]
    assert (selection["only"], selection["shuffle"]) == (["41-8"], 4)
    assert [left["by"] for left in selection["left_out"]] == ["--only 41-8"]
    for name in ("key_changes", "power_cuts", "recordings"):
        assert sum(case["cost"][name] for case in plan["cases"]) == plan["cost"][name]
    ends = [case["at"] + case["cost"]["seconds"] for case in plan["cases"]]
    begins = [case["at"] for case in plan["cases"]]
    assert all(begin >= end - 1e-5 for begin, end in zip(begins[1:], ends, strict=False))
    assert ends[-1] <= plan["time"]["bench"]


def test_what_is_not_reached_is_told_with_its_cause(stsbench: Stsbench, rig: Callable[[str], Path]) -> None:
    plan = stsbench("plan", "--rig", rig(""), "--json", "--only", "52-6").json
    found = causes(plan)
    assert found["52-6.2.3-mark"] == ("NOT_APPLICABLE", 'declared: implements.interface = "optical"')
    verdict, cause = found["52-6.3.2-stop"]
    assert verdict == "NOT_TESTED"
    assert "add an oscilloscope" in cause
    assert found["52-6.3.1-asynchronous"] == ("NOT_TESTED", f"implied by 52-6.3.2-stop: {cause}")
    assert any(cause.startswith("by inspection: ") for _, cause in found.values())
    assert any(cause.startswith("out of scope: ") for _, cause in found.values())
    assert plan["requirements"] + len(found) > 0
    with_scope = causes(stsbench("plan", "--rig", rig(SCOPE), "--json", "--only", "52-6").json)
    assert "52-6.3.2-stop" not in with_scope
    assert "52-6.3.1-asynchronous" not in with_scope


def test_what_the_bench_cannot_decide_is_told(stsbench: Stsbench, rig: Callable[[str], Path]) -> None:
    vague = stsbench("plan", "--rig", rig("[host_clock]\nuncertainty_ms = 400\n"), "--json", "--only", "52-6.7.1")
    assert vague.code == 0
    verdict, cause = causes(vague.json, "not_passed")["52-6.7.1-reaction"]
    assert verdict == "INCONCLUSIVE"
    assert "U as stated in the rig file" in cause
    assert vague.json["conflicts"] == []
    sharp = stsbench("plan", "--rig", rig("[host_clock]\nuncertainty_ms = 2\n"), "--json", "--only", "52-6.7.1")
    assert "52-6.7.1-reaction" not in causes(sharp.json, "not_passed")


def test_a_declaration_that_no_meter_can_meet_is_told_with_its_contradiction(
    stsbench: Stsbench, declaration: Callable[..., Path]
) -> None:
    expired = declaration(("key_expiry = 255", "key_expiry = 20"))
    result = stsbench("plan", "--meter", expired, "--json", "--only", "41-8.4")
    assert result.code == 0, result.err
    causes = {finding["cause"] for finding in result.json["not_reached"]}
    assert any("check decoder_key.key_expiry and the date of this computer" in cause for cause in causes)
    assert [conflict["id"] for conflict in result.json["conflicts"]] == ["key-is-expired"]
    shown = stsbench("plan", "--meter", expired, "--only", "41-8.4").out
    assert "Not reached: " in shown
    assert "contradiction: decoder_key.key_expiry = 20 and " in shown


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ("", {"power off", "power on", "cover open", "cover close"}),
        (SOURCE + SOURCE_SWITCHES, {"cover open", "cover close"}),
        ('[actions]\npower = "socket://localhost:5000"\n', {"cover open", "cover close"}),
        ('[actions]\ncover = "socket://localhost:5000"\n', {"power off", "power on"}),
    ],
    ids=["operator", "source", "device for power", "device for the cover"],
)
def test_the_operator_is_asked_for_what_the_rig_leaves_to_them(
    stsbench: Stsbench, rig: Callable[[str], Path], more: str, asked: set[str]
) -> None:
    plan = stsbench("plan", "--rig", rig(more), "--json", *CUTS, "--per-prompt", 20).json
    assert {prompt["what"] for prompt in plan["prompts"]} == asked
    count = sum(prompt["count"] for prompt in plan["prompts"])
    assert plan["time"]["operator"] == 20 * count
    assert plan["time"]["total"] == pytest.approx(plan["time"]["bench"] + 20 * count)
    assert plan["cost"]["power_cuts"] > 0
    assert plan["not_passed"] == []
    if "cover open" in asked:
        assert "Open the terminal cover, then press Enter" in [prompt["asks"] for prompt in plan["prompts"]]


def test_a_plan_consumes_no_tokens_of_the_meter_and_leaves_nothing(
    stsbench: Stsbench, rig: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, scratch = tmp_path / "state", tmp_path / "scratch"
    scratch.mkdir()
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(state))
    monkeypatch.setenv("TMPDIR", str(scratch))
    file = rig("")
    plan = stsbench("plan", "--rig", file, "--json", "--only", "41-8.4").json
    assert sum(plan["cost"]["identifiers"].values()) > 0
    assert not [path for path in state.rglob("*") if "stsbench" in path.parts]
    assert list(scratch.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"bench.toml", "state", "scratch"}


def test_the_tables_say_it_in_words(stsbench: Stsbench, rig: Callable[[str], Path]) -> None:
    result = stsbench("plan", "--rig", rig(""), *CUTS, "--only", "52-6.3.2", "--only", "52-6.4.4-count-sixteen")
    assert result.code == 0
    assert "on bench 'bench 3'" in result.out
    assert "assumed: 30 s a prompt" in result.out
    assert re.search(r"^power cuts +[1-9]", result.out, re.MULTILINE)
    assert re.search(r"^[0-9:]+ +[0-9:]+ .* 41 8.10 ", result.out, re.MULTILINE)
    assert "Switch the meter's power off, then press Enter" in result.out
    assert "NOT_TESTED only an instrument shows" in result.out
    assert "untestable in the register: see stsbench clauses --status 'untestable'\n    52-6." in result.out


def test_a_random_order_is_shown_clause_by_clause(stsbench: Stsbench) -> None:
    result = stsbench("plan", "--shuffle", 2, "--only", "52-6.4")
    assert "Order: random, seed 2" in result.out
    clauses = re.findall(r" 52 (6\.4\.[0-9]) ", result.out)
    assert len(clauses) == len(set(clauses)) > 4


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--only", "41-99"], 5, "Nothing was selected"),
        (["--rig", "nowhere.toml"], 2, "nowhere.toml"),
        (["--meter", "nowhere.toml"], 2, "nowhere.toml"),
        (["--shuffle", "0"], 2, "shuffle"),
    ],
)
def test_what_cannot_be_planned_is_told(
    stsbench: Stsbench, arguments: list[str], code: int, text: str, tmp_path: Path
) -> None:
    result = stsbench("plan", *arguments)
    assert result.code == code
    assert text in result.err
    assert result.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (SCOPE.replace("rigol-ds1000z", "acme"), "no driver called 'acme'"),
        (SCOPE.replace("accuracy_ppm = 25.0\n", ""), "how well instrument 'scope' counts time"),
        (SOURCE_SWITCHES, "add an AC source to [instruments]"),
    ],
)
def test_a_rig_file_that_no_bench_can_follow_is_told(
    stsbench: Stsbench, rig: Callable[[str], Path], more: str, text: str
) -> None:
    result = stsbench("plan", "--rig", rig(more), "--json", "--only", "52-6.4.2")
    assert result.code == 2
    assert text in result.err
    assert result.out == ""


def test_the_commands_of_the_page_run(
    stsbench: Stsbench, declaration: Callable[..., Path], tmp_path: Path
) -> None:
    declaration()
    (rig,) = re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (tmp_path / "bench.toml").write_text(rig, "utf-8")
    commands = re.findall(r"^    stsbench (.*?)(?: +#.*)?$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        result = stsbench(*shlex.split(command))
        assert result.code == 0, (command, result.err)
        assert result.out
