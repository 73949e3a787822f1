"""Vectors of tokens that are not genuine for the meter that gets them (IEC 62055-41, 7.3.6)."""

from collections.abc import Callable, Iterator, Mapping

from sts62055.application.crc import crc16
from sts62055.application.currency import CurrencyAmount
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.tcdu import insert_class_bits, remove_class_bits, to_digits
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    CurrencyCredit,
    InitiateMeterTestDisplay,
    Token,
    TransferCredit,
    encode_token,
    is_encrypted,
    seal,
)
from sts62055.library.making.vectors import group, made, name_of, token_vector
from sts62055.library.rows import PAN_OF_13, Row, cipher_of, make_meter
from sts62055.library.token_fields import token_of
from sts62055.provenance import Grade

__all__ = ["authentication"]

_IDENTIFIER = TokenIdentifier(6_586_610)
_CREDIT = TransferCredit(random=5, token_identifier=_IDENTIFIER, value=256)
_TEST = InitiateMeterTestDisplay.of_test(1)
_TOKENS: Mapping[str, Token] = {
    "credit": _CREDIT,
    "currency": CurrencyCredit(subclass=4, token_identifier=_IDENTIFIER, amount=CurrencyAmount.of(16384)),
    "tamper": token_of(2, 5, {"rnd": 5, "tid": 6_586_610, "pad": 0}),
    "test-0": _TEST,
    "test-1": InitiateMeterTestDisplay.of_test(1, subclass=1),
    "key-change": token_of(2, 3, {"kenho": 15, "krn": 2, "ro": 0, "3kct": 0, "kt": 2, "nkho": "00112233"}),
}
_METERS = (
    make_meter(ea=7, dkga=2, bdt=1993, sgc="123456"),
    make_meter(ea=7, dkga=4),
    make_meter(ea=9, dkga=2, bdt=1993),
    make_meter(ea=11, dkga=4),
)
_PLAIN: Row = {"mfr_code": "00"}


def authentication() -> Iterator[Row]:
    """Return tokens with wrong CRCs, class bits, keys, digits and MfrCodes."""
    for meter in (_METERS[1], _METERS[3]):
        yield group({"meter": meter}, [*_crc_bits(meter), *_class_bits(meter)])
    for meter in _METERS:
        yield group({"meter": meter}, [*_other_keys(meter), *_wrong_ways(meter)])
    for meter in (_METERS[0], _METERS[3]):
        yield group({"meter": meter}, _wrong_digits(meter))
    yield group({"meter": _PLAIN}, _class_1_crc_bits())
    yield from _manufacturer_codes()


def _prefix(meter: Row) -> str:
    return f"authentication-{name_of(meter)}"


def _vector(name: str, comment: str, block: TokenBlock, meter: Row, *flags: str) -> Row:
    return token_vector(name, comment, encode_token(block, cipher_of(meter)), meter, flags)


def _with_crc(token: Token, crc: int) -> TokenBlock:
    return TokenBlock(token.token_class, token.subclass, token.content, crc)


def _crc_bits(meter: Row) -> Iterator[Row]:
    names = ("credit", "currency") if meter["ea"] == 11 else ("credit", "tamper", "key-change")
    for name in names:
        token = _TOKENS[name]
        for bit in range(16):
            block = _with_crc(token, seal(token).crc ^ 1 << bit)
            comment = f"bit {bit} of the CRC inverted"
            yield _vector(f"{_prefix(meter)}-{name}-crc-bit-{bit:02d}", comment, block, meter, "CrcBit")


def _class_1_crc_bits() -> Iterator[Row]:
    for name in ("test-0", "test-1"):
        token = _TOKENS[name]
        for bit in range(16):
            block = _with_crc(token, seal(token).crc ^ 1 << bit)
            comment = f"bit {bit} of the CRC inverted"
            yield _vector(f"authentication-{name}-crc-bit-{bit:02d}", comment, block, _PLAIN, "CrcBit", "Class1")


def _class_bits(meter: Row) -> Iterator[Row]:
    for name in ("credit", "tamper", "test-0"):
        token = _TOKENS[name]
        word = seal(token).word
        if is_encrypted(token.token_class, token.subclass):
            word = cipher_of(meter).encrypt(word)
        for token_class in range(4):
            if token_class != token.token_class:
                yield token_vector(
                    f"{_prefix(meter)}-{name}-class-{token_class}",
                    f"class {token.token_class} changed to {token_class}",
                    to_digits(insert_class_bits(word, token_class)),
                    meter,
                    ["ClassBits", *(["Class3", "NoRuleKnown"] if token_class == 3 else [])],
                )
        moved = token.token_class << 64 | word
        _, read = remove_class_bits(moved)
        yield token_vector(
            f"{_prefix(meter)}-{name}-class-not-moved",
            "the class in front of the word",
            to_digits(moved),
            meter,
            ["ClassBitsNotMoved", *(["Class3", "NoRuleKnown"] if read == 3 else [])],
        )


