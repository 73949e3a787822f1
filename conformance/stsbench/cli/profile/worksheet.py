"""The worksheet of `stsbench profile`: a form for who owns the standards, an entry for each open item."""

from collections.abc import Mapping, Sequence
from typing import Final

from sts62055.carrier.profile import Parameter, RegisterEntry
from sts62055.provenance import Grade
from sts_fixtures.register import Requirement
from sts_fixtures.register.audit import OpenItem

__all__ = ["document_of", "kind_of", "look_up", "ours_of", "value_in_words", "write_worksheet"]

_PROFILE_OF: Final = "IEC 62055-52"
_LAYOUT: Final = "layout"
_KNOWN: Final[Mapping[Grade, str]] = {
    Grade.ONE_SOURCE: "one public description says so",
    Grade.OBSERVED: "seen in a public client or meter",
    Grade.INFERRED: "it follows from another clause or a related standard",
    Grade.ASSUMED: "nobody published it, and it may not be ruled at all",
    Grade.UNKNOWN: "no public rule is known",
}
_HEAD: Final = """# Worksheet: what {edition} and its companions have to say

{count} values and sentences are open. Each entry names its clause, what we take it to be, and what to look up;
first comes what holds most of the {judged} verdicts provisional. `final` says how many of them are no longer
provisional once this entry and all before it are settled.

Tick one of three, and write the table into an overlay (TOML): as it stands, the table alone; otherwise, the table
with `value = ...` (of a register `id`, `width`, `unit` or `access`; a sentence is not changed: report it to us);
free, the table with `freed = "why"`. `clause = "..."` says where it stands. The head of the overlay says who
answers, from which document:

    [confirmed]
    by = ""
    document = ""
    edition = ""
"""


def document_of(item: OpenItem) -> str:
    """Return the standard that the item is of."""
    return item.entry.standard if isinstance(item.entry, Requirement) else _PROFILE_OF


def kind_of(item: OpenItem) -> str:
    """Return what the item is: a sentence, a register, or a value."""
    match item.entry:
        case Requirement():
            return "sentence"
        case RegisterEntry():
            return "register"
    return "value"


def ours_of(item: OpenItem) -> str:
    """Return what we take it to be."""
    match item.entry:
        case Requirement():
            return f"{item.entry.text} ({item.entry.strength})"
        case RegisterEntry():
            return f"{value_in_words(item.entry)}, {item.entry.unit}"
    unit = f" {item.entry.unit}" if item.entry.unit and item.entry.unit != _LAYOUT else ""
    return f"{value_in_words(item.entry)}{unit}"


def look_up(item: OpenItem) -> str:
    """Return what to look up, and how it is known so far."""
    known = _KNOWN[item.entry.provenance]
    match item.entry:
        case Requirement(is_numbered=True):
            return f"whether {item.entry.clause} says this, and says 'shall' ({known})"
        case Requirement():
            return f"in which clause this stands, and whether that says 'shall' ({known})"
        case RegisterEntry():
            return f"the registerID, the width, the unit and the access ({known})"
        case Parameter(value=dict(limits)) if limits.keys() <= {"lower", "upper"}:
            return f"the limits, and from where to where they count ({known})"
        case Parameter(value=dict()):
            return f"each code with its meaning ({known})"
        case Parameter(unit="layout"):
            return f"the message, character by character ({known})"
    return f"the value ({known})"


def value_in_words(entry: Parameter | RegisterEntry) -> str:
    """Return the value of a parameter, or what is fixed of a register, on one line."""
    if isinstance(entry, RegisterEntry):
        return f"{entry.id:04X}, width {entry.width}, {entry.access}"
    if not isinstance(entry.value, dict):
        return str(entry.value)
    if not entry.value.keys() <= {"lower", "upper"}:
        return ", ".join(f"{code} {name}" for code, name in entry.value.items())
    words = {"lower": "at least", "upper": "at most"}
    return ", ".join(f"{words[end]} {limit}" for end, limit in entry.value.items())


def write_worksheet(items: Sequence[OpenItem], judged: int, edition: str) -> str:
    """Return the form, in Markdown."""
    head = _HEAD.format(count=len(items), judged=judged, edition=edition)
    return "\n".join([head, *(_entry(number, item) for number, item in enumerate(items, 1))])


def _entry(number: int, item: OpenItem) -> str:
    held = f"holds {len(item.holds)}, {len(item.alone)} of them alone; final: {item.final}"
    note = getattr(item.entry, "note", "")
    noted = f"\n- Note: {note}" if note else ""
    return f"""## {number}. {item.name}

{document_of(item)}, {item.entry.clause} ({held})

- Ours: {ours_of(item)}
- Look up: {look_up(item)}{noted}
- [ ] as it stands  [ ] otherwise: ____________________  [ ] free, because: ____________________
- Document, edition, clause: ____________________
- In the overlay: `{item.table}`
"""
