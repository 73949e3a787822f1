"""IEC 62055-41, 6.1.8: KRN."""

from sts_fixtures.meter.display import contains_value, shown_by_test
from stsbench import Accept, DeclaredMeter, KeyChanges, MeterUnderTest, TokenMint, requirement

_EACH_BIT_AND_LAST = (2, 4, 8, 9)
_TEST = 4


@requirement("41-6.1.8-range")
def test_the_meter_takes_higher_key_revision_numbers_up_to_nine(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    present = declared.attributes.key_revision_number
    mints = [tokens.under(key_revision_number=number) for number in _EACH_BIT_AND_LAST if number > present]
    if not mints:  # whether one may go back is not ruled; the last one is the one that it was brought to
        assert meter.enter(tokens.smallest_effect()).result is Accept
        return
    with keys.changing_to(*mints):
        for before, after in zip((tokens, *mints), mints, strict=False):
            keys.enter_until_accepted(before.key_change_to(after))
            assert meter.enter(after.unlike(before).smallest_effect()).result is Accept
            if declared.meets("display") and declared.meets(f"test_{_TEST}"):
                text, number = shown_by_test(meter, after, _TEST), after.issuer.attributes.key_revision_number
                assert contains_value(text, str(number)), f"test {_TEST} shows {text!r} under KRN {number}"
