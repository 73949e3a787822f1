"""`stsbench monitor`: recorded traces of every form, a live port, and what it says when it cannot."""

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from run_events import events_of
from typer.testing import CliRunner

from conftest import COMMAND, Result, Stsbench
from sts62055.carrier.characters import parity_bit
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import Ack, Data, IDRequest, Message, ReadCommand, WriteCommand
from sts62055.carrier.profile import default_profile
from sts_reports.events import ExchangeDone
from sts_reports.journal import Journal, read_journal
from stsbench.cli import app

CODEC = Codec(default_profile())
DIGITS = "12345678901234567890"
MESSAGES: list[Message] = [
    ReadCommand(0x2010),
    Data(0x2010, ("0000007B",)),
    WriteCommand(0xFFFF, DIGITS),
    Ack(),
    ReadCommand(0xFFFE),
    Data(0xFFFE, ("0A",)),
    IDRequest(),
]
TRACE = b"".join(map(CODEC.encode, MESSAGES))
NAMES = ["ReadCommand", "Data", "WriteCommand", "ACK", "ReadCommand", "Data", "IDRequest"]
READ = CODEC.encode(ReadCommand(0x2010))


def with_parity(codes: bytes) -> bytes:
    return bytes(code | parity_bit(code) << 7 for code in codes)


def lines_of(result: Result) -> list[dict[str, Any]]:
    assert (result.code, result.err) == (0, "")
    return [json.loads(line) for line in result.out.splitlines()]


Monitor = Callable[..., Result]


