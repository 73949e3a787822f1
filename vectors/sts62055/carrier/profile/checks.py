"""Checks of a protocol profile: each value and register alone, and beside the others (IEC 62055-52)."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from sts62055.carrier.layouts import Layout
from sts62055.carrier.profile.model import STATUS_BITS, STATUS_OF_NAME, Profile, ProfileError

__all__ = ["checked"]


def checked(profile: Profile) -> Profile:
    """Return a profile if all its values can be used; ProfileError names each that cannot."""
    values = {name: entry.value for name, entry in profile.parameters.items()}
    problems = [
        *(f"profile parameter '{name}': {what}" for name, what in _value_problems(values)),
        *(f"profile register '{name}': {what}" for name, what in _register_problems(profile)),
    ]
    if problems:
        raise ProfileError(*problems)
    return profile


def _value_problems(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the name of each parameter that cannot be used, and why; contradictions only among good values."""
    checks = ((name, _CHECKS[name](value)) for name, value in values.items() if name in _CHECKS)
    problems = [(name, what) for name, what in checks if what]
    return problems or list(_contradictions(values))


# -- what each value has to be ---------------------------------------------------------------------------------


def _is_whole(value: object) -> bool:
    """Whether a value is a whole number, which true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Requirements on a layout, so that its message can be cut out of a stream (6.4.1) and carries its fields.

    fields: the kinds that each may have, by its name; optional: which of them may be left out; repeats: which may
    stand in a group, the last of them outside of it too; takes_others: whether it may have fields of its own.
    """

    opening: str = ""
    ending: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()
    takes_others: bool = False


_CHECKED_END = ("ETX", "BCC")
_IDENTIFICATION = {
    "manufacturer": "a",
    **dict.fromkeys(("table_id", "foin", "protocol_version", "server_status", "software_version"), "h"),
}
_SHAPES: Mapping[str, _Shape] = {
    "id_request": _Shape("/", ("LF",)),
    "id_response": _Shape("/", ("LF",), _IDENTIFICATION, tuple(_IDENTIFICATION), takes_others=True),
    "read_command": _Shape("SOH", _CHECKED_END, {"register_id": "h", "count": "h"}),
    "write_command": _Shape("SOH", _CHECKED_END, {"register_id": "h", "data": "*"}),
    "break_command": _Shape("SOH", _CHECKED_END),
    "ack": _Shape("ACK", ("ACK",)),
    "nak": _Shape("NAK", ("NAK",)),
    "data": _Shape(
        "STX", _CHECKED_END, {"register_id": "h", "value": "*"}, ("register_id",), ("register_id", "value")
    ),
}
_TOKEN_DIGITS = 20
_CODE_TABLES = ("token_status_codes", "later_key_change_codes")


def _text(value: object) -> str:
    return "" if isinstance(value, str) and value.strip() else f"it is a text, and not {value!r}"


def _positive(value: object) -> str:
    if _is_whole(value) and cast("int", value) > 0:
        return ""
    return f"it is a whole number above 0, and not {value!r}"


def _stop_bits(value: object) -> str:
    return "" if _is_whole(value) and value in (1, 2) else f"it is 1 or 2, and not {value!r}"


def _ratio(value: object) -> str:
    if isinstance(value, float) and 0 < value < 1:
        return ""
    return f"it is a ratio between 0.0 and 1.0, written with a decimal point, and not {value!r}"


def _code(value: object) -> str:
    if _is_whole(value) and 0 <= cast("int", value) <= 0xFF:
        return ""
    return f"it is a code from 0 to 255, and not {value!r}"


def _break_answer(value: object) -> str:
    if value in ("silence", "any"):
        return ""
    return _answer(value) and f"it is ACK, NAK, silence or any, and not {value!r}"


def _answer(value: object) -> str:
    return "" if isinstance(value, str) and value in ("ACK", "NAK") else f"it is ACK or NAK, and not {value!r}"


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _limits(value: object, is_good: Callable[[object], bool] = _is_whole, kind: str = "a whole number") -> str:
    if not isinstance(value, dict) or not value or not value.keys() <= {"lower", "upper"}:
        return f"it is a table with lower, upper or both, and not {value!r}"
    for end, limit in value.items():
        if not is_good(limit) or limit < 0:
            return f"{end} is {kind} from 0 on, and not {limit!r}"
    if len(value) == 2 and value["lower"] > value["upper"]:
        return f"lower is {value['lower']}, which is above upper, {value['upper']}"
    return ""


