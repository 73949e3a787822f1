"""IEC 62055-41, 7.3.1: security functions of the meter, which keep its key to themselves.

Whatever the meter says in a run is searched for its keys; these cases have it say more, and under another key.
"""

from typing import Final

from sts_fixtures.meter.register_scan import RegisterScan
from sts_fixtures.watch.key_watch import KeyWatch
from stsbench import DeclaredMeter, KeyChanges, MeterUnderTest, TokenMint, requirement

_ABOUT_THE_KEY: Final = (4, 5, 14, 16, 17)


@requirement("41-7.3.1-no-key-shown")
def test_no_register_gives_away_a_key(
    keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, registers: RegisterScan, key_watch: KeyWatch
) -> None:
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key))
        registers.look()
    assert not key_watch.sent, key_watch.sent[0]


@requirement("41-7.3.1-no-key-displayed")
def test_no_display_gives_away_a_key(
    meter: MeterUnderTest,
    keys: KeyChanges,
    tokens: TokenMint,
    other_key: TokenMint,
    declared: DeclaredMeter,
    key_watch: KeyWatch,
) -> None:
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key))
        for number in (0, *(one for one in _ABOUT_THE_KEY if one in declared.declaration.implements.tests)):
            meter.enter(tokens.display(number))
            meter.display()
    assert not key_watch.displayed, key_watch.displayed[0]
