"""The command as a user meets it: wrong files, nobody there, empty selections, Ctrl-C."""

import os
import pty
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Stsbench

Declare = Callable[..., Path]


def write_rig(folder: Path, url: str, more: str = "") -> Path:
    path = folder / "rig.toml"
    path.write_text(f'[rig]\nname = "bench"\n[port]\nurl = "{url}"\npatience_ms = 2000\n{more}', "utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            [("clear_credit = true\n", "")],
            "implements.clear_credit is not answered: add it (true or false: a token clears the credit)",
        ),
        ([("lockout = true", "lokout = true")], "implements.lokout is not known: did you mean 'lockout'?"),
        ([("[meter]", "[meter")], "it is not valid TOML"),
        ([('"12345678903"', '"12345678904"')], "the check digit must be 3, not 4"),
        ([("published_test_key.hex", "no.hex")], "no.hex cannot be read"),
        ([("key_generation = 4", "key_generation = 2")], "DKGA02"),
        ([("base_date = 2014", "base_date = 2035")], "decoder_key.base_date: the TokenIdentifiers of 2035"),
    ],
)
def test_a_wrong_declaration_is_refused(
    stsbench: Stsbench, declaration: Declare, tmp_path: Path, changes: list[tuple[str, str]], says: str
) -> None:
    result = stsbench("run", "--meter", declaration(*changes))
    assert result.code == 2
    assert says in result.out + result.err
    assert "meter.toml" in result.out + result.err
    assert "Traceback" not in result.out + result.err
    assert not list((tmp_path / "runs").glob("*"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[rig]\nname = "x"\n[port]\nurl = 7\n', "port.url should be a valid string"),
        ('[rig]\nname = "x"\n', "port is not answered"),
        ("[rig\n", "line 1"),
        ('[rig]\nname = "x"\n[port]\nurl = "simulated"\nparrity = "driver"\n', "did you mean 'parity'?"),
    ],
)
def test_a_wrong_rig_file_is_refused(stsbench: Stsbench, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "rig.toml").write_text(text, "utf-8")
    result = stsbench("run", "--rig", "rig.toml")
    assert result.code == 2
    assert says in result.out + result.err
    assert "Traceback" not in result.out + result.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "--rig", "none.toml"], 2, "there is no such file"),
        (["run", "--only", "41-9"], 5, "Nothing was selected"),
        (["run", "--defect", "used-tokn-accepted"], 2, "used-token-accepted"),
        (["run", "--bogus"], 2, "No such option"),
        (["report", "none"], 2, "there is no journal.jsonl"),
        (["simulate"], 2, "choose one"),
        (["simulate", "--tcp", "nowhere"], 4, "cannot listen on nowhere"),
    ],
)
def test_wrong_usage_is_one_clear_sentence(stsbench: Stsbench, arguments: list[str], code: int, says: str) -> None:
    result = stsbench(*arguments)
    assert result.code == code
    assert says in result.out + result.err
    assert "Traceback" not in result.out + result.err


def test_only_what_does_not_apply_is_nothing_tested(stsbench: Stsbench) -> None:
    result = stsbench("run", "--only", "41-7.3.7-ddtk")
    assert result.code == 5
    assert "nothing was tested" in result.out


def assert_one_error_and_the_rest_not_tested(record: dict, says: str) -> None:  # type: ignore[type-arg]
    verdicts = [case["verdict"] for case in record["cases"]]
    assert verdicts.count("ERROR") == 1
    at = verdicts.index("ERROR")
    assert says in record["cases"][at]["reason"]
    assert set(verdicts[at + 1 :]) == {"NOT_TESTED"}
    assert all("the bench was lost" in case["reason"] for case in record["cases"][at + 1 :])
    assert record["summary"]["exit_code"] == 4
    assert says in record["summary"]["conclusion"]


