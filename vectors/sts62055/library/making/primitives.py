"""Vectors of the functions that tokens are made of (IEC 62055-41, 6.1.2, 6.3.5-6.3.7 and 6.5)."""

from collections.abc import Iterator
from datetime import datetime

from sts62055.application.amounts import decode_amount, encode_amount
from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.crc import crc16
from sts62055.application.currency import LARGEST_CURRENCY_AMOUNT, CurrencyAmount
from sts62055.application.identifiers import luhn_check_digit
from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm, data_block
from sts62055.application.tcdu import insert_class_bits, to_digits
from sts62055.application.token_identifier import BaseDate, TokenIdentifier
from sts62055.library.making.published import primitives
from sts62055.library.making.tokens import BOUNDARY_AMOUNTS, LEGACY_PAN, METERS
from sts62055.library.making.vectors import flags_of_meter, grade_of, group, name_of, primitive
from sts62055.library.rows import PAN_OF_11, PAN_OF_13, Row, key_attributes, make_meter
from sts62055.provenance import Grade

__all__ = ["amounts", "check_digits", "ciphers", "crc", "currency_amounts", "key_generation", "token_identifiers"]

_TEXT_DATE = "%Y-%m-%d %H:%M"


def check_digits() -> Iterator[Row]:
    """Return check digits of DRNs and MeterPANs, right and wrong."""
    yield group({"function": "luhn"}, _published_check_digits())
    yield group({"function": "luhn"}, _check_digits())


def _published_check_digits() -> Iterator[Row]:
    for row in primitives()["luhn"]:
        name = f"check-digits-{row['payload']}"
        yield primitive(name, "", ["CheckDigit", "Published"], **row, source="published")


def _check_digits() -> Iterator[Row]:
    for payload, check, source in (
        ("60072711111111115", 3, "published"),
        ("010000000000", 8, "published"),
        ("0000000000", 0, "published"),
        *((f"{number:010d}", None, "computed") for number in (1, 9, 10, 1_000_000_000, 9_999_999_999)),
        *((f"{number:012d}", None, "computed") for number in (1, 100_000_000, 123_400_000_001, 999_999_999_999)),
    ):
        digit = luhn_check_digit(payload) if check is None else check
        yield primitive(
            f"check-digits-{payload}",
            f"the check digit of {len(payload)} digits",
            ["CheckDigit", *(["Published"] if source == "published" else [])],
            payload=payload,
            check=digit,
            source=source,
        )
    for payload, check in (("1234567890", 4), ("1111111111", 3)):
        yield _wrong_check_digit(payload, check, "published")
    for check in range(1, 10):
        yield _wrong_check_digit("0000000000", check, "computed")
    yield _wrong_check_digit(PAN_OF_11[:-1], 0, "computed")
    yield _wrong_check_digit(PAN_OF_13[:-1], 3, "computed")


def _wrong_check_digit(payload: str, check: int, source: str) -> Row:
    return primitive(
        f"check-digits-{payload}-{check}",
        "a wrong check digit",
        ["CheckDigit", *(["Published"] if source == "published" else [])],
        payload=payload,
        check=check,
        result="invalid",
        because=f"The check digit must be {luhn_check_digit(payload)}.",
        source=source,
    )


def crc() -> Iterator[Row]:
    """Return CRC and CRC_C of octets, in the order in which a token stores it."""
    yield group(
        {"function": "crc16"},
        (
            primitive(f"crc-{row['bytes']}", "", ["Published", "Primitive"], **row, source="published")
            for row in primitives()["crc16"]
        ),
    )
    yield group({"function": "crc16"}, _crcs())


