"""Vectors of good tokens and of those whose content decides: credit, test and display, management."""

from collections.abc import Iterator, Sequence

from sts62055.application.amounts import encode_amount
from sts62055.application.currency import LARGEST_CURRENCY_AMOUNT, CurrencyAmount
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    CurrencyCredit,
    InitiateMeterTestDisplay,
    OpaqueToken,
    Token,
    TransferCredit,
    decode_block,
    seal,
)
from sts62055.library.making.published import token_groups
from sts62055.library.making.vectors import group, made, name_of, token_vector
from sts62055.library.rows import PAN_OF_13, Row, make_meter
from sts62055.library.token_fields import token_of
from sts62055.provenance import Grade

__all__ = [
    "BOUNDARY_AMOUNTS",
    "LEGACY_PAN",
    "METERS",
    "currency",
    "key_change_parts",
    "management",
    "test_display",
    "transfer_credit",
]

BOUNDARY_AMOUNTS = (0, 16383, 16384, 16385, 180223, 180224, 180225, 1818623, 18201624)
"""The nine amounts at the exponent boundaries, in units."""

LEGACY_PAN = MeterPAN(DecoderReferenceNumber.of("10", 0)).digits
"""A meter for which DKGA01 is kept."""

METERS = (
    make_meter(ea=7, dkga=1, bdt=1993, pan=LEGACY_PAN),
    make_meter(ea=7, dkga=2, bdt=1993, sgc="123456"),
    make_meter(ea=7, dkga=3, bdt=1993),
    make_meter(ea=7, dkga=4, bdt=1993),
    make_meter(ea=7, dkga=4, bdt=2014),
    make_meter(ea=7, dkga=4, bdt=2035),
    make_meter(ea=9, dkga=2, bdt=1993),
    make_meter(ea=9, dkga=3, bdt=1993),
    make_meter(ea=9, dkga=4, bdt=2014),
    make_meter(ea=11, dkga=4, bdt=1993),
    make_meter(ea=11, dkga=4, bdt=2014),
    make_meter(ea=11, dkga=4, bdt=2035),
)
"""One meter for each allowed triple of cipher, key generation and base date that the library covers."""

_SERVICES = ("electricity", "water", "gas", "time")
_SERVICE_FLAGS: tuple[list[str], ...] = ([], ["Water"], ["Gas"], ["Time"])
_MAIN = tuple(meter for meter in METERS if meter["dkga"] == 4 and meter["bdt"] == 2014)
_TID = 6_586_610
_BOUNDARY_TIDS = (
    (0, "TidZero"),
    (1, "SpecialReservedTid"),
    (1440 * 4000 + 1, "SpecialReservedTid"),
    (TokenIdentifier.MAXIMUM, "TidMaximum"),
)


def transfer_credit() -> Iterator[Row]:
    """Return credit in units: every cipher, key generation and base date; boundaries; key attributes."""
    yield from token_groups({(0, subclass) for subclass in range(4)})
    for meter in METERS:
        yield group({"meter": meter}, _credits(meter))
    for meter in _MAIN:
        name = f"transfer-credit-{name_of(meter)}"
        yield group({"meter": meter}, [*_tids(meter, name), *_randoms(meter, name), *_reserved(meter, name)])
    for changes, flag in _ATTRIBUTES:
        for ea, dkga in ((7, 2), (7, 4), (9, 2), (11, 4)):
            meter = make_meter(ea=ea, dkga=dkga, **changes)
            ((attribute, value),) = changes.items()
            name = f"transfer-credit-{name_of(meter)}-{attribute}-{value}"
            comment = f"100 units under a key with {attribute.upper()} {value}"
            token = _credit(0, 100)
            grade = Grade.TWO_SOURCES if flag == "KeyType3" else None
            flags = ["Class0", flag, *(["CommonKey"] if flag == "KeyType3" else [])]
            yield group({"meter": meter}, [_vector(name, comment, token, meter, flags, grade=grade)])


