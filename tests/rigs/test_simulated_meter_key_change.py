"""What the simulated meter does with key-change tokens, where the rules decide and where it is free."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from meter_on_bench import KEY, OLDEST, OTHER_KEY, SECOND, MeterOnBench, credit_token, display_token
from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.key_change import KeyChange
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.results import (
    Accept,
    CRCError,
    DDTKError,
    FormatError,
    FunctionError,
    KeyExpiredError,
    KeyTypeError,
    OldError,
    RangeError,
    TokenResult,
    TokenStatus,
    UsedError,
)
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    Set1stSectionDecoderKey,
    Set2ndSectionDecoderKey,
    Set3rdSectionDecoderKey,
    Set4thSectionDecoderKey,
    Token,
    TransferCredit,
    encode_token,
    seal,
)
from sts_rigs.simulator.meter.traits import KeyChangeTraits, Traits

FIRST, SECOND_PART = TokenResult.FIRST_KCT, TokenResult.SECOND_KCT
THIRD, FOURTH = TokenResult.THIRD_KCT, TokenResult.FOURTH_KCT
MINUTE = 60 * SECOND
SHORT = {"encryption_algorithm": EncryptionAlgorithm.STA, "decoder_key": DecoderKey(KEY.reveal()[:8])}
SHORT_NEW = DecoderKey(OTHER_KEY.reveal()[:8])
CREDIT = TransferCredit(random=5, token_identifier=TokenIdentifier(OLDEST + 1), value=10)


def change(**changes: Any) -> KeyChange:
    """Return a change to another key, changed in some points."""
    facts: dict[str, Any] = {
        "new_key": OTHER_KEY,
        "key_type": KeyType.DUTK,
        "key_revision_number": 4,
        "tariff_index": "08",
        "key_expiry_number": 255,
        "supply_group_code": "987654",
    }
    return KeyChange(**{**facts, **changes})


def sealed(tokens: tuple[Token, ...], key: DecoderKey = KEY) -> list[str]:
    """Return the digits of tokens under a key of either length."""
    algorithm = EncryptionAlgorithm.MISTY1 if len(key.reveal()) == 16 else EncryptionAlgorithm.STA
    return [encode_token(seal(token), make_cipher(algorithm, key.reveal())) for token in tokens]


def enter(bench: MeterOnBench, *digits: str) -> list[TokenStatus | None]:
    return [bench.enter(one) for one in digits]


@pytest.fixture
def bench() -> MeterOnBench:
    return MeterOnBench()


PARTS = sealed(change().tokens())


def test_four_parts_change_the_key(bench: MeterOnBench) -> None:
    assert enter(bench, *PARTS) == [FIRST, SECOND_PART, THIRD, Accept]
    assert bench.enter(credit_token(1)) is CRCError
    assert bench.enter(credit_token(1, key=OTHER_KEY)) is Accept


@pytest.mark.parametrize("order", [*permutations(range(4))], ids=lambda order: "".join(map(str, order)))
def test_four_parts_come_in_any_order(bench: MeterOnBench, order: tuple[int, ...]) -> None:
    answers = (FIRST, SECOND_PART, THIRD, FOURTH)
    expected = [*(answers[place] for place in order[:-1]), Accept]
    assert enter(bench, *(PARTS[place] for place in order)) == expected
    assert bench.enter(credit_token(1, key=OTHER_KEY)) is Accept


@pytest.mark.parametrize("group", [None, "987654"], ids=["two tokens", "three tokens"])
@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_key_of_64_bits_takes_two_parts_or_three(group: str | None, *, is_reversed: bool) -> None:
    bench = MeterOnBench(**SHORT)
    parts = sealed(change(new_key=SHORT_NEW, supply_group_code=group).tokens(), SHORT["decoder_key"])
    results = enter(bench, *(reversed(parts) if is_reversed else parts))
    assert results[-1] is Accept
    assert Accept not in results[:-1]
    assert enter(bench, *sealed((CREDIT,), SHORT_NEW)) == [Accept]
    assert bench.read("supply_group_code") == int(group or 0)


def test_a_complete_set_brings_what_it_says_of_the_key(bench: MeterOnBench) -> None:
    bench.enter(credit_token(1))
    enter(bench, *sealed(change(key_type=KeyType.DDTK).tokens()))
    shown = {}
    for number in (4, 5, 16, 17):
        bench.enter(display_token(number))
        shown[number] = bench.display
    assert shown == {4: "4 1", 5: "08", 16: "987654", 17: "255"}
    assert bench.read("supply_group_code") == 987654
    assert bench.read("electricity_credit") == 10
    assert bench.enter(credit_token(2, key=OTHER_KEY)) is DDTKError


@pytest.mark.parametrize(("expiry", "result"), [(None, Accept), (255, KeyExpiredError)])
def test_the_key_expiry_number_counts_where_expiry_is_implemented(expiry: int | None, result: TokenStatus) -> None:
    bench = MeterOnBench(key_expiry_number=expiry)
    enter(bench, *sealed(change(key_expiry_number=(OLDEST >> 16) - 1).tokens()))
    assert bench.enter(credit_token(1, key=OTHER_KEY)) is result


def test_a_set_without_roll_over_keeps_the_store(bench: MeterOnBench) -> None:
    bench.enter(credit_token(5))
    enter(bench, *PARTS)
    assert bench.enter(credit_token(5, key=OTHER_KEY)) is UsedError
    assert bench.enter(credit_token(-1, key=OTHER_KEY)) is OldError


def test_roll_over_empties_the_store(bench: MeterOnBench) -> None:
    bench.enter(credit_token(5))
    enter(bench, *sealed(change(roll_over=True).tokens()))
    assert bench.enter(credit_token(5, key=OTHER_KEY)) is Accept
    assert bench.enter(credit_token(5, key=OTHER_KEY)) is UsedError
    assert bench.enter(credit_token(-OLDEST + 1, key=OTHER_KEY)) is Accept
    assert bench.read("electricity_credit") == 30


def test_a_set_that_was_performed_is_refused(bench: MeterOnBench) -> None:
    enter(bench, *PARTS)
    assert bench.enter(PARTS[0]) is CRCError


def test_a_part_may_come_twice_and_other_tokens_in_between(bench: MeterOnBench) -> None:
    between = [PARTS[0], PARTS[0], credit_token(1), PARTS[1], display_token(0), credit_token(1), *PARTS[2:]]
    assert enter(bench, *between) == [FIRST, FIRST, Accept, SECOND_PART, Accept, UsedError, THIRD, Accept]


def test_a_later_part_takes_the_place_of_the_one_held(bench: MeterOnBench) -> None:
    other = sealed(change(new_key=DecoderKey(bytes(16)), supply_group_code="111111").tokens())
    assert enter(bench, *other[:3], *PARTS)[-1] is Accept
    assert bench.enter(credit_token(1, key=OTHER_KEY)) is Accept


def test_an_unfinished_set_leaves_the_key(bench: MeterOnBench) -> None:
    enter(bench, *PARTS[:3])
    assert bench.enter(credit_token(1)) is Accept


@pytest.mark.parametrize(("waited", "last"), [(10 * MINUTE - 5 * SECOND, Accept), (10 * MINUTE, FOURTH)])
def test_parts_are_kept_for_ten_minutes_after_the_last(
    bench: MeterOnBench, waited: int, last: TokenStatus
) -> None:
    enter(bench, *PARTS[:2])
    bench.wait(5 * MINUTE)
    bench.enter(PARTS[2])
    bench.wait(waited)
    assert bench.enter(PARTS[3]) is last


@pytest.mark.parametrize("before", [1, 2, 3])
def test_parts_and_key_outlast_a_power_cut(bench: MeterOnBench, before: int) -> None:
    enter(bench, *PARTS[:before])
    bench.cut_power()
    assert enter(bench, *PARTS[before:])[-1] is Accept
    bench.cut_power()
    assert bench.enter(credit_token(1, key=OTHER_KEY)) is Accept


def test_a_power_cut_while_the_set_is_completed_leaves_one_key_or_the_other() -> None:
    seen = set()
    for tenths in range(12):
        bench = MeterOnBench()
        enter(bench, *PARTS[:3])
        bench.carrier.exchange(bench.carrier.token_command(PARTS[3]))
        bench.wait(tenths * SECOND // 10)
        bench.cut_power()
        old, new = bench.enter(credit_token(1)), bench.enter(credit_token(2, key=OTHER_KEY))
        assert {old, new} == {Accept, CRCError}
        seen.add(new)
    assert seen == {Accept, CRCError}


@pytest.mark.parametrize(
    ("parent", "child", "result"),
    [
        (KeyType.DITK, KeyType.DITK, Accept),
        (KeyType.DITK, KeyType.DUTK, Accept),
        (KeyType.DDTK, KeyType.DUTK, Accept),
        (KeyType.DUTK, KeyType.DDTK, Accept),
        (KeyType.DUTK, KeyType.DITK, KeyTypeError),
        (KeyType.DDTK, KeyType.DITK, KeyTypeError),
        (KeyType.DUTK, KeyType.DCTK, KeyTypeError),
    ],
)
def test_a_key_may_follow_some_types_only(parent: KeyType, child: KeyType, result: TokenStatus) -> None:
    bench = MeterOnBench(key_type=parent)
    assert enter(bench, *sealed(change(key_type=child).tokens()))[-1] is result


def test_after_a_refused_set_the_key_is_as_before_and_no_part_is_held(bench: MeterOnBench) -> None:
    bad = sealed(change(key_type=KeyType.DITK).tokens())
    assert enter(bench, *bad)[-1] is KeyTypeError
    assert bench.enter(credit_token(1)) is Accept
    assert enter(bench, *PARTS) == [FIRST, SECOND_PART, THIRD, Accept]


def test_values_out_of_range_are_refused(bench: MeterOnBench) -> None:
    first, second, third, fourth = change().tokens()
    assert isinstance(first, Set1stSectionDecoderKey)
    assert isinstance(second, Set2ndSectionDecoderKey)
    assert isinstance(third, Set3rdSectionDecoderKey)
    assert isinstance(fourth, Set4thSectionDecoderKey)
    for wrong in (
        (replace(first, key_revision_number=0), second, third, fourth),
        (replace(first, key_revision_number=10), second, third, fourth),
        (first, replace(second, tariff_index=100), third, fourth),
        (first, second, third, replace(fourth, group=0xFFF)),
    ):
        assert enter(bench, *sealed(wrong))[-1] is RangeError
    assert bench.enter(credit_token(1)) is Accept


def test_a_short_set_of_three_has_zeros_after_its_group() -> None:
    bench = MeterOnBench(**SHORT)
    first, second, third = change(new_key=SHORT_NEW).tokens()
    assert isinstance(third, Set3rdSectionDecoderKey)
    parts = (first, second, replace(third, rest=third.rest | 1))
    assert enter(bench, *sealed(parts, SHORT["decoder_key"]))[-1] is FormatError


def test_a_meter_that_judges_the_type_at_once_does_so_beside_a_third_part_too() -> None:
    traits = Traits(key_change=KeyChangeTraits(judges_type_early=True))
    bench = MeterOnBench(**SHORT, traits=traits)
    first, second, third = change(new_key=SHORT_NEW, key_type=KeyType.DITK, supply_group_code="987654").tokens()
    assert isinstance(first, Set1stSectionDecoderKey)
    odd = (third, second, replace(first, three_tokens=0))
    assert enter(bench, *sealed(odd, SHORT["decoder_key"])) == [THIRD, SECOND_PART, KeyTypeError]
    good = change(new_key=SHORT_NEW, supply_group_code="987654").tokens()[0]
    assert enter(bench, *sealed((good,), SHORT["decoder_key"])) == [Accept], "the other parts are held still"


def test_a_fourth_part_is_not_for_a_key_of_64_bits() -> None:
    bench = MeterOnBench(**SHORT)
    assert enter(bench, *sealed(change().tokens()[3:], SHORT["decoder_key"])) == [FunctionError]
