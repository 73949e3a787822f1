"""The public face of stsbench: what the author of a case imports, and how a campaign is run from Python.

Names are loaded when they are used, so that `stsbench --help` does not wait for pytest or numpy.
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sts62055.application.results import (
        Accept,
        AuthenticationResult,
        CarrierStatus,
        CRCError,
        DDTKError,
        FormatError,
        FunctionError,
        KeyExpiredError,
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
    from sts62055.application.token_identifier import TokenIdentifier
    from sts62055.carrier.messages import (
        Ack,
        BreakCommand,
        Data,
        IDRequest,
        IDResponse,
        Nak,
        ReadCommand,
        UndefinedCommand,
        WriteCommand,
    )
    from sts62055.carrier.profile import Profile
    from sts_fixtures.campaign.options import RunRequest
    from sts_fixtures.declaration.declared_meter import DeclaredMeter
    from sts_fixtures.errors import precondition, require_conformance, seen_by_instrument
    from sts_fixtures.exploring.script import perform_script
    from sts_fixtures.judging.levels import LevelGauge
    from sts_fixtures.judging.timing import LineTimer
    from sts_fixtures.meter.key_changes import KeyChanges
    from sts_fixtures.meter.keypad import Keypad
    from sts_fixtures.meter.load_bank import LoadBank
    from sts_fixtures.meter.under_test import MeterUnderTest
    from sts_fixtures.plugin.markers import requirement
    from sts_fixtures.register import Register, load_register
    from sts_fixtures.tokens.mint import TokenMint
    from sts_fixtures.tokens.minted_token import MintedToken
    from sts_reports.exit_code import ExitCode
    from sts_reports.verdict import Verdict
    from sts_rigs.carriers.outcome import TokenOutcome
    from sts_rigs.carriers.port_carrier import PortCarrier
    from sts_rigs.clock import MILLISECOND, SECOND
    from stsbench.running import CampaignNotRun, CampaignResult, run_campaign, run_cases

_RESULTS: Final = "sts62055.application.results"
_MESSAGES: Final = "sts62055.carrier.messages"

_HOME: Final = MappingProxyType(
    {
        "Accept": _RESULTS,
        "Ack": _MESSAGES,
        "AuthenticationResult": _RESULTS,
        "BreakCommand": _MESSAGES,
        "CRCError": _RESULTS,
        "CampaignNotRun": "stsbench.running",
        "CampaignResult": "stsbench.running",
        "CarrierStatus": _RESULTS,
        "DDTKError": _RESULTS,
        "Data": _MESSAGES,
        "DeclaredMeter": "sts_fixtures.declaration.declared_meter",
        "ExitCode": "sts_reports.exit_code",
        "FormatError": _RESULTS,
        "FunctionError": _RESULTS,
        "IDRequest": _MESSAGES,
        "IDResponse": _MESSAGES,
        "KeyChanges": "sts_fixtures.meter.key_changes",
        "KeyExpiredError": _RESULTS,
        "Keypad": "sts_fixtures.meter.keypad",
        "LevelGauge": "sts_fixtures.judging.levels",
        "LineTimer": "sts_fixtures.judging.timing",
        "LoadBank": "sts_fixtures.meter.load_bank",
        "Lockout": _RESULTS,
        "MILLISECOND": "sts_rigs.clock",
        "MeterUnderTest": "sts_fixtures.meter.under_test",
        "MfrCodeError": _RESULTS,
        "MintedToken": "sts_fixtures.tokens.minted_token",
        "Nak": _MESSAGES,
        "NotReady": _RESULTS,
        "OldError": _RESULTS,
        "OverflowingCredit": _RESULTS,
        "PortCarrier": "sts_rigs.carriers.port_carrier",
        "Profile": "sts62055.carrier.profile",
        "RangeError": _RESULTS,
        "ReadCommand": _MESSAGES,
        "Register": "sts_fixtures.register",
        "RunRequest": "sts_fixtures.campaign.options",
        "SECOND": "sts_rigs.clock",
        "TokenIdentifier": "sts62055.application.token_identifier",
        "TokenMint": "sts_fixtures.tokens.mint",
        "TokenOutcome": "sts_rigs.carriers.outcome",
        "TokenResult": _RESULTS,
        "TokenStatus": _RESULTS,
        "UndefinedCommand": _MESSAGES,
        "UsedError": _RESULTS,
        "ValidationResult": _RESULTS,
        "Verdict": "sts_reports.verdict",
        "WriteCommand": _MESSAGES,
        "load_register": "sts_fixtures.register",
        "perform_script": "sts_fixtures.exploring.script",
        "precondition": "sts_fixtures.errors",
        "require_conformance": "sts_fixtures.errors",
        "requirement": "sts_fixtures.plugin.markers",
        "run_campaign": "stsbench.running",
        "run_cases": "stsbench.running",
        "seen_by_instrument": "sts_fixtures.errors",
    }
)
"""The module that each public name is from."""

__all__ = [
    "MILLISECOND",
    "SECOND",
    "Accept",
    "Ack",
    "AuthenticationResult",
    "BreakCommand",
    "CRCError",
    "CampaignNotRun",
    "CampaignResult",
    "CarrierStatus",
    "DDTKError",
    "Data",
    "DeclaredMeter",
    "ExitCode",
    "FormatError",
    "FunctionError",
    "IDRequest",
    "IDResponse",
    "KeyChanges",
    "KeyExpiredError",
    "Keypad",
    "LevelGauge",
    "LineTimer",
    "LoadBank",
    "Lockout",
    "MeterUnderTest",
    "MfrCodeError",
    "MintedToken",
    "Nak",
    "NotReady",
    "OldError",
    "OverflowingCredit",
    "PortCarrier",
    "Profile",
    "RangeError",
    "ReadCommand",
    "Register",
    "RunRequest",
    "TokenIdentifier",
    "TokenMint",
    "TokenOutcome",
    "TokenResult",
    "TokenStatus",
    "UndefinedCommand",
    "UsedError",
    "ValidationResult",
    "Verdict",
    "WriteCommand",
    "load_register",
    "perform_script",
    "precondition",
    "require_conformance",
    "requirement",
    "run_campaign",
    "run_cases",
    "seen_by_instrument",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
