"""One script of requests, tokens, power cuts and looks at the display, and what is seen of a meter in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from meter_on_bench import (
    KEY,
    OTHER_KEY,
    PROFILE,
    SECOND,
    bad_token,
    clear_credit_token,
    clear_tamper_token,
    configuration,
    credit_token,
    display_token,
    power_limit_token,
    sealed,
)
from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.key_change import KeyChange
from sts62055.application.keys import KeyType
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import encode_token, seal
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, outgoing
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import (
    BreakCommand,
    Command,
    IDRequest,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts_rigs.actions import Action
from sts_rigs.line.interface_levels import Level
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.defects import ALL_DEFECTS

CODEC = Codec(PROFILE)
LISTENING = 3 * SECOND
STORE = 6
"""The identifiers that the meter of the script holds: few, so that its store is soon full."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back within the listening time: codes, parity, and times in nanoseconds."""

    codes: bytes
    damaged: int
    reaction: int
    longest_gap: int
    durations: frozenset[int]


class ScriptedMeter:
    """A simulated meter without jitter, perhaps with a defect, and what is done to it."""

    def __init__(self, defect: str | None = None, **changes: Any) -> None:
        facts = {"jitter": 0, "token_store_size": STORE}
        made = configuration(**{**facts, **changes})
        self.simulated = SimulatedBench(made, PROFILE, device=ALL_DEFECTS.meter_with(defect))

    def send(self, characters: Sequence[OutgoingCharacter]) -> Heard:
        """Send characters and listen for three seconds."""
        end = self.simulated.port.send(characters)
        came: list[ReceivedCharacter] = []
        while character := self.simulated.port.receive(end + LISTENING):
            came.append(character)
        gaps = [after.start - before.end for before, after in pairwise(came)]
        return Heard(
            bytes(one.code for one in came),
            sum(not one.intact for one in came),
            came[0].start - end if came else -1,
            max(gaps, default=0),
            frozenset(one.end - one.start for one in came),
        )

    def ask(self, command: Command) -> Heard:
        """Send a command and listen."""
        return self.send(outgoing(CODEC.encode(command)))

    def read(self, register: str) -> str:
        """Return the text of a register as it stands between the parentheses, "" without any."""
        codes = self.ask(ReadCommand(PROFILE.registers[register].id)).codes.decode("ascii")
        return codes[codes.find("(") + 1 : codes.find(")")] if "(" in codes and ")" in codes else ""

    def enter(self, token: str) -> str:
        """Write a token and return tokenStatus three seconds later."""
        self.ask(WriteCommand(PROFILE.registers["token"].id, token))
        return self.read("token_status")

    def do(self, action: Action, value: str = "") -> str:
        """Do something to the meter."""
        return self.simulated.actions.perform(action, value)

    def wait(self, nanoseconds: int) -> None:
        """Let time pass."""
        self.simulated.timeline.wait_until(self.simulated.timeline.now() + nanoseconds)

    def cut_power(self) -> None:
        """Take the power away for a second, and wait for two."""
        self.do(Action.POWER_OFF)
        self.wait(SECOND)
        self.do(Action.POWER_ON)
        self.wait(2 * SECOND)

    def display(self, number: int) -> str:
        """Return what the display shows of a test."""
        self.enter(display_token(number))
        return self.do(Action.READ_DISPLAY)


def key_change() -> list[str]:
    """Return the tokens that give the meter the other key, of another group, TI and KRN."""
    change = KeyChange(
        new_key=OTHER_KEY,
        key_type=KeyType.DUTK,
        key_revision_number=4,
        tariff_index="08",
        key_expiry_number=255,
        supply_group_code="987654",
    )
    return _encoded(change)


def forbidden_key_change() -> list[str]:
    """Return the tokens of a change to a DITK, which only a DITK may become."""
    change = KeyChange(
        new_key=OTHER_KEY,
        key_type=KeyType.DITK,
        key_revision_number=4,
        tariff_index="08",
        key_expiry_number=255,
        supply_group_code="987654",
    )
    return _encoded(change)


def _encoded(change: KeyChange) -> list[str]:
    cipher = make_cipher(EncryptionAlgorithm.MISTY1, KEY.reveal())
    return [encode_token(seal(token), cipher) for token in change.tokens()]


def transcript(defect: str | None) -> dict[str, object]:
    """Return everything that is seen of a meter while the script runs, by what was done."""
    meter = ScriptedMeter(defect)
    seen: dict[str, object] = {}

    def note(what: str, came: object) -> None:
        seen[f"{len(seen):03} {what}"] = came

    _say_everything(meter, note)
    _enter_everything(meter, note)
    for level in Level:
        note(level.quantity, meter.do(level.action))
    return seen


