"""That a meter answers at all: what cases about the form and the time of its answers stand on."""

from collections.abc import Iterable

from sts62055.carrier.client import Reply
from sts62055.carrier.codec import SILENCE
from sts62055.carrier.messages import BreakCommand, Command
from sts62055.carrier.profile import Profile
from sts_fixtures.errors import NotTested, precondition
from sts_fixtures.judging.serving import requirement_to_serve

__all__ = ["is_answered", "require_answers", "skip_unanswered_break"]


def is_answered(command: Command, profile: Profile) -> bool:
    """Return whether a command gets an answer: a BreakCommand does not where the profile says so."""
    return not (isinstance(command, BreakCommand) and profile.text("break_answer") == SILENCE)


def skip_unanswered_break(command: Command, profile: Profile) -> None:
    """Have a case about an answer NOT_TESTED where a BreakCommand gets none."""
    if not is_answered(command, profile):
        raise NotTested("break_answer of the profile is silence: a BreakCommand has no answer to look at")


def require_answers(command: Command, profile: Profile, replies: Iterable[Reply], *, characters: int = 1) -> None:
    """Require that replies to a command have so many characters at least; else the case cannot be judged."""
    precondition(
        all(len(reply.characters) >= characters for reply in replies),
        "the meter did not answer",
        breaks=requirement_to_serve(command, profile),
    )