@pytest.fixture
def monitor() -> Monitor:
    """Run the command in this process."""

    def run(*arguments: object) -> Result:
        done = CliRunner().invoke(app, ["monitor", *map(str, arguments)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Result(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def trace(tmp_path: Path) -> Callable[[bytes | str], Path]:
    def write(content: bytes | str) -> Path:
        path = tmp_path / "trace"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_each_message_is_a_line_with_clause_fields_and_octets(
    monitor: Monitor, trace: Callable[[bytes | str], Path]
) -> None:
    result = monitor(trace(TRACE))
    assert (result.code, result.err) == (0, "")
    expected = """\
        character 1 -> ReadCommand 6.4.4 | register 2010 electricity_credit, count 1 | BCC right
        | 01 52 02 32 30 31 30 31 03 61
        character 11 <- Data 6.4.9 | 2010 electricity_credit 0000007B = 123 (0,1 kWh) | BCC right
        | 02 32 30 31 30 28 30 30 30 30 30 30 37 42 29 03 74
        character 28 -> WriteCommand 6.4.5 | register FFFF token, token 12345678901234567890 | BCC right
        | 01 57 02 46 46 46 46 28 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36 37 38 39 30 29 03 57
        character 59 <- ACK 6.4.7
        | 06
        character 60 -> ReadCommand 6.4.4 | register FFFE token_status, count 1 | BCC right
        | 01 52 02 46 46 46 45 31 03 61
        character 70 <- Data 6.4.9 | FFFE token_status 0A = 10 UsedError | BCC right
        | 02 46 46 46 45 28 30 41 29 03 70
        character 81 -> IDRequest 6.4.2
        | 2F 3F 21 0D 0A"""
    assert result.out.split() == expected.split()
    assert len(result.out.splitlines()) == len(MESSAGES)


def dumped(*command: str) -> Callable[[bytes], bytes]:
    def dump(content: bytes) -> bytes:
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        return subprocess.run(command, input=content, capture_output=True, check=True).stdout

    return dump


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "parity": with_parity,
    "hex": lambda codes: codes.hex(" ").encode(),
    "hex of parity": lambda codes: with_parity(codes).hex(" ").upper().encode(),
    "0x": lambda codes: b"# a trace\r\n" + b", ".join(b"0x%02x" % code for code in codes) + b"\r\n",
    "lines": lambda codes: b"\n".join(codes[at : at + 7].hex(" ").encode() for at in range(0, len(codes), 7)),
    "xxd": dumped("xxd"),
    "xxd -g1 -u": dumped("xxd", "-g1", "-u"),
    "xxd -p": dumped("xxd", "-p"),
    "xxd -s": lambda codes: dumped("xxd", "-s", "32")(b"." * 32 + codes),
    "hexdump -C": dumped("hexdump", "-C"),
    "od hexadecimal": dumped("od", "-A", "x", "-t", "x1"),
    "od octal": dumped("od", "-t", "x1"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_trace_of_any_form_gives_the_same(
    monitor: Monitor, trace: Callable[[bytes | str], Path], form: str
) -> None:
    lines = lines_of(monitor(trace(FORMS[form](TRACE)), "--json"))
    assert [line["name"] for line in lines] == NAMES
    assert bytes.fromhex("".join(line["hex"] for line in lines)) == TRACE
    assert {line["bcc"] for line in lines} == {"right", None}
    assert not any(line["damaged"] for line in lines)


@pytest.mark.parametrize("form", ["xxd", "hexdump -C", "od hexadecimal", "od octal"])
def test_lines_that_a_dump_leaves_out_are_put_back(
    monitor: Monitor, trace: Callable[[bytes | str], Path], form: str
) -> None:
    content = READ * 30 + b"U" * 100 + READ
    lines = lines_of(monitor(trace(FORMS[form](content)), "--json"))
    assert bytes.fromhex("".join(line["hex"] for line in lines)) == content
    assert [line["name"] for line in lines].count("ReadCommand") == 31


def test_what_is_wrong_in_a_trace_is_told(monitor: Monitor, trace: Callable[[bytes | str], Path]) -> None:
    parts = [b"UU", READ[:-1] + b"\x00", READ[:4], READ]
    octets = bytearray(with_parity(b"".join(parts)))
    octets[-3] ^= 0x80
    lines = lines_of(monitor(trace(bytes(octets)), "--json"))
    assert [line["finding"] for line in lines] == [
        "characters that begin no message",
        "malformed message",
        "unfinished message",
        "message",
    ]
    assert (lines[1]["bcc"], lines[1]["problem"]) == ("wrong", "character 10: expected BCC 61h, found 00h")
    assert [line["damaged"] for line in lines] == [[], [], [], [7]]
    text = monitor(trace(bytes(octets))).out
    assert "BCC wrong | character 10: expected BCC 61h, found 00h" in text
    assert "| damaged: character 8 |" in text


@pytest.mark.parametrize(("parity", "damaged"), [("software", [0, 1, 7, 9]), ("driver", [])])
def test_the_eighth_bit_means_what_the_option_says(
    monitor: Monitor, trace: Callable[[bytes | str], Path], parity: str, damaged: list[int]
) -> None:
    assert with_parity(READ) != READ
    (line,) = lines_of(monitor(trace(READ), "--json", "--parity", parity))
    wrong = [place for place, code in enumerate(READ) if parity_bit(code)]
    assert line["damaged"] == (wrong if parity == "software" else [])
    assert bool(damaged) is bool(line["damaged"])


def test_a_trace_of_one_direction_has_no_messages_of_the_other(
    monitor: Monitor, trace: Callable[[bytes | str], Path]
) -> None:
    lines = lines_of(monitor(trace(b"\x06" + READ), "--json", "--direction", "to-meter"))
    assert [line["finding"] for line in lines] == ["characters that begin no message", "message"]


def test_an_overlay_changes_what_is_decoded(
    monitor: Monitor, trace: Callable[[bytes | str], Path], tmp_path: Path
) -> None:
    overlay = tmp_path / "lab.toml"
    overlay.write_text(
        '[confirmed]\nby = "A. Lab"\ndocument = "IEC 62055-52"\nedition = "1.0"\n'
        '[parameter.break_command]\nvalue = "SOH B ETX BCC"\n'
    )
    path = trace("01 42 03 41")
    (with_overlay,) = lines_of(monitor(path, "--json", "--profile", overlay))
    (without,) = lines_of(monitor(path, "--json"))
    assert (with_overlay["name"], without["name"]) == ("BreakCommand", "malformed message")


def test_a_run_is_decoded_with_times_and_reactions(stsbench: Stsbench, tmp_path: Path) -> None:
    assert stsbench("run", "--only", "52-6.4.4", "--only", "52-6.7").code == 0
    (folder,) = (tmp_path / "runs").iterdir()
    exchanges = [one for one in read_journal(folder / "journal.jsonl") if isinstance(one, ExchangeDone)]
    lines = lines_of(stsbench("monitor", folder, "--json"))
    assert [line["reaction"] for line in lines if line["reaction"] is not None] == [
        exchange.reaction for exchange in exchanges if exchange.reaction is not None
    ]
    assert "".join(line["hex"].replace(" ", "") for line in lines).lower() == "".join(
        (exchange.sent.codes + exchange.received.codes).hex() for exchange in exchanges
    )
    assert {line["direction"] for line in lines} == {"to the meter", "from the meter"}
    began = [line["began"] for line in lines if line["began"] is not None]
    assert began == sorted(began)
    assert began[0] == exchanges[0].at
    answered = [line for line in lines if line["reaction"]]
    assert [line["since"] for line in answered] == [line["reaction"] for line in answered]
    assert any("1 gap of 1.275 s" in line["remark"] for line in lines)
    first, second, *_ = stsbench("monitor", folder / "journal.jsonl").out.splitlines()
    assert first.split()[:4] == ["0.000000", "s", "->", "IDRequest"]
    assert f"reaction {(exchanges[0].reaction or 0) / 1e6:.1f} ms" in second


def new_journal(path: Path) -> Path:
    journal = Journal(path / "journal.jsonl")
    for event in events_of([{"kind": "run"}, {"kind": "plan", "cases": []}]):
        journal.write(event)
    journal.close()
    return path


def broken_journal(path: Path) -> Path:
    journal = new_journal(path) / "journal.jsonl"
    journal.write_text(journal.read_text("utf-8").replace("stsbench run", "stsbench runs", 1), "utf-8")
    return path


def old_journal(path: Path) -> Path:
    (path / "journal.jsonl").write_text('{"previous": "' + "0" * 64 + '", "kind": "run"}\n', "utf-8")
    return path


def file_of(path: Path, content: bytes) -> Path:
    (path / "file").write_bytes(content)
    return path / "file"


NO_MESSAGE = "no message of IEC 62055-52 is in it: name a journal.jsonl of ours"
WRONG: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda path: path / "none", "none: it cannot be read (No such file or directory)"),
    "folder": (lambda path: path, "journal.jsonl: it cannot be read (No such file or directory)"),
    "empty": (lambda path: file_of(path, b""), "file: it is empty"),
    "blank": (lambda path: file_of(path, b" \n\n"), "file: it is empty"),
    "text": (lambda path: file_of(path, b"Dear reader,\nand/or others\n"), NO_MESSAGE),
    "picture": (
        lambda path: file_of(path, bytes(range(256)) * 9),
        "its eighth bits are neither 0 nor an even parity",
    ),
    "dump of words": (lambda path: file_of(path, b"0000000 5201 3202\n0000004\n"), "words of two bytes"),
    "dump of nothing": (lambda path: file_of(path, b"41 42 43"), NO_MESSAGE),
    "endless dump": (lambda path: file_of(path, b"00000000: 0152\n*\nffffffffffff: 03\n"), NO_MESSAGE),
    "other JSON": (lambda path: file_of(path, b'{"a": 1}\n'), "line 1: it is not the first line of a journal of"),
    "changed journal": (broken_journal, "journal.jsonl, line 2: it does not follow the line before it"),
    "no exchange": (new_journal, "the journal holds no exchange yet"),
    "other format": (old_journal, "line 1: its format is 1, and this stsbench reads 2"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_file_that_cannot_be_decoded_is_told_in_one_sentence(
    monitor: Monitor, tmp_path: Path, kind: str
) -> None:
    make, sentence = WRONG[kind]
    result = monitor(make(tmp_path))
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "choose one: the FILE of a trace, or --port URL"),
        (["x", "--port", "y"], 2, "choose one: the FILE of a trace, or --port URL"),
        (["x", "--seconds", "1"], 2, "--seconds is for --port"),
        (["x", "--profile", "none.toml"], 2, "none.toml: there is no such file"),
        (["--port", "simulated"], 2, "the simulated bench has no line to listen to"),
        (["--port", "/dev/ttyNONE"], 4, "port /dev/ttyNONE does not exist"),
        (["--port", "socket://127.0.0.1:1"], 4, "refused the connection"),
    ],
)
def test_a_wrong_command_is_told_in_one_sentence(
    monitor: Monitor, arguments: list[str], code: int, sentence: str
) -> None:
    result = monitor(*arguments)
    assert (result.code, result.out) == (code, "")
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1


@contextmanager
def listening(folder: Path, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run the command on a port, and go on when it listens."""
    command = [*COMMAND, "monitor", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=folder, **pipes) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("Listening on ")
            yield process
        finally:
            process.kill()


@contextmanager
def tap(folder: Path, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], socket.socket]]:
    """Run the command on a TCP port, and give its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with listening(folder, "--port", url, "--parity", "software", *arguments) as process:
            connection, _ = listener.accept()
            with connection:
                yield process, connection


def test_a_tap_is_decoded_as_it_speaks_and_nothing_is_said_to_it(tmp_path: Path) -> None:
    damaged = bytearray(with_parity(READ))
    damaged[4] ^= 0x80
    with tap(tmp_path, "--seconds", 4, "--json") as (process, connection):
        assert process.stdout is not None
        connection.sendall(damaged)
        read = json.loads(process.stdout.readline())
        time.sleep(0.5)
        connection.sendall(with_parity(b"\x06"))
        ack = json.loads(process.stdout.readline())
        connection.sendall(with_parity(READ[:5]))
        unfinished = json.loads(process.stdout.readline())
        assert process.wait(30) == 0
        connection.settimeout(10)
        assert connection.recv(100) == b""
    assert (read["name"], read["damaged"], read["since"]) == ("ReadCommand", [4], None)
    assert ack["name"] == "ACK"
    assert 0.4 < ack["since"] / 1e9 < 3
    assert (unfinished["finding"], unfinished["hex"]) == ("unfinished message", "01 52 02 32 30")


def test_a_port_that_goes_away_is_a_bench_fault_after_what_was_heard(tmp_path: Path) -> None:
    with tap(tmp_path) as (process, connection):
        connection.sendall(with_parity(READ))
        assert process.stdout is not None
        assert "ReadCommand 6.4.4" in process.stdout.readline()
        connection.close()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "lost its connection" in err
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_is_listened_to_until_it_is_interrupted(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    try:
        with listening(tmp_path, "--port", os.ttyname(theirs)) as process:
            assert process.stdout is not None
            os.write(ours, READ)
            assert "ReadCommand 6.4.4" in process.stdout.readline()
            os.write(ours, b"\x06UU")
            assert "ACK 6.4.7" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            assert "characters that begin no message 6.4.1 | 55 55" in out
            assert err.splitlines() == ["stopped"]
            assert process.returncode == 0
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_journal_is_read_under_the_profile_of_its_run(stsbench: Stsbench, tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text(
        '[confirmed]\nby = "A"\ndocument = "B"\nedition = "1"\n'
        '[parameter.read_command]\nvalue = "SOH R 1 STX register_id:h4 ( count:h2 ) ETX BCC"\n'
        "[register.serial_number]\nid = 0x3006\n",
        "utf-8",
    )
    assert stsbench("run", "--profile", "lab.toml", "--only", "52-6.4.9").code == 0
    (journal,) = (tmp_path / "runs").glob("*/journal.jsonl")
    out = stsbench("monitor", journal).out
    assert "3006 serial_number" in out
    assert "malformed" not in out
    (tmp_path / "other.toml").write_text(
        '[confirmed]\nby = "A"\ndocument = "B"\nedition = "1"\n[parameter.ack]\n', "utf-8"
    )
    assert "malformed" in stsbench("monitor", journal, "--profile", "other.toml").out