_ATTRIBUTES: tuple[tuple[Row, str], ...] = (
    *(({"ti": ti}, f"Ti{ti}") for ti in ("00", "10", "16", "99")),
    *(({"krn": krn}, "Krn") for krn in (2, 5, 9)),
    ({"pan": PAN_OF_13}, "Drn13"),
    *(({"sgc": sgc}, "SupplyGroup") for sgc in ("000000", "000001", "999999")),
    ({"kt": 0}, "KeyType0"),
    ({"kt": 3}, "KeyType3"),
)


def _credit(subclass: int, units: int, tid: int = _TID, random: int = 5) -> TransferCredit:
    return TransferCredit(
        subclass=subclass, random=random, token_identifier=TokenIdentifier(tid), value=encode_amount(units)
    )


def _vector(
    name: str, comment: str, token: Token, meter: Row, flags: Sequence[str], grade: Grade | None = None
) -> Row:
    return token_vector(name, comment, made(token, meter), meter, flags, grade=grade)


def _credits(meter: Row) -> Iterator[Row]:
    name = f"transfer-credit-{name_of(meter)}"
    for subclass, service in enumerate(_SERVICES):
        for units in BOUNDARY_AMOUNTS if subclass == 0 else (180_225,):
            yield _vector(
                f"{name}-{service}-{units}",
                f"{units} units of {service}",
                _credit(subclass, units),
                meter,
                ["Class0", "AmountBoundary", "NineBoundaryAmounts", *_SERVICE_FLAGS[subclass]],
            )


def _tids(meter: Row, name: str) -> Iterator[Row]:
    for tid, flag in _BOUNDARY_TIDS:
        yield _vector(f"{name}-tid-{tid}", f"TID {tid}", _credit(0, 10, tid), meter, ["Class0", flag])


def _randoms(meter: Row, name: str) -> Iterator[Row]:
    for random in range(16):
        token = _credit(0, 10, random=random)
        yield _vector(f"{name}-rnd-{random:02d}", f"RND {random}", token, meter, ["Class0", "Random"])


def _reserved(meter: Row, name: str) -> Iterator[Row]:
    for subclass in range(8, 16):
        token = OpaqueToken(token_class=0, subclass=subclass, content=_credit(0, 10).content)
        comment = f"reserved subclass {subclass}, laid out like credit"
        yield token_vector(
            f"{name}-subclass-{subclass:02d}",
            comment,
            made(token, meter),
            meter,
            ["Reserved"],
            because="The token is genuine, but its subclass is reserved: no meter has the function.",
            grade=Grade.ONE_SOURCE,
        )


def currency() -> Iterator[Row]:
    """Return credit in currency: every service and cipher, both signs, each exponent."""
    yield from token_groups({(0, subclass) for subclass in range(4, 8)})
    for meter in METERS:
        yield group({"meter": meter}, _currencies(meter))
    for meter in _MAIN:
        yield group({"meter": meter}, _currency_boundaries(meter))


def _currencies(meter: Row) -> Iterator[Row]:
    name = f"transfer-credit-currency-{name_of(meter)}"
    for subclass, service in enumerate(_SERVICES, start=4):
        for units in (100_000, -100_000):
            yield _vector(
                f"{name}-{service}-{_signed(units)}",
                f"{units} hundred-thousandths of the base currency for {service}",
                _currency(subclass, units),
                meter,
                ["Class0", "Currency", *(["Negative"] if units < 0 else [])],
            )


def _currency_boundaries(meter: Row) -> Iterator[Row]:
    name = f"transfer-credit-currency-{name_of(meter)}-boundary"
    magnitudes = (0, 1, 16383, 16384, 16385, 180_223, 180_224, 180_225, 1_818_623, LARGEST_CURRENCY_AMOUNT)
    for magnitude in magnitudes:
        for units in (magnitude, -magnitude) if magnitude else (0,):
            flags = ["Class0", "Currency", "AmountBoundary", *(["Negative"] if units < 0 else [])]
            flags += ["Largest"] if magnitude == LARGEST_CURRENCY_AMOUNT else []
            yield _vector(
                f"{name}-{_signed(units)}",
                f"{units} hundred-thousandths of the base currency",
                _currency(4, units),
                meter,
                flags,
            )


