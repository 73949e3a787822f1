"""Play the instrument's side of a written dialogue, and a clock that only moves when somebody waits."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sts_rigs.errors import BenchFault

FOLDER = Path(__file__).parent / "instrument_dialogues"


class DialogueEnded(AssertionError):
    """The driver and the dialogue do not agree."""


@dataclass
class StepClock:
    """A clock whose time passes only in `wait_until`."""

    instant: int = 0

    def now(self) -> int:
        return self.instant

    def wait_until(self, instant: int) -> None:
        self.instant = max(self.instant, instant)

    def date(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def block(text: str) -> bytes:
    """Read a block of bytes: "3x00 2xFF" are three bytes 00 and two FF."""
    runs = (run.split("x") for run in text.split())
    return b"".join(bytes([int(byte, 16)]) * int(count) for count, byte in runs)


def load(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(";")]


@dataclass
class DialogueSession:
    """A session that expects the lines `> sent`, and answers with the lines `< text` and `<# block`."""

    lines: list[str]
    name: str = "instrument 1"
    closed: bool = field(default=False, init=False)

    def write(self, command: str) -> None:
        expected = self.lines.pop(0) if self.lines else "nothing more"
        if expected != f"> {command}":
            raise DialogueEnded(f"sent {command!r}, but the dialogue has {expected!r}")

    def query(self, command: str) -> str:
        self.write(command)
        return self._answer("< ")

    def query_block(self, command: str) -> bytes:
        self.write(command)
        return block(self._answer("<# "))

    def close(self) -> None:
        self.closed = True

    def _answer(self, mark: str) -> str:
        if not self.lines or not self.lines[0].startswith(mark):
            raise DialogueEnded(f"no answer is written, but {self.lines[:1]}")
        return self.lines.pop(0).removeprefix(mark)


@dataclass
class ScriptedSession:
    """A session that answers by rules: the answer to the longest matching beginning of a query, "0" to others."""

    answers: dict[str, str | list[str] | bytes]
    name: str = "instrument 1"
    sent: list[str] = field(default_factory=list)
    closed: bool = field(default=False, init=False)

    def write(self, command: str) -> None:
        self.sent.append(command)

    def query(self, command: str) -> str:
        answer = self._answer(command)
        assert isinstance(answer, str)
        return answer

    def query_block(self, command: str) -> bytes:
        answer = self._answer(command)
        assert isinstance(answer, bytes)
        return answer

    def close(self) -> None:
        self.closed = True

    def _answer(self, command: str) -> str | bytes:
        self.write(command)
        matching = [key for key in self.answers if command.startswith(key)]
        if not matching:
            raise BenchFault(f"{self.name} did not answer {command!r}", "write an answer into the test")
        answer = self.answers[max(matching, key=len)]
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer
