"""IEC 62055-52, 6.4.4: ReadCommand."""

import pytest

from stsbench import Data, MeterUnderTest, PortCarrier, Profile, ReadCommand, TokenMint, precondition, requirement


@requirement("52-6.4.4-one")
@pytest.mark.parametrize("count", [0, 1])
def test_one_register_is_read(client: PortCarrier, profile: Profile, count: int) -> None:
    register_id = profile.registers["serial_number"].id
    answer = client.exchange(ReadCommand(register_id, count)).answer
    assert isinstance(answer, Data), f"expected Data, got {answer}"
    assert len(answer.values) == 1


@requirement("52-6.4.4-several")
def test_two_neighbouring_registers_are_read_at_once(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    first, second = profile.registers["electricity_credit"], profile.registers["cumulative_energy"]
    if meter.credit() == meter.energy() and meter.declared.meets("credit_key"):
        meter.enter(tokens.credit(kwh=1))  # two that hold the same could not be told apart
    singly = client.read("electricity_credit"), client.read("cumulative_energy")
    assert second.id == first.id + 1
    answer = client.exchange(ReadCommand(first.id, 2)).answer
    precondition(
        isinstance(answer, Data) or client.exchange(ReadCommand(first.id)).fault is None,
        "the Data of one register has another layout, too",
        breaks="52-6.4.9-layout",
    )
    assert isinstance(answer, Data), f"expected Data of both registers, got {answer}"
    assert answer.values == singly
