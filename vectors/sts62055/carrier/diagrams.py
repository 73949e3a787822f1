"""Mermaid diagrams of the state tables of client and server (IEC 62055-52, 6.6.1 and Annex A)."""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

from sts62055.carrier.client import CLIENT_TABLE, ClientState
from sts62055.carrier.codec import ANY
from sts62055.carrier.profile import Profile, default_profile
from sts62055.carrier.server import SERVER_TABLE, ServerEvent, ServerState

__all__ = ["BEGIN", "END", "Diagram", "diagrams", "draw", "renew", "section"]

BEGIN = "<!-- begin: made by `make diagrams` from the state tables; do not edit -->"
END = "<!-- end -->"

_State = TypeVar("_State", bound=Enum)
_Event = TypeVar("_Event", bound=Enum)
_E = ServerEvent
_COMMANDS = (_E.ID_REQUEST, _E.READ_COMMAND, _E.WRITE_COMMAND, _E.BREAK_COMMAND, _E.UNDEFINED_COMMAND)


@dataclass(frozen=True, slots=True)
class Diagram:
    """One diagram: its heading, a sentence on what it shows, and its Mermaid text."""

    title: str
    text: str
    mermaid: str


def draw(
    table: Mapping[_State, Mapping[_Event, _State]],
    initial: _State,
    leave_out: Iterable[_Event] = (),
    notes: Mapping[_State, str] | None = None,
) -> str:
    """Return a state table as a Mermaid state diagram, one line for each state, transition and note."""
    left_out = frozenset(leave_out)
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state.value}" as {state.name}' for state in table]
    lines.append(f"    [*] --> {initial.name}")
    lines += [
        f"    {state.name} --> {after.name}: {event.value}"
        for state, events in table.items()
        for event, after in events.items()
        if event not in left_out
    ]
    lines += [f"    note right of {state.name}: {note}" for state, note in (notes or {}).items()]
    return "\n".join(lines)


def diagrams(profile: Profile) -> tuple[Diagram, ...]:
    """Return the diagrams of Annex A, of the whole server and of the client, with the answers of a profile."""
    return (
        *(_annex_diagram(annex, event, profile) for annex, event in enumerate(_COMMANDS, start=1)),
        Diagram(
            "The whole server (6.6.1)",
            "Every state of the server and every event that moves it.",
            draw(SERVER_TABLE, ServerState.IDLE),
        ),
        Diagram(
            "The client in one exchange (6.6)",
            "Every state of the client and every event that moves it; an idle client listens to nothing.",
            draw(CLIENT_TABLE, ClientState.IDLE),
        ),
    )


def section(profile: Profile) -> str:
    """Return all diagrams as one piece of Markdown, with the markers around it."""
    parts = [
        f"## {diagram.title}\n\n{diagram.text}\n\n```mermaid\n{diagram.mermaid}\n```"
        for diagram in diagrams(profile)
    ]
    return "\n\n".join([BEGIN, *parts, END])


def renew(document: str, profile: Profile) -> str:
    """Return a document with the part between its markers made anew; ValueError if it has not one of each."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    made = section(profile)
    renewed, count = pattern.subn(lambda _: made, document)
    if count != 1:
        raise ValueError(f"the document has {count} parts between {BEGIN!r} and {END!r}, and not one")
    return renewed


def _annex_diagram(annex: int, event: ServerEvent, profile: Profile) -> Diagram:
    name, clause, answers = _PROCESSING[event]
    texts = (profile.text(answer) if answer in profile else answer for answer in answers)
    told = " or ".join("ACK, NAK or nothing, as is declared" if text == ANY else text for text in texts)
    damaged = profile.text("transmission_error_answer")
    note = f"{told}, and {damaged} to a transmission error (6.7.2)"
    return Diagram(
        f"A.{annex} {name} ({clause})",
        f"What {name} touches of the table: all but the ends of the other commands. It is answered with {told}.",
        draw(SERVER_TABLE, ServerState.IDLE, set(_COMMANDS) - {event}, {ServerState.PROCESSING: note}),
    )


_PROCESSING: Mapping[ServerEvent, tuple[str, str, tuple[str, ...]]] = {
    _E.ID_REQUEST: ("IDRequest", "6.6.2", ("IDResponse",)),
    _E.READ_COMMAND: ("ReadCommand", "6.6.3", ("Data", "unreadable_register_answer")),
    _E.WRITE_COMMAND: ("WriteCommand", "6.6.4", ("write_answer", "refused_write_answer")),
    _E.BREAK_COMMAND: ("BreakCommand", "6.6.5", ("break_answer",)),
    _E.UNDEFINED_COMMAND: ("undefined command", "6.6.6", ("undefined_command_answer",)),
}
"""Each command's name, clause and answers: messages, or parameters of the profile that name one."""


def _main() -> None:
    path = Path(sys.argv[1])
    path.write_text(renew(path.read_text("utf-8"), default_profile()), "utf-8", newline="\n")


if __name__ == "__main__":
    _main()