def _currency(subclass: int, units: int) -> CurrencyCredit:
    return CurrencyCredit(
        subclass=subclass, token_identifier=TokenIdentifier(_TID), amount=CurrencyAmount.of(units)
    )


def _signed(units: int) -> str:
    return f"minus-{-units}" if units < 0 else str(units)


def test_display() -> Iterator[Row]:
    """Return test and display tokens: each test, several, none, reserved subclasses."""
    yield from token_groups({(1, 0), (1, 1), (1, 2)})
    meter: Row = {"mfr_code": "00"}
    yield group({"meter": meter}, _tests(meter))
    yield group({"meter": meter}, _other_class_1(meter))
    for extended in (make_meter(ea=7, dkga=4), make_meter(ea=9, dkga=4), make_meter(ea=11, dkga=4)):
        token = OpaqueToken(token_class=1, subclass=2, content=1 << 8)
        name = f"test-display-{name_of(extended)}-extended"
        yield group(
            {"meter": extended},
            [
                _vector(
                    name,
                    "extended set, encrypted",
                    token,
                    extended,
                    ["Class1", "ExtendedSet"],
                    grade=Grade.INFERRED,
                )
            ],
        )


def _tests(meter: Row) -> Iterator[Row]:
    for subclass, last in ((0, 36), (1, 28)):
        for number in range(last + 1):
            if number > 18 and number not in (19, 20, 24, 27, 28, 32, 35, 36):
                continue
            token = InitiateMeterTestDisplay.of_test(number, subclass=subclass)
            is_known = number <= 18
            yield token_vector(
                f"test-display-subclass-{subclass}-test-{number:02d}",
                f"test {number}" if number else "all tests",
                made(token, meter),
                meter,
                ["Class1", "TestNumber" if is_known else "ReservedTest"],
                because=None
                if is_known
                else "No test has this number: the token is genuine, but asks for nothing.",
                grade=Grade.VERIFIED if is_known else Grade.INFERRED,
            )


def _other_class_1(meter: Row) -> Iterator[Row]:
    for subclass in (0, 1):
        for control, flag in ((0, "ControlNothing"), (3, "ControlSeveral"), (0x20005, "ControlSeveral")):
            token = InitiateMeterTestDisplay(subclass=subclass, control=control, manufacturer_code=0)
            yield token_vector(
                f"test-display-subclass-{subclass}-control-{control:x}",
                f"Control {control:#x}",
                made(token, meter),
                meter,
                ["Class1", flag, "NoRuleKnown"],
                grade=Grade.UNKNOWN,
            )
    for subclass in range(3, 16):
        opaque = OpaqueToken(token_class=1, subclass=subclass, content=1 << 16)
        is_reserved = subclass < 6
        yield token_vector(
            f"test-display-subclass-{subclass:02d}",
            f"{'reserved' if is_reserved else 'proprietary'} subclass {subclass}, generic MfrCode",
            made(opaque, meter),
            meter,
            ["Class1", "Reserved" if is_reserved else "Proprietary"],
            because="The subclass is reserved: no meter has the function." if is_reserved else None,
            grade=Grade.ONE_SOURCE,
        )


def management() -> Iterator[Row]:
    """Return management tokens with a TID: every subclass on every cipher, boundaries of its value."""
    yield from token_groups({(2, subclass) for subclass in (0, 1, 5, 6, 10)})
    for meter in METERS:
        yield group({"meter": meter}, _management(meter, _EVERYWHERE))
    for meter in _MAIN:
        yield group({"meter": meter}, [*_management(meter, _VALUES), *_opaque(meter)])
    for ea, dkga in ((7, 2), (11, 4)):
        meter = make_meter(ea=ea, dkga=dkga, kt=1)
        name = f"management-{name_of(meter)}-kt-1"
        token = token_of(2, 5, {"rnd": 5, "tid": _TID, "pad": 0})
        yield group(
            {"meter": meter},
            [
                _vector(
                    name,
                    "ClearTamperCondition",
                    token,
                    meter,
                    ["Class2", "ClearTamper", "DefaultKey", "KeyType1"],
                    Grade.THREE_SOURCES,
                )
            ],
        )


