"""That a meter answers at all, and as usual: what cases about the form and the time of its answers stand on."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from sts62055.carrier.client import Reply
from sts62055.carrier.codec import ANY, SILENCE, single_answer
from sts62055.carrier.messages import (
    Ack,
    BreakCommand,
    Command,
    Data,
    IDRequest,
    IDResponse,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.profile import Profile
from sts_fixtures.errors import NotTested, precondition
from sts_fixtures.judging.serving import requirement_to_serve

__all__ = [
    "answers_break",
    "expected_of_break",
    "is_answered",
    "is_usual",
    "require_answers",
    "require_usual_answers",
    "with_answer",
]

_SINGLE_ANSWERS: Final[Mapping[type[Command], str]] = MappingProxyType(
    {
        WriteCommand: "refused_write_answer",
        UndefinedCommand: "undefined_command_answer",
    }
)


def is_usual(reply: Reply, command: Command, profile: Profile) -> bool:
    """Whether a reply is of the kind that a command of Annex A gets, its fields aside."""
    match command:
        case IDRequest():
            return isinstance(reply.answer, IDResponse) or reply.codes[:1] == b"/"
        case ReadCommand():
            return isinstance(reply.answer, Data) or reply.codes[:1] == b"\x02"
        case BreakCommand():
            return answers_break(reply, profile)
    return reply.answer == single_answer(profile, _SINGLE_ANSWERS[type(command)])


def answers_break(reply: Reply, profile: Profile) -> bool:
    """Whether a reply is what the profile says of a BreakCommand, which may be silence, or leave it open."""
    if profile.text("break_answer") == ANY:
        return reply.is_silent or isinstance(reply.answer, Ack | Nak)
    if profile.text("break_answer") == SILENCE:
        return reply.is_silent
    return reply.answer == single_answer(profile, "break_answer")


def expected_of_break(profile: Profile) -> str:
    """Return what may come of a BreakCommand, in words."""
    said = profile.text("break_answer")
    return "ACK, NAK or silence" if said == ANY else said


def require_usual_answers(command: Command, profile: Profile, replies: Iterable[Reply]) -> None:
    """Require that replies are of the kind that a command gets: the time of another is not the time of that."""
    for reply in _not_free_silence(command, profile, replies):
        precondition(
            is_usual(reply, command, profile),
            f"{type(command).__name__} was answered by {reply.answer or reply.detail or reply.fault}",
            breaks=requirement_to_serve(command, profile),
        )


def is_answered(command: Command, profile: Profile) -> bool:
    """Whether a command surely gets an answer: a BreakCommand does not where the profile says so, or is open."""
    return not (isinstance(command, BreakCommand) and profile.text("break_answer") in (SILENCE, ANY))


def with_answer(command: Command, profile: Profile) -> Command:
    """Return a command whose answer is looked at: another one in the place of a BreakCommand that gets none."""
    is_silent = isinstance(command, BreakCommand) and profile.text("break_answer") == SILENCE
    return IDRequest() if is_silent else command


def require_answers(command: Command, profile: Profile, replies: Iterable[Reply], *, characters: int = 1) -> None:
    """Require that replies to a command have so many characters at least; else the case cannot be judged."""
    precondition(
        all(len(reply.characters) >= characters for reply in _not_free_silence(command, profile, replies)),
        "the meter did not answer",
        breaks=requirement_to_serve(command, profile),
    )


def _not_free_silence(command: Command, profile: Profile, replies: Iterable[Reply]) -> Iterator[Reply]:
    """Give replies; NotTested for a meter that is silent on a BreakCommand, and may be."""
    for reply in replies:
        if reply.is_silent and isinstance(command, BreakCommand) and profile.text("break_answer") == ANY:
            raise NotTested("the meter answers no BreakCommand, which it may: there is no answer to look at")
        yield reply