COMMANDS: dict[str, Command] = {
    "IDRequest": IDRequest(),
    **{f"read {name}": ReadCommand(entry.id) for name, entry in PROFILE.registers.items()},
    "read two": ReadCommand(PROFILE.registers["electricity_credit"].id, 2),
    "read unknown": ReadCommand(0x3000),
    "write credit": WriteCommand(PROFILE.registers["electricity_credit"].id, "000000FF"),
    "write unknown": WriteCommand(0x3000, "00"),
    "write 19 digits": WriteCommand(PROFILE.registers["token"].id, "1" * 19),
    "break": BreakCommand(),
    "undefined": UndefinedCommand("X"),
}


def _say_everything(meter: ScriptedMeter, note: Any) -> None:
    for name, command in COMMANDS.items():
        note(name, meter.ask(command))
        note("read after it", meter.ask(ReadCommand(PROFILE.registers["meter_status"].id)))
    frame = CODEC.encode(ReadCommand(PROFILE.registers["electricity_credit"].id))
    note("wrong BCC", meter.send(outgoing(frame[:-1] + bytes([frame[-1] ^ 1]))))
    for gap in (SECOND // 10, SECOND):
        note("gap", meter.send([OutgoingCharacter(code, gap=gap * (at == 3)) for at, code in enumerate(frame)]))
    note("damaged", meter.send([OutgoingCharacter(code, wrong_parity=at == 3) for at, code in enumerate(frame)]))
    note("read after it", meter.ask(ReadCommand(PROFILE.registers["meter_status"].id)))


def _enter_everything(meter: ScriptedMeter, note: Any) -> None:
    def enter(what: str, token: str) -> None:
        note(f"token {what}", meter.enter(token))
        note("display", meter.do(Action.READ_DISPLAY))
        for name in ("electricity_credit", "maximum_power_limit", "supply_group_code", "meter_status"):
            note(f"read {name}", meter.read(name))

    def look() -> None:
        for name in PROFILE.registers:
            note(f"read {name}", meter.read(name))
        note("switch", meter.do(Action.READ_LOAD_SWITCH))

    enter("credit", credit_token(3, 127))
    enter("used", credit_token(3, 127))
    enter("used, another value", credit_token(3, 128))
    enter("old", credit_token(-1))
    enter("credit between", credit_token(1, 2))
    enter("large credit", credit_token(90, 0x8001))
    note("read two", meter.ask(COMMANDS["read two"]))
    enter("overflow", credit_token(91, 0xFFFF))
    enter("water", credit_token(92, subclass=1))
    enter("class 3", sealed(TokenBlock(3, 0, 1 << 8, 0)))
    enter("limit", power_limit_token(93, 0x4001))
    enter("limit again", power_limit_token(93, 0x4001))
    for number in range(19):
        enter(f"test {number}", display_token(number))
    enter("long form", display_token(16, subclass=1))
    enter("own maker", display_token(16, manufacturer_code=12))
    enter("another maker", display_token(16, manufacturer_code=13))
    enter("class 1 with a wrong CRC", sealed(TokenBlock(1, 0, 1 << 8, 0)))
    enter("clear tamper of nothing", clear_tamper_token(89))
    meter.do(Action.OPEN_COVER)
    look()
    enter("clear tamper", clear_tamper_token(94))
    look()
    meter.do(Action.OPEN_COVER)
    meter.cut_power()
    look()
    enter("used after the cut", power_limit_token(93, 0x4001))
    enter("credit after the cut", credit_token(95, 10))
    enter("clear water", clear_credit_token(96, 1))
    enter("clear electricity", clear_credit_token(97, 0))
    enter("credit again", credit_token(98, 11))
    enter("clear all", clear_credit_token(99))
    enter("displaced", credit_token(3, 127))
    for minutes in range(200, 200 + STORE + 2):
        enter("credit", credit_token(minutes, 3))
    enter("used of long ago", credit_token(95, 10))
    for failures in (1, 2, 3, 4):
        for _ in range(failures):
            note("token foreign", meter.enter(bad_token(300)))
        note("token after failures", meter.enter(credit_token(300 + failures, 4)))
        note("token display", meter.enter(display_token(16)))
        meter.wait(60 * SECOND)
        enter("credit after lockout", credit_token(310 + failures, 4))
    for token in forbidden_key_change():
        enter("forbidden part", token)
    for token in key_change():
        enter("part", token)
    for number in (4, 5, 16):
        enter(f"test {number}", display_token(number))
    enter("old key", credit_token(321, 5))
    enter("new key", credit_token(322, 5, key=OTHER_KEY))
    meter.cut_power()
    look()
    note("busy", meter.ask(WriteCommand(0xFFFF, credit_token(323, 6, key=OTHER_KEY))))
    meter.cut_power()
    look()
    note("short wait", _status_at_once(meter))


def _status_at_once(meter: ScriptedMeter) -> list[bytes]:
    """Return the codes of ACK and of the tokenStatus that is asked for right behind it."""
    port = meter.simulated.port
    end = port.send(outgoing(CODEC.encode(WriteCommand(0xFFFF, credit_token(324, 7, key=OTHER_KEY)))))
    acknowledged = port.receive(end + LISTENING)
    status = meter.ask(ReadCommand(PROFILE.registers["token_status"].id))
    return [bytes([acknowledged.code]) if acknowledged else b"", status.codes]
