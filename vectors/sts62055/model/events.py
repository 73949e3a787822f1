"""What happens to a meter, at instants in nanoseconds."""

from dataclasses import dataclass
from typing import TypeAlias

from sts62055.application.results import TokenStatus
from sts62055.model.tokens import EnteredToken

__all__ = [
    "CoverOpened",
    "Event",
    "LoadApplied",
    "PowerCut",
    "PowerRestored",
    "SwitchClosed",
    "TokenEnded",
    "TokenEntered",
]


@dataclass(frozen=True, slots=True)
class TokenEntered:
    """A token goes in, and is taken."""

    token: EnteredToken
    carrier: str
    at: int


@dataclass(frozen=True, slots=True)
class TokenEnded:
    """The token that went in has been processed by now; result: None where nobody saw it."""

    result: TokenStatus | None
    at: int


@dataclass(frozen=True, slots=True)
class PowerCut:
    """The power goes."""

    at: int


@dataclass(frozen=True, slots=True)
class PowerRestored:
    """The power comes back, and the meter has started."""

    at: int


@dataclass(frozen=True, slots=True)
class CoverOpened:
    """Somebody tampers with the meter."""

    at: int


@dataclass(frozen=True, slots=True)
class LoadApplied:
    """Loads stand behind the load switch, one for each phase."""

    watts: tuple[int, ...]
    at: int


@dataclass(frozen=True, slots=True)
class SwitchClosed:
    """The user has the load switch closed."""

    at: int


Event: TypeAlias = TokenEntered | TokenEnded | PowerCut | PowerRestored | CoverOpened | LoadApplied | SwitchClosed
"""Anything that happens to a meter."""
