"""The simulated meter against published tokens: whoever judges it and the meter itself do not share a mistake.

The encoders of `sts62055` have no part in this: digits, keys, plain blocks and amounts come from the library.
"""

from typing import Any

import pytest

from meter_on_bench import MeterOnBench, configuration
from sts62055 import library
from sts62055.application.amounts import decode_amount
from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.identifiers import MeterPAN
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.results import Accept, CRCError, FormatError, FunctionError, RangeError, TokenStatus
from sts_rigs.actions import Action
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.credit_registers import CreditRegisters
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import AmountDecoder, Functions
from sts_rigs.simulator.meter.memory import MeterState, NonVolatileMemory

Row = dict[str, Any]
ROWS = [row for row in library.tokens() if "decoder_key" in row]
DISPLAY_ROWS = [row for row in library.tokens() if row["class"] == 1 and row["subclass"] < 2]
KNOWN = {(0, 0), (2, 0), (2, 1), (2, 5)}
KNOWN_ROWS = [row for row in ROWS if (row["class"], row["subclass"]) in KNOWN]
OTHER_ROWS = [row for row in ROWS if (row["class"], row["subclass"]) not in KNOWN and "tid" in row]
ENCRYPTED_CLASS_1 = "V193"
"""The one row of class 1 whose block is encrypted: no rule of ours reads it."""


def each(rows: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=[row["id"] for row in rows])


def facts(row: Row) -> dict[str, Any]:
    return {
        "pan": MeterPAN.parse(row["pan"]),
        "decoder_key": DecoderKey(bytes.fromhex(row["decoder_key"])),
        "encryption_algorithm": EncryptionAlgorithm(row["ea"]),
        "key_type": KeyType(row["kt"]),
        "supply_group_code": row["sgc"],
        "oldest_token": 0,
        "credit_limit": 0xFFFFFFFF,
    }


def extracted(row: Row, **changes: Any) -> Apdu:
    extraction = ApduExtraction(configuration(**changes), memory())
    number = extraction.number(row["token"])
    assert number is not None
    return extraction.extract(number)


def memory() -> NonVolatileMemory:
    return NonVolatileMemory(MeterState(token_identifiers=(0,)))


def functions_of(held: NonVolatileMemory) -> Functions:
    made = configuration()
    return Functions(made, held, AmountDecoder(made, held), CreditRegisters(made, held), lambda: 0)


def value_of(row: Row) -> int:
    value: int = row["value16"] if "value16" in row else row["amount16"]
    return value


def test_the_rows_cover_both_ciphers_for_each_token_that_the_meter_knows() -> None:
    assert {(row["class"], row["subclass"], row["ea"]) for row in KNOWN_ROWS} == {
        (*kind, algorithm) for kind in KNOWN for algorithm in (7, 11)
    }


@each([row for row in ROWS if row["id"] != ENCRYPTED_CLASS_1])
def test_extraction_gives_the_plain_block(row: Row) -> None:
    assert extracted(row, **facts(row)) == Apdu(row["class"], int(row["plain_block64"], 16))


@each(DISPLAY_ROWS)
def test_extraction_gives_the_plain_block_of_a_token_without_encryption(row: Row) -> None:
    assert extracted(row) == Apdu(1, int(row["plain_block64"], 16))


@each(KNOWN_ROWS)
def test_the_fields_are_those_that_were_published(row: Row) -> None:
    apdu = Apdu(row["class"], int(row["plain_block64"], 16))
    assert (apdu.subclass, apdu.token_identifier, apdu.value) == (row["subclass"], row["tid"], value_of(row))


@each(ROWS + DISPLAY_ROWS)
def test_a_token_is_authentic_with_its_crc_and_with_no_other(row: Row) -> None:
    authentication = TokenAuthentication(configuration(), memory())
    word = int(row["plain_block64"], 16)
    published = authentication.check_crc(Apdu(row["class"], word))
    assert published is (None if row["crc"] == "CRC" else CRCError)
    spoiled = {authentication.check_crc(Apdu(row["class"], word ^ 1 << bit)) for bit in range(64)}
    assert spoiled == {CRCError}
    assert authentication.check_crc(Apdu(row["class"] ^ 1, word)) is CRCError


def expected(row: Row) -> tuple[TokenStatus, dict[str, int]]:
    value = value_of(row)
    match row["class"], row["subclass"]:
        case 0, 0:
            return Accept, {"electricity_credit": decode_amount(value)}
        case 2, 0:
            return Accept, {"maximum_power_limit": decode_amount(value)}
        case 2, 1:
            return (Accept if value in (0, 0xFFFF) else RangeError), {}
    return (Accept, {"tamper_status": 0}) if value == 0 else (FormatError, {"tamper_status": 1})


@each(KNOWN_ROWS)
def test_a_meter_with_that_key_takes_the_token(row: Row) -> None:
    bench = MeterOnBench(**facts(row))
    bench.do(Action.OPEN_COVER)
    result, registers = expected(row)
    assert bench.enter(row["token"]) is result
    assert {name: bench.read(name) for name in registers} == registers


@each(KNOWN_ROWS[::8])
def test_a_meter_with_another_key_refuses_the_token(row: Row) -> None:
    key = bytes.fromhex(row["decoder_key"])
    bench = MeterOnBench(**{**facts(row), "decoder_key": DecoderKey(bytes([key[0] ^ 0x10, *key[1:]]))})
    assert bench.enter(row["token"]) is CRCError


@each([row for row in OTHER_ROWS if row["crc"] == "CRC"][::8])
def test_a_meter_without_the_function_says_so(row: Row) -> None:
    assert MeterOnBench(**facts(row)).enter(row["token"]) is FunctionError


@each([row for row in OTHER_ROWS if row["crc"] == "CRC_C"][::8])
def test_a_meter_without_currency_sees_a_crc_error(row: Row) -> None:
    assert MeterOnBench(**facts(row)).enter(row["token"]) is CRCError


@each(DISPLAY_ROWS)
def test_a_meter_shows_what_a_published_display_token_asks_for(row: Row) -> None:
    control = int(row.get("control36") or row["control28"], 16)
    bits = 36 if row["subclass"] == 0 else 28
    bench = MeterOnBench(tests=frozenset(range(1, 37)))
    assert bench.enter(row["token"]) is Accept
    number = 0 if control == (1 << bits) - 1 else control.bit_length()
    functions = functions_of(memory())
    assert bench.display == ("all" if number == 0 else functions.shown_by_test(number))


def test_every_amount_is_decoded_as_the_judge_decodes_it() -> None:
    decoder = AmountDecoder(configuration(), memory())
    assert [decoder.decode(field) for field in range(0x10000)] == [
        decode_amount(field) for field in range(0x10000)
    ]


@each([row for row in ROWS if "units" in row])
def test_a_published_amount_is_decoded_to_no_less_than_was_sold(row: Row) -> None:
    decoder = AmountDecoder(configuration(), memory())
    step = 10 ** (value_of(row) >> 14)
    assert row["units"] <= decoder.decode(value_of(row)) < row["units"] + step