def _upper_limit(value: object) -> str:
    if what := _limits(value):
        return what
    return "" if "upper" in cast("dict[str, int]", value) else "it needs an upper limit"


def _level_limits(value: object) -> str:
    return _limits(value, _is_number, "a number")


def _codes(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return f"it is a table of codes and their names, and not {value!r}"
    for code, name in value.items():
        if not re.fullmatch(r"0|[1-9][0-9]{0,2}", code) or int(code) > 0xFF:
            return f"a code is a whole number from 0 to 255, and not {code!r}"
        if not isinstance(name, str) or name not in STATUS_OF_NAME:
            return f"code {code} has the name {name!r}; known are {', '.join(STATUS_OF_NAME)}"
    return ""


def _bits(value: object) -> str:
    if not isinstance(value, dict) or set(value) != set(STATUS_BITS):
        return f"it is a table with {', '.join(STATUS_BITS)}, and not {value!r}"
    for name, place in value.items():
        if not _is_whole(place) or place < 0:
            return f"{name} is the place of a bit, a whole number from 0 on, and not {place!r}"
    return "" if len(set(value.values())) == len(value) else f"two of its bits have the same place: {value!r}"


def _layout(shape: _Shape, value: object) -> str:
    if not isinstance(value, str):
        return f"it is a layout, which is a text, and not {value!r}"
    try:
        layout = Layout(value)
    except ValueError as error:
        return str(error)
    return _frame_problem(shape, value, layout) or _field_problem(shape, layout)


def _frame_problem(shape: _Shape, text: str, layout: Layout) -> str:
    words = text.split()
    end = len(shape.ending)
    if words[:1] != [shape.opening or words[0]] or tuple(words[len(words) - end :]) != shape.ending:
        return f"it begins with {shape.opening} and ends with {' '.join(shape.ending)}, and is not {text!r}"
    if shape.ending and shape.ending[0] in words[: len(words) - end]:
        return f"{shape.ending[0]} ends the message, and stands nowhere else in it: {text!r}"
    if shape.opening == "SOH" and layout.command_letter is None:
        return f"the letter of the command follows SOH, and not {words[1]}"
    return ""


def _field_problem(shape: _Shape, layout: Layout) -> str:
    if several := layout.repeated - set(shape.repeats) | layout.twice - set(shape.repeats[-1:]):
        return f"it has {min(several)} more than once"
    if missing := [name for name in shape.fields if name not in layout.kinds and name not in shape.optional]:
        return f"it lacks the fields {', '.join(missing)}, which the message carries"
    unknown = [name for name in layout.kinds if name not in shape.fields]
    if unknown and not shape.takes_others:
        return f"the message has no field {unknown[0]}: it carries {', '.join(shape.fields) or 'none'}"
    for name, kind in layout.kinds.items():
        kinds = shape.fields.get(name, kind[0])
        if kind[0] not in kinds:
            return f"{name} is of the kind {' or '.join(kinds)}, and not {kind}"
        if kind[1:].isdigit() and int(kind[1:]) == 0:
            return f"{name} has the width 0: give it at least 1"
    return ""


def _token_data(value: object) -> str:
    if what := _layout(_Shape(fields={"token": "dh"}), value):
        return what
    kind = Layout(cast("str", value)).kinds["token"]
    width = int(kind[1:])
    if width == _TOKEN_DIGITS if kind[0] == "d" else 16**width >= 10**_TOKEN_DIGITS:
        return ""
    return f"{kind} does not fit the {_TOKEN_DIGITS} decimal digits of a token"


_LEVELS = (
    *("wavelength", "irradiance_on", "irradiance_off", "irradiance_taken_as_on", "irradiance_taken_as_off"),
    *("mark_current", "space_current", "current_taken_as_mark", "current_taken_as_space"),
    *("transmitter_drop", "receiver_drop", "mark_voltage", "space_voltage"),
)


_CHECKS: Mapping[str, Callable[[object], str]] = {
    **dict.fromkeys(("transmission_type", "parity", "hexadecimal", "block_check", "id_request_processing"), _text),
    **dict.fromkeys(("data_bits", "bit_rate", "longest_message", "client_retries"), _positive),
    **dict.fromkeys(("lockout_threshold", "lockout_delay", "lockout_delay_maximum", "quiet_time"), _positive),
    "stop_bits": _stop_bits,
    **dict.fromkeys(("bit_time_tolerance", "shortest_stop_bit"), _ratio),
    "token_status_after_restart": _code,
    **dict.fromkeys(("reaction_time", "fast_reaction_time"), _limits),
    **dict.fromkeys(("inter_character_time", "execution_time"), _upper_limit),
    **dict.fromkeys(_LEVELS, _level_limits),
    **dict.fromkeys(("unreadable_register_answer", "write_answer", "refused_write_answer"), _answer),
    **dict.fromkeys(("undefined_command_answer", "transmission_error_answer"), _answer),
    "break_answer": _break_answer,
    **dict.fromkeys(_CODE_TABLES, _codes),
    "meter_status_bits": _bits,
    **{name: partial(_layout, shape) for name, shape in _SHAPES.items()},
    "token_data": _token_data,
}
"""What is wrong with a value of each parameter; nothing if the text is empty."""


def _contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the values that do not go together, each good on its own."""
    letters: dict[int | None, str] = {}
    for name in [name for name, shape in _SHAPES.items() if shape.opening == "SOH" and name in values]:
        other = letters.setdefault(Layout(values[name]).command_letter, name)
        if other != name:
            yield name, f"its letter is that of {other} too: the letter tells commands apart"
    if {"lockout_delay", "lockout_delay_maximum"} <= values.keys():
        first, longest = values["lockout_delay"], values["lockout_delay_maximum"]
        if first > longest:
            yield "lockout_delay", f"it is {first}, which is above lockout_delay_maximum, {longest}"
    if not values.keys() >= set(_CODE_TABLES):
        return
    pairs = [(code, name) for table in _CODE_TABLES for code, name in values[table].items()]
    codes, names = Counter(code for code, _ in pairs), Counter(name for _, name in pairs)
    for name in STATUS_OF_NAME:
        if names[name] != 1:
            yield (
                _CODE_TABLES[0],
                f"{name!r} has {names[name] or 'no'} codes; it needs one, here or in the other table",
            )
    for code, count in codes.items():
        if count > 1:
            yield _CODE_TABLES[1], f"code {code} is in {_CODE_TABLES[0]} too"
    restart = values.get("token_status_after_restart")
    if restart is not None and str(restart) not in codes:
        yield "token_status_after_restart", f"{restart} is none of the codes of {_CODE_TABLES[0]}"


# -- registers -------------------------------------------------------------------------------------------------


def _register_problems(profile: Profile) -> Iterator[tuple[str, str]]:
    messages = ("data", "read_command", "write_command")
    widths = {message: _width(profile, message, "register_id") for message in messages}
    users: dict[int, str] = {}
    for name, entry in profile.registers.items():
        if not _is_whole(entry.id) or not 0 <= entry.id <= 0xFFFF:
            yield name, f"id is a whole number from 0 to 0xFFFF, and not {entry.id!r}"
            continue
        if not _is_whole(entry.width) or entry.width < 1:
            yield name, f"width is a whole number above 0, and not {entry.width!r}"
        if entry.access not in ("read", "write"):
            yield name, f"access is read or write, and not {entry.access!r}"
        if entry.id in users:
            yield name, f"id 0x{entry.id:04X} is that of '{users[entry.id]}' too"
        users.setdefault(entry.id, name)
        for message, width in widths.items():
            if width and len(f"{entry.id:X}") > width:
                yield name, f"id 0x{entry.id:04X} has more digits than register_id of {message}"
    token, carried = profile.registers.get("token"), _width(profile, "token_data", "token")
    if token and carried and token.width != carried and _is_whole(token.width) and token.width > 0:
        yield token.name, f"width is {token.width}, and token_data has {carried} characters: change both"


def _width(profile: Profile, name: str, part: str) -> int:
    """Return the width of a field in a layout; 0 where there is none, or the layout cannot be used."""
    entry = profile.parameters.get(name)
    if entry is None or _CHECKS[name](entry.value):
        return 0
    return int(Layout(cast("str", entry.value)).kinds.get(part, "h0")[1:])
