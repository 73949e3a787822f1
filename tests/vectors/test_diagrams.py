"""The diagrams of the documents are those of the state tables."""

import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import pytest

from carrier_line import PROFILE, changed
from sts62055.carrier.client import CLIENT_TABLE, ClientState
from sts62055.carrier.diagrams import BEGIN, END, diagrams, draw, renew
from sts62055.carrier.server import SERVER_TABLE, ServerEvent, ServerState

DOCUMENT = Path(__file__).parents[2] / "docs" / "carrier-states.md"
COMMANDS = [
    ServerEvent.ID_REQUEST,
    ServerEvent.READ_COMMAND,
    ServerEvent.WRITE_COMMAND,
    ServerEvent.BREAK_COMMAND,
    ServerEvent.UNDEFINED_COMMAND,
]
TITLES = [
    "A.1 IDRequest (6.6.2)",
    "A.2 ReadCommand (6.6.3)",
    "A.3 WriteCommand (6.6.4)",
    "A.4 BreakCommand (6.6.5)",
    "A.5 undefined command (6.6.6)",
    "The whole server (6.6.1)",
    "The client in one exchange (6.6)",
]
Transitions = set[tuple[str, str, str]]


def shown_in(document: str) -> dict[str, str]:
    """Return a document's Mermaid diagrams by their headings."""
    return dict(re.findall(r"^## ([^\n]+)\n[^#]*?```mermaid\n(.*?)```", document, re.DOTALL | re.MULTILINE))


def transitions_in(mermaid: str) -> Transitions:
    """Read a diagram: the states before and after by their values, and the event between them."""
    names = {name: value for value, name in re.findall(r'^ +state "(.*)" as (\w+)$', mermaid, re.MULTILINE)}
    arrows = re.findall(r"^ +(\w+) --> (\w+): (.*)$", mermaid, re.MULTILINE)
    return {(names[before], names[after], event) for before, after, event in arrows}


def transitions_of(table: Mapping[Enum, Mapping[Enum, Enum]], without: set[Enum] | None = None) -> Transitions:
    return {
        (before.value, after.value, event.value)
        for before, events in table.items()
        for event, after in events.items()
        if event not in (without or set())
    }


def test_the_document_is_what_the_tables_give() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text == renew(text, PROFILE), "run `make diagrams`"


def test_the_document_has_a_diagram_of_each_part_of_annex_a_and_of_each_table() -> None:
    assert list(shown_in(DOCUMENT.read_text("utf-8"))) == TITLES


@pytest.mark.parametrize(("title", "command"), list(zip(TITLES, COMMANDS, strict=False)), ids=TITLES[:5])
def test_a_diagram_of_annex_a_has_all_of_the_table_but_the_other_commands(
    title: str, command: ServerEvent
) -> None:
    shown = transitions_in(shown_in(DOCUMENT.read_text("utf-8"))[title])
    assert shown == transitions_of(SERVER_TABLE, set(COMMANDS) - {command})
    assert ("receiving", "processing", command.value) in shown


@pytest.mark.parametrize(("title", "table"), [(TITLES[5], SERVER_TABLE), (TITLES[6], CLIENT_TABLE)])
def test_a_whole_diagram_has_all_of_its_table(title: str, table: Mapping[Enum, Mapping[Enum, Enum]]) -> None:
    assert transitions_in(shown_in(DOCUMENT.read_text("utf-8"))[title]) == transitions_of(table)


@pytest.mark.parametrize("table", [SERVER_TABLE, CLIENT_TABLE], ids=["server", "client"])
def test_a_table_with_any_other_transition_gives_another_diagram(
    table: Mapping[Enum, Mapping[Enum, Enum]],
) -> None:
    initial = next(iter(table))
    drawn = draw(table, initial)
    for state, events in table.items():
        for event, after in events.items():
            for other in set(table) - {after}:
                moved = {**table, state: {**events, event: other}}
                assert draw(moved, initial) != drawn
            removed = {**table, state: {each: to for each, to in events.items() if each is not event}}
            assert draw(removed, initial) != drawn


def test_a_document_with_another_arrow_differs_from_what_the_tables_give() -> None:
    text = DOCUMENT.read_text("utf-8")
    for arrow in re.findall(r"^ +\w+ --> \w+: .*$", text, re.MULTILINE):
        changed_text = text.replace(arrow, arrow.replace("-->", "--> DROPPING %%"), 1)
        assert changed_text != text
        assert renew(changed_text, PROFILE) == text


def test_a_diagram_is_mermaid_of_one_statement_a_line() -> None:
    for diagram in diagrams(PROFILE):
        first, *lines = diagram.mermaid.splitlines()
        assert first == "stateDiagram-v2"
        assert lines.count("    [*] --> IDLE") == 1
        statement = r'    (state "[^";:]+" as \w+|(\[\*\]|\w+) --> \w+(: [^;:]+)?|note right of \w+: [^;:]+)'
        assert [line for line in lines if not re.fullmatch(statement, line)] == []


def test_every_state_of_a_diagram_can_be_reached_in_it() -> None:
    for diagram in diagrams(PROFILE):
        states = ServerState if '"dropping"' in diagram.mermaid else ClientState
        after = {after for before, after, _ in transitions_in(diagram.mermaid) if before != after}
        assert after == {state.value for state in states}


def test_the_answers_are_those_of_the_profile() -> None:
    other = changed(break_answer="NAK", transmission_error_answer="ACK")
    break_diagram = diagrams(other)[3]
    assert break_diagram.text.endswith("It is answered with NAK.")
    assert "note right of PROCESSING: NAK, and ACK to a transmission error (6.7.2)" in break_diagram.mermaid
    assert diagrams(PROFILE)[1].text.endswith("It is answered with Data or NAK.")


@pytest.mark.parametrize("document", ["", BEGIN, END + BEGIN, f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_document_without_its_markers_once_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match="and not one"):
        renew(document, PROFILE)


def test_what_is_around_the_markers_stays() -> None:
    renewed = renew(f"before {BEGIN} old {END} after", PROFILE)
    assert renewed.startswith(f"before {BEGIN}\n\n## A.1 IDRequest")
    assert renewed.endswith(f"```\n\n{END} after")
