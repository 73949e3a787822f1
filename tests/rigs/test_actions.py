"""Actions: who does them, what a device is told, and what is said when nobody can."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from sts_rigs.actions import Action, NobodyToAsk, Wanted
from sts_rigs.actions.performers import RigActions
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import ActionsSection


class FakeDevice:
    """A device that takes one line from each connection and gives its answer."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lines: list[bytes] = []
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                self.lines.append(stream.readline())
                connection.sendall(self._answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@pytest.fixture
def device() -> Iterator[Callable[[bytes], FakeDevice]]:
    devices: list[FakeDevice] = []

    def make(answer: bytes) -> FakeDevice:
        devices.append(FakeDevice(answer))
        return devices[-1]

    yield make
    for each in devices:
        each.close()


def nobody(action: Action, value: str) -> str | None:
    return None


def unasked(action: Action, value: str) -> str | None:
    pytest.fail(f"somebody was asked: {action.request(value)}")


@pytest.mark.parametrize("action", Action)
def test_the_operator_is_asked_and_the_answer_comes_back(action: Action) -> None:
    asked: list[tuple[Action, str]] = []

    def ask(action: Action, value: str) -> str:
        asked.append((action, value))
        return "12.5 kWh"

    assert RigActions(ActionsSection(), ask).perform(action, "0") == "12.5 kWh"
    assert asked == [(action, "0")]


@pytest.mark.parametrize("action", Action)
def test_the_words_for_the_operator_say_what_to_do_and_what_to_type(action: Action) -> None:
    request = action.request("0")
    assert request.startswith(action.task("0"))
    assert request.endswith("press Enter")
    assert ("Type " in request) == (action.wanted is not Wanted.NOTHING)


def test_an_answer_may_be_empty() -> None:
    assert RigActions(ActionsSection(), lambda _, __: "").perform(Action.POWER_OFF) == ""


@pytest.mark.parametrize("action", Action)
def test_without_an_operator_nobody_can_be_asked(action: Action) -> None:
    with pytest.raises(NobodyToAsk) as caught:
        RigActions(ActionsSection(), nobody).perform(action)
    assert f"'{action.line}'" in str(caught.value)
    assert f"actions.{action.performer} is 'operator'" in str(caught.value)


@pytest.mark.parametrize("action", Action)
def test_a_device_is_told_one_line_and_what_it_saw_comes_back(
    action: Action, device: Callable[[bytes], FakeDevice]
) -> None:
    fake = device("ok 12,5 kWh Ω\n".encode())
    actions = RigActions(ActionsSection(**{action.performer: fake.url}), unasked)
    assert actions.perform(action) == "12,5 kWh Ω"
    assert fake.lines == [f"{action.line}\n".encode()]


def test_the_lines_are_these() -> None:
    assert [action.line for action in Action] == [
        "power off",
        "power on",
        "cover open",
        "cover close",
        "display read",
        "keypad enter",
        "keypad press",
        "display credit",
        "load apply",
        "load switch",
        "load reconnect",
        "measure wavelength",
        "measure irradiance-on",
        "measure irradiance-off",
        "measure taken-as-on",
        "measure taken-as-off",
        "measure mark-current",
        "measure space-current",
        "measure taken-as-mark",
        "measure taken-as-space",
        "measure transmitter-drop",
        "measure receiver-drop",
        "measure mark-voltage",
        "measure space-voltage",
    ]


def test_a_device_may_take_its_time_for_twenty_keys_and_not_for_the_rest() -> None:
    patient = {action for action in Action if action.value.patience > Action.POWER_OFF.value.patience}
    assert patient == {Action.KEY_IN, Action.PRESS_KEYS}


def test_a_device_need_not_have_seen_anything(device: Callable[[bytes], FakeDevice]) -> None:
    actions = RigActions(ActionsSection(power=device(b"ok\n").url), unasked)
    assert actions.perform(Action.POWER_OFF) == ""


def test_each_action_goes_to_its_own_performer(device: Callable[[bytes], FakeDevice]) -> None:
    power, display = device(b"ok\n"), device(b"ok 5\n")
    actions = RigActions(ActionsSection(power=power.url, display=display.url), lambda _, __: "by hand")
    seen = [actions.perform(action) for action in (Action.POWER_ON, Action.READ_DISPLAY, Action.OPEN_COVER)]
    assert seen == ["", "5", "by hand"]
    assert (power.lines, display.lines) == ([b"power on\n"], [b"display read\n"])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"error the relay is stuck\n", "the relay is stuck"),
        (b"error\n", "no answer"),
        (b"okay\n", "no answer"),
        (b"\n", "no answer"),
        (b"", "no answer"),
    ],
)
def test_a_device_that_refuses_is_a_bench_fault(
    answer: bytes, reason: str, device: Callable[[bytes], FakeDevice]
) -> None:
    fake = device(answer)
    with pytest.raises(BenchFault) as caught:
        RigActions(ActionsSection(cover=fake.url), unasked).perform(Action.OPEN_COVER)
    assert str(caught.value) == (
        f"the device at {fake.url} could not do 'cover open' ({reason}): check the device"
    )


def test_a_device_that_speaks_no_text_is_a_bench_fault(device: Callable[[bytes], FakeDevice]) -> None:
    fake = device(b"ok \xff\xfe\n")
    with pytest.raises(BenchFault, match="did not take 'cover open'"):
        RigActions(ActionsSection(cover=fake.url), unasked).perform(Action.OPEN_COVER)


def test_a_device_that_is_not_there_is_a_bench_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(BenchFault) as caught:
        RigActions(ActionsSection(power=url), unasked).perform(Action.POWER_OFF)
    assert str(caught.value).startswith(f"the device at {url} did not take 'power off' (")
    assert caught.value.remedy == "check it and the rig file"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("heavy", ["numpy", "pydantic", "pyvisa"])
def test_the_vocabulary_is_imported_alone(heavy: str) -> None:
    script = f"import sts_rigs.actions, sys; sys.exit('{heavy}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
