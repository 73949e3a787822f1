"""What may be observed of a meter in a state: registers, tokenStatus, bits of the meter status, display.

A frame condition is one of these: a register stays as it is but for what the last event changes. Which requirement
a difference breaks follows from that event.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sts62055.application.results import NotReady, TokenStatus
from sts62055.model.clause_8_5_test_display import shown_by
from sts62055.model.declared import Declared
from sts62055.model.state import Cause, LockoutState, MeterState, Range

__all__ = [
    "GENERAL",
    "QUANTITIES",
    "REQUIREMENTS",
    "Expectation",
    "Observed",
    "expected",
    "expected_lockout",
    "observed",
]

Observed = int | str | TokenStatus
"""A value that was seen."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a quantity may be, and the requirement that says so."""

    values: Container[object]
    requirement: str

    def __contains__(self, value: object) -> bool:
        return value in self.values

    def __str__(self) -> str:
        values = self.values
        if isinstance(values, frozenset):
            return " or ".join(sorted(map(str, values)))
        return str(values)


_CLASS_1: Final = "41-6.2.3-makers-change-nothing"
_REFUSED: Final = "41-8.1-only-by-token"
_CREDIT: Final = {
    "": "41-8.4-only",
    "refused": _REFUSED,
    "power": "41-8.4-kept",
    "KeyPart": "41-8.9-credit",
    "InitiateMeterTestDisplay": _CLASS_1,
    "TransferCredit": "41-8.4-adds",
    "ClearCredit": "41-8.7-clears",
}
_LIMIT: Final = {
    "": "41-8.6-only",
    "refused": _REFUSED,
    "power": "41-8.6-kept",
    "InitiateMeterTestDisplay": _CLASS_1,
    "SetMaximumPowerLimit": "41-8.6-limit",
}
_TAMPER: Final = {
    "": "41-8.10-only",
    "refused": _REFUSED,
    "power": "41-8.10-outlasts",
    "InitiateMeterTestDisplay": _CLASS_1,
    "ClearTamperCondition": "41-8.10-clears",
}
_GROUP: Final = {
    "": "41-8.9-only",
    "power": "41-7.3.2-kept",
    "KeyPart": "41-8.9-group",
}
_ENERGY: Final = {"": "31-accounting-only"}
_STATUS: Final = {"": "52-6.1.5-accept", "power": "52-6.8.3-after-restart"}
_SWITCH: Final = "52-6.8.3-meter-status-switch"
_BIT_OF_TAMPER: Final = "52-6.8.3-meter-status-tamper"
_BIT_OF_CREDIT: Final = "52-6.8.3-meter-status-credit"
_BIT_OF_LOCKOUT: Final = "52-6.8.3-meter-status-lockout"
_EITHER: Final = frozenset({0, 1})
_OF_REGISTER: Final = {
    1: "41-6.2.2-water",
    2: "41-6.2.2-gas",
    3: "41-6.2.2-time",
    **dict.fromkeys(range(4, 8), "41-6.2.2-currency"),
}

REQUIREMENTS: Final = frozenset(
    {
        *_OF_REGISTER.values(),
        *(name for table in (_CREDIT, _LIMIT, _TAMPER, _GROUP, _ENERGY, _STATUS) for name in table.values()),
        _SWITCH,
        _BIT_OF_TAMPER,
        _BIT_OF_CREDIT,
        _BIT_OF_LOCKOUT,
    }
)
"""Every requirement that a difference may break."""


def _named(table: Mapping[str, str], cause: Cause) -> str:
    return table.get(cause.what, table[""])


