"""The interview that fills in a declaration: each item asked, checked and asked again."""

import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sts_fixtures.declaration.consistency import find_conflicts
from sts_fixtures.declaration.consistency.rule import Weight
from sts_fixtures.declaration.model import Declaration
from sts_fixtures.declaration.secrets import SecretSource
from sts_fixtures.declaration.writing import (
    default_answers,
    section_models,
    toml_value,
)

__all__ = ["interview"]

_HEX = re.compile(r"(?:0[xX])?(?:[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40})")
_YES_OR_NO = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}
_KEY_REFUSED = (
    "this looks like a key, and a key is never typed here: keep it in a file, an environment variable or a "
    "password manager, and answer with where that is; if it is no key, write it in groups with hyphens"
)
_HOW_SECRETS = "write 'file PATH', 'env NAME' or 'command WORDS'"


def interview(ask: Callable[[str], str], tell: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Ask for every item, section by section, until each answer is allowed; return them by section and key.

    An empty answer is the default, '<' goes back. ask: show a prompt and return what was typed; tell: show a line.
    """
    tell("Enter takes the value in brackets, < goes back by one item, Ctrl-C leaves without writing anything.")
    items = [
        _Item(section, model, key) for section, model in section_models().items() for key in model.model_fields
    ]
    answers = default_answers()
    place, section = 0, ""
    while place < len(items):
        item = items[place]
        if item.section != section:
            section = item.section
            tell(f"\n{(item.model.__doc__ or section).rstrip('.')}")
        tell(f"\n{item.field.description}{_limits(item.field)}")
        if _answer(item, {known.name for known in items[: place + 1]}, answers, ask, tell):
            place += 1
        else:
            place = max(0, place - 1)
    return answers


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of the declaration."""

    section: str
    model: type[BaseModel]
    key: str

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    @property
    def field(self) -> FieldInfo:
        return self.model.model_fields[self.key]


def _answer(
    item: _Item,
    known: set[str],
    answers: dict[str, dict[str, Any]],
    ask: Callable[[str], str],
    tell: Callable[[str], None],
) -> bool:
    """Ask for an item until its answer is allowed, and keep it; False to go back instead.

    known: the names of the items that were answered, this one among them.
    """
    before = answers[item.section][item.key]
    while (typed := ask(f"{item.name} [{_as_typed(before)}]: ").strip()) != "<":
        try:
            value = _checked(item.model, item.key, _parse(item.field, typed) if typed else before)
        except ValueError as error:
            tell(f"  {error}")
            continue
        changed = {**answers, item.section: {**answers[item.section], item.key: value}}
        conflicts = [
            conflict
            for conflict in find_conflicts(Declaration.model_validate(changed))
            if item.name in conflict.items and known.issuperset(conflict.items)
        ]
        for conflict in conflicts:
            tell(f"  {conflict}")
        if not any(conflict.rule.weight is Weight.CONTRADICTION for conflict in conflicts):
            answers[item.section][item.key] = value
            return True
    return False


def _checked(model: type[BaseModel], key: str, value: Any) -> Any:
    """Return an answer as it is; ValueError with the reason if the model does not take it."""
    reasons = []
    try:
        model.model_validate({key: value})
    except ValidationError as error:
        reasons = [
            problem["msg"].removeprefix("Value error, ")
            for problem in error.errors(include_url=False, include_input=False)
            if problem["loc"][:1] == (key,)
        ]
    if reasons:
        raise ValueError("; ".join(dict.fromkeys(reasons)))
    return value


def _parse(field: FieldInfo, typed: str) -> Any:
    """Return what was typed as the item's kind of value; what is of another kind stays text, to be refused."""
    kinds = _kinds(field.annotation)
    is_secret = SecretSource in kinds
    if _is_a_key(typed, is_secret=is_secret, is_list=_is_list(field)):
        raise ValueError(_KEY_REFUSED)
    if is_secret:
        return typed if typed in _choices(field) else _parse_place(typed)
    if get_origin(field.annotation) is dict:
        return _parse_pairs(typed, has_numbers=int in kinds)
    if _is_list(field):
        if get_origin(field.annotation) is not list and typed in _choices(field):
            return typed
        words = [word.strip("\"'") for word in typed.strip("[]").replace(",", " ").split()]
        return [] if words == ["none"] else [_number(word) if int in kinds else word for word in words]
    if bool in kinds:
        return _YES_OR_NO.get(typed.lower(), typed)
    return _number(typed) if int in kinds else typed.strip("\"'")


def _parse_place(typed: str) -> dict[str, str | list[str]]:
    """Return where a secret is; ValueError if that is not what was typed."""
    way, _, rest = typed.partition(" ")
    rest = rest.strip()
    if way not in ("file", "env", "command") or not rest:
        raise ValueError(_HOW_SECRETS)
    try:
        return {way: shlex.split(rest) if way == "command" else rest.strip("\"'")}
    except ValueError:
        raise ValueError("a quotation mark is not closed") from None


def _parse_pairs(typed: str, *, has_numbers: bool) -> dict[str, str | int]:
    """Return a table with what was typed; ValueError if it is none."""
    pairs: dict[str, str | int] = {}
    for part in filter(None, map(str.strip, typed.split(",") if typed != "none" else [])):
        name, _, value = map(str.strip, part.partition("="))
        if not name or not value:
            raise ValueError("write NAME=VALUE, with commas between several, or none")
        pairs[name] = _number(value) if has_numbers else value.strip("\"'")
    return pairs


def _number(word: str) -> int | str:
    with suppress(ValueError):
        return int(word, 0)
    with suppress(ValueError):
        return int(word)
    return word


def _is_a_key(typed: str, *, is_secret: bool, is_list: bool) -> bool:
    """Whether this may be a key; where none is asked for, digits alone are a serial number."""
    texts = typed.split() if is_list else ["".join(typed.split()), *typed.split()]
    return any(_HEX.fullmatch(text) and (is_secret or not text.isdecimal()) for text in texts)


def _kinds(annotation: Any) -> list[Any]:
    """Return the types that an item's value, or its members, may have."""
    if get_origin(annotation) is Literal:
        return [type(choice) for choice in get_args(annotation)]
    parts = get_args(annotation)
    return [kind for part in parts for kind in _kinds(part)] if parts else [annotation]


def _is_list(field: FieldInfo) -> bool:
    return any(get_origin(kind) is list for kind in (field.annotation, *get_args(field.annotation)))


def _choices(field: FieldInfo) -> list[Any]:
    parts = [field.annotation, *get_args(field.annotation)]
    return [choice for part in parts if get_origin(part) is Literal for choice in get_args(part)]


def _limits(field: FieldInfo) -> str:
    """Return what the description does not say of the values that are allowed: limits, and how to write them."""
    if SecretSource in _kinds(field.annotation):
        return f" - {_HOW_SECRETS}"
    if get_origin(field.annotation) is dict:
        return " - NAME=VALUE, with commas between several, or none"
    if _is_list(field):
        return " - with blanks between, or none"
    low, high = (
        next((getattr(part, name) for part in field.metadata if getattr(part, name, None) is not None), None)
        for name in ("ge", "le")
    )
    return f" - {low} to {high}" if high is not None else f" - {low} or more" if low is not None else ""


def _as_typed(value: Any) -> str:
    """Return a default as it could be typed."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return " ".join(map(str, value)) or "none"
        case {"file": place} | {"env": place}:
            return f"{next(iter(value))} {place}"
        case {"command": words}:
            return f"command {shlex.join(words)}"
        case dict():
            return ", ".join(f"{name}={part}" for name, part in value.items()) or "none"
        case str():
            return value
    return toml_value(value)
