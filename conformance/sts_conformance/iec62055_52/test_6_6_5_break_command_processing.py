"""IEC 62055-52, 6.6.5: BreakCommandProcessing."""

from sts_conformance.iec62055_52.answers import answers_break, expected_of_break
from stsbench import BreakCommand, Data, IDRequest, PortCarrier, Profile, ReadCommand, precondition, requirement


@requirement("52-6.6.5-acknowledged")
def test_a_break_command_gets_the_answer_that_is_declared(client: PortCarrier, profile: Profile) -> None:
    reply = client.exchange(BreakCommand())
    said = "silence" if reply.is_silent else f"{reply.answer or reply.fault}"
    assert answers_break(reply, profile), f"got {said}, expected {expected_of_break(profile)}"


@requirement("52-6.6.5-idle")
def test_a_meter_serves_as_usual_after_a_break(client: PortCarrier, profile: Profile) -> None:
    serial_number = ReadCommand(profile.registers["serial_number"].id)
    before = client.exchange(serial_number)
    precondition(
        isinstance(before.answer, Data),
        "the register was not read before the break either",
        breaks="52-6.6.3-known",
    )
    client.exchange(BreakCommand())
    assert client.exchange(serial_number).answer == before.answer
    client.exchange(BreakCommand())
    assert client.exchange(IDRequest()).codes[:1] == b"/"
