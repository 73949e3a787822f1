"""IEC 62055-52, 6.3.3: transmission speed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sts62055.carrier.messages import Command
from sts62055.carrier.profile import Limits
from sts_conformance.iec62055_52.answers import is_usual, require_usual_answers
from sts_fixtures.errors import NotTested
from sts_rigs.errors import BenchFault
from stsbench import SECOND, IDRequest, LineTimer, PortCarrier, Profile, ReadCommand, precondition, requirement

_COMMANDS: dict[str, Callable[[Profile], Command]] = {
    "IDRequest": lambda _: IDRequest(),
    "ReadCommand": lambda profile: ReadCommand(profile.registers["serial_number"].id),
}


@requirement("52-6.3.3-speed", measures="bit time")
def test_the_bit_time_of_an_answer(line: LineTimer, profile: Profile) -> None:
    observed = list(line.exchanges(IDRequest()))
    precondition(
        all(len(one.reply.characters) > 1 for one in observed),
        "an IDRequest was not answered",
        breaks="52-6.4.2-answered",
    )
    bit_times = [one.times.bit_time() for one in observed]
    precondition(all(bit_times), "the meter pauses between characters, so that they do not show its bit time")
    nominal = SECOND / profile.number("bit_rate")
    tolerance = nominal * profile.ratio("bit_time_tolerance")
    line.measure("bit time", bit_times, within=Limits(nominal - tolerance, nominal + tolerance))


@requirement("52-6.3.3-reader-within")
@pytest.mark.parametrize("name", _COMMANDS)
@pytest.mark.parametrize("way", [-1, 1], ids=["slow", "fast"])
def test_a_reader_is_understood_that_is_off_by_the_tolerance(
    client: PortCarrier, profile: Profile, name: str, way: int
) -> None:
    command = _COMMANDS[name](profile)
    require_usual_answers(command, profile, [client.exchange(command)])
    nominal = profile.number("bit_rate")
    bit_rate = round(nominal * (1 + way * profile.ratio("bit_time_tolerance")))
    with reader_at(client, bit_rate, nominal):
        reply = client.exchange(command)
    said = reply.answer or reply.detail or reply.fault
    assert is_usual(reply, command, profile), f"{name} at {bit_rate} Bd was answered by {said}"


@contextmanager
def reader_at(client: PortCarrier, bit_rate: int, nominal: int) -> Iterator[None]:
    """Have the port send and receive at another speed; NotTested where it cannot."""
    try:
        client.port.set_bit_rate(bit_rate)
    except BenchFault as fault:
        raise NotTested(f"{fault.what}: this takes a port that sends at {bit_rate} Bd") from None
    try:
        yield
    finally:
        client.port.set_bit_rate(nominal)