_EVERYWHERE = (
    (0, "mpl", 1000, "PowerLimit"),
    (1, "register", 0, "Register"),
    (5, "pad", 0, "ClearTamper"),
    (6, "mppul", 1000, "PowerLimit"),
)
_VALUES = (
    *(
        (subclass, name, value, "PowerLimit")
        for subclass, name in ((0, "mpl"), (6, "mppul"))
        for value in (1, 0x4000)
    ),
    *(
        (subclass, name, value, "PowerLimit")
        for subclass, name in ((0, "mpl"), (6, "mppul"))
        for value in (0xFFFF,)
    ),
    *((subclass, name, 0, "NoRuleKnown") for subclass, name in ((0, "mpl"), (6, "mppul"))),
    *((1, "register", register, "Register") for register in range(1, 8)),
    (1, "register", 0xFFFF, "AllRegisters"),
    *((1, "register", register, "RegisterReserved") for register in (8, 9, 255, 256, 0x7FFF, 0xFFFE)),
    *((subclass, name, 1, "ReservedForFuture") for subclass, name in ((2, "rate"), (7, "wm_factor"))),
    *((5, "pad", pad, "TamperPad") for pad in (1, 0x8000, 0xFFFF)),
)


def _management(meter: Row, cases: Sequence[tuple[int, str, int, str]]) -> Iterator[Row]:
    for subclass, field, value, flag in cases:
        token = token_of(2, subclass, {"rnd": 5, "tid": _TID, field: value})
        yield token_vector(
            f"management-{name_of(meter)}-{field.replace('_', '-')}-{value}",
            f"{type(token).__name__}, {field} {value}",
            made(token, meter),
            meter,
            sorted({"Class2", flag}),
            because=_BECAUSE.get(flag),
            grade=_GRADES.get(flag),
        )


_BECAUSE = {
    "RegisterReserved": "Table 28 does not define the register, so no meter implements it.",
    "ReservedForFuture": "The token is reserved for future use, so no meter has the function yet.",
}
_GRADES = {
    "RegisterReserved": Grade.TWO_SOURCES,
    "ReservedForFuture": Grade.INFERRED,
    "TamperPad": Grade.UNKNOWN,
    "NoRuleKnown": Grade.UNKNOWN,
}


def _opaque(meter: Row) -> Iterator[Row]:
    for subclass in (10, *range(11, 16)):
        flag = "ExtendedSet" if subclass == 10 else "Proprietary"
        content = token_of(2, 5, {"rnd": 5, "tid": _TID, "pad": 0}).content
        token = decode_block(seal(OpaqueToken(token_class=2, subclass=subclass, content=content)))
        yield _vector(
            f"management-{name_of(meter)}-subclass-{subclass}",
            f"subclass {subclass}",
            token,
            meter,
            ["Class2", flag],
            grade=Grade.TWO_SOURCES,
        )
    for subclass in (0, 7, 15):
        opaque = OpaqueToken(token_class=3, subclass=subclass, content=_credit(0, 10).content)
        yield token_vector(
            f"management-{name_of(meter)}-class-3-subclass-{subclass:02d}",
            f"class 3, subclass {subclass}: reserved",
            made(opaque, meter),
            meter,
            ["Class3", "Reserved", "NoRuleKnown"],
            because="Class 3 is reserved: the meter must refuse it, with which result is not decided.",
            grade=Grade.THREE_SOURCES,
        )


def key_change_parts() -> Iterator[Row]:
    """Return the published key-change tokens, each by itself."""
    yield from token_groups({(2, subclass) for subclass in (3, 4, 8, 9)})
