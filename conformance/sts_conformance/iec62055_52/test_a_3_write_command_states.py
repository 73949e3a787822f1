"""IEC 62055-52, A.3: state diagram of a WriteCommand."""

from sts62055.carrier.characters import outgoing
from sts62055.carrier.codec import single_answer
from sts_conformance.iec62055_52.annex_a.expectations import (
    assert_answered,
    assert_answered_after_any,
    assert_silent,
    assert_transmission_error_answer,
)
from sts_conformance.iec62055_52.annex_a.spoiling import COMMANDS, CUTS, PLACES, damaged, with_wrong_bcc
from sts_fixtures.meter.witness import Witness
from stsbench import IDRequest, MeterUnderTest, PortCarrier, Profile, TokenMint, requirement


def assert_unused(meter: MeterUnderTest, witness: Witness) -> None:
    """Fail the meter if a token was executed although its message was spoiled."""
    meter.let_execute()
    assert not witness.is_executed, "the token of a spoiled WriteCommand was executed"
    witness.require_unused()


@requirement("52-A.3-path")
def test_a_write_command_is_served_whatever_came_before(client: PortCarrier, profile: Profile) -> None:
    assert_answered_after_any(client, profile, COMMANDS["WriteCommand"](profile))


@requirement("52-A.3-cut-off")
def test_a_write_command_without_an_end_writes_nothing(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    witness = Witness.of(meter, tokens)
    for cut in CUTS.values():
        assert_silent(client, profile, cut(client.codec.encode(client.token_command(witness.token.digits))))
    assert_unused(meter, witness)


@requirement("52-A.3-damaged")
def test_a_write_command_with_a_damaged_character_writes_nothing(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    witness = Witness.of(meter, tokens)
    frame = client.codec.encode(client.token_command(witness.token.digits))
    for place in PLACES.values():
        characters = damaged(frame, place(frame))
        assert_transmission_error_answer(client, profile, characters, "after a damaged WriteCommand")
    assert_unused(meter, witness)


@requirement("52-A.3-wrong-bcc")
def test_a_write_command_with_a_wrong_bcc_writes_nothing(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    witness = Witness.of(meter, tokens)
    frame = client.codec.encode(client.token_command(witness.token.digits))
    reply = client.exchange_characters(outgoing(with_wrong_bcc(frame)))
    meter.let_execute()  # of a meter that took it, for whoever comes next
    assert reply.answer == single_answer(profile, "transmission_error_answer")
    assert_answered(client, profile, IDRequest(), "after a WriteCommand with a wrong BCC")
    assert_unused(meter, witness)
