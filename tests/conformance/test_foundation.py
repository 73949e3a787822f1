"""The foundation of a campaign: mistakes of the set-up are told once, never as FAIL; silences are looked into."""

from pathlib import Path

import pytest

from conftest import FIXTURES, Result, Stsbench
from declared_meters import Changes, write_declaration

INCONCLUSIVE, FAILED, BENCH_FAULT = 3, 1, 4
CHECK_VALUE = "1f8e91"
CONFIRMED = {"decoder_key.key_confirmed": "a golden meter takes the same tokens"}
OTHER_KEY = {"decoder_key.vending_key": {"file": "other-key.hex", "published": True}}

DEFECTS = """
from sts62055.application.results import OldError, KeyExpiredError
from sts62055.carrier.messages import UndefinedCommand
from sts62055.carrier.server import Server
from sts_rigs.simulator.defects import defect
from sts_rigs.simulator.meter.meter import CarrierServer
from sts_rigs.simulator.meter.validation import TokenValidation


class Deafening(Server):
    is_deaf = False

    def reset(self):
        super().reset()
        self.is_deaf = False


@defect("deaf-until-power-up", violates="52-6.6.6-refused", evidence="fell silent")
class Deaf(CarrierServer):
    '''After an undefined command the meter says nothing until it is switched off and on.'''

    def make_server(self):
        self.server = Deafening(self.codec, self.profile)
        return self.server

    def answer(self, request, registers):
        if self.server.is_deaf:
            return None
        self.server.is_deaf = isinstance(request, UndefinedCommand)
        return super().answer(request, registers)


@defect("deaf-for-good", violates="52-6.6.6-refused", evidence="ever since")
class DeafForGood(Deaf):
    '''After an undefined command the meter says nothing any more.'''

    def make_server(self):
        self.server = Deafening(self.codec, self.profile)
        self.server.reset = lambda: None
        return self.server


@defect("all-old", violates="41-7.3.7-valid", evidence="OldError")
class AllOld(TokenValidation):
    '''Every token is old.'''

    def check(self, apdu, store):
        return OldError if apdu.has_token_identifier else None


@defect("all-expired", violates="41-7.3.7-valid", evidence="KeyExpiredError")
class AllExpired(TokenValidation):
    '''Every token is newer than the key allows.'''

    def check(self, apdu, store):
        return KeyExpiredError if apdu.has_token_identifier else None
"""


@pytest.fixture
def defects(tmp_path: Path) -> Path:
    path = tmp_path / "own_defects.py"
    path.write_text(DEFECTS, "utf-8")
    return path


def built_as(folder: Path, truth: Changes, declared: Changes | None = None) -> list[object]:
    """Return the options for a meter that is declared as one thing and built as another."""
    key = (FIXTURES / "published_test_key.hex").read_text("ascii").strip()
    paths = (
        write_declaration(folder / "declared.toml", declared or {}),
        write_declaration(folder / "truth.toml", truth),
    )
    (folder / "other-key.hex").write_text(key[::-1], "ascii")
    return ["--meter", paths[0], "--built-as", paths[1]]


def rungs(result: Result) -> dict[str, str]:
    return {rung["rung"]: rung["state"] for rung in result.json["ladder"]}


def test_a_good_bench_climbs_every_rung(stsbench: Stsbench) -> None:
    result = stsbench("run", "--only", "41-8.2", "--json")
    assert rungs(result) == dict.fromkeys(("port", "answer", "identity", "key", "keypad"), "proven")
    told = {rung["rung"]: rung["what"] for rung in result.json["ladder"]}
    assert told["identity"] == "this is meter 12345678903"
    assert told["key"] == f"the meter holds the declared key, check value {CHECK_VALUE}"
    assert result.json["cost"]["identifiers"]


def test_rungs_that_no_case_stands_on_are_not_climbed(stsbench: Stsbench) -> None:
    result = stsbench("run", "--only", "52-6.4.2", "--json")
    assert rungs(result) | {"key": "not needed", "keypad": "not needed"} == rungs(result)
    assert not result.json["cost"]["identifiers"]


