"""What was begun on the meter is known, and can be ended."""

import pytest

from sts_rigs.actions import Action, SkippedByOperator
from sts_rigs.actions.cleanup import UnfinishedActions


class Performer:
    """Performer that do everything but what they skip."""

    def __init__(self) -> None:
        self.done: list[tuple[Action, str]] = []
        self.skipped: set[Action] = set()

    def perform(self, action: Action, value: str = "") -> str:
        if action in self.skipped:
            raise SkippedByOperator(action, value, "")
        self.done.append((action, value))
        return "seen"


@pytest.mark.parametrize(
    ("begun", "value", "left", "end"),
    [
        (Action.POWER_OFF, "", "without its power", (Action.POWER_ON, "")),
        (Action.OPEN_COVER, "", "with its terminal cover open", (Action.CLOSE_COVER, "")),
        (Action.APPLY_LOAD, "1000 200", "with a load", (Action.APPLY_LOAD, "0")),
    ],
)
def test_what_was_begun_is_ended(begun: Action, value: str, left: str, end: tuple[Action, str]) -> None:
    performer = Performer()
    actions = UnfinishedActions(performer)
    assert actions.perform(begun, value) == "seen"
    assert actions.left == left
    performer.skipped = {end[0]}
    with pytest.raises(SkippedByOperator):
        actions.restore()
    assert actions.left == left
    performer.skipped = set()
    actions.restore()
    assert actions.left == ""
    assert performer.done == [(begun, value), end]
    actions.restore()
    assert len(performer.done) == 2


@pytest.mark.parametrize("begun", [Action.POWER_OFF, Action.OPEN_COVER])
def test_what_was_not_begun_leaves_nothing(begun: Action) -> None:
    performer = Performer()
    actions = UnfinishedActions(performer)
    performer.skipped = {begun}
    with pytest.raises(SkippedByOperator):
        actions.perform(begun)
    assert actions.left == ""


def test_a_cut_that_was_whole_and_another_action_leave_nothing() -> None:
    actions = UnfinishedActions(Performer())
    for action, value in [
        (Action.POWER_OFF, ""),
        (Action.READ_DISPLAY, ""),
        (Action.POWER_ON, ""),
        (Action.APPLY_LOAD, "0"),
        (Action.KEY_IN, "1" * 20),
    ]:
        actions.perform(action, value)
    assert actions.left == ""


def test_everything_that_was_left_is_told_and_put_right() -> None:
    performer = Performer()
    actions = UnfinishedActions(performer)
    actions.perform(Action.OPEN_COVER)
    actions.perform(Action.POWER_OFF)
    assert actions.left == "with its terminal cover open and without its power"
    actions.restore()
    assert {action for action, _ in performer.done[2:]} == {Action.CLOSE_COVER, Action.POWER_ON}
