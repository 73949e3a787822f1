"""Bookkeeping of actions that have to be undone: power that is off, a cover that is open, a load."""

from sts_rigs.actions import Action, Actions

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
        seen = self._others.perform(action, value)
        if action in _ENDED_BY:
            self._ends[_ENDED_BY[action]] = ""
        elif action is Action.APPLY_LOAD and value != _NO_LOAD:
            self._ends[action] = _NO_LOAD
        else:
            self._ends.pop(action, None)
        return seen

    @property
    def left(self) -> str:
        """The state that the meter was left in, "" if nothing has to be undone."""
        return " and ".join(_LEFT[action] for action in self._ends)

    def restore(self) -> None:
        """Undo what was left; ActionNotPerformed or BenchFault if that cannot be done."""
        for action, value in tuple(self._ends.items()):
            self.perform(action, value)
