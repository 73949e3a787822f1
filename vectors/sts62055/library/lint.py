"""Linter of a folder of vectors: form, ids, flags, and each value that is not the computed one."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from sts62055.library.recomputation import of_group, of_vector
from sts62055.library.rows import Row
from sts62055.untrusted import parse_json, read_file

__all__ = ["NoVectors", "Problem", "count", "lint"]

_NOT_VECTORS = ("published.json", "schema.json")
_LONGEST_VALUE = 160
_LARGEST: Final = 2 << 20
_MOST_VIOLATIONS: Final = 1000


class NoVectors(ValueError):
    """A folder that cannot be read, or that holds no file of vectors."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the file, the place in it (a JSON path, then the vector's id), and what is wrong."""

    path: Path
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.place}: {self.what}"


def lint(folder: Path) -> list[Problem]:
    """Return every problem of a folder's files, in their order; NoVectors if there is none to look at."""
    owners: dict[str, str] = {}
    return [problem for path in _paths(folder) for problem in _of_file(path, owners)]


def count(folder: Path) -> Counter[str]:
    """Return how many vectors of each result the readable files of a folder hold; NoVectors as `lint`."""
    counts: Counter[str] = Counter()
    for path in _paths(folder):
        try:
            content = parse_json(read_file(path, _LARGEST))
            counts.update(str(vector["result"]) for group in content["groups"] for vector in group["vectors"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return counts


def _paths(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        raise NoVectors(f"{folder}: there is no such folder: name the folder of the vectors' JSON files")
    paths = sorted(path for path in folder.glob("*.json") if path.name not in _NOT_VECTORS)
    if not paths:
        raise NoVectors(f"{folder}: there is no JSON file of vectors in it")
    return paths


def _of_file(path: Path, owners: dict[str, str]) -> Iterator[Problem]:
    try:
        content = parse_json(read_file(path, _LARGEST), _without_repetition)
    except (OSError, ValueError) as error:
        yield Problem(path, "$", f"this is no JSON text in UTF-8: {error}")
        return
    broken: set[tuple[object, ...]] = set()
    for violation in islice(_validator().iter_errors(content), _MOST_VIOLATIONS):
        place = tuple(violation.absolute_path)
        broken.add(place[:4])
        yield Problem(path, _place(content, place), _shortened(violation.message))
    if any(len(place) < 2 for place in broken):
        return
    if content["subject"] != path.stem:
        yield Problem(path, "$.subject", f"the file is named {path.stem}, and its subject is {content['subject']}")
    for index, group in enumerate(content["groups"]):
        head = ("groups", index)
        if broken & {head, (*head, "vectors")} or any(place[:3] == (*head, "group") for place in broken):
            continue
        yield from _of_group(path, content, index, group, broken, owners)
    yield from _unused_notes(path, content)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter(name for name, _ in pairs)
    for name, times in counts.items():
        if times > 1:
            raise ValueError(f"the field {name!r} stands {times} times in one object")
    return dict(pairs)


def _of_group(
    path: Path,
    content: Row,
    index: int,
    group: Row,
    broken: set[tuple[object, ...]],
    owners: dict[str, str],
) -> Iterator[Problem]:
    subject, notes = content["subject"], content["notes"]
    start = f"$.groups[{index}]"
    for difference in of_group(group["group"]):
        yield Problem(path, f"{start}.group{difference.place}", _difference(difference.expected, difference.found))
    for number, vector in enumerate(group["vectors"]):
        if ("groups", index, "vectors", number) in broken:
            continue
        name = vector["id"]
        place = f"{start}.vectors[{number}]"
        yield from (
            Problem(path, f"{place}{field} ({name})", what)
            for field, what in (
                *_of_id(subject, name, f"{path.name} {place}", owners),
                *((".flags", f"the flag {flag} has no note") for flag in vector["flags"] if flag not in notes),
                *(
                    (difference.place, _difference(difference.expected, difference.found))
                    for difference in of_vector(subject, group["group"], vector)
                ),
            )
        )


def _of_id(subject: str, name: str, here: str, owners: dict[str, str]) -> Iterator[tuple[str, str]]:
    if name in owners:
        yield ".id", f"the id stands already at {owners[name]}"
    owners.setdefault(name, here)
    prefix = f"{subject.replace('_', '-')}-"
    if not name.startswith(("V", prefix)):
        yield ".id", f"the id must begin with {prefix}, for ids stay what they are"


def _unused_notes(path: Path, content: Row) -> Iterator[Problem]:
    used = {flag for group in content["groups"] for vector in group["vectors"] for flag in vector.get("flags", ())}
    for flag in content["notes"]:
        if flag not in used:
            yield Problem(path, f"$.notes.{flag}", "no vector of the file has this flag")


def _place(content: Any, place: tuple[object, ...]) -> str:
    text = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    match place:
        case ("groups", int(group), "vectors", int(number), *_):
            vector = content["groups"][group]["vectors"][number]
            name = vector.get("id") if isinstance(vector, dict) else None
            return f"{text} ({name})" if isinstance(name, str) else text
    return text


def _difference(expected: object, found: object) -> str:
    return f"expected {_shortened(_shown(expected))}, found {_shortened(_shown(found))}"


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(files("sts62055.library").joinpath("schema.json").read_text("utf-8"))
    return Draft202012Validator(schema)
