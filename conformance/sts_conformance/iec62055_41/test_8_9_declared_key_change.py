"""IEC 62055-41, 8.9: what the maker declares of key changes where no standard rules.

Every case brings the meter back to its declared key.
"""

from sts62055.application.keys import KeyType
from sts62055.application.results import KeyTypeError
from sts_conformance.iec62055_41.unfinished_sets import await_time_out
from sts_fixtures.tokens.mutations import change_content
from stsbench import (
    SECOND,
    Accept,
    DeclaredMeter,
    KeyChanges,
    MeterUnderTest,
    TokenMint,
    precondition,
    requirement,
)

_THREE_TOKENS = 1 << 34
"""The bit of 3KCT in the content of the first part (6.2.7.2)."""


@requirement("41-8.9-parts-survive")
def test_parts_outlast_a_power_cut_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_parts_survive
    with keys.changing_to(other_key):
        *parts, last = tokens.key_change_to(other_key)
        keys.enter_until_accepted(parts)
        meter.cut_power()
        is_complete = meter.enter(last).matches(Accept)
        assert is_complete is (said == "yes"), f"declared: {said}, and the last part got {_seen(is_complete)}"
        if not is_complete:
            keys.require_completing([*parts, last])


@requirement("41-8.9-parts-dropped")
def test_another_token_drops_the_parts_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_parts_dropped
    with keys.changing_to(other_key):
        *parts, last = tokens.key_change_to(other_key)
        keys.enter_until_accepted(parts)
        between = meter.enter(tokens.unlike(other_key).smallest_effect()).result
        precondition(between is Accept, "a token between the parts was not accepted", breaks="41-8.9-incomplete")
        is_complete = meter.enter(last).matches(Accept)
        assert is_complete is (said == "no"), f"declared: {said}, and the last part got {_seen(is_complete)}"
        if not is_complete:
            keys.require_completing([*parts, last])


@requirement("41-8.9-timeout-from")
def test_the_time_of_an_unfinished_set_counts_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_timeout_from
    tenth = declared.declaration.implements.key_change_timeout * SECOND // 10
    with keys.changing_to(other_key):
        first, *middle, last = tokens.key_change_to(other_key)
        keys.enter_until_accepted([first])
        began = meter.now()
        meter.wait(6 * tenth)
        keys.enter_until_accepted(middle)
        precondition(
            meter.now() <= began + 9 * tenth, "the parts could not be entered within the time-out of a key change"
        )
        meter.wait(began + 12 * tenth - meter.now())
        is_complete = meter.enter(last).matches(Accept)
        assert is_complete is (said == "last"), f"declared: {said}, and the last part got {_seen(is_complete)}"
        if not is_complete:
            keys.require_completing([first, *middle, last])


@requirement("41-8.9-part-again")
def test_a_part_that_the_meter_has_is_treated_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_part_again
    with keys.changing_to(other_key):
        parts = tokens.key_change_to(other_key)
        first, again = meter.enter(parts[0]), meter.enter(parts[0])
        precondition(not first.is_refused, "the first part of a set was refused", breaks="41-8.9-parts")
        assert again.is_refused is (said == "refused"), f"declared: {said}, and it got {again.reported}"
        keys.require_completing(parts)


@requirement("41-8.9-part-replaced")
def test_a_part_in_the_place_of_another_is_treated_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    # Both sets bring the same key: whatever a meter makes of their parts, it is a key that can be changed back.
    other_expiry = 255 if declared.declaration.decoder_key.key_expiry < 0xF0 else 0xEF
    with keys.changing_to(other_key):
        parts = tokens.key_change_to(other_key)
        before = tokens.key_change_to(other_key, key_expiry_number=other_expiry)[0]
        keys.enter_until_accepted([before, parts[1]])
        is_refused = meter.enter(parts[0]).is_refused
        is_complete = not is_refused and keys.enter_until_accepted(parts[2:])
        found = "refused" if is_refused else "replaces" if is_complete else "begins anew"
        assert found == declared.declaration.traits.key_part_replaced
        if not is_complete:
            keys.require_completing(parts)


@requirement("41-6.5.2.4-judged")
def test_a_type_of_key_that_may_not_follow_is_refused_when_that_is_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_type_judged
    with keys.changing_to(other_key):
        first, *others = tokens.key_change_to(other_key, key_type=KeyType.DITK)
        is_early = meter.enter(first).matches(KeyTypeError)
        assert is_early is (said == "at once"), f"declared: {said}, and it was {'' if is_early else 'not '}at once"
        keys.enter_until_accepted(others)
        keys.require_completing(tokens.key_change_to(other_key))


@requirement("41-8.9-three-in-four")
def test_a_set_of_four_that_says_three_is_treated_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_three_in_four
    with keys.changing_to(other_key):
        first, *others = tokens.key_change_to(other_key)
        is_taken = keys.enter_until_accepted([change_content(first, _THREE_TOKENS, "3KCT 1"), *others])
        assert is_taken is (said == "taken"), f"declared: {said}, and the last part got {_seen(is_taken)}"
        if not is_taken:
            await_time_out(meter)
            keys.require_completing([first, *others])


@requirement("41-8.9-short-sets")
def test_a_set_of_two_is_treated_as_declared_where_three_are_the_most(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_short_sets
    with keys.changing_to(other_key):
        first, second, third = tokens.key_change_to(other_key)
        is_taken = keys.enter_until_accepted([change_content(first, _THREE_TOKENS, "3KCT 0"), second])
        assert is_taken is (said == "taken"), f"declared: {said}, and the second part got {_seen(is_taken)}"
        if not is_taken:
            await_time_out(meter)
            keys.require_completing([first, second, third])


@requirement("41-8.9-third-without-flag")
def test_a_third_part_beside_a_first_without_its_flag_is_treated_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_third_without_flag
    with keys.changing_to(other_key):
        first, second, third = tokens.key_change_to(other_key)
        keys.enter_until_accepted([change_content(first, _THREE_TOKENS, "3KCT 0")])
        outcome = meter.enter(third)
        assert outcome.is_refused is (said == "refused"), f"declared: {said}, and it got {outcome.reported}"
        if not keys.enter_until_accepted([second]):
            await_time_out(meter)
            keys.require_completing([first, second, third])


@requirement("41-8.9-held-with-roll-over")
def test_a_roll_over_with_the_key_that_is_held_is_treated_as_declared(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.key_held_with_roll_over
    with keys.changing_to(other_key, roll_over=True):
        is_taken = keys.enter_until_accepted(tokens.key_change_to(tokens, roll_over=True))
        assert is_taken is (said == "taken"), f"declared: {said}, and the last part got {_seen(is_taken)}"
        if not is_taken:
            await_time_out(meter)
        keys.require_completing(tokens.key_change_to(other_key, roll_over=True))


def _seen(is_accepted: bool) -> str:
    return "Accept" if is_accepted else "no Accept"