def _crcs() -> Iterator[Row]:
    for token_class in (0, 1, 2):
        for subclass in (0, 1, 2, 3, 5, 15):
            covered = (token_class << 48 | subclass << 44 | 0x55998630002).to_bytes(7)
            yield _crc(covered, f"class {token_class}, subclass {subclass}", ["Primitive"])
    for subclass in range(4, 8):
        covered = (subclass << 44 | 0x05998630002).to_bytes(7) + b"\x01"
        yield _crc(covered, f"CRC_C of subclass {subclass}: one octet 01 more", ["Primitive", "Currency"])


def _crc(covered: bytes, comment: str, flags: list[str]) -> Row:
    return primitive(f"crc-{covered.hex()}", comment, flags, bytes=covered.hex(), stored=f"{crc16(covered):04x}")


_KEYS = ("0000000000000000", "ffffffffffffffff", "0011223344556677", "8899aabbccddeeff", "0123456789abcdef")
_BLOCKS = ("0000000000000000", "ffffffffffffffff", "05599863000119e6", "0000000000000001")


def ciphers() -> Iterator[Row]:
    """Return blocks under each cipher, and the HMAC that DKGA04 uses."""
    published = primitives()
    yield group({"cipher": "ea11"}, _published_blocks("ea11", published["misty1"], ["Ea11"]))
    yield group({"cipher": "ea07", "sta_tables": "sample"}, _published_sta(published["sta_sample_tables"]))
    yield group({"cipher": "ea09"}, _published_blocks("ea09", published["des"], ["Ea09"]))
    yield group(
        {"cipher": "hmac_sha256"},
        (
            primitive("ciphers-hmac-sha256-1", "", ["Dkga04", "Published"], **_with_source(row))
            for row in published["hmac_sha256"]
        ),
    )
    for algorithm, flag in ((7, "Ea07SampleTables"), (9, "Ea09"), (11, "Ea11")):
        shared = {"cipher": f"ea{algorithm:02d}", **({"sta_tables": "sample"} if algorithm == 7 else {})}
        yield group(shared, _blocks(EncryptionAlgorithm(algorithm), flag))


def _published_blocks(name: str, rows: list[Row], flags: list[str]) -> Iterator[Row]:
    for row in rows:
        identifier = f"ciphers-{name}-{row['key']}-{row['plain']}"
        yield primitive(identifier, "", [*flags, "Published"], **_with_source(row))


def _with_source(row: Row) -> Row:
    return {"source": row.get("origin", "published")} | {
        name: value for name, value in row.items() if name != "origin"
    }


