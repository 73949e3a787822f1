"""A lab's overlay in a run, and `stsbench profile`: both follow it, and say what is confirmed and what is not."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Stsbench
from sts62055.carrier.profile import default_profile
from sts_conformance import register
from sts_reports.events import ExchangeDone
from sts_reports.journal import read_journal

ROOT = Path(__file__).parents[2]
CONFIRMED = '[confirmed]\nby = "A. Lab"\ndocument = "IEC 62055-52"\nedition = "1.0 (2008)"\n'
ID_RESPONSE = (
    "/ manufacturer:a3 5 foin:h4 table_id:h4 protocol_version:h4 server_status:h2 software_version:h8 CR LF"
)
PARAMETERS = default_profile().parameters
CODES = "".join(f'{code} = "{name}"\n' for code, name in PARAMETERS["token_status_codes"].value.items())  # type: ignore[attr-defined]
SAID = CODES.replace("\n1 = ", "\n101 = ").replace("\n15 = ", "\n115 = ").replace("\n16 = ", "\n116 = ")
OVERLAYS: dict[str, tuple[str, list[str]]] = {
    "another identification": (
        f"""
[parameter.id_response]
value = "{ID_RESPONSE}"
[parameter.id_request]
value = "/ ? 0 0 ! CR LF"
""",
        ["2f 56 4d 54 35 30 32 30 33 30 30 30 31 ", "2f 3f 30 30 21 0d 0a$"],
    ),
    "a break without a digit, longer register ids in Data": (
        """
[parameter.break_command]
value = "SOH B ETX BCC"
[parameter.data]
value = "STX register_id:h6 [ ( value:* ) ]+ ETX BCC"
""",
        ["01 42 03 41$", "02 30 30 32 30 31 30 28 "],
    ),
    "a token in hexadecimal, every register named, a short identification": (
        """
[parameter.token_data]
value = "token:h17"
[register.token]
width = 17
[parameter.data]
value = "STX [ register_id:h4 ( value:* ) ]+ ETX BCC"
[parameter.id_response]
value = "/ manufacturer:a3 software_version:h4 CR LF"
""",
        [
            "01 57 02 46 46 46 46 28( [34][0-9a-f]){17} 29 03 ",
            "02 32 30 31 30 28( [34][0-9a-f]){8} 29 32 30 31 31 28( [34][0-9a-f]){8} 29 03",
            "2f 56 4d 54 30 31 30 30 0d 0a",
        ],
    ),
    "limits, speed and answers": (
        """
[parameter.reaction_time]
value = { lower = 100, upper = 400 }
[parameter.execution_time]
value = { upper = 1200 }
[parameter.quiet_time]
value = 700
[parameter.inter_character_time]
value = { upper = 800 }
[parameter.bit_rate]
value = 9600
[parameter.unreadable_register_answer]
value = "ACK"
[parameter.transmission_error_answer]
value = "ACK"
""",
        [],
    ),
    "ids and widths of registers": (
        """
[register.electricity_credit]
id = 0x3010
width = 10
[register.cumulative_energy]
id = 0x3011
[register.token]
id = 0x4444
""",
        ["02 33 30 31 30 28 30 30 30 30 30 30 30 30 ", "01 57 02 34 34 34 34 28 "],
    ),
    "lockout and codes": (
        f"""
