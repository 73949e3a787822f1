"""Recomputation of what a vector states, from its own inputs, by the standard as code (IEC 62055-41, 6 and 7)."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from sts62055.application.amounts import decode_amount, encode_amount
from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.crc import crc16
from sts62055.application.currency import CurrencyAmount
from sts62055.application.identifiers import luhn_check_digit
from sts62055.application.key_change import KeyChange
from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm, data_block
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.tcdu import insert_class_bits, to_digits
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import BaseDate, TokenIdentifier
from sts62055.application.tokens import encode_token, seal
from sts62055.library.expectation import of_digits, of_key_change, of_token
from sts62055.library.making.vectors import stated
from sts62055.library.rows import Row, cipher_of, decoder_key_of, key_attributes
from sts62055.library.token_fields import token_of

__all__ = ["Difference", "of_group", "of_vector"]

_CREDIT_UNIT = 100_000
"""How many units of a currency amount make one of the base currency."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A stated value that is not the computed one; place: where in the vector, as the end of a JSON path."""

    place: str
    expected: object
    found: object


def of_group(shared: Row) -> Iterator[Difference]:
    """Yield what is wrong in what the vectors of a group share: the meter's key."""
    meter = shared.get("meter", {})
    if "vending_key" in meter:
        yield from _key(meter, ".meter")


def of_vector(subject: str, shared: Row, vector: Row) -> Iterator[Difference]:
    """Yield what is wrong in one vector of a subject.

    Where one value follows from another, the first that is wrong is named and the rest left out.
    """
    kind = next((kind for kind in ("sequence", "entry", "token") if kind in vector), None)
    if kind == "token" and "meter" not in shared:
        kind = None
    recompute = _OF_KIND[kind] if kind else _OF_SUBJECT[subject]
    try:
        yield from recompute(shared, vector)
    except (KeyError, ValueError) as error:
        yield Difference("", "values that belong together", f"{type(error).__name__}: {error}")


def _compare(computed: Row, found: Row, place: str = "") -> Iterator[Difference]:
    for name, value in computed.items():
        if name not in found:
            yield Difference(f"{place}.{name}", value, "nothing")
        elif found[name] != value:
            yield Difference(f"{place}.{name}", value, found[name])


def _key(meter: Row, place: str) -> Iterator[Difference]:
    yield from _compare({"decoder_key": decoder_key_of(meter).reveal().hex()}, meter, place)


def _token(shared: Row, vector: Row) -> Iterator[Difference]:
    meter = shared["meter"]
    wrong = list(_token_parts(meter, vector, ""))
    yield from wrong
    if wrong:
        return
    if "asked" in vector:
        yield from _asked(meter, vector)
    expectation = of_token(vector["token"], meter, shared.get("memory"))
    yield from _compare({"expected": list(expectation.expected), "result": expectation.result}, vector)
    if "made_under" in vector:
        yield from _key(vector["made_under"], ".made_under")
        read = stated(vector["token"], vector["made_under"])
        if read["crc"] == "wrong":
            yield Difference(".made_under", "a meter for which the token is genuine", "a wrong CRC under its key")


def _token_parts(meter: Row, vector: Row, place: str) -> Iterator[Difference]:
    """Compare fields, content, block and digits, each with the one before."""
    block = TokenBlock.parse(vector["class"], int(vector["block"], 16))
    if "fields" in vector:
        sealed = seal(token_of(vector["class"], vector["subclass"], vector["fields"]))
        if sealed.word != block.word:
            yield Difference(f"{place}.block", f"{sealed.word:016x}", vector["block"])
            return
    digits = _digits(block, meter)
    if digits != vector["token"]:
        yield Difference(f"{place}.token", digits, vector["token"])
        return
    read = stated(vector["token"], meter)
    yield from _compare(read, vector, place)
    for name in ("fields", "means"):
        if name in vector and name not in read:
            yield Difference(f"{place}.{name}", "nothing", vector[name])


def _digits(block: TokenBlock, meter: Row) -> str:
    """Return the digits of a block; one of class 1 with a wrong CRC was read as it is."""
    if block.token_class == 1 and not block.is_authentic:
        return to_digits(insert_class_bits(block.word, block.token_class))
    return encode_token(block, cipher_of(meter))


def _asked(meter: Row, vector: Row) -> Iterator[Difference]:
    asked, fields = vector["asked"], vector["fields"]
    computed: Row = {}
    if "units" in asked:
        computed["amount"] = encode_amount(asked["units"])
    if "currency_amount" in asked:
        amount = CurrencyAmount.of(int(Decimal(asked["currency_amount"]) * _CREDIT_UNIT))
        computed |= {"se": amount.sign_and_exponent, "amount": amount.field}
    if "date" in asked:
        moment = datetime.fromisoformat(asked["date"]).replace(tzinfo=UTC)
        computed["tid"] = TokenIdentifier.issued_at(moment, BaseDate(meter["bdt"])).minutes
    if "new_key" in asked:
        part = _parts_of_key(asked["new_key"])[vector["subclass"]]
        computed |= {"nkho": part} if "nkho" in fields else {"nklo": part} if "nklo" in fields else {}
        computed |= {"rest": part} if part is not None and "rest" in fields else {}
    yield from _compare(computed, fields, ".fields")


def _parts_of_key(key: str) -> Mapping[int, str | None]:
    is_long = len(key) == 32
    return {
        3: key[:8],
        4: key[-8:],
        8: key[8:16] if is_long else None,
        9: key[16:24] if is_long else None,
    }


