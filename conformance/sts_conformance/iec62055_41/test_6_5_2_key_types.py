"""IEC 62055-41, 6.5.2: what a type of key may do, and which may follow which.

Every case brings the meter back, except those at the end, which take a sample that is declared expendable.
"""

from collections.abc import Iterator
from contextlib import nullcontext

from sts62055.application.keys import KeyType
from sts62055.application.results import KeyTypeError
from sts_fixtures.meter.refusals import require_refused
from stsbench import (
    Accept,
    DDTKError,
    DeclaredMeter,
    KeyChanges,
    MeterUnderTest,
    MintedToken,
    TokenMint,
    UsedError,
    precondition,
    requirement,
)

_TO_DEFAULT = "41-6.5.2.4-utility-to-default"


@requirement("41-6.5.2.4-ditk")
def test_a_change_back_to_a_key_of_the_factory_is_refused(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    # The bits of the key are those of an allowed one: whatever the meter keeps of this set can be finished.
    parts = tokens.key_change_to(other_key, key_type=KeyType.DITK)
    with keys.changing_to(other_key):
        results = [meter.enter(part).result for part in parts]
        assert next((result for result in results if result is KeyTypeError), results[-1]) is KeyTypeError
        assert meter.enter_patiently(tokens.unlike(other_key).smallest_effect).result is Accept
        keys.require_completing(tokens.key_change_to(other_key))


@requirement("41-6.5.2.4-default-to-utility")
def test_a_default_key_gives_way_to_a_utility_key(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    default, utility = keys.others(2)
    if declared.attributes.key_type is KeyType.DDTK:
        way = (tokens, utility.under(key_type=KeyType.DUTK))
    else:
        way = (default.under(key_type=KeyType.DDTK), utility)
    with keys.changing_to(*(mint for mint in way if mint is not tokens)):
        if tokens not in way:
            keys.complete_or_skip(tokens.key_change_to(way[0]), breaks=_TO_DEFAULT)
        keys.enter_until_accepted(way[0].key_change_to(way[1]))
        assert meter.enter(way[1].unlike(way[0]).credit(kwh="0.1")).result is Accept


@requirement("41-6.5.2.4-utility-to-default")
def test_a_utility_key_gives_way_to_a_default_key(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint
) -> None:
    """And on to another default key; credit is refused under either, by each carrier."""
    default, other = (mint.under(key_type=KeyType.DDTK) for mint in keys.others(2))
    identifier = tokens.identifier()
    with keys.changing_to(default, other):
        keys.enter_until_accepted(tokens.key_change_to(default))
        for carrier in meter.carriers:
            said = meter.enter(default.credit(kwh="0.1", identifier=identifier), by=carrier)
            assert said.matches(DDTKError), f"credit under a DDTK got {said.reported} by the {carrier}"
        is_taken = keys.enter_again(default.key_change_to(other))
        assert is_taken, "a change from a default key to another one was not taken"
        again = meter.enter(other.unlike(default).credit(kwh="0.1", identifier=identifier)).result
        assert again is DDTKError, f"credit under the next DDTK got {again}"
    taken = meter.enter(tokens.credit(kwh="0.1", identifier=identifier)).result
    assert taken is Accept, f"a TokenIdentifier that was refused with a DDTK got {taken} with the next key"


@requirement("41-6.5.2.3.3-management")
def test_a_meter_with_a_default_key_takes_management(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    has_default = declared.attributes.key_type is KeyType.DDTK
    default = tokens if has_default else other_key.under(key_type=KeyType.DDTK)
    with nullcontext() if has_default else keys.changing_to(default):
        if not has_default:
            keys.complete_or_skip(tokens.key_change_to(default), breaks=_TO_DEFAULT)
        first = default.identifier()
        assert meter.enter(default.management(first) or default.smallest_effect(first)).result is Accept
        for token in management_of(meter, default):
            said = meter.enter(token).result
            assert said is Accept, f"{token.what} got {said} under a DDTK"


@requirement("41-6.5.2.3.3-management")
def test_the_store_goes_on_from_a_utility_key_to_a_default_key_and_back(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    if declared.attributes.key_type is KeyType.DDTK:
        return  # the case before has judged the requirement
    default = other_key.under(key_type=KeyType.DDTK)
    before, meanwhile = (tokens.identifier() for _ in range(2))
    meter.bring_about(tokens.smallest_effect(before), "a new token was not accepted", breaks="41-7.3.7-valid")
    with keys.changing_to(default):
        keys.complete_or_skip(tokens.key_change_to(default), breaks=_TO_DEFAULT)
        again = meter.enter(default.management(before) or default.smallest_effect(before)).result
        assert again is UsedError, f"a TokenIdentifier that was used before got {again} under a DDTK"
        token = default.management(meanwhile) or default.smallest_effect(meanwhile)
        meter.bring_about(token, "management was not taken", breaks="41-6.5.2.3.3-management")
    meter.allow_failures(tokens)
    again = meter.enter(tokens.smallest_effect(meanwhile)).result
    assert again is UsedError, f"a TokenIdentifier that was used under a DDTK got {again} under the key after it"


def management_of(meter: MeterUnderTest, tokens: TokenMint) -> Iterator[MintedToken]:
    """Yield a token of each kind of class 2 that the meter is declared to take."""
    meets = meter.declared.meets
    if meets("maximum_power_limit"):
        yield tokens.usual_power_limit()
    if meets("phase_unbalance_limit"):
        yield tokens.usual_unbalance_limit()
    if meets("tamper_detection"):
        yield tokens.clear_tamper_condition()
    if meets("clear_credit"):
        yield tokens.clear_credit()


@requirement("41-6.5.2.4-ditk")
def test_a_change_from_a_default_key_to_one_of_the_factory_is_refused(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint
) -> None:
    default, other = (mint.under(key_type=KeyType.DDTK) for mint in keys.others(2))
    parts = default.key_change_to(other, key_type=KeyType.DITK)
    with keys.changing_to(default, other):
        keys.complete_or_skip(tokens.key_change_to(default), breaks=_TO_DEFAULT)
        results = [meter.enter(part).result for part in parts]
        assert next((result for result in results if result is KeyTypeError), results[-1]) is KeyTypeError
        is_taken = keys.enter_again(default.key_change_to(other))
        precondition(is_taken, "a change to another default key was not taken", breaks=_TO_DEFAULT)


@requirement("41-6.5.2.3.5-card-only")
def test_tokens_under_a_common_key_are_refused(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    # Whether the set is taken is free. The bits of the key are those of an allowed one, as in a change to a DITK.
    with keys.spoiling(other_key, by="41-6.5.2.3.5-card-only"):
        is_taken = keys.enter_until_accepted(tokens.key_change_to(other_key, key_type=KeyType.DCTK))
        require_refused(meter.enter_patiently(other_key.unlike(tokens).smallest_effect))
        if not is_taken:
            keys.require_completing(tokens.key_change_to(other_key))


@requirement("41-6.5.2.4-from-first")
def test_a_key_of_the_factory_gives_way_to_a_utility_key(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    utility = other_key.under(key_type=KeyType.DUTK)
    with keys.spoiling(utility, by="41-6.5.2.4-from-first"):
        keys.enter_until_accepted(tokens.key_change_to(utility))
        assert meter.enter(utility.unlike(tokens).credit(kwh="0.1")).result is Accept


@requirement("41-6.5.2.4-first-to-default")
def test_a_key_of_the_factory_gives_way_to_a_default_key(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    default = other_key.under(key_type=KeyType.DDTK)
    with keys.spoiling(default, by="41-6.5.2.4-first-to-default"):
        keys.enter_until_accepted(tokens.key_change_to(default))
        assert meter.enter(default.unlike(tokens).credit(kwh="0.1")).result is DDTKError
