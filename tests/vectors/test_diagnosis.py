"""Each likely cause is found for a token that fails because of it."""

import time
from dataclasses import replace
from typing import Any

import pytest

from sts62055.application.ciphers import BlockCipher, EncryptionAlgorithm, make_cipher
from sts62055.application.diagnosis import Finding, diagnose
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm, generate_decoder_key
from sts62055.application.keys import KeyAttributes, KeyType, VendingKey
from sts62055.application.tcdu import LIMIT
from sts62055.application.token_identifier import BaseDate, TokenIdentifier
from sts62055.application.tokens import TransferCredit, decode_token, encode_token, seal

VENDING_KEY = VendingKey(bytes(range(20)))
OWN = KeyAttributes(
    pan=MeterPAN(DecoderReferenceNumber("12345678903")),
    key_type=KeyType.DUTK,
    supply_group_code="123457",
    tariff_index="01",
    key_revision_number=1,
    base_date=BaseDate.BDT14,
    encryption_algorithm=EncryptionAlgorithm.MISTY1,
)
CREDIT = TransferCredit(random=5, token_identifier=TokenIdentifier(6472025), value=100)


def cipher_of(attributes: KeyAttributes) -> BlockCipher:
    key = generate_decoder_key(DecoderKeyGenerationAlgorithm.DKGA04, VENDING_KEY, attributes)
    return make_cipher(attributes.encryption_algorithm, key.reveal())


def minted(**changes: Any) -> str:
    return encode_token(seal(CREDIT), cipher_of(replace(OWN, **changes)))


def found(digits: str, kind: str) -> list[Finding]:
    return [finding for finding in diagnose(digits, OWN, cipher_of).findings if finding.kind == kind]


def swap(digits: str, left: int, right: int) -> str:
    changed = list(digits)
    changed[left], changed[right] = changed[right], changed[left]
    return "".join(changed)


@pytest.mark.parametrize(
    ("kind", "changes", "cause"),
    [
        ("KRN", {"key_revision_number": 9}, "it is for KRN 9, not 1"),
        ("TI", {"tariff_index": "99"}, "it is for TI 99, not 01"),
        ("KT", {"key_type": KeyType.DITK}, "it is under a DITK, not a DUTK"),
        ("base date", {"base_date": BaseDate.BDT93}, "it is for base date 1993, not 2014"),
        ("EA", {"encryption_algorithm": EncryptionAlgorithm.STA}, "it is for EA07, not EA11"),
        ("DRN", {"pan": MeterPAN(DecoderReferenceNumber.of("12", 34567910))}, "it is for the meter with DRN"),
        ("DRN", {"pan": MeterPAN(DecoderReferenceNumber.of("12", 34567870))}, "it is for the meter with DRN"),
        (
            "swapped DRN",
            {"pan": MeterPAN(DecoderReferenceNumber.of("13", 24567890))},
            "(digits 2 and 3 swapped)",
        ),
        ("SGC", {"supply_group_code": "123487"}, "it is for SGC 123487, not 123457"),
        ("SGC", {"supply_group_code": "123547"}, "it is for SGC 123547, not 123457"),
    ],
)
def test_another_key_is_found(kind: str, changes: dict[str, Any], cause: str) -> None:
    (finding,) = found(minted(**changes), kind)
    assert cause in finding.cause
    assert finding.attributes == replace(OWN, **changes)
    assert "10.0 kWh" in finding.sentence


@pytest.mark.parametrize("place", range(20))
def test_one_mistyped_digit_is_found(place: int) -> None:
    right = minted()
    wrong = f"{right[:place]}{(int(right[place]) + 1) % 10}{right[place + 1 :]}"
    findings = found(wrong, "digit")
    assert right in [finding.digits for finding in findings]
    assert f"digit {place + 1} should be {right[place]}" in findings[0].cause


@pytest.mark.parametrize(("left", "right", "kind"), [(3, 4, "neighbouring digits"), (2, 11, "swapped digits")])
def test_swapped_digits_are_found(left: int, right: int, kind: str) -> None:
    token = next(
        digits
        for value in range(100)
        for digits in [encode_token(seal(replace(CREDIT, value=value)), cipher_of(OWN))]
        if digits[left] != digits[right]
    )
    (finding,) = found(swap(token, left, right), kind)
    assert finding.digits == token
    assert finding.cause == f"digits {left + 1} and {right + 1} are swapped"


def test_a_number_beyond_66_bits_is_taken_for_a_typing_error() -> None:
    right = minted()
    wrong = f"9{right[1:]}"
    assert int(wrong) >= LIMIT
    diagnosis = diagnose(wrong, OWN, cipher_of)
    assert [finding.digits for finding in diagnosis.findings] == [right]


def test_the_probability_of_a_chance_hit_is_told() -> None:
    digits = minted(tariff_index="02")
    diagnosis = diagnose(digits, OWN, cipher_of)
    (finding,) = [finding for finding in diagnosis.findings if finding.kind == "TI"]
    assert finding.trials == 99
    assert finding.chance == 99 / 65536
    assert "0.15%" in finding.sentence
    assert diagnosis.chance == diagnosis.trials / 65536


def test_what_the_vending_key_cannot_make_is_passed_over() -> None:
    def only_own(attributes: KeyAttributes) -> BlockCipher:
        if attributes != OWN:
            raise ValueError("no such key")
        return cipher_of(attributes)

    assert diagnose(minted(tariff_index="02"), OWN, only_own).trials <= 180 + 190


@pytest.mark.parametrize("algorithm", EncryptionAlgorithm)
def test_the_search_is_short_and_a_hit_by_chance_is_rare(algorithm: EncryptionAlgorithm) -> None:
    own = replace(OWN, encryption_algorithm=algorithm)
    started = time.monotonic()
    diagnoses = [
        diagnose(f"{number:020d}", own, cipher_of) for number in range(12345678901234567890, 12345678901234567895)
    ]
    assert time.monotonic() - started < 10
    assert all(500 < diagnosis.trials < 1000 for diagnosis in diagnoses)
    assert sum(len(diagnosis.findings) for diagnosis in diagnoses) <= 1


def test_every_finding_is_authentic_under_what_it_names() -> None:
    for number in range(20):
        for finding in diagnose(f"{number * 10**18 + 7:020d}", OWN, cipher_of).findings:
            assert decode_token(finding.digits, cipher_of(finding.attributes)).is_authentic


@pytest.mark.parametrize("digits", ["", "1" * 19, "1" * 21, "x" * 20, "\u0661" * 20])
def test_what_is_not_20_digits_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="20 decimal digits"):
        diagnose(digits, OWN, cipher_of)
