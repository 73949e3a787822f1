"""Results that a meter may give to a token of the library (IEC 62055-41, 7.1.3-7.1.5, 7.3.6, 7.3.7 and 8).

Everything follows from the digits, the meter's key and what it holds. Where no published rule decides, the
answer is every result that is left open, and the vector is conditional.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sts62055.application.codes import Transition, key_type_transition
from sts62055.application.interpretation import Coding, Interpretation
from sts62055.application.key_change import KeyChange, KeyChangeToken
from sts62055.application.keys import KeyType
from sts62055.application.reception import TokenMemory, authenticate, validate
from sts62055.application.tcdu import DIGITS
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import (
    ALL_REGISTERS,
    ClearCredit,
    ClearTamperCondition,
    InitiateMeterTestDisplay,
    Set1stSectionDecoderKey,
    Set2ndSectionDecoderKey,
    Set3rdSectionDecoderKey,
    Set4thSectionDecoderKey,
    SetMaximumPhasePowerUnbalanceLimit,
    SetMaximumPowerLimit,
    Token,
    decode_block,
    decode_token,
)
from sts62055.library.rows import Row, cipher_of, manufacturer_code

__all__ = [
    "ANY_ERROR",
    "NO_RESULT",
    "Expectation",
    "SetExpectation",
    "of_digits",
    "of_key_change",
    "of_token",
    "transition",
]

ANY_ERROR = (
    "CRCError",
    "DDTKError",
    "FormatError",
    "FunctionError",
    "KeyExpiredError",
    "KeyTypeError",
    "MfrCodeError",
    "OldError",
    "OverflowError",
    "RangeError",
    "UsedError",
)
"""Every result that refuses a token: for what must be refused with a result that is not known."""

NO_RESULT = "NoResult"
"""The carrier does not take the entry, so that there is no token and no result."""

_OPEN_ERRORS = ("FormatError", "FunctionError", "RangeError")
_CODINGS = (Interpretation(), Interpretation(manufacturer_code=Coding.BCD))
_LAST_TEST = 18
_REGISTERS = (*range(8), ALL_REGISTERS)
_PART_NAMES = {3: "1stKCT", 4: "2ndKCT", 8: "3rdKCT", 9: "4thKCT"}
_PARTS = (Set1stSectionDecoderKey, Set2ndSectionDecoderKey, Set3rdSectionDecoderKey, Set4thSectionDecoderKey)
_LARGEST_GROUP = 999_999
_LARGEST_BCD_DIGIT = 9


@dataclass(frozen=True, slots=True)
class Expectation:
    """The results that a meter may give, in alphabetical order, and what they make of the vector."""

    result: str
    expected: tuple[str, ...]

    @classmethod
    def of(cls, results: Iterable[str]) -> "Expectation":
        """Return valid if nothing refuses the token, invalid if everything does, conditional otherwise."""
        expected = tuple(sorted({str(result) for result in results}))
        refused = [result in ANY_ERROR or result == NO_RESULT for result in expected]
        result = "invalid" if all(refused) else "conditional" if any(refused) else "valid"
        return cls(result, expected)


def of_digits(digits: str) -> Expectation:
    """Return what may come of an entry that is no number of 66 bits in 20 digits."""
    if len(digits) == DIGITS and digits.isascii() and digits.isdigit():
        return Expectation.of(ANY_ERROR)
    return Expectation.of((*ANY_ERROR, NO_RESULT))


def of_token(digits: str, meter: Row, memory: Row | None = None) -> Expectation:
    """Return what the meter may answer to 20 digits; without a memory it holds no TID and knows no expiry.

    Under a DCTK a token that comes on a magnetic card may be accepted, and any other is refused (6.5.2.3).
    """
    block = decode_token(digits, cipher_of(meter))
    if block.token_class == 3:
        return Expectation.of(ANY_ERROR)
    authentication = _authentication(block, meter)
    if authentication != {"Authentic"}:
        rest = {"Accept"} if "Authentic" in authentication else set()
        return Expectation.of(authentication - {"Authentic"} | rest)
    token = decode_block(block)
    execution = _execution(token, meter)
    validation = {str(result) for result in validate(token, _token_memory(meter, memory))} - {"Valid"}
    if validation:
        return Expectation.of(validation | {result for result in execution if result in ANY_ERROR})
    if meter.get("kt") == KeyType.DCTK and block.token_class != 1:
        return Expectation.of(execution | set(ANY_ERROR))
    return Expectation.of(execution)


def _authentication(block: TokenBlock, meter: Row) -> set[str]:
    """Return the results under each reading of the MfrCode's bits."""
    code = manufacturer_code(meter)
    return {str(result) for coding in _CODINGS for result in authenticate(block, code, coding)}


