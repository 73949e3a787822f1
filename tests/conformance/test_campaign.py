"""The whole campaign on the simulated bench: verdicts, coverage, repeatability, what a run leaves behind."""

import ast
import json
import tomllib
from itertools import takewhile
from pathlib import Path

import pytest

import sts_conformance
from conftest import Stsbench
from sts62055.carrier.profile import default_profile
from sts_conformance import register
from sts_fixtures.declaration.applicability import CONDITIONS
from sts_reports.events import ExchangeDone, TokenEntered, TokenMinted
from sts_reports.journal import read_journal
from sts_rigs.simulator.timeline import START

CASES = Path(sts_conformance.__file__).parent
CLAUSES = {
    "IEC 62055-41": "6.1.2 6.3.5 6.3.6 6.3.7 6.4.2 7.3.6 7.3.7 7.3.8 8.2 8.4 8.5 8.6 8.7 8.10",
    "IEC 62055-52": "6.3.2 6.3.4 6.4.2 6.4.3 6.4.4 6.4.5 6.4.6 6.4.7 6.4.8 6.4.9 6.5 6.6.2 6.6.3 6.6.4 6.6.5 "
    "6.6.6 6.6.7 6.7.1 6.7.3 6.8.3",
}


def ids_in_cases() -> set[str]:
    found: set[str] = set()
    for path in CASES.glob("iec62055_*/test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "requirement":
                found |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def test_a_good_meter_conforms_and_two_runs_are_one(stsbench: Stsbench, tmp_path: Path) -> None:
    first, second = stsbench("run"), stsbench("run")
    assert (first.code, second.code) == (0, 0), first.out + first.err
    assert "Simulated " in first.out
    folders = sorted((tmp_path / "runs").iterdir())
    assert str(folders[0].relative_to(tmp_path)) in first.out
    records = [json.loads((folder / "record.json").read_text("utf-8")) for folder in folders]
    for record in records:
        for name in ("id", "started", "finished"):
            del record["run"][name]
    assert records[0] == records[1]
    counts = records[0]["summary"]["counts"]
    tested = [one for one in register.load() if one.status == "tested" and one.strength != "informative"]
    assert counts["PASS"] + counts["NOT_APPLICABLE"] == len(tested)
    assert f"conforms: {counts['PASS']} requirements passed" in first.out
    assert {path.name for path in folders[0].iterdir()} == {
        "allure-results",
        "index.html",
        "journal.jsonl",
        "record.json",
        "recordings",
        "simulated-meter",
    }


@pytest.mark.matrix
def test_another_seed_is_another_run_with_the_same_verdicts(stsbench: Stsbench) -> None:
    one, two = stsbench("run", "--json"), stsbench("run", "--json", "--seed", 2)
    assert one.json["summary"] == two.json["summary"]
    assert one.json["cases"][0]["steps"] != two.json["cases"][0]["steps"]


def test_every_tested_requirement_has_a_case_and_every_case_a_requirement() -> None:
    assert ids_in_cases() == {requirement.id for requirement in register.load() if requirement.status == "tested"}


def test_the_clauses_that_were_promised_are_touched(stsbench: Stsbench) -> None:
    record = stsbench("run", "--json").json
    touched: dict[str, set[str]] = {}
    for clause in record["clauses"]:
        touched.setdefault(clause["standard"], set()).add(clause["clause"])
    for standard, clauses in CLAUSES.items():
        assert set(clauses.split()) <= touched[standard]
    assert record["summary"]["requirements"] >= 30
    assert len(record["cases"]) >= 35


def test_a_requirement_rests_on_what_the_profile_has() -> None:
    profile = default_profile()
    names = {name for requirement in register.load() for name in requirement.rests_on}
    assert names
    assert all(name in profile for name in names)


def test_a_requirement_needs_what_a_declaration_can_tell() -> None:
    assert {need for requirement in register.load() for need in requirement.needs} <= CONDITIONS.keys()


def test_a_file_of_cases_is_named_after_its_clause() -> None:
    for path in CASES.glob("iec62055_*/test_*.py"):
        words = path.stem.split("_")[1:]
        numbers = list(takewhile(lambda word: word.isdigit() or word in ("a", "b", "c"), words))
        clause = ".".join(numbers).upper() if numbers else " ".join(words)
        used = {name for name in ids_in_cases() if f'"{name}"' in path.read_text("utf-8")}
        assert used
        assert any(f"{register.load()[name].clause}.".startswith(f"{clause}.") for name in used), path.name


def test_no_register_text_is_long_enough_to_be_a_quotation() -> None:
    for path in (CASES / "register").glob("*.toml"):
        for entry in tomllib.loads(path.read_text("utf-8"))["requirement"]:
            assert len(entry["text"].split()) < 40, entry["id"]


def test_allure_gets_standard_clause_requirement_steps_and_transcript(stsbench: Stsbench, tmp_path: Path) -> None:
    assert stsbench("run", "--only", "41-7.3.7-used").code == 0
    results = next((tmp_path / "runs").iterdir()) / "allure-results"
    (case,) = [json.loads(path.read_text("utf-8")) for path in results.glob("*-result.json")]
    labels = {label["name"]: label["value"] for label in case["labels"]}
    assert labels["epic"] == "IEC 62055-41"
    assert labels["feature"] == "7.3.7 TokenValidation"
    assert labels["story"].startswith("41-7.3.7-used: ")
    assert any(step["name"].startswith("WriteCommand register FFFF token, token ") for step in case["steps"])
    transcript = results / next(entry["source"] for entry in case["attachments"] if entry["name"] == "transcript")
    assert "UsedError" in transcript.read_text("utf-8")


@pytest.mark.parametrize(
    "arguments", [["--only", "41-7.3.7"], ["--only", "52-6", "--defect", "ack-with-line-end"]]
)
def test_the_journal_holds_every_character_and_token_of_the_run(
    stsbench: Stsbench, tmp_path: Path, arguments: list[str]
) -> None:
    record = stsbench("run", "--json", *arguments).json
    lines = list(read_journal(next((tmp_path / "runs").iterdir()) / "journal.jsonl"))
    exchanges = [line for line in lines if isinstance(line, ExchangeDone)]
    heard = sum(len(one.received.characters()) + len(one.stray.characters()) for one in exchanges)
    said = sum(len(one.sent.characters()) for one in exchanges)
    assert heard + said == record["simulated"]["characters"]
    tokens = {line.token.digits for line in lines if isinstance(line, TokenEntered)}
    assert tokens
    assert tokens <= {line.token.digits for line in lines if isinstance(line, TokenMinted)}


def test_one_clause_is_run_alone(stsbench: Stsbench) -> None:
    result = stsbench("run", "--only", "52-6.6.7", "--only", "41-8.7-clears", "--json")
    assert result.with_verdict("PASS") == {
        "41-8.7-clears",
        "52-6.6.7-any-acceptance",
        "52-6.6.7-any-failure",
        "52-6.6.7-begins",
        "52-6.6.7-carriers",
        "52-6.6.7-class-1",
        "52-6.6.7-doubles",
        "52-6.6.7-ends",
        "52-6.6.7-forgotten",
        "52-6.6.7-reset",
        "52-6.6.7-reset-after-lockout",
    }
    assert "52-6.6.7-survives" not in result.failed  # it is informative: declared, and not ruled


@pytest.mark.parametrize(
    ("change", "requirement", "item"),
    [
        (("clear_credit = true", "clear_credit = false"), "41-8.7-clears", "implements.clear_credit"),
        (("lockout = true", "lockout = false"), "52-6.6.7-begins", "implements.lockout"),
        (('"DUTK"', '"DDTK"'), "41-8.4-adds", "decoder_key.key_type"),
        (("16, 17, 18]", "17, 18]"), "41-8.5-shown", "implements.tests"),
    ],
)
def test_what_a_meter_is_declared_not_to_have_is_not_applicable(
    stsbench: Stsbench, declaration: object, change: tuple[str, str], requirement: str, item: str
) -> None:
    result = stsbench("run", "--meter", declaration(change), "--json", "--only", requirement)  # type: ignore[operator]
    assert requirement in result.with_verdict("NOT_APPLICABLE")
    reasons = [case["reason"] for case in result.json["cases"] if requirement in case["requirements"]]
    assert all(item in reason for reason in reasons)


@pytest.mark.parametrize(
    ("changes", "only"),
    [
        (
            [("key_revision = 1", "key_revision = 9"), ('tariff_index = "01"', 'tariff_index = "99"')],
            ["41-7", "41-8.9"],
        ),
        ([('"DUTK"', '"DITK"')], ["41-6", "41-7", "41-8.4", "41-8.9"]),
        ([("key_expiry = 255", "key_expiry = 254")], ["41-7.3.7", "41-8.9"]),
        ([("fast_reaction = false", "fast_reaction = true")], ["52-6.7"]),
    ],
    ids=["KRN 9 and TI 99", "DITK", "a key that expires", "fast reaction"],
)
def test_other_good_meters_conform_too(
    stsbench: Stsbench, declaration: object, changes: list[tuple[str, str]], only: list[str]
) -> None:
    selection = [word for one in only for word in ("--only", one)]
    result = stsbench("run", "--meter", declaration(*changes), "--json", *selection)  # type: ignore[operator]
    assert result.code == 0, [
        case for case in result.json["cases"] if case["verdict"] not in ("PASS", "NOT_APPLICABLE")
    ]


def test_a_default_key_meter_refuses_credit_and_conforms(stsbench: Stsbench, declaration: object) -> None:
    result = stsbench("run", "--meter", declaration(('"DUTK"', '"DDTK"')), "--json")  # type: ignore[operator]
    assert not result.failed
    assert "41-7.3.7-ddtk" in result.with_verdict("PASS")


def test_a_declaration_that_does_not_fit_the_meter_is_seen(stsbench: Stsbench, tmp_path: Path) -> None:
    assert START.year > 2014
    rig = tmp_path / "rig.toml"
    rig.write_text('[rig]\nname = "x"\n[port]\nurl = "simulated"\n[judgement]\nrule = "simple"\n', "utf-8")
    assert stsbench("run", "--rig", rig, "--only", "52-6.7.1", "--json").json["decision_rule"] == "simple"
