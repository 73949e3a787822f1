"""IEC 62055-41, 6.5.2.4: which type of key may follow which."""

import pytest

from sts62055.application.keys import KeyType
from sts62055.application.results import CRCError, KeyTypeError
from sts_fixtures import requirement
from sts_fixtures.declaration import DeclaredMeter
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("41-6.5.2.4-ditk")
def test_a_change_back_to_a_key_of_the_factory_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    if declared.attributes.key_type is KeyType.DITK:
        pytest.skip("the meter holds a DITK, which may be changed to any type")
    # The bits of the key are those of an allowed one: whatever the meter keeps of this set can be finished.
    new = tokens.under(tariff_index="03" if declared.attributes.tariff_index != "03" else "04")
    parts = tokens.key_change_to(new, key_type=KeyType.DITK)
    if len(parts) == 2:
        pytest.skip("a set of two tokens would clear the SupplyGroupCode, which later cases need")
    with meter.key_change(tokens, new):
        results = [meter.enter(part).result for part in parts]
        assert next((result for result in results if result is KeyTypeError), results[-1]) is KeyTypeError
        assert meter.enter(meter.harmless(tokens.unlike(new))).result is not CRCError