def _other_keys(meter: Row) -> Iterator[Row]:
    for what, comment, flag, other in _others(meter):
        for name in ("credit", "tamper", "key-change") if meter["dkga"] == 4 else ("credit",):
            yield token_vector(
                f"{_prefix(meter)}-{name}-{what}",
                comment,
                made(_TOKENS[name], other),
                meter,
                [flag],
                extra={"made_under": other},
                because=f"{comment[0].upper()}{comment[1:]}: this meter's key gives another block.",
            )


def _others(meter: Row) -> Iterator[tuple[str, str, str, Row]]:
    """Yield other keys than the meter's."""
    for what, comment, flag, changes in _CHANGES:
        if meter["dkga"] == 4 or what != "bdt":
            yield what, comment, flag, _changed(meter, changes)
    shared = {name: value for name, value in _attributes(meter).items() if name != "vending_key"}
    artificial = bytes(0x11 * place % 0xFF for place in range(len(meter["vending_key"]) // 2)).hex()
    other = make_meter(ea=meter["ea"], **shared, vending_key=artificial)
    yield "vending-key", "made under another vending key", "OtherVendingKey", other
    for ea, dkga, flag, what in ((7, 4, "OtherGeneration", "dkga-04"), (7, 2, "OtherGeneration", "dkga-02")):
        if meter["ea"] == ea and meter["dkga"] != dkga:
            yield what, "made under the key of another DKGA", flag, _other_generation(meter, dkga)
    for ea in (7, 9, 11):
        if ea != meter["ea"] and (ea != 11 or meter["dkga"] == 4):
            other = make_meter(ea=ea, **_attributes(meter))
            yield f"ea-{ea:02d}", f"made with EA{ea:02d}", "OtherCipher", other


_SISTER = MeterPAN(DecoderReferenceNumber.of("00", 1)).digits
_CHANGES: tuple[tuple[str, str, str, Row], ...] = (
    ("sister", "made for a meter with the next serial number", "SisterMeter", {"pan": _SISTER}),
    ("sister-13", "made for a meter with a DRN of 13 digits", "SisterMeter", {"pan": PAN_OF_13}),
    ("sgc", "made for another supply group", "WrongSgc", {"sgc": "123458"}),
    ("ti", "made under another TariffIndex", "WrongTi", {"ti": "02"}),
    ("krn", "made under another KeyRevisionNumber", "WrongKrn", {"krn": 2}),
    ("kt-0", "made under the DITK", "WrongKeyType", {"kt": 0}),
    ("kt-1", "made under the DDTK", "WrongKeyType", {"kt": 1}),
    ("kt-3", "made under the DCTK", "WrongKeyType", {"kt": 3}),
    ("bdt", "made under the key of another base date", "OtherBaseDate", {"bdt": 2035}),
)


def _attributes(meter: Row) -> Row:
    return {
        name: meter[name]
        for name in ("dkga", "pan", "kt", "sgc", "ti", "krn", "bdt", "vending_key")
        if name in meter
    }


def _changed(meter: Row, changes: Row) -> Row:
    return make_meter(ea=meter["ea"], **{**_attributes(meter), **changes})


def _other_generation(meter: Row, dkga: int) -> Row:
    shared = {name: meter[name] for name in ("pan", "kt", "sgc", "ti", "krn", "bdt")}
    return make_meter(ea=meter["ea"], dkga=dkga, **shared)


def _wrong_ways(meter: Row) -> Iterator[Row]:
    good = seal(_CREDIT)
    for what, comment, change in _CRC_MISTAKES:
        block = _with_crc(_CREDIT, change(good))
        yield _vector(f"{_prefix(meter)}-crc-{what}", comment, block, meter, "CrcOfAnotherKind")
    plain_crc = crc16((4 << 44 | _TOKENS["currency"].content).to_bytes(7))
    yield _vector(
        f"{_prefix(meter)}-currency-with-crc",
        "credit in currency with CRC in place of CRC_C",
        _with_crc(_TOKENS["currency"], plain_crc),
        meter,
        "CrossedChecksums",
        "CurrencyWithCrc",
    )
    currency_crc = crc16(_CREDIT.content.to_bytes(7) + b"\x01")
    yield _vector(
        f"{_prefix(meter)}-credit-with-crc-c",
        "credit in units with CRC_C in place of CRC",
        _with_crc(_CREDIT, currency_crc),
        meter,
        "CrossedChecksums",
    )
    yield token_vector(
        f"{_prefix(meter)}-not-encrypted",
        "the block as it is",
        to_digits(insert_class_bits(good.word, 0)),
        meter,
        ["NotEncrypted"],
    )
    reversed_key = {**meter, "decoder_key": bytes.fromhex(meter["decoder_key"])[::-1].hex()}
    yield token_vector(
        f"{_prefix(meter)}-key-reversed",
        "made under the key with its octets reversed",
        made(_CREDIT, reversed_key),
        meter,
        ["OtherKeyOrder"],
    )


def _ccitt(block: TokenBlock) -> int:
    register = 0xFFFF
    for octet in (block.token_class << 48 | block.subclass << 44 | block.content).to_bytes(7):
        register ^= octet << 8
        for _ in range(8):
            register = (register << 1 ^ (0x1021 if register & 0x8000 else 0)) & 0xFFFF
    return register


def _swapped(block: TokenBlock) -> int:
    return block.crc >> 8 | (block.crc & 0xFF) << 8


_CRC_MISTAKES: tuple[tuple[str, str, Callable[[TokenBlock], int]], ...] = (
    ("swapped", "the octets of the CRC in the other order", _swapped),
    ("ccitt", "CRC-CCITT", _ccitt),
    ("inverted", "the complement of the CRC", lambda block: block.crc ^ 0xFFFF),
    ("zero", "0 in place of the CRC", lambda _: 0),
    (
        "without-class",
        "a CRC over 48 bits, without the class",
        lambda block: crc16((block.word >> 16).to_bytes(6)),
    ),
)


def _wrong_digits(meter: Row) -> Iterator[Row]:
    digits = made(_CREDIT, meter)
    for place in range(20):
        changed = f"{digits[:place]}{(int(digits[place]) + 1) % 10}{digits[place + 1 :]}"
        if int(changed) < 1 << 66:
            yield _of_digits(
                f"{_prefix(meter)}-digit-{place + 1:02d}", f"digit {place + 1}", changed, meter, "Digit"
            )
    for place in range(19):
        left, right = digits[place], digits[place + 1]
        changed = f"{digits[:place]}{right}{left}{digits[place + 2 :]}"
        if left != right and int(changed) < 1 << 66:
            comment = f"digits {place + 1} and {place + 2} swapped"
            yield _of_digits(f"{_prefix(meter)}-swap-{place + 1:02d}", comment, changed, meter, "DigitsSwapped")


def _of_digits(name: str, comment: str, digits: str, meter: Row, flag: str) -> Row:
    _, token_class = remove_class_bits(int(digits))
    return token_vector(
        name, comment, digits, meter, [flag, *(["Class3", "NoRuleKnown"] if token_class == 3 else [])]
    )


def _manufacturer_codes() -> Iterator[Row]:
    for code, subclass, own in (("12", 0, (12, 0x12)), ("0100", 1, (100, 0x0100))):
        meter: Row = {"mfr_code": code}
        yield group({"meter": meter}, _codes(meter, code, subclass, own))
    yield group({"meter": _PLAIN}, _codes(_PLAIN, "00", 0, ()))


def _codes(meter: Row, code: str, subclass: int, own: tuple[int, ...]) -> Iterator[Row]:
    for given in (0, *own, 77, 255):
        token = InitiateMeterTestDisplay.of_test(1, subclass=subclass, manufacturer_code=given)
        if given == 0 and not own:
            continue
        is_own = given in own
        yield token_vector(
            f"authentication-mfr-{code}-given-{given}",
            f"MfrCode bits {given:#x} for a meter of MfrCode {code}",
            made(token, meter),
            meter,
            ["Class1", *(["ManufacturerCode"] if given else ["TestNumber"]), *(["NoRuleKnown"] if is_own else [])],
            because="Whether the bits write the code in binary or in BCD is not decided." if is_own else None,
            grade=Grade.INFERRED if is_own else Grade.TWO_SOURCES,
        )
        if given and not is_own:
            block = _with_crc(token, seal(token).crc ^ 1)
            yield token_vector(
                f"authentication-mfr-{code}-given-{given}-crc",
                f"MfrCode bits {given:#x} and a wrong CRC for a meter of MfrCode {code}",
                encode_token(block, cipher_of(meter)),
                meter,
                ["Class1", "ManufacturerCode", "BothErrors", "CrcBit"],
                grade=Grade.TWO_SOURCES,
            )
