"""Reader of the text of a protocol profile, and the profile that ships with the project."""

import tomllib
from dataclasses import MISSING, fields
from functools import cache
from importlib.resources import files
from typing import TypeVar

from sts62055.carrier.profile.checks import checked
from sts62055.carrier.profile.model import Parameter, Profile, ProfileError, RegisterEntry
from sts62055.provenance import Grade

__all__ = ["default_profile", "parse_profile"]

_E = TypeVar("_E", Parameter, RegisterEntry)


@cache
def default_profile() -> Profile:
    """Return the profile that ships with the project."""
    return parse_profile(files(__package__).joinpath("profile.toml").read_text("utf-8"))


def parse_profile(text: str) -> Profile:
    """Parse a profile and check it; ProfileError names the line, or each parameter that is wrong."""
    try:
        content = tomllib.loads(text)
        profile = Profile(
            edition=content.pop("edition"),
            parameters=_entries(Parameter, "parameter", content.pop("parameter")),
            registers=_entries(RegisterEntry, "register", content.pop("register")),
        )
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"the profile is not valid TOML: {error}") from None
    except KeyError as error:
        raise ProfileError(f"the profile has no {error.args[0]!r}") from None
    if not isinstance(profile.edition, str):
        raise ProfileError(f"profile: 'edition' is a text, and not {profile.edition!r}")
    if content:
        raise ProfileError(f"the profile has unknown parts: {', '.join(map(repr, content))}")
    return checked(profile)


def _entries(kind: type[_E], section: str, tables: object) -> dict[str, _E]:
    if not isinstance(tables, dict):
        raise ProfileError(f"profile: {section!r} is a table, and not {tables!r}")
    return {name: _entry(kind, section, name, content) for name, content in tables.items()}


def _entry(kind: type[_E], section: str, name: str, content: object) -> _E:
    place = f"profile {section} '{name}'"
    if not isinstance(content, dict):
        raise ProfileError(f"{place}: it is a table, and not {content!r}")
    known = {part.name: part for part in fields(kind) if part.name not in ("name", "confirmed")}
    if unknown := [key for key in content if key not in known]:
        raise ProfileError(f"{place}: it has no key {', '.join(map(repr, unknown))}: known are {', '.join(known)}")
    try:
        provenance = Grade(content.get("provenance", ""))
    except ValueError:
        raise ProfileError(f"{place}: it needs a provenance: {', '.join(Grade)}") from None
    missing = [key for key, part in known.items() if key not in content and part.default is MISSING]
    if missing:
        raise ProfileError(f"{place}: it has no {', '.join(map(repr, missing))}")
    for key in ("clause", "unit", "note", "access"):
        if not isinstance(content.get(key, ""), str):
            raise ProfileError(f"{place}: {key} is a text, and not {content[key]!r}")
    return kind(name=name, **{**content, "provenance": provenance})
