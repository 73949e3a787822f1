"""What a meter must do with the commands of Annex A: expectations that its cases share."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.client import Reply
from sts62055.carrier.codec import single_answer
from sts62055.carrier.messages import (
    BreakCommand,
    Command,
    IDRequest,
    ReadCommand,
)
from sts62055.carrier.profile import Profile
from sts_conformance.iec62055_52.annex_a.spoiling import COMMANDS, unknown_registers, with_wrong_bcc
from sts_conformance.iec62055_52.answers import is_usual
from sts_fixtures.errors import precondition, require_conformance
from sts_fixtures.meter.snapshot import difference, snapshot
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_rigs.carriers.port_carrier import CarrierFailure, PortCarrier

_STATUS = "meter_status"

__all__ = [
    "assert_answered",
    "assert_answered_after_any",
    "assert_silent",
    "assert_transmission_error_answer",
    "assert_unchanged",
]


def assert_answered(client: PortCarrier, profile: Profile, command: Command, when: str) -> None:
    """Fail the meter unless it answers a command as usual."""
    reply = client.exchange(command)
    require_conformance(
        is_usual(reply, command, profile), f"{type(command).__name__} {when} was answered by {_said(reply)}"
    )


def assert_answered_after_any(client: PortCarrier, profile: Profile, command: Command) -> None:
    """Fail the meter unless it answers a command as usual, whatever it was asked before."""
    for name, before in _before(client, profile).items():
        client.exchange(BreakCommand())  # so that what came before is all that came before
        client.exchange_characters(outgoing(before))
        assert_answered(client, profile, command, f"after {name}")


def assert_silent(client: PortCarrier, profile: Profile, characters: bytes) -> None:
    """Fail the meter unless it says nothing to a message without an end, and serves the next one."""
    client.exchange(BreakCommand())
    reply = client.exchange_characters(outgoing(characters))
    require_conformance(reply.is_silent, f"an unfinished message was answered by {_said(reply)}")
    assert_answered(client, profile, IDRequest(), "after an unfinished message")


def assert_transmission_error_answer(
    client: PortCarrier, profile: Profile, characters: list[OutgoingCharacter], when: str
) -> None:
    """Fail the meter unless characters get one answer, of a transmission error, and the next message is served."""
    precondition(
        client.port.spoils_parity, 'this port cannot send wrong parity: use parity = "software" or a local port'
    )
    reply = client.exchange_characters(characters)
    require_conformance(
        reply.answer == single_answer(profile, "transmission_error_answer"), f"{when}: {_said(reply)}"
    )
    more = client.listen()
    require_conformance(not more, f"{when}: behind the answer came {more.hex(' ')}")
    assert_answered(client, profile, IDRequest(), when)


@contextmanager
def assert_unchanged(client: PortCarrier, profile: Profile, meter: MeterUnderTest) -> Iterator[None]:
    """Fail the meter if a register holds something else afterwards.

    tokenStatus is left out: how long it stays readable is not ruled; so is the load switch in the meter status,
    which may close by itself. That what stays can change at all is seen by the controls of credit and power limit,
    since the meter itself is asked for these.
    """
    before, held = _registers(client, profile), snapshot(meter)
    precondition(before, "no register could be read", breaks="52-6.6.3-known")
    yield
    after, otherwise = _registers(client, profile), difference(held, meter)
    changed = [name for name, text in before.items() if after.get(name, text) != text]
    require_conformance(
        not changed, "; ".join(f"{name} was {before[name]}, and is {after[name]}" for name in changed)
    )
    require_conformance(not otherwise, otherwise)


def _registers(client: PortCarrier, profile: Profile) -> dict[str, str]:
    """Return the registers that can be read, each with its text."""
    found = {}
    for name, entry in profile.registers.items():
        if entry.access == "read" and name != "token_status":
            with suppress(CarrierFailure):
                found[name] = client.read(name)
    with suppress(KeyError, ValueError):
        found[_STATUS] = f"{int(found[_STATUS], 16) & ~profile.status_mask('load_switch_closed'):04X}"
    return found


def _before(client: PortCarrier, profile: Profile) -> dict[str, bytes]:
    """Return what a server may have been asked before, by name."""
    frames = {name: client.codec.encode(command(profile)) for name, command in COMMANDS.items()}
    read = frames["ReadCommand"]
    unknown = client.codec.encode(ReadCommand(next(unknown_registers(profile))))
    return {
        **{f"another {name}": frame for name, frame in frames.items()},
        "a ReadCommand that is refused": unknown,
        "a wrong BCC": with_wrong_bcc(read),
    }


def _said(reply: Reply) -> str:
    return f"{reply.answer or reply.detail or reply.fault}"
