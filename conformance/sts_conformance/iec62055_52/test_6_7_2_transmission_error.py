"""IEC 62055-52, 6.7.2: transmission error."""

from sts62055.carrier.characters import outgoing
from sts62055.carrier.messages import ReadCommand, single_answer
from sts62055.carrier.profile import Profile
from sts_fixtures import requirement
from sts_rigs.token_carrier import VirtualTokenCarrier


@requirement("52-6.7.2-bcc")
def test_a_wrong_bcc_is_answered_as_a_transmission_error(client: VirtualTokenCarrier, profile: Profile) -> None:
    frame = client.codec.encode(ReadCommand(profile.registers["serial_number"].id))
    reply = client.exchange_characters(outgoing(frame[:-1] + bytes([frame[-1] ^ 0x01])))
    assert reply.answer == single_answer(profile, "transmission_error_answer")
