"""IEC 62055-41, 6.1.7: TI."""

from stsbench import Accept, DeclaredMeter, KeyChanges, MeterUnderTest, TokenMint, requirement

_FIRST_WITHOUT_BCD_AND_LAST = ("00", "10", "99")


@requirement("41-6.1.7-range")
def test_the_meter_takes_tariff_indexes_of_the_whole_range(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    present = declared.attributes.tariff_index
    mints = [tokens.under(tariff_index=index) for index in _FIRST_WITHOUT_BCD_AND_LAST if index != present]
    with keys.changing_to(*mints):
        for before, after in zip((tokens, *mints), mints, strict=False):
            keys.enter_until_accepted(before.key_change_to(after))
            assert meter.enter(after.unlike(before).smallest_effect()).result is Accept
