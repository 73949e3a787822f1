"""IEC 62055-52, 6.8.3: predefined registers and registerIDs."""

import pytest

from sts62055.carrier.profile import default_profile
from sts_fixtures.tokens.mutations import flip_crc
from stsbench import (
    Accept,
    DeclaredMeter,
    MeterUnderTest,
    PortCarrier,
    Profile,
    ReadCommand,
    TokenMint,
    precondition,
    requirement,
)

_READABLE = [name for name, entry in default_profile().registers.items() if entry.access == "read"]


@requirement("52-6.8.3-readable")
@pytest.mark.parametrize("register", _READABLE)
def test_a_predefined_register_can_be_read(client: PortCarrier, profile: Profile, register: str) -> None:
    reply = client.exchange(ReadCommand(profile.registers[register].id))
    assert reply.codes[:1] == b"\x02", f"expected Data, got {reply.answer or reply.fault}"


@requirement("52-6.8.3-group")
def test_the_supply_group_code_is_the_declared_one(meter: MeterUnderTest, declared: DeclaredMeter) -> None:
    assert meter.supply_group_code() == int(declared.attributes.supply_group_code)


@requirement("52-6.8.3-status")
def test_token_status_is_no_reserved_code(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> None:
    good = tokens.display(0)
    for token in (None, good, flip_crc(good, 0x0101)):
        if token is not None:
            meter.enter(token, by="port")
        code = meter.token_status()
        after = "" if token is None else f" after {token.what}"
        assert profile.token_status(code) is not None, f"tokenStatus {code}{after} is reserved"


@requirement("52-6.8.3-credit")
def test_the_credit_register_rises_with_the_credit(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    outcome = meter.enter(tokens.credit(kwh=1), by="port")
    precondition(outcome.result is Accept, "credit was not accepted", breaks="41-7.3.7-valid")
    after = meter.credit()
    assert after > before, f"the register holds {after} after an accepted credit, and held {before} before"


@requirement("52-6.8.3-energy")
def test_the_cumulative_energy_does_not_fall_while_credit_is_bought(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint
) -> None:
    before = client.read_number("cumulative_energy")
    precondition(
        meter.enter(tokens.credit(kwh=1)).result is Accept, "credit was not accepted", breaks="41-7.3.7-valid"
    )
    after = client.read_number("cumulative_energy")
    assert after >= before, f"the cumulative energy fell from {before} to {after}"


@requirement("52-6.8.3-after-restart")
def test_token_status_after_a_restart(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> None:
    precondition(
        meter.enter(tokens.smallest_effect()).result is Accept, "a token was not accepted", breaks="41-7.3.7-valid"
    )
    meter.cut_power()
    assert meter.token_status() == profile.number("token_status_after_restart")
