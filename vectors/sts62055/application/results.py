"""Results that a meter reports of a token (IEC 62055-41, 7.1.3-7.1.5)."""

from enum import StrEnum
from typing import Final, TypeAlias

__all__ = [
    "REFUSALS",
    "Accept",
    "AuthenticationResult",
    "CRCError",
    "CarrierStatus",
    "DDTKError",
    "FormatError",
    "FunctionError",
    "KeyExpiredError",
    "KeyTypeError",
    "Lockout",
    "MfrCodeError",
    "NotReady",
    "OldError",
    "OverflowingCredit",
    "RangeError",
    "TokenResult",
    "TokenStatus",
    "UsedError",
    "ValidationResult",
]


class _Result(StrEnum):
    """A result that shows itself by its name in the standard."""

    def __repr__(self) -> str:
        return self.value


class AuthenticationResult(_Result):
    """Whether a token is genuine (7.1.3)."""

    AUTHENTIC = "Authentic"
    CRC_ERROR = "CRCError"
    MFR_CODE_ERROR = "MfrCodeError"


class ValidationResult(_Result):
    """Whether a genuine token may be used (7.1.4)."""

    VALID = "Valid"
    OLD_ERROR = "OldError"
    USED_ERROR = "UsedError"
    KEY_EXPIRED_ERROR = "KeyExpiredError"
    DDTK_ERROR = "DDTKError"


class TokenResult(_Result):
    """What came of executing a token (7.1.5)."""

    ACCEPT = "Accept"
    FIRST_KCT = "1stKCT"
    SECOND_KCT = "2ndKCT"
    THIRD_KCT = "3rdKCT"
    FOURTH_KCT = "4thKCT"
    OVERFLOW_ERROR = "OverflowError"
    KEY_TYPE_ERROR = "KeyTypeError"
    FORMAT_ERROR = "FormatError"
    RANGE_ERROR = "RangeError"
    FUNCTION_ERROR = "FunctionError"


class CarrierStatus(_Result):
    """What a virtual token carrier says of itself instead of a token's result (IEC 62055-52, 7.8)."""

    RESERVED = "no token yet"
    LOCKOUT = "TokenLockout"
    NOT_READY = "not ready"


TokenStatus: TypeAlias = AuthenticationResult | ValidationResult | TokenResult | CarrierStatus
"""Anything that a carrier can show after a token was entered."""

REFUSALS: Final[frozenset[TokenStatus]] = frozenset(
    {
        AuthenticationResult.CRC_ERROR,
        AuthenticationResult.MFR_CODE_ERROR,
        ValidationResult.OLD_ERROR,
        ValidationResult.USED_ERROR,
        ValidationResult.KEY_EXPIRED_ERROR,
        ValidationResult.DDTK_ERROR,
        TokenResult.OVERFLOW_ERROR,
        TokenResult.KEY_TYPE_ERROR,
        TokenResult.FORMAT_ERROR,
        TokenResult.RANGE_ERROR,
        TokenResult.FUNCTION_ERROR,
    }
)
"""The results that refuse a token: it was taken, and was not executed (7.1.3-7.1.5)."""

Accept: Final = TokenResult.ACCEPT
FormatError: Final = TokenResult.FORMAT_ERROR
FunctionError: Final = TokenResult.FUNCTION_ERROR
KeyTypeError: Final = TokenResult.KEY_TYPE_ERROR
Lockout: Final = CarrierStatus.LOCKOUT
NotReady: Final = CarrierStatus.NOT_READY
OverflowingCredit: Final = TokenResult.OVERFLOW_ERROR
RangeError: Final = TokenResult.RANGE_ERROR
CRCError: Final = AuthenticationResult.CRC_ERROR
MfrCodeError: Final = AuthenticationResult.MFR_CODE_ERROR
DDTKError: Final = ValidationResult.DDTK_ERROR
KeyExpiredError: Final = ValidationResult.KEY_EXPIRED_ERROR
OldError: Final = ValidationResult.OLD_ERROR
UsedError: Final = ValidationResult.USED_ERROR
