"""The model by itself: its rules name requirements, and open traits are carried until something tells."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sts62055.application.keys import KeyType
from sts62055.application.results import (
    Accept,
    CRCError,
    FormatError,
    Lockout,
    OldError,
    OverflowingCredit,
    TokenResult,
    TokenStatus,
    UsedError,
)
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import ClearTamperCondition, SetMaximumPowerLimit, TransferCredit
from sts62055.model import (
    RULES,
    Belief,
    Content,
    Contradiction,
    CoverOpened,
    Crc,
    Declared,
    EnteredToken,
    HeldKey,
    IdentifierStore,
    KeyPart,
    LockoutRule,
    MeterState,
    PowerCut,
    PowerRestored,
    Range,
    Reading,
    TokenEnded,
    TokenEntered,
)
from sts62055.model.expectations import REQUIREMENTS
from sts62055.model.traits import COUNTS_VALIDATION, PART_AGAIN, PARTS_SURVIVE

SECOND = 1_000_000_000
REGISTERS = Path(__file__).parents[2] / "conformance" / "sts_conformance" / "register"
KNOWN = {
    entry["id"]
    for path in REGISTERS.glob("*.toml")
    for entry in tomllib.loads(path.read_text("utf-8"))["requirement"]
}
DECLARED = Declared(
    manufacturer_code="12",
    key_parts=2,
    key_change_tokens=2,
    key_change_timeout=600 * SECOND,
    has_key_expiry=True,
    rolls_over=True,
    credit_limit=1000,
    registers=frozenset({0}),
    tests=frozenset({1, 4}),
    power_limits=range(100, 20_001),
    unbalance_limits=None,
    has_clear_credit=True,
    has_tariff_rate=False,
    management_subclasses=frozenset(),
    has_tamper_detection=True,
    tamper_disconnects=False,
    reconnects_automatically=True,
    emergency_credit=0,
    identifiers=3,
    lockout=LockoutRule(
        threshold=3, delay=10 * SECOND, longest=1280 * SECOND, carriers=frozenset({"port", "keypad"})
    ),
)
KEY = HeldKey(handle="old", key_type=KeyType.DUTK, key_revision=1, tariff_index=1, key_expiry=255, group=123456)
SET = (
    KeyPart(section=1, piece="new#1", key_expiry=15, key_revision=2, key_type=KeyType.DUTK),
    KeyPart(section=2, piece="new#2", key_expiry=15, tariff_index=1),
)


class Meter:
    """A belief, told what a meter did at which second."""

    def __init__(self, **changes: Any) -> None:
        store = IdentifierStore(accepted=(), floor=Range(0, 1000), size=Range(DECLARED.identifiers, 1 << 24))
        state = MeterState(key=KEY, identifiers=store, credit=(Range(0, 0), *(None,) * 7), is_tampered=False)
        self.belief = Belief(replace(DECLARED, **changes), state)
        self.second = 0

    def says(self, content: Content | None, result: TokenStatus | None, key: str = "old") -> Contradiction | None:
        """Enter a token, None for one whose CRC is wrong, and tell what the meter said."""
        self.second += 1
        self.belief.take(TokenEntered(_entered(content, key), "port", self.second * SECOND))
        self.second += 1
        return self.belief.take(TokenEnded(result, self.second * SECOND))

    def shows(self, quantity: str, value: int) -> Contradiction | None:
        """Tell what a register held."""
        return self.belief.observe(quantity, value, self.second * SECOND)

    def has_power_cut(self) -> None:
        """Cut the power for a second."""
        self.belief.take(PowerCut(self.second * SECOND))
        self.second += 1
        self.belief.take(PowerRestored(self.second * SECOND))


def _entered(content: Content | None, key: str) -> EnteredToken:
    if content is None:
        return EnteredToken(0, None, {key: Reading(0, 0, Crc.WRONG)})
    token_class = 0 if isinstance(content, TransferCredit) else 2
    return EnteredToken(token_class, None, {key: Reading(token_class, 0, Crc.ORDINARY, content)})


def credit(units: int, minute: int) -> TransferCredit:
    return TransferCredit(random=5, token_identifier=TokenIdentifier(minute), value=units)


def broken(contradiction: Contradiction | None) -> tuple[str, ...]:
    assert contradiction is not None
    return contradiction.requirements


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.judge.__name__)
def test_a_rule_states_requirements_of_the_register(rule: Any) -> None:
    assert rule.requirements
    assert set(rule.requirements) <= KNOWN
    assert rule.__doc__


def test_a_frame_condition_names_requirements_of_the_register() -> None:
    assert REQUIREMENTS <= KNOWN


def test_credit_is_added_once() -> None:
    meter = Meter()
    assert meter.says(credit(10, 2000), Accept) is None
    assert meter.shows("electricity_credit", 10) is None
    assert meter.says(credit(10, 2000), UsedError) is None
    assert meter.shows("electricity_credit", 10) is None
    assert broken(meter.says(credit(10, 2000), Accept)) == ("41-7.3.7-used",)


def test_what_a_token_must_leave_alone_is_held_against_the_meter() -> None:
    meter = Meter()
    meter.says(credit(10, 2000), Accept)
    meter.belief.take(CoverOpened(meter.second * SECOND))
    token = ClearTamperCondition(random=5, token_identifier=TokenIdentifier(2001), value=0)
    assert meter.says(token, Accept) is None
    assert broken(meter.shows("electricity_credit", 15)) == ("41-8.4-only",)
    assert meter.shows("electricity_credit", 15) is None, "what was seen is taken for the truth then"
    assert broken(meter.shows("tamper_status", 1)) == ("41-8.10-clears",)


def test_credit_beyond_the_limit_overflows_and_is_not_used_up() -> None:
    meter = Meter()
    assert meter.says(credit(990, 2000), Accept) is None
    assert meter.says(credit(11, 2001), OverflowingCredit) is None
    assert broken(meter.says(credit(9, 2002), OverflowingCredit)) == ("41-8.4-adds",)
    assert broken(meter.says(credit(11, 2001), Accept)) == ("41-8.4-overflow",)


@pytest.mark.parametrize("result", [Accept, OverflowingCredit])
def test_credit_that_comes_exactly_to_its_limit_is_for_the_maker(result: TokenStatus) -> None:
    assert Meter().says(credit(1000, 2000), result) is None


def test_the_store_holds_as_many_as_declared_or_more() -> None:
    meter = Meter(lockout=None)
    for minute in range(2000, 2004):
        assert meter.says(credit(1, minute), Accept) is None
    assert meter.says(credit(1, 2001), UsedError) is None
    assert broken(meter.says(credit(1, 2001), OldError)) == ("41-7.3.7-used",)
    for result in (UsedError, OldError):
        assert meter.says(credit(1, 2000), result) is None, "it may have left the store"
    assert broken(meter.says(credit(1, 2000), Accept)) == ("41-7.3.8-displaced",)


def test_three_failures_lock_out_for_ten_seconds() -> None:
    meter = Meter()
    for _ in range(3):
        assert meter.says(None, CRCError) is None
    assert meter.says(credit(1, 2000), Lockout) is None
    assert broken(meter.says(credit(1, 2000), Accept)) == ("52-6.6.7-begins",)
    meter.second += 10
    assert meter.says(credit(1, 2001), Accept) is None


def test_whether_used_tokens_count_is_learnt_from_what_the_lockout_does() -> None:
    meter = Meter()
    meter.says(credit(1, 2000), Accept)
    for _ in range(2):
        meter.says(None, CRCError)
    assert meter.says(credit(1, 2000), UsedError) is None
    assert COUNTS_VALIDATION not in meter.belief.learnt
    assert meter.says(credit(1, 2001), Lockout) is None
    assert meter.belief.learnt[COUNTS_VALIDATION] == "yes"


def test_a_trait_that_is_declared_is_held_against_the_meter() -> None:
    meter = Meter(chosen={COUNTS_VALIDATION: "no"})
    meter.says(credit(1, 2000), Accept)
    for _ in range(2):
        meter.says(None, CRCError)
    meter.says(credit(1, 2000), UsedError)
    assert broken(meter.says(credit(1, 2001), Lockout)) == ("41-8.4-adds",)


def test_a_set_changes_the_key_in_any_order() -> None:
    meter = Meter()
    first, second = SET
    assert meter.says(second, TokenResult.SECOND_KCT) is None
    assert meter.says(credit(1, 2000), Accept) is None
    assert meter.says(first, Accept) is None
    assert meter.belief.handles == {"new"}
    assert meter.says(credit(1, 2001), CRCError) is None
    assert meter.says(credit(1, 2001), Accept, key="new") is None
    assert broken(meter.says(credit(1, 2002), CRCError, key="new")) == ("41-8.4-adds",)


def test_a_key_change_leaves_the_rest_alone() -> None:
    meter = Meter()
    limit = SetMaximumPowerLimit(random=5, token_identifier=TokenIdentifier(2000), value=500)
    assert meter.says(limit, Accept) is None
    for part, result in zip(SET, (TokenResult.FIRST_KCT, Accept), strict=True):
        assert meter.says(part, result) is None
    assert meter.shows("electricity_credit", 0) is None
    assert broken(meter.shows("maximum_power_limit", 0)) == ("41-8.6-only",)


@pytest.mark.parametrize(("result", "option"), [(Accept, "yes"), (TokenResult.SECOND_KCT, "no")])
def test_whether_parts_survive_a_power_cut_is_learnt(result: TokenStatus, option: str) -> None:
    meter = Meter()
    meter.says(SET[0], TokenResult.FIRST_KCT)
    meter.has_power_cut()
    assert PARTS_SURVIVE not in meter.belief.learnt
    assert meter.says(SET[1], result) is None
    assert meter.belief.learnt[PARTS_SURVIVE] == option


def test_a_meter_that_has_a_trait_both_ways_is_inconstant_and_breaks_no_other_rule() -> None:
    meter = Meter()
    first, _ = SET
    meter.says(first, TokenResult.FIRST_KCT)
    assert meter.says(first, TokenResult.FIRST_KCT) is None
    contradiction = meter.says(first, FormatError)
    assert contradiction is not None
    assert contradiction.inconstant == (PART_AGAIN,)


def test_a_token_that_the_power_cut_hit_was_executed_or_not() -> None:
    for seen in (0, 10):
        meter = Meter()
        meter.belief.take(TokenEntered(_entered(credit(10, 2000), "old"), "port", SECOND))
        meter.second = 2
        meter.has_power_cut()
        assert len(meter.belief.alive) > 1
        assert meter.shows("electricity_credit", seen) is None
        assert meter.says(credit(10, 2000), Accept if seen == 0 else UsedError) is None
        assert meter.shows("electricity_credit", 10) is None
    meter = Meter()
    meter.belief.take(TokenEntered(_entered(credit(10, 2000), "old"), "port", SECOND))
    meter.second = 2
    meter.has_power_cut()
    assert broken(meter.shows("electricity_credit", 5)) == ("41-8.4-kept",)


def test_nothing_is_judged_once_there_is_more_to_believe_than_is_carried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sts62055.model.belief.MOST_ALIVE", 1)
    meter = Meter()
    meter.says(SET[0], TokenResult.FIRST_KCT)
    meter.has_power_cut()
    assert meter.belief.is_overwhelmed
    assert meter.shows("electricity_credit", 77) is None


def test_a_state_is_never_changed_in_place() -> None:
    meter = Meter()
    before: Mapping[str, Any] = {"alive": meter.belief.alive, "state": repr(meter.belief.alive[0].state)}
    meter.says(credit(10, 2000), Accept)
    assert repr(before["alive"][0].state) == before["state"]
