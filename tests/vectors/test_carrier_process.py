"""The answer of a server to each request, as the profile wants it."""

import pytest

from carrier_line import PROFILE, changed
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Data,
    IDRequest,
    IDResponse,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.register_table import Register, RegisterTable
from sts62055.carrier.server import DamagedMessage, Request, process

WHO = IDResponse.of(manufacturer="ABC", table_id=1)


ENTRIES = PROFILE.registers


class WrittenTable(RegisterTable):
    """Two readable registers and a writable one, with everything that was written."""

    def __init__(self) -> None:
        self.written: list[tuple[int, str]] = []
        super().__init__(
            WHO,
            [
                Register(ENTRIES["electricity_credit"], show=lambda: "0000000A"),
                Register(ENTRIES["cumulative_energy"], show=lambda: "0000000B"),
                Register(ENTRIES["token"], take=lambda data: self.written.append((0xFFFF, data)) is None),
            ],
        )


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (IDRequest(), WHO),
        (ReadCommand(0x2010, 0), Data(0x2010, ("0000000A",))),
        (ReadCommand(0x2010, 1), Data(0x2010, ("0000000A",))),
        (ReadCommand(0x2010, 2), Data(0x2010, ("0000000A", "0000000B"))),
        (ReadCommand(0x2010, 3), Nak()),
        (ReadCommand(0x200F, 2), Nak()),
        (ReadCommand(0x3000, 1), Nak()),
        (ReadCommand(0xFFFF, 1), Nak()),
        (ReadCommand(0xFFFF, 15), Nak()),
        (WriteCommand(0xFFFF, "1"), Ack()),
        (WriteCommand(0x2010, "1"), Nak()),
        (BreakCommand(), Ack()),
        (UndefinedCommand("X"), Nak()),
        (DamagedMessage("wrong BCC"), Nak()),
    ],
    ids=str,
)
def test_each_request_has_this_answer(request_: Request, answer: Answer) -> None:
    assert process(request_, WrittenTable(), PROFILE) == answer


@pytest.mark.parametrize(
    ("parameter", "request_"),
    [
        ("unreadable_register_answer", ReadCommand(0x3000)),
        ("write_answer", WriteCommand(0xFFFF, "1")),
        ("refused_write_answer", WriteCommand(0x2010, "1")),
        ("break_answer", BreakCommand()),
        ("undefined_command_answer", UndefinedCommand("X")),
        ("transmission_error_answer", DamagedMessage("wrong BCC")),
    ],
)
@pytest.mark.parametrize(("value", "answer"), [("ACK", Ack()), ("NAK", Nak())])
def test_the_profile_says_which_single_character_answers(
    parameter: str, request_: Request, value: str, answer: Answer
) -> None:
    assert process(request_, WrittenTable(), changed(**{parameter: value})) == answer


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        (WriteCommand(0xFFFF, "12345678901234567890"), [(0xFFFF, "12345678901234567890")]),
        (ReadCommand(0xFFFF), []),
        (UndefinedCommand("X"), []),
        (DamagedMessage("wrong BCC"), []),
        (BreakCommand(), []),
    ],
    ids=str,
)
def test_only_a_write_writes_and_only_once(request_: Request, written: list[tuple[int, str]]) -> None:
    table = WrittenTable()
    process(request_, table, PROFILE)
    assert table.written == written


@pytest.mark.parametrize(
    ("register", "read", "written"),
    [
        (Register(ENTRIES["electricity_credit"], show=lambda: "1", take=lambda _: True), "1", False),
        (Register(ENTRIES["electricity_credit"]), None, False),
        (Register(ENTRIES["token"], show=lambda: "1", take=lambda _: True), None, True),
        (Register(ENTRIES["token"], show=lambda: "1", take=lambda _: False), None, False),
        (Register(ENTRIES["token"]), None, False),
    ],
)
def test_a_register_is_used_as_its_entry_allows(register: Register, read: str | None, written: bool) -> None:
    table = RegisterTable(WHO, [register])
    assert (table.read(register.entry.id), table.write(register.entry.id, "x")) == (read, written)
    assert (table.read(0x0001), table.write(0x0001, "x")) == (None, False)