def _token_memory(meter: Row, memory: Row | None) -> TokenMemory:
    memory = memory or {"held": [], "ken": None}
    return TokenMemory(
        held=frozenset(memory["held"]),
        key_type=KeyType(meter.get("kt", KeyType.DUTK)),
        key_expiry_number=memory["ken"],
    )


def _execution(token: Token, meter: Row) -> set[str]:
    """Return what may come of executing an authentic and valid token."""
    match token:
        case ClearTamperCondition():
            return {"Accept"} if token.value == 0 else {"Accept", *_OPEN_ERRORS}
        case ClearCredit():
            return {"Accept"} if token.value in _REGISTERS else {"FunctionError", "RangeError"}
        case SetMaximumPowerLimit() | SetMaximumPhasePowerUnbalanceLimit():
            return {"Accept"} if token.value else {"Accept", *_OPEN_ERRORS}
        case InitiateMeterTestDisplay():
            return _test_display(token)
        case Set1stSectionDecoderKey() | Set2ndSectionDecoderKey() | Set3rdSectionDecoderKey():
            return _part(token, meter)
        case Set4thSectionDecoderKey():
            return _part(token, meter)
    return _of_kind(token.token_class, token.subclass)


def _of_kind(token_class: int, subclass: int) -> set[str]:
    if token_class == 0:
        return {"Accept"} if subclass < 8 else {"FunctionError"}
    if token_class == 1:
        if subclass == 2:
            return {"Accept", "FunctionError"}
        return {"FunctionError"} if subclass < 6 else {"Accept", "MfrCodeError", *_OPEN_ERRORS}
    return {"FunctionError"} if subclass in (2, 7) else {"Accept", *_OPEN_ERRORS}


def _test_display(token: InitiateMeterTestDisplay) -> set[str]:
    if len(token.tests) != 1:
        return {"Accept", *_OPEN_ERRORS}
    return {"Accept"} if token.tests[0] <= _LAST_TEST else set(_OPEN_ERRORS)


def _part(token: KeyChangeToken, meter: Row) -> set[str]:
    """Return what may come of one part of a key-change set, held until the others are there."""
    results = {_PART_NAMES[token.subclass]}
    long_key = len(meter["decoder_key"]) == 32
    match token:
        case Set1stSectionDecoderKey():
            if not 1 <= token.key_revision_number <= 9:
                results |= set(_OPEN_ERRORS)
            if long_key and token.three_tokens:
                results |= set(_OPEN_ERRORS)
            if _transition(meter, token.key_type) is not Transition.ALLOWED:
                results.add("KeyTypeError")
        case Set2ndSectionDecoderKey():
            if token.tariff_index > _LARGEST_BCD_DIGIT:
                results |= set(_OPEN_ERRORS)
        case Set3rdSectionDecoderKey():
            if not long_key and (token.rest & 0xFFFFF or _group_of_three(token) > _LARGEST_GROUP):
                results |= set(_OPEN_ERRORS)
        case Set4thSectionDecoderKey():
            if not long_key:
                results |= set(_OPEN_ERRORS)
    return results


def _group_of_three(token: Set3rdSectionDecoderKey) -> int:
    return token.group << 12 | token.rest >> 20


def transition(parent: KeyType, child: KeyType) -> Transition:
    """Return whether a keyed-in set may change the key's type: a DCTK belongs to magnetic cards."""
    known = key_type_transition(parent, child)
    return Transition.UNKNOWN if child is KeyType.DCTK and known is Transition.ALLOWED else known


