"""Likely cause of a token that fails: a typing error, or a key with one attribute different (7.3.6).

A CRC has 16 bits: of n neighbours that have nothing to do with the token, some are right by chance with a
probability of about n/65536. That is told with every finding.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TypeAlias

from sts62055.application.ciphers import BlockCipher, EncryptionAlgorithm
from sts62055.application.explanation import summarize, token_name
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.keys import KeyAttributes, KeyType
from sts62055.application.tcdu import LIMIT
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import BaseDate
from sts62055.application.tokens import decode_token

__all__ = ["CRC_VALUES", "CipherSource", "Diagnosis", "Finding", "diagnose"]

CRC_VALUES = 1 << 16
"""How many values a CRC has."""

CipherSource: TypeAlias = Callable[[KeyAttributes], BlockCipher]
"""Makes the cipher of any attributes under the vending key; ValueError where they do not go together."""

_NEAR_SERIAL_NUMBERS = 20
_SERIAL_NUMBERS = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One neighbour whose CRC is right.

    kind: what was changed, e.g. "TI". digits: the token, corrected where they were mistyped. attributes: those
    under which it is authentic. trials: how many neighbours of this kind were tried.
    """

    kind: str
    cause: str
    digits: str
    attributes: KeyAttributes
    trials: int
    block: TokenBlock = field(repr=False)

    @property
    def chance(self) -> float:
        """The probability that this many neighbours give a right CRC by chance, 0 to 1."""
        return self.trials / CRC_VALUES

    @property
    def sentence(self) -> str:
        """What is likely the cause, what the token then is, and how far that may be trusted."""
        what = summarize(self.block, self.attributes.base_date)
        return f"{self.cause}: {what}. By chance: {self.chance:.2%} ({self.trials} tried)."


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, in the order of the search, and how many neighbours were tried."""

    findings: tuple[Finding, ...]
    trials: int

    @property
    def chance(self) -> float:
        """The probability of a finding by chance in all trials together, 0 to 1."""
        return self.trials / CRC_VALUES


@dataclass(frozen=True, slots=True)
class _Neighbour:
    cause: str
    digits: str
    attributes: KeyAttributes


def diagnose(digits: str, attributes: KeyAttributes, cipher_of: CipherSource) -> Diagnosis:
    """Try the neighbours of 20 digits and of a key's attributes; some 800 decryptions, well below a second.

    A neighbour is reported if its CRC is right and its class and subclass are not reserved. ValueError unless
    there are 20 decimal digits; they may write a number beyond 66 bits, which may be a token mistyped.
    """
    if len(digits) != 20 or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"a token has 20 decimal digits, and this is {digits!r}")
    findings: list[Finding] = []
    total = 0
    for kind, neighbours in _searches(digits, attributes):
        trials, hits = _try(neighbours, cipher_of)
        total += trials
        findings += [
            Finding(
                kind=kind,
                cause=hit.cause,
                digits=hit.digits,
                attributes=hit.attributes,
                trials=trials,
                block=block,
            )
            for hit, block in hits
        ]
    return Diagnosis(tuple(findings), total)


def _searches(digits: str, own: KeyAttributes) -> Iterator[tuple[str, Iterable[_Neighbour]]]:
    """Yield each kind of neighbour, the likely ones first."""
    yield "digit", (_Neighbour(cause, typed, own) for cause, typed in _one_digit(digits))
    yield "neighbouring digits", (_Neighbour(cause, typed, own) for cause, typed in _swapped(digits, near=True))
    yield "swapped digits", (_Neighbour(cause, typed, own) for cause, typed in _swapped(digits, near=False))
    if int(digits) < LIMIT:
        for kind, search in _KEY_SEARCHES.items():
            yield kind, (_Neighbour(cause, digits, changed) for cause, changed in search(own))


def _try(
    neighbours: Iterable[_Neighbour], cipher_of: CipherSource
) -> tuple[int, list[tuple[_Neighbour, TokenBlock]]]:
    trials = 0
    hits = []
    ciphers: dict[KeyAttributes, BlockCipher] = {}
    for neighbour in neighbours:
        try:
            if neighbour.attributes not in ciphers:
                ciphers[neighbour.attributes] = cipher_of(neighbour.attributes)
            block = decode_token(neighbour.digits, ciphers[neighbour.attributes])
        except ValueError:
            continue
        trials += 1
        if block.is_authentic and token_name(block.token_class, block.subclass) != "reserved":
            hits.append((neighbour, block))
    return trials, hits


def _one_digit(digits: str) -> Iterator[tuple[str, str]]:
    for place, typed in enumerate(digits):
        for digit in "0123456789":
            if digit != typed:
                cause = f"digit {place + 1} should be {digit}, not {typed}"
                yield cause, f"{digits[:place]}{digit}{digits[place + 1 :]}"


def _swapped(digits: str, *, near: bool) -> Iterator[tuple[str, str]]:
    for left, right in _pairs(digits):
        if (right - left == 1) is near:
            yield f"digits {left + 1} and {right + 1} are swapped", _swap(digits, left, right)


def _pairs(digits: str) -> Iterator[tuple[int, int]]:
    """Yield the places of any two digits that differ."""
    return ((one, other) for one, other in combinations(range(len(digits)), 2) if digits[one] != digits[other])


def _swap(digits: str, left: int, right: int) -> str:
    changed = list(digits)
    changed[left], changed[right] = changed[right], changed[left]
    return "".join(changed)


_Search: TypeAlias = Callable[[KeyAttributes], Iterator[tuple[str, KeyAttributes]]]


def _key_revisions(own: KeyAttributes) -> Iterator[tuple[str, KeyAttributes]]:
    for number in range(1, 10):
        if number != own.key_revision_number:
            cause = f"it is for KRN {number}, not {own.key_revision_number}"
            yield cause, replace(own, key_revision_number=number)


def _tariff_indexes(own: KeyAttributes) -> Iterator[tuple[str, KeyAttributes]]:
    for number in range(100):
        index = f"{number:02d}"
        if index != own.tariff_index:
            yield f"it is for TI {index}, not {own.tariff_index}", replace(own, tariff_index=index)


def _key_types(own: KeyAttributes) -> Iterator[tuple[str, KeyAttributes]]:
    for kind in KeyType:
        if kind is not own.key_type:
            yield f"it is under a {kind.name}, not a {own.key_type.name}", replace(own, key_type=kind)


def _base_dates(own: KeyAttributes) -> Iterator[tuple[str, KeyAttributes]]:
    for date in BaseDate:
        if date is not own.base_date:
            cause = f"it is for base date {date.value}, not {own.base_date.value}"
            yield cause, replace(own, base_date=date)


def _encryption_algorithms(own: KeyAttributes) -> Iterator[tuple[str, KeyAttributes]]:
    for algorithm in EncryptionAlgorithm:
        if algorithm is not own.encryption_algorithm:
            cause = f"it is for EA{algorithm:02d}, not EA{own.encryption_algorithm:02d}"
            yield cause, replace(own, encryption_algorithm=algorithm)


def _near_meters(own: KeyAttributes) -> Iterator[tuple[str, KeyAttributes]]:
    drn = own.pan.drn
    for distance in range(1, _NEAR_SERIAL_NUMBERS + 1):
        for serial in (drn.serial_number + distance, drn.serial_number - distance):
            if 0 <= serial < _SERIAL_NUMBERS:
                yield _of_meter(own, DecoderReferenceNumber.of(drn.manufacturer_code, serial))


def _swapped_meters(own: KeyAttributes) -> Iterator[tuple[str, KeyAttributes]]:
    near = {changed.pan for _, changed in _near_meters(own)}
    payload = own.pan.drn.digits[:-1]
    for left, right in _pairs(payload):
        changed = _swap(payload, left, right)
        drn = DecoderReferenceNumber.of(changed[:-8], int(changed[-8:]))
        if MeterPAN(drn) not in near:
            cause, attributes = _of_meter(own, drn)
            yield f"{cause} (digits {left + 1} and {right + 1} swapped)", attributes


def _of_meter(own: KeyAttributes, drn: DecoderReferenceNumber) -> tuple[str, KeyAttributes]:
    cause = f"it is for the meter with DRN {drn.digits}, not {own.pan.drn.digits}"
    return cause, replace(own, pan=MeterPAN(drn))


def _supply_groups(own: KeyAttributes) -> Iterator[tuple[str, KeyAttributes]]:
    code = own.supply_group_code
    for typed in (changed for _, changed in (*_one_digit(code), *_swapped(code, near=True))):
        yield f"it is for SGC {typed}, not {code}", replace(own, supply_group_code=typed)


_KEY_SEARCHES: dict[str, _Search] = {
    "KRN": _key_revisions,
    "TI": _tariff_indexes,
    "KT": _key_types,
    "base date": _base_dates,
    "EA": _encryption_algorithms,
    "DRN": _near_meters,
    "swapped DRN": _swapped_meters,
    "SGC": _supply_groups,
}
