"""IEC 62055-41, 6.2.3: class 1, which nobody needs a key for."""

import pytest

from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import DeclaredMeter, MeterUnderTest, TokenMint, requirement


@requirement("41-6.2.3-reserved")
@pytest.mark.parametrize("subclass", [3, 4, 5])
def test_a_reserved_subclass_is_refused(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = snapshot(meter)
    require_refused(meter.enter(tokens.class_1_of_kind(subclass)))
    assert difference(before, meter) == ""


@requirement("41-6.2.3-makers-change-nothing")
@pytest.mark.parametrize("subclass", range(6, 16))
def test_a_subclass_of_makers_changes_nothing(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = snapshot(meter)
    meter.enter(tokens.class_1_of_kind(subclass))
    assert difference(before, meter) == ""


@requirement("41-6.2.3-other-form")
def test_the_form_that_is_not_mandatory_is_treated_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.display_other_form
    outcome = meter.enter(tokens.display(0, in_other_form=True))
    assert outcome.is_refused is (said == "refused"), f"declared: {said}, and it got {outcome.reported}"
