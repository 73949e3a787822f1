"""IEC 62055-41, 8: what a token or an event is not for, it leaves alone."""

import pytest

from sts_conformance.iec62055_41.frame_walk import FrameWalk
from sts_fixtures.meter.portrait import Item
from stsbench import KeyChanges, LoadBank, MeterUnderTest, TokenMint, requirement


@pytest.fixture(scope="module")
def walk() -> FrameWalk:
    """Walk through all kinds of tokens and events once."""
    return FrameWalk()


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(Item.CREDIT, marks=requirement("41-8.4-only")),
        pytest.param(Item.OTHER_CREDIT, marks=requirement("41-8.4-only-others")),
        pytest.param(Item.POWER_LIMIT, marks=requirement("41-8.6-only")),
        pytest.param(Item.KEY, marks=requirement("41-8.9-only")),
        pytest.param(Item.TAMPERING, marks=requirement("41-8.10-only")),
        pytest.param(Item.UNBALANCE_LIMIT, marks=requirement("41-8.11-only")),
        pytest.param(Item.ENERGY, marks=requirement("31-accounting-only")),
    ],
)
def test_an_item_changes_by_what_is_for_it_and_by_nothing_else(
    item: Item, walk: FrameWalk, meter: MeterUnderTest, tokens: TokenMint, keys: KeyChanges, loads: LoadBank
) -> None:
    changes = walk.changes(item, meter, tokens, keys, loads)
    assert not changes, "; ".join(map(str, changes))
