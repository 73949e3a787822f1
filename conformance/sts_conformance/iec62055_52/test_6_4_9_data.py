"""IEC 62055-52, 6.4.9: Data."""

from sts62055.carrier.client import ReplyFault
from stsbench import Data, PortCarrier, Profile, ReadCommand, precondition, requirement


@requirement("52-6.4.9-layout")
def test_data_names_its_register(client: PortCarrier, profile: Profile) -> None:
    register_id = profile.registers["serial_number"].id
    reply = client.exchange(ReadCommand(register_id))
    can_be_read = reply.answer is not None or reply.fault is not ReplyFault.BLOCK_CHECK
    precondition(can_be_read, "the BCC is wrong", breaks="52-6.5-sent")
    answer = reply.answer
    is_laid_out = reply.fault in (
        None,
        ReplyFault.BLOCK_CHECK,
    )  # the client may read what is not, once that is known
    assert isinstance(answer, Data), f"expected Data, got {reply.detail or reply.fault or answer}"
    assert is_laid_out, f"expected Data, got {reply.detail or reply.fault}"
    assert all(answer.values), "there is no value in the parentheses of Data"
    assert answer.register_id in (register_id, None), f"Data names register {answer.register_id:04X}"