def test_another_vending_key_is_told_once_and_costs_no_lockout(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("run", *built_as(tmp_path, OTHER_KEY), "--json")
    record = result.json
    assert result.code == INCONCLUSIVE
    assert rungs(result) == {
        "port": "proven",
        "answer": "proven",
        "identity": "proven",
        "key": "broken",
        "keypad": "proven",
    }
    assert record["summary"]["conclusion"].startswith(
        "not decided: the meter refused a good token as CRCError: it does not hold the declared key, "
        f"whose check value is {CHECK_VALUE}: check [decoder_key] of the declaration, the vending key, "
        "and that this is the declared meter; "
    )
    assert not result.failed
    assert not result.with_verdict("INCONCLUSIVE")
    reasons = {case["reason"] for case in record["cases"] if case["verdict"] == "NOT_TESTED"}
    assert len(reasons) == 1
    assert "41-7.3.7-used" in result.with_verdict("NOT_TESTED")
    assert {"52-6.4.2-answered", "52-A.1-path", "52-6.7.1-gaps-sent", "41-8.5-all"} <= result.with_verdict("PASS")
    refused = [step for case in record["cases"] for step in case["steps"] if step.get("result") == "Lockout"]
    assert not refused
    assert record["simulated"]["line_seconds"] < 30 * 60


def test_a_key_that_is_confirmed_elsewhere_makes_the_refusal_a_failure(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("run", *built_as(tmp_path, OTHER_KEY, CONFIRMED), "--json")
    assert result.code == FAILED
    assert result.failed == {"41-7.3.7-valid"}
    (finding,) = result.json["findings"]
    assert finding["by"] == "foundation"
    assert (
        "although its key, check value 1f8e91, is confirmed: a golden meter takes the same tokens"
        in (finding["reason"])
    )
    reasons = {case["reason"] for case in result.json["cases"] if case["verdict"] == "INCONCLUSIVE"}
    assert reasons == {"the meter refuses good tokens: see 41-7.3.7-valid"}


def test_a_neighbours_meter_is_told_by_what_it_says_of_itself(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("run", *built_as(tmp_path, {"identity.drn": "12345678911"}, CONFIRMED), "--json")
    assert result.code == INCONCLUSIVE
    assert rungs(result)["identity"] == "broken"
    assert (
        "the meter is not the declared one (DRN 12345678911, declared 12345678903)"
        in (result.json["summary"]["conclusion"])
    )
    assert {case["verdict"] for case in result.json["cases"]} == {"NOT_TESTED", "NOT_APPLICABLE"}


def test_a_register_that_lies_is_no_other_meter(stsbench: Stsbench) -> None:
    result = stsbench("run", "--defect", "wrong-serial-number", "--json")
    assert result.code == FAILED
    assert rungs(result) | {"identity": "not proven", "key": "proven"} == rungs(result)


@pytest.mark.parametrize(
    ("defect", "says"),
    [
        ("all-old", "refused a good token as OldError: it has had later ones under the declared key"),
        ("all-expired", "check decoder_key.key_expiry and the date of this computer"),
    ],
)
def test_a_token_that_is_old_or_expired_is_first_of_all_a_wrong_date(
    stsbench: Stsbench, tmp_path: Path, defects: Path, defect: str, says: str
) -> None:
    result = stsbench("run", "--defects", defects, "--defect", defect, "--only", "41-7.3.7", "--json")
    assert (result.code, result.failed) == (INCONCLUSIVE, set())
    assert says in result.json["summary"]["conclusion"]
    meter = write_declaration(tmp_path / "confirmed.toml", CONFIRMED)
    sure = stsbench(
        "run", "--defects", defects, "--defect", defect, "--meter", meter, "--only", "41-7.3.7", "--json"
    )
    assert (sure.code, sure.failed) == (FAILED, {"41-7.3.7-valid"})


def test_a_meter_that_falls_silent_until_it_is_switched_on_again_fails_for_the_message_before(
    stsbench: Stsbench, defects: Path
) -> None:
    result = stsbench("run", "--defects", defects, "--defect", "deaf-until-power-up", "--only", "52", "--json")
    assert result.code == FAILED
    assert not result.json["faults"]
    assert not result.with_verdict("ERROR")
    paths = {f"52-A.{number}-path" for number in range(1, 5)}  # "whatever came before"
    others = {"52-6.6.1-any-sequence", "52-6.6.1-harmless", "52-6.6.6-refused", "52-6.6.7-any-failure"}
    assert result.failed == {*others, *paths}
    (finding,) = result.json["findings"]
    assert finding["requirement"] == "52-6.6.6-refused"
    silent = "the meter fell silent until its power was off and on again, ever since undefined command letter Q"
    assert finding["reason"].startswith(silent)
    assert len(result.with_verdict("PASS")) > 70
    others = [case for case in result.json["cases"] if "52-6.6.6-refused" not in case["requirements"]]
    unclear = [case["reason"] for case in others if case["verdict"] == "INCONCLUSIVE"]
    assert unclear
    assert all(reason.endswith(": see 52-6.6.6-refused") for reason in unclear)


def test_a_meter_that_nothing_revives_is_a_loss_of_the_bench_that_names_the_message(
    stsbench: Stsbench, defects: Path
) -> None:
    result = stsbench("run", "--defects", defects, "--defect", "deaf-for-good", "--only", "52-6", "--json")
    assert result.code == BENCH_FAULT
    assert "ever since " in result.json["faults"][0]["what"]
    assert "undefined command" in result.json["faults"][0]["what"]


def test_a_finding_and_the_ladder_stand_on_the_page_and_in_the_terminal(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    result = stsbench("run", *built_as(tmp_path, OTHER_KEY, CONFIRMED), "--only", "41-7.3.7")
    text = " ".join(result.out.split())
    assert "FAIL 41-7.3.7-valid seen by the foundation" in text
    assert "key not proven the meter refused a good token as CRCError" in text
    page = next((tmp_path / "runs").glob("*/index.html")).read_text("utf-8")
    assert "Before the first case" in page
    assert "seen by the foundation" in page


def test_plan_names_the_rungs_and_counts_their_token(stsbench: Stsbench) -> None:
    plan = stsbench("plan", "--only", "41-8.10", "--json").json
    assert plan["ladder"] == ["port", "answer", "identity", "key"]
    run = stsbench("run", "--only", "41-8.10", "--json").json
    assert plan["cost"]["identifiers"] == run["cost"]["identifiers"]
