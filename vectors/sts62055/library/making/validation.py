"""Vectors of genuine tokens that the meter's memory decides on (IEC 62055-41, 7.3.7, 7.3.8 and 6.1.10)."""

from collections.abc import Iterator

from sts62055.application.currency import CurrencyAmount
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import CurrencyCredit, Token, TransferCredit
from sts62055.library.making.vectors import group, made, name_of, token_vector
from sts62055.library.rows import Row, make_meter
from sts62055.library.token_fields import token_of
from sts62055.provenance import Grade

__all__ = ["validation"]

_FIRST = 5_600_000
_HELD = [_FIRST + 10 * place for place in range(50)]
_STORE: Row = {"held": _HELD, "ken": None}
_KENS = (0, 85, 254, 255)


def validation() -> Iterator[Row]:
    """Return tokens with used, old and fresh TIDs; expired keys; credit under a DDTK; several reasons at once."""
    for ea in (7, 9, 11):
        meter = make_meter(ea=ea, dkga=4)
        yield group({"meter": meter, "memory": _STORE}, _store(meter))
    for ea in (7, 11):
        meter = make_meter(ea=ea, dkga=4, bdt=1993)
        for ken in _KENS:
            yield group({"meter": meter, "memory": {"held": [0], "ken": ken}}, _expiry(meter, ken))
    for ea in (7, 11):
        default = make_meter(ea=ea, dkga=4, kt=1)
        yield group({"meter": default, "memory": {"held": _HELD, "ken": 85}}, _default_key(default))
        initial = make_meter(ea=ea, dkga=4, kt=0)
        yield group({"meter": initial, "memory": _STORE}, _initial_key(initial))


def _credit(tid: int) -> Token:
    return TransferCredit(random=5, token_identifier=TokenIdentifier(tid), value=100)


def _currency(tid: int) -> Token:
    return CurrencyCredit(subclass=4, token_identifier=TokenIdentifier(tid), amount=CurrencyAmount.of(100_000))


def _management(tid: int, subclass: int = 5, field: str = "pad", value: int = 0) -> Token:
    return token_of(2, subclass, {"rnd": 5, "tid": tid, field: value})


_MAKERS = (("credit", _credit), ("currency", _currency), ("tamper", _management))
_IN_STORE = (
    ("used-first", _HELD[0], "Used"),
    ("used-middle", _HELD[25], "Used"),
    ("used-last", _HELD[-1], "Used"),
    ("old-by-one", _HELD[0] - 1, "DatedBeforeStore"),
    ("old-zero", 0, "DatedBeforeStore"),
    ("between", _HELD[10] + 5, "Between"),
    ("above-first", _HELD[0] + 1, "Between"),
    ("new", _HELD[-1] + 1, "AtTheLimit"),
    ("newest", TokenIdentifier.MAXIMUM, "TidMaximum"),
)


def _store(meter: Row) -> Iterator[Row]:
    for kind, maker in _MAKERS:
        for what, tid, flag in _IN_STORE:
            yield _vector(f"{kind}-{what}", f"TID {tid}", maker(tid), meter, _STORE, flag)


def _vector(what: str, comment: str, token: Token, meter: Row, memory: Row, *flags: str) -> Row:
    is_about_expiry = any(flag.startswith("Ken") or flag == "KeyExpired" for flag in flags)
    return token_vector(
        f"validation-{name_of(meter)}-{what}",
        comment,
        made(token, meter),
        meter,
        [*flags, *(["Currency"] if isinstance(token, CurrencyCredit) else [])],
        memory=memory,
        because=_because(flags),
        grade=Grade.TWO_SOURCES if is_about_expiry else Grade.THREE_SOURCES,
    )


def _because(flags: tuple[str, ...]) -> str | None:
    return next((_REASONS[flag] for flag in flags if flag in _REASONS), None)


_REASONS = {
    "ChainedRules": "Several reasons to refuse it apply; which one the meter reports is not decided.",
    "Used": "The meter holds this TID.",
    "DatedBeforeStore": "The TID is below the smallest that the meter holds.",
    "Between": "The TID is above the smallest held one, and is not held.",
    "KeyExpired": "Bits 23 to 16 of the TID exceed the KeyExpiryNumber.",
    "AtTheLimit": "The TID is not held, and neither too small nor beyond the key's expiry.",
}


def _expiry(meter: Row, ken: int) -> Iterator[Row]:
    memory: Row = {"held": [0], "ken": ken}
    tids = (1, ken << 16 | 0xFFFF, ken + 1 << 16, TokenIdentifier.MAXIMUM)
    for tid in sorted({tid for tid in tids if tid <= TokenIdentifier.MAXIMUM}):
        expires = ken != 255 and tid >> 16 > ken
        for kind, maker in _MAKERS:
            flag = "KeyExpired" if expires else "AtTheLimit"
            yield _vector(
                f"ken-{ken}-{kind}-tid-{tid}",
                f"KEN {ken}, TID {tid}",
                maker(tid),
                meter,
                memory,
                f"Ken{ken}",
                flag,
            )
    part = token_of(2, 3, {"kenho": 15, "krn": 2, "ro": 0, "3kct": 0, "kt": 2, "nkho": "00112233"})
    comment = f"KEN {ken}, a key-change token: it has no TID and never expires"
    yield _vector(f"ken-{ken}-key-change", comment, part, meter, memory, f"Ken{ken}", "Kct")


def _default_key(meter: Row) -> Iterator[Row]:
    memory: Row = {"held": _HELD, "ken": 85}
    cases = (
        ("credit", _credit(_HELD[0] + 1), ["DefaultKey"]),
        ("currency", _currency(_HELD[0] + 1), ["DefaultKey"]),
        ("tamper", _management(_HELD[0] + 1), ["DefaultKey", "Between"]),
        ("credit-used", _credit(_HELD[0]), ["DefaultKey", "ChainedRules"]),
        ("credit-old", _credit(_HELD[0] - 1), ["DefaultKey", "ChainedRules"]),
        ("credit-expired", _credit(86 << 16), ["DefaultKey", "ChainedRules"]),
        ("tamper-expired", _management(86 << 16), ["DefaultKey", "KeyExpired"]),
        ("register-used", _management(_HELD[0], 1, "register", 9), ["DefaultKey", "ChainedRules"]),
        ("rate-old", _management(_HELD[0] - 1, 2, "rate", 9), ["DefaultKey", "ChainedRules"]),
        ("rate-expired", _management(86 << 16, 2, "rate", 9), ["DefaultKey", "ChainedRules"]),
    )
    for what, token, flags in cases:
        yield _vector(f"kt-1-{what}", what.replace("-", " "), token, meter, memory, *flags)


def _initial_key(meter: Row) -> Iterator[Row]:
    for kind, maker in _MAKERS:
        yield _vector(f"kt-0-{kind}", kind, maker(_HELD[0] + 1), meter, _STORE, "InitialKey", "Between")
        yield _vector(f"kt-0-{kind}-used", kind, maker(_HELD[0]), meter, _STORE, "InitialKey", "Used")
