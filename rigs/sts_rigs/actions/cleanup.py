"""Remember what was begun on the meter and has to be ended: power that is off, a cover that is open, a load."""

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
    """Other actions, of which it is known how the meter is to be put right."""

    def __init__(self, others: Actions) -> None:
        self._others = others
        self._ends: dict[Action, str] = {}

    def perform(self, action: Action, value: str = "") -> str:
        """Do it and return what was seen; ActionNotPerformed or BenchFault if that cannot be."""
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
        """How the meter was left, "" if it is as it should be."""
        return " and ".join(_LEFT[action] for action in self._ends)

    def restore(self) -> None:
        """End what was begun, as if it were asked for now; ActionNotPerformed or BenchFault if that cannot be."""
        for action, value in tuple(self._ends.items()):
            self.perform(action, value)