def _published_sta(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        cipher = make_cipher(EncryptionAlgorithm.STA, bytes.fromhex(row["key"]))
        word = cipher.encrypt(int(row["plain"], 16))
        yield primitive(
            f"ciphers-ea07-{row['key']}-{row['plain']}",
            "the worked example",
            ["Ea07SampleTables", "Published"],
            key=row["key"],
            plain=row["plain"],
            cipher=f"{word:016x}",
            **{"class": row["class"]},
            token=to_digits(insert_class_bits(word, row["class"])),
            source=row["origin"],
        )


def _blocks(algorithm: EncryptionAlgorithm, flag: str) -> Iterator[Row]:
    for half in _KEYS:
        key = half * (algorithm.key_octets // 8)
        for plain in _BLOCKS:
            word = make_cipher(algorithm, bytes.fromhex(key)).encrypt(int(plain, 16))
            yield primitive(
                f"ciphers-ea{algorithm:02d}-{key}-{plain}",
                "",
                [flag],
                key=key,
                plain=plain,
                cipher=f"{word:016x}",
                grade=Grade.TWO_SOURCES if algorithm == EncryptionAlgorithm.DEA else Grade.VERIFIED,
            )


def key_generation() -> Iterator[Row]:
    """Return DecoderKeys of each DKGA, EA and base date, for each attribute that goes into them."""
    for algorithm in (2, 4):
        yield group({"dkga": algorithm}, _published_keys(algorithm))
    for algorithm in DecoderKeyGenerationAlgorithm:
        yield group({"dkga": int(algorithm)}, _keys(algorithm))


def _published_keys(algorithm: int) -> Iterator[Row]:
    for row in primitives()[f"dkga{algorithm:02d}"]:
        changes = {name: row[name] for name in ("pan", "kt", "sgc", "ti", "krn", "bdt") if name in row}
        meter = make_meter(ea=row.get("ea", 7), dkga=algorithm, **changes, vending_key=row["vudk"])
        meter["decoder_key"] = row["decoder_key"]
        if "bdt" not in row:
            del meter["bdt"]
        yield _key(f"key-generation-published-dkga{algorithm:02d}-ea{meter['ea']:02d}", "", meter, "published")


def _keys(algorithm: DecoderKeyGenerationAlgorithm) -> Iterator[Row]:
    for meter in METERS:
        if meter["dkga"] == algorithm:
            yield _key(f"key-generation-{name_of(meter)}", "", meter, "computed")
    if algorithm is DecoderKeyGenerationAlgorithm.DKGA01:
        variants: tuple[Row, ...] = ({"kt": 1}, {"ti": "10"}, {"sgc": "100702", "kt": 3})
        shared: Row = {"pan": LEGACY_PAN, "bdt": 1993}
    else:
        variants = (
            *({"kt": kt} for kt in (0, 1, 3)),
            *({"ti": ti} for ti in ("00", "10", "16", "99")),
            *({"krn": krn} for krn in (2, 9)),
            *({"sgc": sgc} for sgc in ("000000", "999999")),
            {"pan": PAN_OF_13},
            {"pan": PAN_OF_13, "kt": 3},
        )
        shared = {"bdt": 2014}
    for ea in (7, 11) if algorithm is DecoderKeyGenerationAlgorithm.DKGA04 else (7,):
        for variant in variants:
            meter = make_meter(ea=ea, dkga=algorithm, **{**shared, **variant})
            changed = "-".join(f"{name}-{value}" for name, value in variant.items())
            yield _key(f"key-generation-{name_of(meter)}-{changed}", changed.replace("-", " "), meter, "computed")


def _key(name: str, comment: str, meter: Row, source: str) -> Row:
    flags = [*flags_of_meter(meter), f"KeyType{meter['kt']}"]
    flags += [f"Ti{meter['ti']}"] if meter["ti"] != "01" else []
    flags += ["Published"] if source == "published" else []
    attributes = key_attributes(meter)
    values = {key: value for key, value in meter.items() if key != "sta_tables"}
    values["pan_block"] = f"{attributes.pan_block:016x}"
    values["control_block"] = f"{attributes.control_block:016x}"
    if meter["dkga"] == DecoderKeyGenerationAlgorithm.DKGA04:
        values["data_block"] = data_block(attributes).hex()
    flags = [flag for flag in flags if flag != "Ea07SampleTables"]
    grade = Grade.TWO_SOURCES if meter["kt"] == 3 and grade_of(meter) == Grade.VERIFIED else grade_of(meter)
    return primitive(name, comment, flags, **values, source=source, grade=grade)


def amounts() -> Iterator[Row]:
    """Return amounts in 16 bits: rounded up, and the value of the field."""
    yield group({"function": "amount"}, _amounts())


def _amounts() -> Iterator[Row]:
    others = (1, 10, 256, 1000, 16386, 16394, 16395, 180214, 180324, 1818624, 1818625, 1819624, 18200625, 18201623)
    for units in sorted((*BOUNDARY_AMOUNTS, *others)):
        field = encode_amount(units)
        flags = ["AmountBoundary", *(["NineBoundaryAmounts"] if units in BOUNDARY_AMOUNTS else [])]
        flags += ["Largest"] if field == 0xFFFF else ["Smallest"] if field == 0 else []
        yield primitive(
            f"amounts-{units}", "", flags, units=units, field=f"{field:04x}", decoded=decode_amount(field)
        )
    yield primitive(
        "amounts-18201625",
        "one unit too much",
        ["Largest"],
        units=18_201_625,
        result="invalid",
        because="The largest amount that fits is 18201624 units.",
    )


def currency_amounts() -> Iterator[Row]:
    """Return currency amounts of both signs at each exponent."""
    yield group({"function": "currency_amount"}, _currency_amounts())


def _currency_amounts() -> Iterator[Row]:
    starts = [(1 << 14) * (10**exponent - 1) // 9 for exponent in range(32)]
    magnitudes = {0, 1, 10_000_000, LARGEST_CURRENCY_AMOUNT, *starts}
    magnitudes |= {start + change for start in starts[1:6] for change in (-1, 1)}
    for magnitude in sorted(magnitudes):
        for units in (magnitude, -magnitude) if magnitude else (0,):
            amount = CurrencyAmount.of(units)
            sign = "minus-" if units < 0 else ""
            flags = ["AmountBoundary", *(["Negative"] if units < 0 else [])]
            flags += ["Largest"] if magnitude == LARGEST_CURRENCY_AMOUNT else []
            yield primitive(
                f"currency-amounts-{sign}{magnitude}",
                "",
                flags,
                units=str(units),
                se=amount.sign_and_exponent,
                field=f"{amount.field:04x}",
                decoded=str(amount.units),
            )


_MOMENTS: tuple[tuple[int, str, str], ...] = (
    *((base, f"{base}-01-01 00:00", "TidZero") for base in (1993, 2014, 2035)),
    *((base, f"{base}-01-01 00:01", "SpecialReservedTid") for base in (1993, 2014, 2035)),
    *((base, f"{base}-01-01 00:02", "Primitive") for base in (1993, 2014, 2035)),
    *((base, f"{base}-12-31 23:59", "Primitive") for base in (1993, 2014, 2035)),
    *((base, f"{base + 3}-02-29 12:00", "Primitive") for base in (1993,)),
    *((base, f"{base + 2}-02-29 00:01", "SpecialReservedTid") for base in (2014,)),
    (1993, "2024-11-24 20:15", "TidMaximum"),
    (2014, "2045-11-24 20:15", "TidMaximum"),
    (2035, "2066-11-24 20:15", "TidMaximum"),
    (1993, "2004-03-01 13:55", "Published"),
    (2014, "2014-03-01 13:00", "Published"),
    (2014, "2029-01-01 09:00", "Published"),
)
_NO_TID = (
    (1993, "1992-12-31 23:59"),
    (2014, "2013-12-31 23:59"),
    (2035, "2034-12-31 23:59"),
    (1993, "2024-11-24 20:16"),
    (2014, "2045-11-24 20:16"),
    (2035, "2066-11-24 20:16"),
)


def token_identifiers() -> Iterator[Row]:
    """Return moments as TIDs on each base date; `issued` is what a POS gives a token of that minute."""
    for base in BaseDate:
        yield group({"bdt": int(base)}, _token_identifiers(base))


def _token_identifiers(base: BaseDate) -> Iterator[Row]:
    for year, moment, flag in _MOMENTS:
        if year == base:
            instant = datetime.strptime(f"{moment} +0000", f"{_TEXT_DATE} %z")
            yield primitive(
                _moment_name(base, moment),
                "",
                [flag, f"BaseDate{base:d}"],
                moment=moment,
                tid=TokenIdentifier.at(instant, base).minutes,
                issued=TokenIdentifier.issued_at(instant, base).minutes,
                source="published" if flag == "Published" else "computed",
            )
    for year, moment in _NO_TID:
        if year == base:
            yield primitive(
                _moment_name(base, moment),
                "",
                ["TidOutOfRange", f"BaseDate{base:d}"],
                moment=moment,
                result="invalid",
                because="A TID has 24 bits and counts from the base date.",
            )


def _moment_name(base: BaseDate, moment: str) -> str:
    return f"token-identifiers-bdt{base.code}-{moment.replace(' ', '-').replace(':', '')}"
