"""Wholesale defects of results: each code of tokenStatus, always another one (IEC 62055-52, 6.1.3-6.1.5, 7.8)."""

from typing import Final

from sts62055.application.results import (
    Accept,
    CarrierStatus,
    CRCError,
    FormatError,
    FunctionError,
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
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import RESULTS, UNKNOWN
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters

_Nothing: Final = CarrierStatus.RESERVED
_REFUSALS: Final[tuple[TokenStatus, ...]] = (
    OverflowingCredit,
    KeyTypeError,
    FormatError,
    RangeError,
    FunctionError,
    OldError,
    UsedError,
    ValidationResult.KEY_EXPIRED_ERROR,
    ValidationResult.DDTK_ERROR,
    CRCError,
    MfrCodeError,
)
_ACCEPTED = "31 41 51 52-6.1 52-6.6.7 52-6.8.3 52-7.8"
_REFUSED = "41-6.2 41-6.3 41-6.4 41-6.5 41-7 41-8 51 52-6.1 52-6.6.7 52-7.8"
_AUTHENTICATION = "41-6.3.7 41-6.3.22 41-6.5 41-7.1.3 41-7.3.6 41-8.9 52-6.1.3 52-6.6.7"
_VALIDATION = "41-6.3.5 41-7.1.4 41-7.3.7 41-7.3.8 52-6.1.4"


class Recoded(MeterRegisters):
    """Shows one result instead of those that tokens had."""

    had: tuple[TokenStatus, ...]
    shown: TokenStatus

    def show(self, name: str, value: int) -> str:
        is_other = name == "token_status" and self.profile.token_status(value) in self.had
        return super().show(name, self.profile.token_status_code(self.shown) if is_other else value)


# -- Accept ----------------------------------------------------------------------------------------------------


@wholesale("accept-shown-as-nothing", breaks="41-7.1.5 41-8.4 41-8.5 52-6.1.5", spoils=_ACCEPTED)
class AcceptAsNothing(Recoded):
    """The tokenStatus of an accepted token says that there was no token yet."""

    had = (Accept,)
    shown = _Nothing


@wholesale("accept-shown-as-used", breaks="41-7.1.5 41-8.4 41-8.5 52-6.1.5", spoils=_ACCEPTED)
class AcceptAsUsed(Recoded):
    """The tokenStatus of an accepted token is UsedError."""

    had = (Accept,)
    shown = UsedError


@wholesale("accept-shown-as-busy", breaks="41-8.4 41-8.5 52-6.1.5 52-6.7.3", spoils=f"{_ACCEPTED} 52-6.7.3")
class AcceptAsBusy(Recoded):
    """The tokenStatus stays busy after an accepted token."""

    had = (Accept,)
    shown = NotReady


# -- refusals --------------------------------------------------------------------------------------------------


@wholesale("refusals-shown-as-accept", breaks="41-7.1.3 41-7.1.4 41-7.1.5 52-6.1.3 52-6.1.4", spoils=_REFUSED)
class RefusalsAsAccept(Recoded):
    """The tokenStatus of every refused token is Accept."""

    had = _REFUSALS
    shown = Accept


@wholesale("refusals-shown-as-format-error", breaks="41-7.1.3 41-7.1.4 52-6.1.3 52-6.1.4", spoils=_REFUSED)
class RefusalsAsFormatError(Recoded):
    """The tokenStatus of every refused token is FormatError."""

    had = _REFUSALS
    shown = FormatError


@wholesale("refusals-shown-as-nothing", breaks="41-7.1.3 41-7.1.4 52-6.1.3 52-6.1.4", spoils=_REFUSED)
class RefusalsAsNothing(Recoded):
    """The tokenStatus of every refused token says that there was no token yet."""

    had = _REFUSALS
    shown = _Nothing


@wholesale("refusals-shown-as-busy", breaks="41-7.3.6 41-7.3.7 52-6.1.3 52-6.7.3", spoils=f"{_REFUSED} 52-6.7.3")
class RefusalsAsBusy(Recoded):
    """The tokenStatus stays busy after every refused token."""

    had = _REFUSALS
    shown = NotReady


@wholesale("crc-error-shown-as-mfrcode-error", breaks="41-7.1.3 41-7.3.6 52-6.1.3", spoils=_AUTHENTICATION)
class CrcAsMfrCode(Recoded):
    """The tokenStatus says MfrCodeError where the CRC is wrong."""

    had = (CRCError,)
    shown = MfrCodeError


@wholesale("crc-error-shown-as-nothing", breaks="41-7.1.3 41-7.3.6 52-6.1.3", spoils=_AUTHENTICATION)
class CrcAsNothing(Recoded):
    """The tokenStatus says that there was no token yet where the CRC is wrong."""

    had = (CRCError,)
    shown = _Nothing


@wholesale("crc-error-shown-as-busy", breaks="41-7.3.6 52-6.1.3 52-6.7.3", spoils=f"{_AUTHENTICATION} 52-6.7.3")
class CrcAsBusy(Recoded):
    """The tokenStatus stays busy where the CRC is wrong."""

    had = (CRCError,)
    shown = NotReady


@wholesale("mfrcode-error-shown-as-crc-error", breaks="41-7.1.3 41-7.3.6 52-6.1.3", spoils=_AUTHENTICATION)
class MfrCodeAsCrc(Recoded):
    """The tokenStatus says CRCError where the MfrCode is another maker's."""

    had = (MfrCodeError,)
    shown = CRCError


@wholesale("old-shown-as-used", breaks="41-7.1.4 41-7.3.7 52-6.1.4", spoils=_VALIDATION)
class OldAsUsed(Recoded):
    """The tokenStatus says UsedError of an old token."""

    had = (OldError,)
    shown = UsedError


@wholesale("used-shown-as-old", breaks="41-7.1.4 41-7.3.7 52-6.1.4", spoils=_VALIDATION)
class UsedAsOld(Recoded):
    """The tokenStatus says OldError of a used token."""

    had = (UsedError,)
    shown = OldError


@wholesale("used-shown-as-accept", breaks="41-7.1.4 41-7.3.7 52-6.1.4", spoils=_VALIDATION)
class UsedAsAccept(Recoded):
    """The tokenStatus says Accept of a used token, which is not executed."""

    had = (UsedError,)
    shown = Accept


@wholesale(
    "overflow-shown-as-accept", breaks="41-7.1.5 41-8.4 52-6.1.5", spoils="41-7.1.5 41-7.3.8 41-8.4 52-6.1.5"
)
class OverflowAsAccept(Recoded):
    """The tokenStatus says Accept where the credit would overflow."""

    had = (OverflowingCredit,)
    shown = Accept


@wholesale(
    "function-error-shown-as-accept",
    breaks="41-7.1.5 41-8.1 41-8.5 52-6.1.5",
    spoils=UNKNOWN,
)
class FunctionAsAccept(Recoded):
    """The tokenStatus says Accept of a token that the meter does not know."""

    had = (FunctionError,)
    shown = Accept


@wholesale(
    "function-error-shown-as-crc-error",
    breaks="41-7.1.5 41-8.1 41-8.5 52-6.1.5",
    spoils=UNKNOWN,
)
class FunctionAsCrc(Recoded):
    """The tokenStatus says CRCError of a token that the meter does not know."""

    had = (FunctionError,)
    shown = CRCError


# -- key change and lockout ------------------------------------------------------------------------------------

_PARTS: Final[tuple[TokenStatus, ...]] = (
    TokenResult.FIRST_KCT,
    TokenResult.SECOND_KCT,
    TokenResult.THIRD_KCT,
    TokenResult.FOURTH_KCT,
)


@wholesale(
    "key-change-parts-shown-as-accept", breaks="41-7.1.5 41-8.9 52-6.1.5", spoils="41-7.1.5 41-8.9 52-6.1.5"
)
class PartsAsAccept(Recoded):
    """The tokenStatus says Accept of every part of a key change."""

    had = _PARTS
    shown = Accept


@wholesale(
    "key-change-parts-shown-as-format-error", breaks="41-7.1.5 41-8.9 52-6.1.5", spoils="41-7.1.5 41-8.9 52-6.1.5"
)
class PartsAsFormatError(Recoded):
    """The tokenStatus says FormatError of every part of a key change, which is held all the same."""

    had = _PARTS
    shown = FormatError


@wholesale("lockout-shown-as-crc-error", breaks="52-6.6.7", spoils="52-6.6.5 52-6.6.7")
class LockoutAsCrc(Recoded):
    """The tokenStatus says CRCError of every token that is locked out."""

    had = (Lockout,)
    shown = CRCError


@wholesale("lockout-shown-as-busy", breaks="52-6.6.7", spoils="52-6.6.5 52-6.6.7")
class LockoutAsBusy(Recoded):
    """The tokenStatus stays busy after every token that is locked out."""

    had = (Lockout,)
    shown = NotReady


@wholesale("codes-one-too-high", breaks="41-7.1.3 41-7.1.5 52-6.1.3 52-6.1.5 52-7.8", spoils=RESULTS)
class OneTooHigh(MeterRegisters):
    """The tokenStatus is always one higher than the code of the result."""

    def show(self, name: str, value: int) -> str:
        return super().show(name, value + 1 if name == "token_status" else value)