def _sequence(shared: Row, vector: Row) -> Iterator[Difference]:
    meter = shared["meter"]
    for place, token in enumerate(vector["sequence"]):
        yield from _token_parts(meter, token, f".sequence[{place}]")
    digits = [token["token"] for token in vector["sequence"]]
    expectation = of_key_change(digits, meter)
    for place, (token, expected) in enumerate(zip(vector["sequence"], expectation.expected, strict=True)):
        yield from _compare({"expected": list(expected)}, token, f".sequence[{place}]")
    yield from _compare({"decoder_key": expectation.decoder_key}, vector["after"], ".after")
    yield from _compare({"result": expectation.result}, vector)
    if "change" in vector:
        yield from _change(meter, vector["change"], digits)


def _change(meter: Row, change: Row, digits: list[str]) -> Iterator[Difference]:
    whole = KeyChange(
        new_key=DecoderKey(bytes.fromhex(change["decoder_key"])),
        key_type=KeyType(change["kt"]),
        key_revision_number=change["krn"],
        tariff_index=change["ti"],
        key_expiry_number=change["ken"],
        supply_group_code=change["sgc"],
        roll_over=bool(change["ro"]),
    )
    computed = [encode_token(seal(token), cipher_of(meter)) for token in whole.tokens()]
    if computed != digits:
        yield Difference(".change", computed, digits)


def _entry(_: Row, vector: Row) -> Iterator[Difference]:
    expectation = of_digits(vector["entry"])
    text = vector["entry"]
    if len(text) == 20 and text.isascii() and text.isdigit() and int(text) < 1 << 66:
        yield Difference(".entry", "an entry that is no token", text)
    yield from _compare({"expected": list(expectation.expected), "result": expectation.result}, vector)


def _check_digit(_: Row, vector: Row) -> Iterator[Difference]:
    check = luhn_check_digit(vector["payload"])
    if vector["result"] == "valid":
        yield from _compare({"check": check}, vector)
    else:
        yield from _compare({"result": "valid" if check == vector["check"] else "invalid"}, vector)


def _crc(_: Row, vector: Row) -> Iterator[Difference]:
    stored = f"{crc16(bytes.fromhex(vector['bytes'])):04x}"
    yield from _compare({"result": "valid", "stored": stored}, vector)


def _cipher(shared: Row, vector: Row) -> Iterator[Difference]:
    if "mac" in vector:
        mac = hmac.new(bytes.fromhex(vector["key"]), vector["data_ascii"].encode("ascii"), hashlib.sha256)
        yield from _compare({"result": "valid", "mac": mac.hexdigest()}, vector)
        return
    algorithm = EncryptionAlgorithm(int(shared["cipher"].removeprefix("ea")))
    cipher = make_cipher(algorithm, bytes.fromhex(vector["key"]))
    word = cipher.encrypt(int(vector["plain"], 16))
    computed: Row = {"result": "valid", "cipher": f"{word:016x}"}
    if "token" in vector:
        computed["token"] = to_digits(insert_class_bits(word, vector["class"]))
    yield from _compare(computed, vector)
    back = cipher.decrypt(int(vector["cipher"], 16))
    if f"{word:016x}" == vector["cipher"]:
        yield from _compare({"plain": f"{back:016x}"}, vector)


def _generated_key(shared: Row, vector: Row) -> Iterator[Difference]:
    attributes = key_attributes(vector)
    computed: Row = {
        "result": "valid",
        "dkga": shared["dkga"],
        "pan_block": f"{attributes.pan_block:016x}",
        "control_block": f"{attributes.control_block:016x}",
    }
    if vector["dkga"] == DecoderKeyGenerationAlgorithm.DKGA04:
        computed["data_block"] = data_block(attributes).hex()
    yield from _compare(computed, vector)
    yield from _key(vector, "")


def _amount(_: Row, vector: Row) -> Iterator[Difference]:
    try:
        field = encode_amount(vector["units"])
    except ValueError:
        yield from _compare({"result": "invalid"}, vector)
        return
    yield from _compare({"result": "valid", "field": f"{field:04x}", "decoded": decode_amount(field)}, vector)


def _currency_amount(_: Row, vector: Row) -> Iterator[Difference]:
    try:
        amount = CurrencyAmount.of(int(vector["units"]))
    except ValueError:
        yield from _compare({"result": "invalid"}, vector)
        return
    computed: Row = {"result": "valid", "se": amount.sign_and_exponent, "field": f"{amount.field:04x}"}
    yield from _compare({**computed, "decoded": str(amount.units)}, vector)


def _token_identifier(shared: Row, vector: Row) -> Iterator[Difference]:
    base = BaseDate(shared["bdt"])
    moment = datetime.fromisoformat(vector["moment"]).replace(tzinfo=UTC)
    try:
        identifier = TokenIdentifier.at(moment, base)
    except ValueError:
        yield from _compare({"result": "invalid"}, vector)
        return
    issued = TokenIdentifier.issued_at(moment, base)
    yield from _compare({"result": "valid", "tid": identifier.minutes, "issued": issued.minutes}, vector)


_Recompute = Callable[[Row, Row], Iterator[Difference]]
_OF_KIND: Mapping[str, _Recompute] = MappingProxyType({"sequence": _sequence, "entry": _entry, "token": _token})
_OF_SUBJECT: Mapping[str, _Recompute] = MappingProxyType(
    {
        "check_digits": _check_digit,
        "crc": _crc,
        "ciphers": _cipher,
        "key_generation": _generated_key,
        "amounts": _amount,
        "currency_amounts": _currency_amount,
        "token_identifiers": _token_identifier,
    }
)
