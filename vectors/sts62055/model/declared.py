"""What the maker of a meter says of it: the part of a declaration that the model goes by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sts62055.application.results import CarrierStatus, TokenStatus
from sts62055.model.traits import Choices

__all__ = ["Declared", "LockoutRule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutRule:
    """TokenLockout of IEC 62055-52, 6.6.7: after how many failures, and for how long, in nanoseconds.

    carriers: those that it concerns.
    """

    threshold: int
    delay: int
    longest: int
    carriers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is declared of a meter; times in nanoseconds, credit in 0,1 kWh, power in watts.

    manufacturer_code: 2 or 4 digits; key_parts: of how many pieces of 32 bits its key is; key_change_timeout: 0
    for none; registers: the numbers of Table 28 that it has; power_limits, unbalance_limits: None where no token
    sets one; identifiers: how many it remembers at least; lockout: None where it has none; tells_of_keypad:
    whether tokenStatus tells of other carriers, None where that is open; keeps_status: it tells of a token until
    the next one; results: those of tokens for which no standard names one, by what is wrong; chosen: the traits
    that are declared.
    """

    manufacturer_code: str
    key_parts: int
    key_change_tokens: int
    key_change_timeout: int
    has_key_expiry: bool
    rolls_over: bool
    credit_limit: int
    registers: frozenset[int]
    tests: frozenset[int]
    power_limits: range | None
    unbalance_limits: range | None
    has_clear_credit: bool
    has_tariff_rate: bool
    management_subclasses: frozenset[int]
    has_tamper_detection: bool
    tamper_disconnects: bool
    reconnects_automatically: bool
    emergency_credit: int
    identifiers: int
    lockout: LockoutRule | None
    tells_of_keypad: bool | None = None
    keeps_status: bool = False
    status_after_restart: TokenStatus = CarrierStatus.RESERVED
    results: Mapping[str, TokenStatus] = field(default_factory=dict)
    chosen: Choices = field(default_factory=dict)

    @property
    def has_currency(self) -> bool:
        """Whether it takes any credit in currency."""
        return any(register >= 4 for register in self.registers)
