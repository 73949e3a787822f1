"""That a meter answers at all: what cases about the form and the time of its answers stand on."""

from collections.abc import Iterable

from sts62055.carrier.client import Reply
from sts62055.carrier.messages import Command
from sts62055.carrier.profile import Profile
from sts_fixtures.errors import precondition
from sts_fixtures.judging.serving import requirement_to_serve

__all__ = ["require_answers"]


def require_answers(command: Command, profile: Profile, replies: Iterable[Reply], *, characters: int = 1) -> None:
    """Require that replies to a command have so many characters at least; else the case cannot be judged."""
    precondition(
        all(len(reply.characters) >= characters for reply in replies),
        "the meter did not answer",
        breaks=requirement_to_serve(command, profile),
    )
