"""IEC 62055-41, 6.2.7.4: Set3rdSectionDecoderKey of a 64-bit DecoderKey."""

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
