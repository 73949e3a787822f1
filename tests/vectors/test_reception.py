"""What a meter must say of a token, and what each key type may do."""

import pytest

from sts62055.application.codes import DateOfExpiry, TokenCarrierType, Transition, key_type_transition
from sts62055.application.currency import CurrencyAmount
from sts62055.application.interpretation import Coding, Interpretation
from sts62055.application.keys import KeyType
from sts62055.application.reception import TokenMemory, authenticate, validate
from sts62055.application.results import AuthenticationResult, ValidationResult
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    ClearCredit,
    CurrencyCredit,
    InitiateMeterTestDisplay,
    Set3rdSectionDecoderKey,
    Token,
    TransferCredit,
    seal,
)

AUTHENTIC, CRC, MFR = AuthenticationResult
VALID, OLD, USED, EXPIRED, DDTK = ValidationResult


def credit(minutes: int) -> TransferCredit:
    return TransferCredit(random=5, token_identifier=TokenIdentifier(minutes), value=1)


def currency(minutes: int) -> CurrencyCredit:
    return CurrencyCredit(subclass=4, token_identifier=TokenIdentifier(minutes), amount=CurrencyAmount.of(1))


def clear(minutes: int) -> ClearCredit:
    return ClearCredit(random=5, token_identifier=TokenIdentifier(minutes), value=0)


def spoiled(token: Token) -> TokenBlock:
    block = seal(token)
    return TokenBlock(block.token_class, block.subclass, block.content, block.crc ^ 1)


@pytest.mark.parametrize(
    ("block", "own", "results"),
    [
        (seal(credit(1)), "12", {AUTHENTIC}),
        (spoiled(credit(1)), "12", {CRC}),
        (seal(currency(1)), "12", {AUTHENTIC}),
        (seal(InitiateMeterTestDisplay.of_test(0)), "12", {AUTHENTIC}),
        (seal(InitiateMeterTestDisplay.of_test(0, manufacturer_code=12)), "12", {AUTHENTIC}),
        (seal(InitiateMeterTestDisplay.of_test(0, manufacturer_code=13)), "12", {MFR}),
        (spoiled(InitiateMeterTestDisplay.of_test(0, manufacturer_code=13)), "12", {CRC, MFR}),
        (seal(InitiateMeterTestDisplay.of_test(1, subclass=1, manufacturer_code=100)), "0100", {AUTHENTIC}),
        (seal(InitiateMeterTestDisplay.of_test(1, subclass=1, manufacturer_code=0x100)), "0100", {MFR}),
        (TokenBlock.sealed(1, 9, 7), "12", {AUTHENTIC}),
    ],
)
def test_authentication(block: TokenBlock, own: str, results: set[AuthenticationResult]) -> None:
    assert authenticate(block, own) == results


def test_the_coding_of_the_manufacturer_code_is_a_reading() -> None:
    block = seal(InitiateMeterTestDisplay.of_test(0, manufacturer_code=0x12))
    assert authenticate(block, "12") == {MFR}
    assert authenticate(block, "12", Interpretation(manufacturer_code=Coding.BCD)) == {AUTHENTIC}


@pytest.mark.parametrize(
    ("token", "key_type", "expiry", "results"),
    [
        (credit(0x200000), KeyType.DUTK, None, {VALID}),
        (credit(15), KeyType.DUTK, None, {VALID}),
        (credit(10), KeyType.DUTK, None, {USED}),
        (credit(20), KeyType.DUTK, None, {USED}),
        (credit(9), KeyType.DUTK, None, {OLD}),
        (currency(9), KeyType.DUTK, None, {OLD}),
        (clear(9), KeyType.DUTK, None, {OLD}),
        (credit(21), KeyType.DDTK, None, {DDTK}),
        (currency(21), KeyType.DDTK, None, {DDTK}),
        (clear(21), KeyType.DDTK, None, {VALID}),
        (credit(9), KeyType.DDTK, None, {DDTK, OLD}),
        (credit(0x55FFFF), KeyType.DUTK, 0x55, {VALID}),
        (credit(0x560000), KeyType.DUTK, 0x55, {EXPIRED}),
        (credit(0xFFFFFF), KeyType.DUTK, 255, {VALID}),
        (credit(0x010000), KeyType.DUTK, 0, {EXPIRED}),
        (InitiateMeterTestDisplay.of_test(1), KeyType.DDTK, 0, {VALID}),
        (Set3rdSectionDecoderKey(group=0, rest=0), KeyType.DDTK, 0, {VALID}),
    ],
)
def test_validation(token: Token, key_type: KeyType, expiry: int | None, results: set[ValidationResult]) -> None:
    memory = TokenMemory(held=(10, 20), key_type=key_type, key_expiry_number=expiry)
    assert validate(token, memory) == results


def test_a_meter_that_holds_nothing_finds_nothing_old_or_used() -> None:
    assert validate(credit(0), TokenMemory(held=(), key_type=KeyType.DITK, key_expiry_number=None)) == {VALID}


def test_every_transition_of_key_types_has_its_answer() -> None:
    assert all(
        isinstance(key_type_transition(parent, child), Transition) for parent in KeyType for child in KeyType
    )
    assert key_type_transition(KeyType.DITK, KeyType.DCTK) is Transition.ALLOWED
    assert key_type_transition(KeyType.DUTK, KeyType.DDTK) is Transition.ALLOWED
    assert [key_type_transition(parent, KeyType.DITK) for parent in KeyType] == [
        Transition.ALLOWED,
        *[Transition.REFUSED] * 3,
    ]


def test_small_codes() -> None:
    assert [int(code) for code in TokenCarrierType] == [1, 2, 7, 8]
    assert (DateOfExpiry.of(2031, 4).digits, DateOfExpiry("3104").year, DateOfExpiry("3104").month) == (
        "3104",
        31,
        4,
    )
    for text, says in (("310", "4 digits"), ("31x4", "4 digits"), ("3113", "month"), ("3100", "month")):
        with pytest.raises(ValueError, match=says):
            DateOfExpiry(text)
