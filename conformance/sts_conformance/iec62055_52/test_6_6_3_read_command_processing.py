"""IEC 62055-52, 6.6.3: ReadCommandProcessing."""

from sts62055.carrier.messages import Data, ReadCommand, single_answer
from sts62055.carrier.profile import Profile
from sts_fixtures import requirement
from sts_rigs.token_carrier import VirtualTokenCarrier


@requirement("52-6.6.3-known")
def test_a_readable_register_is_answered_by_data(client: VirtualTokenCarrier, profile: Profile) -> None:
    reply = client.exchange(ReadCommand(profile.registers["serial_number"].id))
    assert reply.codes[:1] == b"\x02", f"expected Data, got {reply.answer or reply.fault}"


@requirement("52-6.6.3-unknown")
def test_a_register_that_does_not_exist_is_refused(client: VirtualTokenCarrier, profile: Profile) -> None:
    known = {entry.id for entry in profile.registers.values()}
    unknown = next(number for number in range(0x7F00, 0x8000) if number not in known)
    answer = client.exchange(ReadCommand(unknown)).answer
    assert answer == single_answer(profile, "unreadable_register_answer")


@requirement("52-6.6.3-write-only")
def test_the_token_register_cannot_be_read(client: VirtualTokenCarrier, profile: Profile) -> None:
    answer = client.exchange(ReadCommand(profile.registers["token"].id)).answer
    assert not isinstance(answer, Data), f"the token register was read: {answer}"
    assert answer == single_answer(profile, "unreadable_register_answer")