def test_a_port_that_does_not_exist(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("run", "--rig", write_rig(tmp_path, "/dev/ttyNOTHERE"), "--meter", "simulated", "--json")
    assert (result.code, result.out) == (4, "")
    assert result.err.startswith("port /dev/ttyNOTHERE does not exist: ")
    assert not (tmp_path / "runs").exists()


def test_a_port_with_nothing_behind_it(stsbench: Stsbench, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    url = os.ttyname(theirs)
    os.close(theirs)
    result = stsbench("run", "--rig", write_rig(tmp_path, url), "--meter", "simulated", "--json")
    os.close(ours)
    assert result.code == 4
    assert_one_error_and_the_rest_not_tested(result.json, f"nothing answered on port {url}")


def test_a_terminal_server_that_hangs_up_in_the_middle(stsbench: Stsbench, tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer_once() -> None:
        connection, _ = listener.accept()
        connection.recv(64)
        connection.sendall(b"/VMT3000102031000" + b"0100\r\n")
        connection.recv(64)
        connection.close()

    thread = threading.Thread(target=answer_once)
    thread.start()
    rig = write_rig(tmp_path, f"socket://127.0.0.1:{listener.getsockname()[1]}")
    result = stsbench("run", "--rig", rig, "--meter", "simulated", "--json", "--state", tmp_path)
    thread.join()
    listener.close()
    assert result.code == 4
    assert_one_error_and_the_rest_not_tested(result.json, "lost its connection")


def test_a_run_that_was_killed_is_reported_from_its_journal(stsbench: Stsbench, tmp_path: Path) -> None:
    stsbench("run", "--only", "41-7.3.7")
    (folder,) = (tmp_path / "runs").iterdir()
    journal = folder / "journal.jsonl"
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    half = len(lines) // 2
    journal.write_text("".join(lines[:half]) + lines[half][:20], "utf-8")
    result = stsbench("report", folder)
    assert result.code == 0
    assert "The run was interrupted" in result.out
    assert "cut off" in result.out


def test_a_journal_that_was_changed_is_no_evidence(stsbench: Stsbench, tmp_path: Path) -> None:
    stsbench("run", "--only", "41-7.3.7")
    (folder,) = (tmp_path / "runs").iterdir()
    journal = folder / "journal.jsonl"
    journal.write_text(journal.read_text("utf-8").replace('"PASS"', '"FAIL"', 1), "utf-8")
    result = stsbench("report", folder)
    assert result.code == 2
    assert "the journal was changed after the run" in result.err


OLD = '{"previous": "' + "0" * 64 + '", "kind": "run", "run": {"id": "r"}}\n'


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a-file", None, "a-file: it is a file: name the folder of a run"),
        ("empty-folder", None, "empty-folder: there is no journal.jsonl: name the folder of a run"),
        ("run", OLD, "line 1: its format is 1, and this stsbench reads 2: use the version that wrote it"),
        ("run", "", "journal.jsonl: it is empty: the run ended before it began"),
        ("run", "[" * 10_000, "journal.jsonl: it is empty"),
        ("run", "{}\n", "line 1: it is not the first line of a journal of stsbench"),
    ],
)
def test_what_is_no_run_is_no_report(
    stsbench: Stsbench, tmp_path: Path, name: str, content: str | None, says: str
) -> None:
    (tmp_path / "a-file").write_text("text")
    (tmp_path / "empty-folder").mkdir()
    if content is not None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "journal.jsonl").write_text(content)
    result = stsbench("report", tmp_path / name)
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert says in result.err
    assert "Traceback" not in result.out + result.err


def test_lists_for_people_and_scripts(stsbench: Stsbench) -> None:
    assert "41-7.3.7-used" in stsbench("clauses").out
    assert {row["id"] for row in stsbench("clauses", "--only", "41-8.7", "--json").json} == {
        "41-8.7-all",
        "41-8.7-clears",
        "41-8.7-other-register",
    }
    assert "used-token-accepted" in stsbench("defects").out
    assert {"name", "summary", "violates", "breaks"} == set(stsbench("defects", "--json").json[0])


def test_a_failure_of_the_suite_is_kept_in_a_private_file(
    stsbench: Stsbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("odd\x1b[2J")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("stsbench.cli.report.write_views", fail)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "journal.jsonl").write_text("x", "utf-8")
    result = stsbench("report", "run")
    assert (result.code, result.out, len(result.err.splitlines())) == (6, "", 1)
    assert "Traceback" not in result.err
    assert "\x1b" not in result.err
    [kept] = (tmp_path / "state" / "stsbench" / "failures").iterdir()
    assert result.err == (
        "the suite itself failed (RuntimeError: odd [2J): report it, with your command and "
        f"{kept}, where it stands in full\n"
    )
    assert "in fail" in kept.read_text("utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
