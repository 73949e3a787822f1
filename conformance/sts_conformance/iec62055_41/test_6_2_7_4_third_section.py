"""IEC 62055-41, 6.2.7.4: Set3rdSectionDecoderKey of a 64-bit DecoderKey."""

from sts_conformance.iec62055_41.unfinished_sets import await_time_out
from sts_fixtures.tokens.mutations import change_content
from stsbench import DeclaredMeter, KeyChanges, MeterUnderTest, TokenMint, requirement

_GREATEST, _ANOTHER = "999999", "888888"


@requirement("41-6.2.7.4-group")
def test_the_third_section_brings_the_supply_group_code(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    code = _GREATEST if declared.attributes.supply_group_code != _GREATEST else _ANOTHER
    new = tokens.under(supply_group_code=code)
    with keys.changing_to(new):
        keys.complete_or_skip(tokens.key_change_to(new))
        assert meter.supply_group_code() == int(code)


@requirement("41-6.2.7.4-pad")
def test_a_set_whose_padding_is_not_zero_is_treated_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_pad
    with keys.changing_to(other_key):
        *parts, third = tokens.key_change_to(other_key)
        is_taken = keys.enter_until_accepted([*parts, change_content(third, 1, "padding 1")])
        assert is_taken is (said == "taken"), f"declared: {said}, and it was {'taken' if is_taken else 'refused'}"
        if not is_taken:
            await_time_out(meter)
            keys.require_completing([*parts, third])
