"""Reader of the TOML files that people write; errors name the file, the line or key, and the remedy."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from sts62055 import untrusted
from sts62055.untrusted import Refused
from sts62055.untrusted.files import MOST_TEXT
from sts_rigs.errors import FileFault

__all__ = ["FileSection", "load_toml", "read_octets", "read_section", "read_text", "sha256_of"]

_MOST_PROBLEMS = 30


class FileSection(BaseModel):
    """One table of a file: total, strict about types and unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, allow_inf_nan=False
    )


_S = TypeVar("_S", bound=FileSection)


def load_toml(path: Path, model: type[_S]) -> _S:
    """Read a file into a model; FileFault tells everything that is wrong with it."""
    try:
        content = untrusted.parse_toml(read_text(path))
    except Refused as error:
        raise FileFault(path, [str(error)]) from None
    return read_section(path, "", model, content)


def read_section(path: Path, place: str, model: type[_S], content: Mapping[str, Any]) -> _S:
    """Read one table of a file, which stands at a place in it, into a model; FileFault tells what is wrong."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = islice(error.errors(include_url=False, include_input=False), _MOST_PROBLEMS)
        found = (_explain(model, problem) for problem in problems)
        raise FileFault(path, [f"{place}.{one}" if place else one for one in found]) from None


def read_text(path: Path) -> str:
    """Return the text of a file that a person wrote; FileFault tells why it cannot be read."""
    try:
        return read_octets(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileFault(path, ["it is not UTF-8 text: save it as UTF-8"]) from None


def read_octets(path: Path, most: int = MOST_TEXT) -> bytes:
    """Return what is in a file of at most so many bytes; FileFault tells why it cannot be read."""
    try:
        return untrusted.read_file(path, most)
    except FileNotFoundError:
        raise FileFault(path, ["there is no such file: check the path"]) from None
    except IsADirectoryError:
        raise FileFault(path, ["it is a folder: name a file in it"]) from None
    except OSError as error:
        raise FileFault(path, [f"it cannot be read ({error.strerror}): check its permissions"]) from None
    except Refused as error:
        raise FileFault(path, [str(error)]) from None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file that a person wrote, in hexadecimal digits; FileFault as `read_text`."""
    return sha256(read_octets(path)).hexdigest()


def _explain(model: type[BaseModel], problem: Mapping[str, Any]) -> str:
    place = _place(model, problem)
    key = ".".join(map(str, place)) or "the file"
    match problem["type"]:
        case "missing":
            hint = _description(model, place)
            return f"{key} is not answered: add it{f' ({hint})' if hint else ''}"
        case "extra_forbidden":
            known = list(_fields(model, place[:-1]))
            close = get_close_matches(str(place[-1]), known, n=1)
            remedy = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
            return f"{key} is not known: {remedy}"
        case "model_type":
            return f"{key} should be a table"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{key} should be {message}" if problem["msg"].startswith("Input should") else f"{key}: {message}"


def _place(model: type[BaseModel], problem: Mapping[str, Any]) -> list[int | str]:
    """Return where a problem is, without the names that pydantic gives to the branches of a union."""
    place: list[int | str] = []
    for part in problem["loc"]:
        if isinstance(part, int) or part in _fields(model, place):
            place.append(part)
    return [*place, problem["loc"][-1]] if problem["type"] == "extra_forbidden" else place


def _fields(model: type[BaseModel], place: Iterable[int | str]) -> Mapping[str, Any]:
    current = model
    for part in place:
        if isinstance(part, int):
            continue
        field = current.model_fields.get(part)
        if field is None:
            return {}
        current = next((kind for kind in _kinds(field.annotation) if issubclass(kind, BaseModel)), BaseModel)
    return current.model_fields


def _kinds(annotation: Any) -> list[type]:
    parts = get_args(annotation)
    if parts:
        return [kind for part in parts for kind in _kinds(part)]
    return [annotation] if isinstance(annotation, type) else []


def _description(model: type[BaseModel], place: list[int | str]) -> str:
    field = _fields(model, place[:-1]).get(str(place[-1])) if place else None
    return (field.description or "") if field else ""
