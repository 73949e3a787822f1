"""Generator of the files of the library, from the published rows and the standard as code.

`python -m sts62055.library.generation` writes them anew, byte for byte the same. An id is made of what its vector
is about, so that a new vector never changes the id of another.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sts62055.library.making import authentication, digits, key_changes, primitives, tokens, validation
from sts62055.library.making.notes import notes_of
from sts62055.library.rows import Row

__all__ = ["SUBJECTS", "Subject", "main", "make_files"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What one file is about: its clause in edition 3, and who makes its groups."""

    clause: str
    make: Callable[[], Iterable[Row]]


SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {
        "check_digits": Subject("6.1.2", primitives.check_digits),
        "crc": Subject("6.3.7, 6.3.22", primitives.crc),
        "ciphers": Subject("6.5.4-6.5.6", primitives.ciphers),
        "key_generation": Subject("6.5.3", primitives.key_generation),
        "amounts": Subject("6.3.6", primitives.amounts),
        "currency_amounts": Subject("6.3.6.3, 6.3.21", primitives.currency_amounts),
        "token_identifiers": Subject("6.1.12, 6.3.5", primitives.token_identifiers),
        "transfer_credit": Subject("6.2.2", tokens.transfer_credit),
        "transfer_credit_currency": Subject("6.2.2, 6.3.6.3", tokens.currency),
        "test_display": Subject("6.2.3", tokens.test_display),
        "management": Subject("6.2.4-6.2.14", tokens.management),
        "key_change_parts": Subject("6.2.7, 6.2.8", tokens.key_change_parts),
        "key_change_sets": Subject("6.2.7, 6.2.8, 8.9", key_changes.key_change_sets),
        "authentication": Subject("7.1.3, 7.3.6", authentication.authentication),
        "validation": Subject("7.1.4, 7.3.7, 7.3.8", validation.validation),
        "digits": Subject("6.4.3, 7.2", digits.digits),
    }
)
"""The files of the library by their names."""


def make_files() -> dict[str, str]:
    """Return the text of every file by its name."""
    return {f"{name}.json": _text(name, subject) for name, subject in SUBJECTS.items()}


def main(folder: Path = Path(__file__).parent) -> None:
    """Write every file into a folder, that of the package unless another is named."""
    for name, text in make_files().items():
        (folder / name).write_text(text, "utf-8", newline="\n")


def _text(name: str, subject: Subject) -> str:
    groups = list(subject.make())
    notes = notes_of(flag for group in groups for vector in group["vectors"] for flag in vector["flags"])
    head = {
        "subject": name,
        "standard": "IEC 62055-41:2018",
        "clause": subject.clause,
        "schema": "schema.json",
    }
    lines = [
        "{",
        *(f" {_line(key)}: {_line(value)}," for key, value in head.items()),
        ' "notes": {',
        ",\n".join(f"  {_line(flag)}: {_line(note)}" for flag, note in notes.items()),
        " },",
        ' "groups": [',
        ",\n".join(map(_group, groups)),
        " ]",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _group(group: Row) -> str:
    vectors = ",\n".join(f"    {_line(vector)}" for vector in group["vectors"])
    return f'  {{"group": {_line(group["group"])}, "vectors": [\n{vectors}\n  ]}}'


def _line(value: object) -> str:
    return json.dumps(value)


if __name__ == "__main__":
    main()
