"""Bookkeeping of actions that have to be undone: power that is off, a cover that is open, a load."""

from sts_rigs.actions import Action, ActionNotPerformed, Actions

__all__ = ["UnfinishedActions"]

_NO_LOAD = "0"
_ENDED_BY = {Action.POWER_OFF: Action.POWER_ON, Action.OPEN_COVER: Action.CLOSE_COVER}
_LEFT = {
    Action.POWER_ON: "without its power",
    Action.CLOSE_COVER: "with its terminal cover open",
    Action.APPLY_LOAD: "with a load",
}


class UnfinishedActions:
    """Wrapper of actions that knows what has to be undone on the meter."""

    def __init__(self, others: Actions) -> None:
        self._others = others
        self._ends: dict[Action, str] = {}

    def perform(self, action: Action, value: str = "") -> str:
        """Perform an action and return what was observed; ActionNotPerformed or BenchFault if it cannot be."""
        before = dict(self._ends)
        if action in _ENDED_BY:
            self._ends[_ENDED_BY[action]] = ""
        elif action is Action.APPLY_LOAD and value != _NO_LOAD:
            self._ends[action] = _NO_LOAD
        try:
            seen = self._others.perform(action, value)
        except ActionNotPerformed:
            self._ends = before
            raise
        if action not in _ENDED_BY and (action is not Action.APPLY_LOAD or value == _NO_LOAD):
            self._ends.pop(action, None)
        return seen

    @property
    def left(self) -> str:
        """The state that the meter was left in, "" if nothing has to be undone."""
        return " and ".join(_LEFT[action] for action in self._ends)

    def take_over(self, *, is_powered: bool, is_cover_open: bool, has_load: bool) -> None:
        """Take what an earlier run has left for one that was begun here."""
        self._ends |= {} if is_powered else {Action.POWER_ON: ""}
        self._ends |= {Action.CLOSE_COVER: ""} if is_cover_open else {}
        self._ends |= {Action.APPLY_LOAD: _NO_LOAD} if has_load else {}

    def note_power(self) -> None:
        """Take note that the meter has its power, whoever gave it that."""
        self._ends.pop(Action.POWER_ON, None)

    def restore(self) -> None:
        """Undo what was left; ActionNotPerformed or BenchFault if that cannot be done."""
        for action, value in tuple(self._ends.items()):
            self.perform(action, value)