def _credit(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    held = state.credit[0]
    return None if held is None else Expectation(held, _named(_CREDIT, state.cause))


def _other_credit(register: int) -> Callable[[Declared, MeterState, int], Expectation | None]:
    def judge(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
        held = state.credit[register]
        table = _CREDIT | {"": _OF_REGISTER[register], "TransferCredit": _OF_REGISTER[register]}
        return None if held is None else Expectation(held, _named(table, state.cause))

    return judge


def _energy(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    return None if state.energy is None else Expectation(state.energy, _named(_ENERGY, state.cause))


def _power_limit(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    limit = state.power_limit
    return None if limit is None else Expectation(frozenset({limit}), _named(_LIMIT, state.cause))


def _tamper(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    tampered = state.is_tampered
    return None if tampered is None else Expectation(frozenset({int(tampered)}), _named(_TAMPER, state.cause))


def _group(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    group = state.key.group
    return None if group is None else Expectation(frozenset({group}), _named(_GROUP, state.cause))


def _status(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    values = state.status
    if (pending := state.pending) is not None:
        values = frozenset({NotReady}) if pending.carrier == "port" else values | {NotReady}
    return Expectation(values, _named(_STATUS, state.cause))


def _is_closed(declared: Declared, state: MeterState, at: int) -> Expectation:  # noqa: ARG001
    """Return what the switch is: open without credit and, where declared, while tampered; else as it closes."""
    credit, tampered = state.credit[0], state.is_tampered
    is_empty = credit is not None and credit.most == 0 and not state.has_borrowed
    if is_empty and not declared.emergency_credit:
        return Expectation(frozenset({0}), _SWITCH)
    if tampered and declared.tamper_disconnects:
        return Expectation(frozenset({0}), _SWITCH)
    is_free = credit is None or credit.least == 0 or state.may_be_open or tampered is None
    if is_free or not declared.reconnects_automatically:
        return Expectation(_EITHER, _SWITCH)
    return Expectation(frozenset({1}), _SWITCH)


def _bit_of_tamper(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    tampered = state.is_tampered
    return None if tampered is None else Expectation(frozenset({int(tampered)}), _BIT_OF_TAMPER)


def _bit_of_credit(_: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    held = state.credit[0]
    if held is None or held.least <= 0 < held.most:
        return None
    return Expectation(frozenset({int(held.most == 0)}), _BIT_OF_CREDIT)


def expected_lockout(lockout: LockoutState, at: int) -> Expectation | None:
    """Return what the bit of the lockout may be at an instant, None where it is free."""
    until = lockout.until
    if until is not None and until.earliest <= at <= until.latest:
        return None
    return Expectation(frozenset({int(until is not None and at < until.earliest)}), _BIT_OF_LOCKOUT)


def _display(declared: Declared, state: MeterState, at: int) -> Expectation | None:  # noqa: ARG001
    shown = None if state.shown_test is None else shown_by(declared, state, state.shown_test)
    return None if shown is None else Expectation(frozenset({shown[0]}), shown[1])


QUANTITIES: Final[Mapping[str, Callable[[Declared, MeterState, int], Expectation | None]]] = {
    "electricity_credit": _credit,
    "cumulative_energy": _energy,
    "maximum_power_limit": _power_limit,
    "tamper_status": _tamper,
    "supply_group_code": _group,
    "token_status": _status,
    "load_switch_closed": _is_closed,
    "tampered": _bit_of_tamper,
    "credit_exhausted": _bit_of_credit,
    "display": _display,
    **{f"credit of register {register}": _other_credit(register) for register in _OF_REGISTER},
}
"""What can be observed, by the names of the registers and of the bits of the meter status but "locked_out"."""


GENERAL: Final[Mapping[str, str]] = {
    "electricity_credit": _CREDIT[""],
    "cumulative_energy": _ENERGY[""],
    "maximum_power_limit": _LIMIT[""],
    "tamper_status": _TAMPER[""],
    "supply_group_code": _GROUP[""],
}
"""What a register breaks that is not what it is to be, where nobody can tell which event changed it."""


def expected(declared: Declared, state: MeterState, quantity: str, at: int) -> Expectation | None:
    """Return what a quantity may be at an instant, None where it is free or not known."""
    return QUANTITIES[quantity](declared, state, at)


def observed(state: MeterState, quantity: str, value: Observed) -> MeterState:
    """Return the state with a value that was seen, taken for the truth; the same where nothing is new."""
    if not isinstance(value, int):
        return state
    match quantity:
        case "cumulative_energy" if state.energy != Range(value, value):
            return replace(state, energy=Range(value, value))
        case "maximum_power_limit" if state.power_limit != value:
            return replace(state, power_limit=value)
        case "tamper_status" | "tampered" if state.is_tampered is not bool(value):
            return replace(state, is_tampered=bool(value))
        case "load_switch_closed" if value and state.may_be_open:
            return replace(state, may_be_open=False)
        case "supply_group_code" if state.key.group != value:
            return replace(state, key=replace(state.key, group=value))
    register = _REGISTERS.get(quantity)
    if register is None or state.credit[register] == Range(value, value):
        return state
    credit = (*state.credit[:register], Range(value, value), *state.credit[register + 1 :])
    return replace(state, credit=credit)


_REGISTERS: Final = {"electricity_credit": 0} | {f"credit of register {number}": number for number in _OF_REGISTER}
