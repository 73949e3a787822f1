"""What a file from somebody names is run after consent only, and that holds for what the file holds now."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import FIXTURES, Result, Stsbench

KEY_LINE = '{ file = "published_test_key.hex", published = true }'
TABLES_LINE = 'sta_tables = "sample"'
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "device"
QUICK = ("--only", "52-6.4.2")

Declare = Callable[..., Path]


@pytest.fixture(autouse=True)
def _no_consent_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def customer(declaration: Declare, tmp_path: Path) -> Path:
    """Write a declaration whose vending key a program beside it prints, which leaves a trace."""
    key = (FIXTURES / "published_test_key.hex").read_text("utf-8").strip()
    (tmp_path / "tell.py").write_text(f"open('trace', 'a').write('x')\nprint({key!r})\n", "utf-8")
    return declaration((KEY_LINE, f"{{ command = ['{sys.executable}', 'tell.py'] }}"))


def was_run(folder: Path) -> bool:
    return (folder / "trace").exists()


def assert_refused(result: Result, *texts: str) -> None:
    assert result.code == 2
    assert len(result.err.splitlines()) == 1
    assert all(text in result.err for text in texts), result.err
    assert not result.out


def test_neither_a_check_nor_a_plan_nor_a_form_runs_a_command(
    stsbench: Stsbench, customer: Path, tmp_path: Path
) -> None:
    checked = stsbench("ics", "check", customer, "--json")
    assert checked.code == 0, checked.err
    [note] = checked.json["notes"]
    assert note.startswith("decoder_key.vending_key names the command ")
    assert note.endswith("a check does not run it, and has not seen what it prints")
    assert "note: decoder_key.vending_key" in stsbench("ics", "check", customer).out
    assert stsbench("plan", "--meter", customer, *QUICK, "--allow-commands").code == 0
    assert stsbench("inspect", "--meter", customer).code == 0
    assert not was_run(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["run", *QUICK, "--meter"],
        ["doctor", "--meter"],
        ["simulate", "--pty", "--meter"],
        ["token", "mint", "credit", "--kwh", "1", "--meter"],
        ["run", *QUICK, "--built-as"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_command_is_not_run_without_consent(
    stsbench: Stsbench, customer: Path, tmp_path: Path, words: list[str]
) -> None:
    result = stsbench(*words, customer)
    assert_refused(
        result, str(customer), "decoder_key.vending_key", f"stsbench trust {customer}", "--allow-commands"
    )
    assert not was_run(tmp_path)
    assert not (tmp_path / "runs").exists()


def test_consent_is_for_what_the_file_holds_and_what_it_runs(
    stsbench: Stsbench, customer: Path, tmp_path: Path
) -> None:
    shown = stsbench("trust", "--show", customer)
    assert "tell.py (with tell.py)" in shown.out
    assert_refused(stsbench("run", *QUICK, "--meter", customer), "trust")
    given = stsbench("trust", customer)
    assert given.code == 0, given.err
    assert "tell.py" in given.out
    assert stsbench("run", *QUICK, "--meter", customer, "--json").code == 0
    assert was_run(tmp_path)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("meter.toml", "tell.py"):
        shutil.copy(tmp_path / name, elsewhere)
    assert stsbench("token", "mint", "credit", "--kwh", "1", "--meter", elsewhere / "meter.toml").code == 0
    program = (elsewhere / "tell.py").read_text("utf-8")
    (elsewhere / "tell.py").write_text(f"{program}# and more\n", "utf-8")
    assert_refused(stsbench("token", "mint", "credit", "--kwh", "1", "--meter", elsewhere / "meter.toml"), "trust")
    (elsewhere / "tell.py").write_text(program, "utf-8")
    text = (elsewhere / "meter.toml").read_text("utf-8")
    (elsewhere / "meter.toml").write_text(f"{text}\n# and more\n", "utf-8")
    assert_refused(stsbench("token", "mint", "credit", "--kwh", "1", "--meter", elsewhere / "meter.toml"), "trust")

    assert "taken back" in stsbench("trust", "--withdraw", customer).out
    assert "no consent" in stsbench("trust", "--withdraw", customer).out
    assert_refused(stsbench("run", *QUICK, "--meter", customer), "trust")


def test_allowing_commands_is_for_once(stsbench: Stsbench, customer: Path, tmp_path: Path) -> None:
    result = stsbench("run", *QUICK, "--meter", customer, "--allow-commands", "--json")
    assert result.code == 0, result.err
    assert was_run(tmp_path)
    assert "--allow-commands" not in json.dumps(result.json)
    assert_refused(stsbench("run", *QUICK, "--meter", customer), "trust")


def test_a_refusal_tells_no_words_behind_the_program(stsbench: Stsbench, declaration: Declare) -> None:
    path = declaration((TABLES_LINE, 'sta_tables = { command = ["op", "--pin", "hunter2"] }'))
    result = stsbench("run", *QUICK, "--meter", path)
    assert_refused(result, "implements.sta_tables names the command op,")
    assert "hunter2" not in result.err
    assert "op --pin hunter2" in stsbench("trust", "--show", path).out


def test_a_given_key_needs_no_consent_to_the_declared_command(
    stsbench: Stsbench, customer: Path, tmp_path: Path
) -> None:
    key = tmp_path / "key.hex"
    key.write_bytes((FIXTURES / "published_test_key.hex").read_bytes())
    key.chmod(0o600)
    words = ("token", "mint", "credit", "--kwh", "1", "--meter", customer, "--vending-key-file", key)
    assert stsbench(*words).code == 0
    assert not was_run(tmp_path)


def test_a_visa_library_of_a_file_is_not_loaded_without_consent(stsbench: Stsbench, tmp_path: Path) -> None:
    library = tmp_path / "evil.so"
    library.write_bytes(b"no library")
    rig = tmp_path / "rig.toml"
    rig.write_text(
        '[rig]\nname = "bench"\n[port]\nurl = "simulated"\n[instruments.scope]\ndriver = "rigol-ds1000z"\n'
        f'resource = "TCPIP::127.0.0.1::9::SOCKET"\nbackend = "{library}"\naccuracy_ppm = 25.0\n'
        "channels = { meter = 1, reader = 2 }\n",
        "utf-8",
    )
    for words in (("run", *QUICK), ("doctor",)):
        assert_refused(stsbench(*words, "--rig", rig), "instruments.scope.backend names the VISA library")
    assert stsbench("plan", "--rig", rig, *QUICK).code == 0
    assert stsbench("trust", rig).code == 0
    assert "there is no VISA library" in stsbench("run", *QUICK, "--rig", rig).err
    library.write_bytes(b"another")
    assert_refused(stsbench("run", *QUICK, "--rig", rig), "trust")


def test_a_device_beside_a_rig_file_is_not_run_without_consent(stsbench: Stsbench, tmp_path: Path) -> None:
    for name in ("rig.toml", "tiny_meter.py"):
        shutil.copy(EXAMPLE / name, tmp_path)
    rig = tmp_path / "rig.toml"
    for command in ("run", "plan", "doctor"):
        assert_refused(stsbench(command, "--rig", rig), "port.url names the module tiny_meter")
    assert "module tiny_meter (with tiny_meter.py)" in stsbench("trust", rig).out
    assert stsbench("doctor", "--rig", rig).code == 0
    (tmp_path / "tiny_meter.py").write_text("raise SystemExit(7)\n", "utf-8")
    assert_refused(stsbench("doctor", "--rig", rig), "trust")


def test_what_runs_nothing_needs_no_consent(stsbench: Stsbench, declaration: Declare, tmp_path: Path) -> None:
    assert "needs no consent" in stsbench("trust", declaration()).out
    assert not (tmp_path / "state").exists()
    (tmp_path / "odd.toml").write_text("[[[[", "utf-8")
    assert_refused(stsbench("trust", tmp_path / "odd.toml"), "odd.toml: it is not valid TOML")


@pytest.mark.skipif(sys.platform == "win32", reason="modes of another system")
def test_a_consent_in_a_folder_that_others_may_write_in_is_none(
    stsbench: Stsbench, customer: Path, tmp_path: Path
) -> None:
    assert stsbench("trust", customer).code == 0
    folder = tmp_path / "state" / "stsbench" / "trusted"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    folder.chmod(0o777)
    assert_refused(stsbench("run", *QUICK, "--meter", customer), "trust")
    assert_refused(stsbench("trust", customer).__class__(2, "", stsbench("trust", customer).err), "open to other")
