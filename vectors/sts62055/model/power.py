"""Power, load and cover: what happens to a meter without a token (IEC 62055-41, 7.3.2, 8.4, 8.6, 8.10)."""

from dataclasses import replace
from typing import Final

from sts62055.model.declared import Declared
from sts62055.model.rule import Situation
from sts62055.model.state import Cause, MeterState, Parts, Range
from sts62055.model.traits import PARTS_SURVIVE

__all__ = ["cover_opened", "load_applied", "power_cut", "power_restored", "settled", "switch_closed"]

_TENTH: Final = 360_000 * 1_000_000_000
"""0,1 kWh in watt nanoseconds."""


def settled(state: MeterState, at: int) -> MeterState:
    """Return a state in which the energy drawn until an instant has been counted, as far as it is known."""
    if not state.load or not state.has_power or at <= state.loaded_since:
        return replace(state, loaded_since=at) if state.load else state
    drawn = state.load * (at - state.loaded_since) // _TENTH + 1
    energy, credit = state.energy, state.credit
    if energy is not None:
        energy = Range(energy.least, energy.most + drawn)
    if (held := credit[0]) is not None:
        credit = (Range(max(held.least - drawn, 0), held.most), *credit[1:])
    return replace(state, energy=energy, credit=credit, loaded_since=at, has_borrowed=True)


def load_applied(situation: Situation, watts: tuple[int, ...], at: int) -> MeterState:
    """Return the state with loads behind the switch: too much of it may have opened the switch."""
    state = replace(settled(situation.state, at), load=sum(watts), loaded_since=at)
    may_be_open = state.may_be_open or _may_be_too_much(situation.declared, state, watts)
    return replace(state, may_be_open=may_be_open)


def _may_be_too_much(declared: Declared, state: MeterState, watts: tuple[int, ...]) -> bool:
    """Return whether loads may be above the power limit, or more uneven than allowed; 0 was never set."""
    limits = [state.power_limit]
    if declared.unbalance_limits is not None:
        limits.append(state.unbalance_limit)
    return any(watts) and any(limit is None or 0 < limit < sum(watts) for limit in limits)


def switch_closed(situation: Situation, at: int) -> MeterState:
    """Return the state once the user has the switch closed, which may bring emergency credit."""
    state = settled(situation.state, at)
    return replace(state, has_borrowed=state.has_borrowed or situation.declared.emergency_credit > 0)


def cover_opened(situation: Situation, at: int) -> MeterState:
    """Return the state of a meter that was tampered with."""
    state = settled(situation.state, at)
    return replace(state, is_tampered=True) if situation.declared.has_tamper_detection else state


def power_cut(situation: Situation, at: int) -> MeterState:
    """Return the state without power: a token that was not executed is lost."""
    state = settled(situation.state, at)
    return replace(
        state,
        has_power=False,
        power_went=at,
        pending=None,
        shown_test=None,
        status=frozenset({situation.declared.status_after_restart}),
        cause=Cause("power"),
    )


def power_restored(situation: Situation, at: int) -> MeterState:
    """Return the state of a meter that has started: what must last has lasted, the rest as its maker chose."""
    state = situation.state
    off = at - state.power_went
    parts = state.parts
    if parts.held:
        # whether their time runs on without power is not said
        kept = situation.has(PARTS_SURVIVE)
        parts = Parts(held=parts.held, first=parts.first.later(0, off), last=parts.last.later(0, off))
        parts = parts if kept else Parts()
    return replace(
        state,
        has_power=True,
        parts=parts,
        loaded_since=at,
        may_be_open=True,  # when the switch closes again is not said
    )