def _transition(meter: Row, child: int) -> Transition:
    return transition(KeyType(meter["kt"]), KeyType(child))


@dataclass(frozen=True, slots=True)
class SetExpectation:
    """What a meter may answer to each token of a sequence, and the key that it holds in the end.

    decoder_key: None where that is open.
    """

    result: str
    expected: tuple[tuple[str, ...], ...]
    decoder_key: str | None


class _KeyChanging:
    """A meter that is being given key-change tokens, as far as its answers can be foreseen."""

    def __init__(self, meter: Row) -> None:
        self.meter = meter
        self.held: dict[int, KeyChangeToken] = {}
        self.is_open = False
        self.has_changed = False

    def answer(self, digits: str) -> set[str]:
        block = decode_token(digits, cipher_of(self.meter))
        if block.token_class == 3:
            return set(ANY_ERROR)
        authentication = _authentication(block, self.meter)
        if authentication != {"Authentic"} and not self.is_open:
            return authentication
        token = decode_block(block)
        if self.is_open:
            return self._anything(token if authentication == {"Authentic"} else None)
        if not isinstance(token, _PARTS):
            self.is_open = self.is_open or bool(self.held)
            return set(of_token(digits, self.meter).expected)
        return self._take(token)

    def _anything(self, token: Token | None) -> set[str]:
        part = {_PART_NAMES[token.subclass]} if isinstance(token, _PARTS) else set()
        return {"Accept", "CRCError", "KeyTypeError", *_OPEN_ERRORS, *part}

    def _take(self, token: KeyChangeToken) -> set[str]:
        results = _part(token, self.meter)
        if token.subclass in self.held or len(results - {"KeyTypeError"}) > 1:
            completing = {"Accept", "KeyTypeError"} if self._may_complete(token) else set()
            self.is_open = True
            return results | set(_OPEN_ERRORS) | completing
        self.held[token.subclass] = token
        first = self.held.get(3)
        if not isinstance(first, Set1stSectionDecoderKey):
            return results
        needed = self._needed(first)
        if needed > set(self.held):
            return results
        if needed != set(self.held):
            self.is_open = True
            return self._anything(token)
        return self._complete(first, results)

    def _may_complete(self, token: KeyChangeToken) -> bool:
        held = {**self.held, token.subclass: token}
        first = held.get(3)
        return isinstance(first, Set1stSectionDecoderKey) and self._needed(first) <= set(held)

    def _needed(self, first: Set1stSectionDecoderKey) -> set[int]:
        if len(self.meter["decoder_key"]) == 32:
            return {3, 4, 8, 9}
        return {3, 4, 8} if first.three_tokens else {3, 4}

    def _complete(self, first: Set1stSectionDecoderKey, results: set[str]) -> set[str]:
        transition = _transition(self.meter, first.key_type)
        if transition is Transition.REFUSED:
            self.held = {}
            return results | {"KeyTypeError"}
        if transition is Transition.UNKNOWN:
            self.is_open = True
            return results | {"Accept", "KeyTypeError"}
        try:
            change = KeyChange.assembled(self.held.values())
        except ValueError:
            self.is_open = True
            return {"Accept", *_OPEN_ERRORS}
        key = change.new_key.reveal().hex()
        if change.roll_over and key == self.meter["decoder_key"]:
            self.is_open = True
            return {"Accept", *_OPEN_ERRORS, "KeyTypeError"}
        self.meter = {**self.meter, "decoder_key": key, "kt": int(change.key_type)}
        self.held = {}
        self.has_changed = True
        return {"Accept"}


def of_key_change(sequence: Sequence[str], meter: Row) -> SetExpectation:
    """Return what the meter may answer to tokens one after the other.

    valid: its key must be changed; invalid: its key must stay; conditional: that is open.
    """
    changing = _KeyChanging(meter)
    answers = tuple(tuple(sorted(str(result) for result in changing.answer(digits))) for digits in sequence)
    if changing.is_open:
        return SetExpectation("conditional", answers, None)
    result = "valid" if changing.has_changed else "invalid"
    return SetExpectation(result, answers, changing.meter["decoder_key"])
