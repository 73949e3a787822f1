"""`stsbench ics check`: everything that is wrong with a declaration, in lines or JSON, with its exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import Stsbench
from sts_rigs.simulator.timeline import START
from stsbench.cli import ics as ics_command

Declare = Callable[..., Path]
KEY_FILE = ("published_test_key.hex", "no.hex")
DKGA02 = ("key_generation = 4", "key_generation = 2")


def check(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(ics_command.app, ["check", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_good_declaration(stsbench: Stsbench, declaration: Declare) -> None:
    result = stsbench("ics", "check", declaration())
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("meter.toml: 0 wrong, 0 doubts\n")


def test_faults_secrets_contradictions_and_doubts_are_all_told(declaration: Declare) -> None:
    path = declaration(
        DKGA02, KEY_FILE, ("token_identifiers = 50", "token_identifiers = 9"), ("phases = 1", "phases = 3")
    )
    code, out = check(path)
    lines = out.splitlines()
    assert code == 2
    assert [line.partition(":")[0] for line in lines] == ["fault", "contradiction", "doubt", str(path)]
    assert lines[0].startswith("fault: decoder_key.vending_key: the file")
    assert lines[-1].endswith("2 wrong, 1 doubt")


def test_each_item_that_is_wrong_is_told(declaration: Declare) -> None:
    code, out = check(declaration(("lockout = true\n", ""), ("phases = 1", "phases = 4")), "--json")
    found = json.loads(out)
    assert (code, found["wrong"], found["doubts"]) == (2, 2, 0)
    assert [list(finding["items"]) for finding in found["findings"]] == [
        ["implements.phases"],
        ["implements.lockout"],
    ]
    assert found["findings"][0]["what"] == "implements.phases should be 1, 2 or 3"


def test_json_tells_what_the_lines_tell(declaration: Declare) -> None:
    code, out = check(declaration(DKGA02), "--json", "--no-secrets")
    (finding,) = json.loads(out)["findings"]
    assert code == 2
    assert (finding["kind"], finding["id"]) == ("contradiction", "ea11-without-dkga04")
    assert (finding["standard"], finding["clause"]) == ("IEC 62055-41", "6.5.3.6")
    assert finding["items"]["implements.key_generation"] == "2"
    assert finding["remedy"].startswith("set key_generation = 4")


def test_a_doubt_is_told_and_is_no_failure(declaration: Declare) -> None:
    code, out = check(declaration(("token_identifiers = 50", "token_identifiers = 9")))
    assert code == 0
    assert out.startswith("doubt: implements.token_identifiers = 9: ")
    assert out.endswith("0 wrong, 1 doubt\n")


def test_secrets_are_left_alone_if_asked(declaration: Declare) -> None:
    path = declaration(KEY_FILE)
    assert check(path)[0] == 2
    assert check(path, "--no-secrets")[0] == 0


def test_a_key_that_the_dkga_cannot_take_is_a_fault(declaration: Declare) -> None:
    ea07 = [
        ("encryption_algorithm = 11", "encryption_algorithm = 7"),
        ("key_change_tokens = 4", "key_change_tokens = 3"),
    ]
    code, out = check(declaration(DKGA02, *ea07))
    assert code == 2
    assert "fault: implements.key_generation: DKGA02 takes a vending key of 64 bits, and this one has 160" in out
    assert check(declaration(*ea07))[0] == 0


def test_a_contradiction_is_not_told_again_as_a_fault_of_the_key(declaration: Declare) -> None:
    code, out = check(declaration(DKGA02))
    assert code == 2
    assert [line.partition(":")[0] for line in out.splitlines()[:-1]] == ["contradiction"]


def test_each_secret_that_cannot_be_read_is_told(declaration: Declare) -> None:
    code, out = check(
        declaration(
            KEY_FILE,
            ("encryption_algorithm = 11", "encryption_algorithm = 7"),
            ("key_change_tokens = 4", "key_change_tokens = 3"),
            ('sta_tables = "sample"', 'sta_tables = { file = "none.toml" }'),
        )
    )
    assert code == 2
    faults = [line.split(": ")[1] for line in out.splitlines() if line.startswith("fault: ")]
    assert faults == ["decoder_key.vending_key", "implements.sta_tables"]


@pytest.mark.parametrize(("day", "code"), [("2045-11-23", 0), ("2045-11-24", 2)])
def test_the_day_of_the_test_can_be_told(declaration: Declare, day: str, code: int) -> None:
    assert check(declaration(), "--on", day)[0] == code


def test_a_simulated_bench_has_its_own_day(declaration: Declare, tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text(
        '[rig]\nname = "x"\n[port]\nurl = "simulated"\nparity = "software"\n', "utf-8"
    )
    path = declaration(("base_date = 2014", "base_date = 2035"))
    code, out = check(path, "--rig", tmp_path / "rig.toml")
    assert code == 2
    assert f"day of the test = {START.date()}: " in out


def test_another_interface_than_the_rigs_is_a_contradiction(declaration: Declare, tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text('[rig]\nname = "x"\n[port]\nurl = "/dev/none"\ninterface = "voltage"\n', "utf-8")
    code, out = check(declaration(), "--rig", rig)
    assert code == 2
    assert 'implements.interface = "optical" and rig file: port.interface = "voltage"' in out
    assert check(declaration(('"optical"', '"voltage"')), "--rig", rig)[0] == 0


def test_a_rig_file_that_cannot_be_read_is_told(declaration: Declare, tmp_path: Path) -> None:
    code, out = check(declaration(), "--rig", tmp_path / "none.toml")
    assert code == 2
    assert "none.toml: there is no such file" in out


def test_no_file_and_no_toml_are_faults(tmp_path: Path) -> None:
    code, out = check(tmp_path / "none.toml")
    assert (code, out.splitlines()[0]) == (2, "fault: there is no such file: check the path")
    (tmp_path / "bad.toml").write_text("[meter", "utf-8")
    code, out = check(tmp_path / "bad.toml")
    assert code == 2
    assert "fault: it is not valid TOML" in out


def test_a_declaration_that_nobody_has_answered_does_not_pass(stsbench: Stsbench, declaration: Declare) -> None:
    result = stsbench("ics", "check", declaration(('maker = "stsbench"', 'maker = "your company"')))
    assert result.code == 2
    assert "fault: meter.maker is still 'your company', which stands for an answer: write who makes" in result.out
