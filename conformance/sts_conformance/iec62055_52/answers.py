"""That a meter answers at all: what cases about the form and the time of its answers stand on."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from sts62055.carrier.client import Reply
from sts62055.carrier.messages import BreakCommand, Command, IDRequest, ReadCommand, UndefinedCommand, WriteCommand
from sts62055.carrier.profile import Profile
from sts_fixtures.errors import precondition

__all__ = ["require_answers"]

_ASKED_BY: Final[Mapping[type[Command], str]] = MappingProxyType(
    {
        IDRequest: "52-6.4.2-answered",
        ReadCommand: "52-6.6.3-known",
        WriteCommand: "52-6.6.4-malformed",
        BreakCommand: "52-6.6.5-acknowledged",
        UndefinedCommand: "52-6.6.6-refused",
    }
)


def require_answers(command: Command, profile: Profile, replies: Iterable[Reply], *, characters: int = 1) -> None:
    """Require that replies to a command have so many characters at least; else the case cannot be judged."""
    known = {register.id for register in profile.registers.values()}
    is_unknown = isinstance(command, ReadCommand) and command.register_id not in known
    precondition(
        all(len(reply.characters) >= characters for reply in replies),
        "the meter did not answer",
        breaks="52-6.6.3-unknown" if is_unknown else _ASKED_BY[type(command)],
    )
