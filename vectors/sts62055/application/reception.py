"""Authentication and validation of a received token (IEC 62055-41, 7.1.3, 7.1.4, 7.3.6 and 7.3.7)."""

from collections.abc import Collection
from dataclasses import dataclass

from sts62055.application.codes import MAY_CREDIT
from sts62055.application.interpretation import DEFAULT, Interpretation
from sts62055.application.keys import KeyType
from sts62055.application.results import AuthenticationResult, ValidationResult
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import (
    CurrencyCredit,
    InitiateMeterTestDisplay,
    MeterSpecificToken,
    Token,
    TransferCredit,
    decode_block,
)

__all__ = ["TokenMemory", "authenticate", "validate"]

_NEVER_EXPIRES = 255


def authenticate(
    block: TokenBlock, manufacturer_code: str, interpretation: Interpretation = DEFAULT
) -> frozenset[AuthenticationResult]:
    """Return what a meter of a MfrCode (2 or 4 digits) says of a block: Authentic, or every error that applies.

    The block is the one that the meter's own key gives. Which of two errors a meter shows is free (7.3.6).
    """
    errors = set()
    if not block.is_authentic:
        errors.add(AuthenticationResult.CRC_ERROR)
    if block.token_class == 1 and block.subclass in (0, 1):
        token = decode_block(block)
        own = interpretation.manufacturer_code.encode(manufacturer_code)
        if isinstance(token, InitiateMeterTestDisplay) and token.manufacturer_code not in (0, own):
            errors.add(AuthenticationResult.MFR_CODE_ERROR)
    return frozenset(errors or {AuthenticationResult.AUTHENTIC})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMemory:
    """What a meter knows when it validates: the TIDs that it holds, its key's type and KeyExpiryNumber.

    key_expiry_number: None where the meter does not implement key expiry; 255 never expires.
    """

    held: Collection[int]
    key_type: KeyType
    key_expiry_number: int | None


def validate(token: Token, memory: TokenMemory) -> frozenset[ValidationResult]:
    """Return what a meter says of an authentic token: Valid alone, or every error that applies.

    Only tokens with a TokenIdentifier are validated by it. Which of several errors a meter shows is free (7.3.7).
    """
    errors = set()
    if isinstance(token, TransferCredit | CurrencyCredit) and not MAY_CREDIT[memory.key_type]:
        errors.add(ValidationResult.DDTK_ERROR)
    if isinstance(token, MeterSpecificToken | CurrencyCredit):
        minutes = token.token_identifier.minutes
        expiry = memory.key_expiry_number
        if expiry not in (None, _NEVER_EXPIRES) and token.token_identifier.key_expiry_part > (expiry or 0):
            errors.add(ValidationResult.KEY_EXPIRED_ERROR)
        if minutes in memory.held:
            errors.add(ValidationResult.USED_ERROR)
        elif memory.held and minutes < min(memory.held):
            errors.add(ValidationResult.OLD_ERROR)
    return frozenset(errors or {ValidationResult.VALID})
