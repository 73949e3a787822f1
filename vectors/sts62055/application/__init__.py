"""Application layer of IEC 62055-41: identifiers, keys, ciphers, tokens and results.

Names are loaded when they are used: only work on arrays of tokens needs numpy, and only ciphers need a library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sts62055.application.amounts import MAXIMUM_AMOUNT, decode_amount, encode_amount
    from sts62055.application.batch import BatchCipher, CheckedTokens, TokenNumbers
    from sts62055.application.ciphers import BlockCipher, EncryptionAlgorithm, make_cipher
    from sts62055.application.codes import DateOfExpiry, TokenCarrierType, Transition, key_type_transition
    from sts62055.application.currency import CurrencyAmount
    from sts62055.application.diagnosis import Diagnosis, diagnose
    from sts62055.application.explanation import ExplainedField, explain, summarize, token_name
    from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN, luhn_check_digit
    from sts62055.application.interpretation import Interpretation
    from sts62055.application.key_change import KeyChange, KeyChangeToken
    from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm, generate_decoder_key
    from sts62055.application.keys import DecoderKey, KeyAttributes, KeyType, Secret, VendingKey
    from sts62055.application.reception import TokenMemory, authenticate, validate
    from sts62055.application.results import (
        Accept,
        AuthenticationResult,
        CarrierStatus,
        CRCError,
        DDTKError,
        FormatError,
        FunctionError,
        KeyExpiredError,
        KeyTypeError,
        Lockout,
        MfrCodeError,
        NotReady,
        OldError,
        OverflowingCredit,
        RangeError,
        TokenResult,
        TokenStatus,
        UsedError,
        ValidationResult,
    )
    from sts62055.application.sta import SAMPLE_TABLES, StaTables, parse_tables
    from sts62055.application.tcdu import from_digits, to_digits
    from sts62055.application.token_block import TokenBlock
    from sts62055.application.token_identifier import BaseDate, TokenIdentifier
    from sts62055.application.tokens import (
        ALL_REGISTERS,
        SERVICES,
        ClearCredit,
        ClearTamperCondition,
        CurrencyCredit,
        ExtendedSet,
        Field,
        InitiateMeterTestDisplay,
        KeySection,
        MeterSpecificToken,
        OpaqueToken,
        Set1stSectionDecoderKey,
        Set2ndSectionDecoderKey,
        Set3rdSectionDecoderKey,
        Set4thSectionDecoderKey,
        SetMaximumPhasePowerUnbalanceLimit,
        SetMaximumPowerLimit,
        SetTariffRate,
        SetWaterMeterFactor,
        Token,
        TransferCredit,
        decode_block,
        decode_token,
        encode_token,
        is_encrypted,
        seal,
    )

_NAMES: Final = {
    "amounts": (
        "MAXIMUM_AMOUNT",
        "decode_amount",
        "encode_amount",
    ),
    "batch": (
        "BatchCipher",
        "CheckedTokens",
        "TokenNumbers",
    ),
    "ciphers": (
        "BlockCipher",
        "EncryptionAlgorithm",
        "make_cipher",
    ),
    "codes": (
        "DateOfExpiry",
        "TokenCarrierType",
        "Transition",
        "key_type_transition",
    ),
    "currency": ("CurrencyAmount",),
    "diagnosis": (
        "Diagnosis",
        "diagnose",
    ),
    "explanation": (
        "ExplainedField",
        "explain",
        "summarize",
        "token_name",
    ),
    "identifiers": (
        "DecoderReferenceNumber",
        "MeterPAN",
        "luhn_check_digit",
    ),
    "interpretation": ("Interpretation",),
    "key_change": (
        "KeyChange",
        "KeyChangeToken",
    ),
    "key_generation": (
        "DecoderKeyGenerationAlgorithm",
        "generate_decoder_key",
    ),
    "keys": (
        "DecoderKey",
        "KeyAttributes",
        "KeyType",
        "Secret",
        "VendingKey",
    ),
    "reception": (
        "TokenMemory",
        "authenticate",
        "validate",
    ),
    "results": (
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
    ),
    "sta": (
        "SAMPLE_TABLES",
        "StaTables",
        "parse_tables",
    ),
    "tcdu": (
        "from_digits",
        "to_digits",
    ),
    "token_block": ("TokenBlock",),
    "token_identifier": (
        "BaseDate",
        "TokenIdentifier",
    ),
    "tokens": (
        "ALL_REGISTERS",
        "ClearCredit",
        "ClearTamperCondition",
        "CurrencyCredit",
        "ExtendedSet",
        "Field",
        "InitiateMeterTestDisplay",
        "KeySection",
        "MeterSpecificToken",
        "OpaqueToken",
        "SERVICES",
        "Set1stSectionDecoderKey",
        "Set2ndSectionDecoderKey",
        "Set3rdSectionDecoderKey",
        "Set4thSectionDecoderKey",
        "SetMaximumPhasePowerUnbalanceLimit",
        "SetMaximumPowerLimit",
        "SetTariffRate",
        "SetWaterMeterFactor",
        "Token",
        "TransferCredit",
        "decode_block",
        "decode_token",
        "encode_token",
        "is_encrypted",
        "seal",
    ),
}
"""The public names of each module."""

__all__ = [
    "ALL_REGISTERS",
    "MAXIMUM_AMOUNT",
    "SAMPLE_TABLES",
    "SERVICES",
    "Accept",
    "AuthenticationResult",
    "BaseDate",
    "BatchCipher",
    "BlockCipher",
    "CRCError",
    "CarrierStatus",
    "CheckedTokens",
    "ClearCredit",
    "ClearTamperCondition",
    "CurrencyAmount",
    "CurrencyCredit",
    "DDTKError",
    "DateOfExpiry",
    "DecoderKey",
    "DecoderKeyGenerationAlgorithm",
    "DecoderReferenceNumber",
    "Diagnosis",
    "EncryptionAlgorithm",
    "ExplainedField",
    "ExtendedSet",
    "Field",
    "FormatError",
    "FunctionError",
    "InitiateMeterTestDisplay",
    "Interpretation",
    "KeyAttributes",
    "KeyChange",
    "KeyChangeToken",
    "KeyExpiredError",
    "KeySection",
    "KeyType",
    "KeyTypeError",
    "Lockout",
    "MeterPAN",
    "MeterSpecificToken",
    "MfrCodeError",
    "NotReady",
    "OldError",
    "OpaqueToken",
    "OverflowingCredit",
    "RangeError",
    "Secret",
    "Set1stSectionDecoderKey",
    "Set2ndSectionDecoderKey",
    "Set3rdSectionDecoderKey",
    "Set4thSectionDecoderKey",
    "SetMaximumPhasePowerUnbalanceLimit",
    "SetMaximumPowerLimit",
    "SetTariffRate",
    "SetWaterMeterFactor",
    "StaTables",
    "Token",
    "TokenBlock",
    "TokenCarrierType",
    "TokenIdentifier",
    "TokenMemory",
    "TokenNumbers",
    "TokenResult",
    "TokenStatus",
    "TransferCredit",
    "Transition",
    "UsedError",
    "ValidationResult",
    "VendingKey",
    "authenticate",
    "decode_amount",
    "decode_block",
    "decode_token",
    "diagnose",
    "encode_amount",
    "encode_token",
    "explain",
    "from_digits",
    "generate_decoder_key",
    "is_encrypted",
    "key_type_transition",
    "luhn_check_digit",
    "make_cipher",
    "parse_tables",
    "seal",
    "summarize",
    "to_digits",
    "token_name",
    "validate",
]

_HOME: Final = {name: module for module, names in _NAMES.items() for name in names}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Load a public name from its module."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