[parameter.lockout_threshold]
value = 5
[parameter.lockout_delay]
value = 4000
[parameter.token_status_codes.value]
{SAID}""",
        ["02 46 46 46 45 28 36 35 29 03 ", "02 46 46 46 45 28 37 33 29 03 ", "02 46 46 46 45 28 37 34 29 03 "],
    ),
}
Lay = Callable[[str], Path]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    def write(text: str) -> Path:
        path = tmp_path / "lab.toml"
        path.write_text(CONFIRMED + text, "utf-8")
        return path

    return write


def frames(folder: Path) -> str:
    lines = read_journal(next((folder / "runs").iterdir()) / "journal.jsonl")
    pairs = ((one.sent.codes, one.received.codes) for one in lines if isinstance(one, ExchangeDone))
    return "\n".join(frame.hex(" ") for pair in pairs for frame in pair)


INFORMATIVE = {one.id for one in register.load() if one.strength == "informative" and one.status == "tested"}
"""What is judged, and decides nothing."""


def grades_of_tested() -> dict[str, list[str]]:
    return {
        requirement.id: requirement.provisional(default_profile())
        for requirement in register.load()
        if requirement.status == "tested"
    }


@pytest.mark.parametrize(("text", "expected"), OVERLAYS.values(), ids=OVERLAYS)
def test_a_whole_campaign_conforms_where_meter_and_suite_follow_an_overlay(
    stsbench: Stsbench, lay: Lay, tmp_path: Path, text: str, expected: list[str]
) -> None:
    result = stsbench("run", "--profile", lay(text), "--json")
    assert result.code == 0, result.json["summary"]["conclusion"]
    counts = result.json["summary"]["counts"]
    assert counts["PASS"] + counts["NOT_APPLICABLE"] == result.json["summary"]["requirements"] > 78
    seen = frames(tmp_path)
    assert [frame for frame in expected if not re.search(rf"^{frame}", seen, re.MULTILINE)] == []


@pytest.mark.parametrize("limits", ["{ lower = 400, upper = 1500 }", "{ lower = 20, upper = 200 }"])
def test_a_meter_fails_the_limits_of_an_overlay_that_it_does_not_keep(
    stsbench: Stsbench, lay: Lay, limits: str
) -> None:
    path = lay(f"[parameter.reaction_time]\nvalue = {limits}\n")
    result = stsbench("run", "--profile", path, "--only", "52-6.7.1", "--json")
    assert result.code == 1
    assert result.failed == {"52-6.7.1-reaction"}


def test_a_confirmed_parameter_and_its_sentence_make_a_verdict_final(stsbench: Stsbench, lay: Lay) -> None:
    overlay = lay(
        "[parameter.reaction_time]\n[parameter.lockout_threshold]\nvalue = 4\n"
        '[requirement."52-6.7.1-reaction"]\n[requirement."52-6.6.7-begins"]\n'
    )
    usual, confirmed = stsbench("run", "--json").json, stsbench("run", "--json", "--profile", overlay).json
    names = [
        {
            requirement["id"]: requirement["provisional"]
            for clause in record["clauses"]
            for requirement in clause["requirements"]
        }
        for record in (usual, confirmed)
    ]
    assert names[0]["52-6.7.1-reaction"] == ["52-6.7.1-reaction (inferred)", "reaction_time (inferred)"]
    assert names[1]["52-6.7.1-reaction"] == []
    ends = ["52-6.6.7-ends (assumed)", "lockout_delay (assumed)", "lockout_threshold (assumed)"]
    assert names[0]["52-6.6.7-ends"] == ends
    assert names[1]["52-6.6.7-ends"] == ends[:2]
    fewer = {name for name in names[0] if names[0][name] and not names[1][name]}
    assert fewer == {"52-6.7.1-reaction", "52-6.6.7-begins"}
    assert usual["summary"]["provisional"] - confirmed["summary"]["provisional"] == len(fewer)


def test_the_record_says_which_overlay_and_who_confirmed_it(stsbench: Stsbench, lay: Lay, tmp_path: Path) -> None:
    path = lay(
        "[parameter.lockout_threshold]\nvalue = 5\n"
        '[register.token]\nconfirmed = { by = "B", document = "STS201-1", edition = "4" }\n'
    )
    arguments = ("run", "--profile", path, "--only", "52-6.6.7-begins", "--json")
    first, second = stsbench(*arguments).json, stsbench(*arguments).json
    for record in (first, second):
        for name in ("id", "started", "finished"):
            del record["run"][name]
    assert first == second
    assert first["profile"] == (
        f"{default_profile().edition}, with lab.toml, 2 values confirmed by "
        "A. Lab in IEC 62055-52, edition 1.0 (2008); B in STS201-1, edition 4"
    )
    assert first["overlay"]["file"] == "lab.toml"
    threshold, token = first["overlay"]["entries"]
    assert (threshold["name"], threshold["old"], threshold["new"]) == ("lockout_threshold", 3, 5)
    assert threshold["confirmed"] == {
        "by": "A. Lab",
        "document": "IEC 62055-52",
        "edition": "1.0 (2008)",
        "clause": "",
    }
    assert token["old"] == token["new"] == {"id": "FFFF", "width": 20, "unit": "decimal digits", "access": "write"}
    (page,) = {path.read_text("utf-8").count("with lab.toml, 2 values") for path in tmp_path.glob("runs/*/*.html")}
    assert page >= 1


def test_without_an_overlay_the_record_names_the_edition_only(stsbench: Stsbench) -> None:
    record = stsbench("run", "--only", "52-6.4.2", "--json").json
    assert (record["profile"], record["overlay"]) == (default_profile().edition, None)


def test_the_command_to_run_again_names_the_overlay_and_works(stsbench: Stsbench, lay: Lay) -> None:
    path = lay("[parameter.reaction_time]\nvalue = { lower = 400, upper = 1500 }\n")
    record = stsbench("run", "--profile", path, "--only", "52-6.7.1-reaction", "--json").json
    words = shlex.split(record["cases"][0]["again"])
    assert words[:4] == ["stsbench", "run", "--profile", str(path)]
    assert stsbench(*words[1:]).code == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[parameter.quiet_tim]\n", ["parameter.quiet_tim is not known: did you mean 'quiet_time'?"]),
        ("[parameter.quiet_time\n", ["it is not valid TOML: ", "line 5"]),
        ("[parameter.quiet_time]\nvalue = -1\n", ["profile parameter 'quiet_time': it is a whole number above 0"]),
        ("[register.token]\nid = -1\n", ["profile register 'token': id is a whole number from 0 to 0xFFFF"]),
    ],
)
@pytest.mark.parametrize("command", [["run", "--profile"], ["profile", "diff"], ["profile", "audit", "--profile"]])
def test_a_wrong_overlay_is_refused_in_one_sentence(
    stsbench: Stsbench, lay: Lay, tmp_path: Path, command: list[str], text: str, said: list[str]
) -> None:
    path = lay(text)
    result = stsbench(*command, path)
    assert result.code == 2
    (sentence,) = result.err.splitlines()
    assert sentence.startswith(f"{path}: ")
    assert all(part in sentence for part in said)
    assert not result.out
    assert not (tmp_path / "runs").exists()


def test_every_problem_of_an_overlay_is_one_line(stsbench: Stsbench, lay: Lay) -> None:
    path = lay("[parameter.ak]\n[register.token]\nwidt = 1\n")
    result = stsbench("run", "--profile", path)
    assert result.code == 2
    assert [line.removeprefix(f"{path}: ").split()[0] for line in result.err.splitlines()] == [
        "parameter.ak",
        "register.token.widt",
    ]


def test_an_overlay_that_is_no_file_or_no_text_is_refused(stsbench: Stsbench, tmp_path: Path) -> None:
    missing = stsbench("run", "--profile", "no.toml")
    assert (missing.code, missing.err) == (2, "no.toml: there is no such file: check the path\n")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    binary = stsbench("profile", "show", "--profile", "bytes.toml")
    assert (binary.code, binary.err) == (2, "bytes.toml: it is not UTF-8 text: save it as UTF-8\n")
    folder = stsbench("profile", "diff", ".")
    assert folder.code == 2
    assert "it is a folder: name a file in it" in folder.err


def pytest_with(profile: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "pytest", "--pyargs", "sts_conformance", "-p", "no:cacheprovider"]
    more = ["--sts-profile", str(profile), "--sts-only", "52-6.7.1-reaction", "--sts-out", str(folder / "runs")]
    return subprocess.run([*words, *more], capture_output=True, text=True, cwd=folder, timeout=120, check=False)


def test_plain_pytest_takes_an_overlay(lay: Lay, tmp_path: Path) -> None:
    done = pytest_with(lay("[parameter.reaction_time]\n"), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert "with lab.toml" in json.loads((folder / "record.json").read_text("utf-8"))["profile"]


def test_plain_pytest_refuses_a_wrong_overlay_and_leaves_no_folder(lay: Lay, tmp_path: Path) -> None:
    done = pytest_with(lay("[parameter.reaktion_time]\n"), tmp_path)
    assert done.returncode == 2
    assert "parameter.reaktion_time is not known: did you mean 'reaction_time'?" in done.stdout + done.stderr
    assert not (tmp_path / "runs").exists()


def test_show_lists_every_entry(stsbench: Stsbench, lay: Lay) -> None:
    result = stsbench("profile", "show")
    assert result.code == 0
    names = [line.split()[0] for line in result.out.splitlines() if line and not line.startswith(" ")]
    assert names == [default_profile().edition.split()[0], "name", *[entry.name for entry in default_profile()]]
    assert "at least 200, at most 1500" in result.out
    assert "15 TokenLockout" in result.out
    content = stsbench("profile", "show", "--json", "--profile", lay("[parameter.bit_rate]\n")).json
    assert [entry["name"] for entry in content["entries"]] == [entry.name for entry in default_profile()]
    rate = next(entry for entry in content["entries"] if entry["name"] == "bit_rate")
    assert rate == {
        "name": "bit_rate",
        "kind": "parameter",
        "clause": "6.3.3",
        "value": 2400,
        "unit": "Bd",
        "provenance": "confirmed",
        "note": "fixed, no negotiation",
        "confirmed": {"by": "A. Lab", "document": "IEC 62055-52", "edition": "1.0 (2008)", "clause": ""},
    }
    assert content["entries"][-1]["value"] == {
        "id": "FFFF",
        "width": 20,
        "unit": "decimal digits",
        "access": "write",
    }


def test_show_says_who_confirmed_a_value(stsbench: Stsbench, lay: Lay) -> None:
    out = stsbench("profile", "show", "--profile", lay("[parameter.bit_rate]\n")).out
    assert re.search(r"^bit_rate +6\.3\.3 +2400 +Bd +confirmed by A\. Lab", out, re.MULTILINE)


def test_the_audit_counts_as_many_provisional_verdicts_as_a_run(stsbench: Stsbench, lay: Lay) -> None:
    overlay = lay("[parameter.reaction_time]\n[parameter.lockout_threshold]\n")
    for arguments in ([], ["--profile", overlay]):
        content = stsbench("profile", "audit", "--json", *arguments).json
        run = stsbench("run", "--json", *arguments)
        judged = content["provisional"].keys() - run.with_verdict("NOT_APPLICABLE") - INFORMATIVE
        assert len(judged) == run.json["summary"]["provisional"]
        assert content["verdicts"]["judged"] == run.json["summary"]["requirements"] + len(INFORMATIVE)


def test_the_audit_names_requirements_and_cases_of_each_unconfirmed_value(stsbench: Stsbench) -> None:
    content = stsbench("profile", "audit", "--json").json
    rows = {row["name"]: row for row in content["unconfirmed"]}
    assert set(rows) == {entry.name for entry in default_profile() if not entry.provenance.is_confirmed}
    assert rows["reaction_time"] == {
        "name": "reaction_time",
        "clause": "6.7.1",
        "provenance": "inferred",
        "requirements": ["52-6.7.1-reaction", "52-6.7.2-time"],
        "cases": [
            "test_6_7_1_timing.py::test_reaction_time",
            "test_6_7_1_timing.py::test_reaction_time_of_a_token",
            "test_6_7_2_transmission_error.py::test_the_time_of_the_answer_to_a_wrong_bcc",
            "test_6_7_2_transmission_error.py::test_the_time_of_the_answer_to_wrong_parity",
        ],
    }
    assert rows["client_retries"]["requirements"] == []
    assert content["provisional"] == {name: names for name, names in grades_of_tested().items() if names}
    own = {row["requirement"]: row for row in content["unconfirmed_requirements"]}
    assert own["41-7.3.8-fifty"]["provenance"] == "1 source"
    assert own["41-7.3.8-fifty"]["cases"]
    assert set(own) == {name for name, names in grades_of_tested().items() if names and names[0].startswith(name)}


def test_the_audit_reads_as_well_in_a_terminal(stsbench: Stsbench, lay: Lay) -> None:
    out = stsbench("profile", "audit").out.splitlines()
    place = out.index("id_request (6.4.2, inferred)")
    assert out[place + 1] == "  52-6.4.2-answered: test_6_4_2_id_request.py::test_an_id_request_is_understood"
    assert out[out.index("client_retries (6.6, inferred)") + 1] == "  no requirement rests on it"
    count = sum(map(bool, grades_of_tested().values()))
    place = out.index(f"{count} of {len(grades_of_tested())} requirements have a provisional verdict:")
    assert out.index("", place) - place - 1 == count
    assert "  52-6.7.1-reaction: 52-6.7.1-reaction (inferred), reaction_time (inferred)" in out[place:]
    confirmed = stsbench("profile", "audit", "--profile", lay("[parameter.id_request]\n")).out
    assert "id_request (6.4.2" not in confirmed
    assert f"{count} of {len(grades_of_tested())} requirements have a provisional verdict:" in confirmed


def test_diff_says_what_was_and_what_is(stsbench: Stsbench, lay: Lay) -> None:
    path = lay('[parameter.lockout_threshold]\nvalue = 5\nnote = "new"\n[register.token]\n')
    out = stsbench("profile", "diff", path).out
    person = r"A\. Lab in IEC 62055-52, edition 1\.0 \(2008\)"
    assert re.search(rf"^lockout_threshold +6\.6\.7 +3 \(assumed\) +5 +new +{person}$", out, re.MULTILINE)
    assert re.search(rf"^token +6\.8\.3 .*\(observed\) +the same +{person}$", out, re.MULTILINE)
    content = stsbench("profile", "diff", path, "--json").json
    assert [entry["name"] for entry in content["entries"]] == ["lockout_threshold", "token"]
    assert content["entries"][0]["old_provenance"] == "assumed"


def test_the_example_of_the_document_is_a_good_overlay(stsbench: Stsbench, tmp_path: Path) -> None:
    document = (ROOT / "docs" / "profile.md").read_text("utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", document, re.DOTALL)
    (tmp_path / "lab.toml").write_text(text, "utf-8")
    assert stsbench("run", "--profile", "lab.toml").code == 0
    entries = stsbench("profile", "diff", "lab.toml", "--json").json["entries"]
    assert entries[-1]["confirmed"] == {
        "by": "B. Example",
        "document": "STS201-1",
        "edition": "4.0",
        "clause": "6",
    }


def test_the_document_names_what_cannot_be_changed(stsbench: Stsbench, lay: Lay) -> None:
    document = (ROOT / "docs" / "profile.md").read_text("utf-8")
    (told,) = re.findall(r"can be confirmed but not changed.*?:(.*?)\.\n", document, re.DOTALL)
    names = re.findall(r"`(\w+)`", told)
    other = {str: '"none"', int: "9"}
    tables = "".join(f"[parameter.{name}]\nvalue = {other[type(PARAMETERS[name].value)]}\n" for name in names)
    result = stsbench("profile", "diff", lay(tables))
    assert re.findall(r"parameter\.(\w+)\.value cannot be another", result.err) == names
    assert len(names) == 7
