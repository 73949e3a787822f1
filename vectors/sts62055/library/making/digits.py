"""Vectors of entries that are not a 66-bit number in 20 decimal digits (IEC 62055-41, 6.4.3 and 7.2)."""

from collections.abc import Iterator

from sts62055.application.tokens import InitiateMeterTestDisplay
from sts62055.library.expectation import of_digits
from sts62055.library.making.vectors import group, made
from sts62055.library.rows import Row
from sts62055.provenance import Grade

__all__ = ["digits"]

_GOOD = made(InitiateMeterTestDisplay.of_test(0), {"mfr_code": "00"})
"""The token that every meter takes: all tests."""

_OTHER_GOOD = made(InitiateMeterTestDisplay.of_test(1), {"mfr_code": "00"})
"""Test 1, whose digits begin with zeros."""

_LENGTHS = (0, 1, 10, 18, 19, 21, 22, 40)
_NUMBERS = (
    1 << 66,
    (1 << 66) + 1,
    (1 << 66) + int(_OTHER_GOOD),
    73_800_000_000_000_000_000,
    80_000_000_000_000_000_000,
    90_000_000_000_000_000_000,
    99_999_999_999_999_999_998,
    99_999_999_999_999_999_999,
)
_OTHERS = (
    ("letter", "A"),
    ("letter-o", "O"),
    ("space", " "),
    ("hyphen", "-"),
    ("plus", "+"),
    ("comma", ","),
    ("point", "."),
    ("hash", "#"),
    ("star", "*"),
    ("line-end", "\n"),
    ("nul", "\0"),
    ("arabic-digit", "\u0661"),
    ("fullwidth-digit", "\uff11"),
    ("superscript", "\u00b2"),
)


def digits() -> Iterator[Row]:
    """Return entries that are too short, too long, too large, or no digits."""
    yield group({}, _lengths())
    yield group({}, _numbers())
    yield group({}, _not_digits())


def _lengths() -> Iterator[Row]:
    for length in _LENGTHS:
        entry = (_GOOD * 2)[:length]
        flag = "TooShort" if length < 20 else "TooLong"
        flags = [flag, *(["Empty"] if not length else [])]
        yield _vector(f"length-{length:02d}", f"{length} digits", entry, flags)
    yield _vector("leading-zero", "a good token with one zero more in front", f"0{_GOOD}", ["TooLong"])
    yield _vector("without-leading-zero", "a token without its leading zero", _OTHER_GOOD[1:], ["TooShort"])


def _numbers() -> Iterator[Row]:
    for number in _NUMBERS:
        comment = f"2^66 + {number - (1 << 66)}" if number > 1 << 66 else "2^66"
        yield _vector(f"number-{number}", comment, str(number), ["NumberFrom2To66", "NoRuleKnown"])


def _not_digits() -> Iterator[Row]:
    for name, character in _OTHERS:
        for place in (0, 9, 19):
            entry = f"{_GOOD[:place]}{character}{_GOOD[place + 1 :]}"
            yield _vector(f"{name}-at-{place + 1:02d}", f"{name} at place {place + 1}", entry, ["NonDigit"])


def _vector(name: str, comment: str, entry: str, flags: list[str]) -> Row:
    expectation = of_digits(entry)
    is_number = "NumberFrom2To66" in flags
    return {
        "id": f"digits-{name}",
        "comment": comment,
        "entry": entry,
        "flags": sorted(flags),
        "result": expectation.result,
        "expected": list(expectation.expected),
        "because": _TOO_LARGE if is_number else _NO_TOKEN,
        "source": "computed",
        "grade": Grade.UNKNOWN if is_number else Grade.THREE_SOURCES,
    }


_TOO_LARGE = "The number needs more than 66 bits. The meter must refuse it; with which result is not decided."
_NO_TOKEN = "A token is 20 decimal digits. The carrier takes no such entry, or the meter refuses it."  # noqa: S105
