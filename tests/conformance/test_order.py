"""No verdict depends on the order of the cases: random orders, cases that run alone, proofs of the bench."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from conftest import Result, Stsbench
from sts_conformance import register

PROOF = Path(__file__).parents[2] / "proofs" / "alone.py"
TURNS = {requirement.id: requirement.turn for requirement in register.load()}


def verdicts(result: Result) -> dict[str, str]:
    return {case["id"]: case["verdict"] for case in result.json["cases"]}


def turns(result: Result) -> list[int]:
    return [max(TURNS[one] for one in case["requirements"]) for case in result.json["cases"]]


def journal(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("runs/*/journal.jsonl")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def alone() -> ModuleType:
    spec = importlib.util.spec_from_file_location("alone", PROOF)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seeds", [[1], pytest.param([2, 3, 4, 5], marks=pytest.mark.matrix)], ids=str)
def test_the_verdicts_are_the_same_in_random_orders(stsbench: Stsbench, seeds: list[int]) -> None:
    usual = stsbench("run", "--json")
    orders = {tuple(verdicts(usual))}
    for seed in seeds:
        result = stsbench("run", "--json", "--shuffle", seed)
        assert verdicts(result) == verdicts(usual), seed
        assert turns(result) == turns(usual)
        orders.add(tuple(verdicts(result)))
    assert len(orders) == 1 + len(seeds)
    assert set(turns(usual)) == {0, 1, 2, 3}
    assert turns(usual) == sorted(turns(usual))


def test_the_seed_of_an_order_is_kept_and_gives_it_again(stsbench: Stsbench, tmp_path: Path) -> None:
    first = stsbench("run", "--json", "--shuffle", 7, "--only", "52-6.4")
    again = stsbench("run", "--json", "--shuffle", 7, "--only", "52-6.4")
    other = stsbench("run", "--json", "--shuffle", 8, "--only", "52-6.4")
    assert list(verdicts(first)) == list(verdicts(again)) != list(verdicts(other))
    selection = first.json["selection"]
    assert (selection["only"], selection["shuffle"]) == (["52-6.4"], 7)
    assert [one["by"] for one in selection["left_out"]] == ["--only 52-6.4"]
    assert first.json["again"] == "stsbench run --only 52-6.4 --shuffle 7"
    case = first.json["cases"][0]
    assert case["again"] == f"stsbench run --only {case['requirements'][0]}"


@pytest.mark.parametrize("shuffle", [None, 3])
def test_a_run_begins_and_ends_with_an_exchange_that_proves_the_bench(
    stsbench: Stsbench, tmp_path: Path, shuffle: int | None
) -> None:
    order = [] if shuffle is None else ["--shuffle", shuffle]
    assert stsbench("run", "--only", "41-8.7", "--only", "52-6.4.2", *order).code == 0
    lines = journal(tmp_path)
    kinds = [line["kind"] for line in lines]
    before = lines[: kinds.index("case")]
    after = lines[len(kinds) - kinds[::-1].index("verdict") :]
    for part in (before, after):
        exchange = next(line for line in part if line["kind"] == "exchange")
        assert exchange["command_text"] == "IDRequest"
        assert exchange["answer_text"].startswith("IDResponse")
    assert kinds[-1] == "end"


def test_a_sample_of_cases_has_alone_the_verdicts_of_the_campaign() -> None:
    done = subprocess.run(
        [sys.executable, str(PROOF), "--sample", "12", "--seed", "1"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("12 of ")
    assert "0 were judged otherwise" in done.stdout


def test_a_case_that_is_judged_otherwise_alone_is_named(alone: ModuleType) -> None:
    whole = {"a::one": "PASS", "a::two": "PASS"}
    assert alone.differences(whole, [{"a::one": "PASS"}, {"a::two": "PASS"}]) == []
    found = alone.differences(whole, [{"a::one": "PASS"}, {"a::two": "INCONCLUSIVE"}])
    assert found == ["a::two: INCONCLUSIVE alone, PASS in the campaign"]
