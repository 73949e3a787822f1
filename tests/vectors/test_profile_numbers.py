"""No number of the protocol profile stands in code: what the profile says is read from it, by name."""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from sts62055.carrier.characters import CONTROL_NAMES
from sts62055.carrier.layouts import Layout
from sts62055.carrier.profile import Overlay, Parameter, Profile, ProfileError, RegisterEntry, default_profile
from sts_rigs import clock

PROFILE = default_profile()
PROJECT = Path(__file__).parents[2]
ROOMS = ("vectors", "reports", "rigs", "fixtures", "conformance")
SOURCES = {
    path.relative_to(PROJECT).as_posix(): path.read_text("utf-8")
    for room in ROOMS
    for path in sorted((PROJECT / room).rglob("*.py"))
}

# -- what the profile says ---------------------------------------------------------------------------------------

FEW = 100
"""Whole numbers below this say too little to be searched for; their parameters are only seen to be read."""

CLOSE = 1e-6
"""How near two numbers are that are the same: a bit time may be rounded."""

SCALES: Mapping[str, tuple[float, ...]] = {"ms": (1, 1_000, 1_000_000, 1 / 1_000)}
"""Times may stand in code in milliseconds, microseconds, nanoseconds and seconds."""

LEVELS = ("nm", "uW/cm2", "mA", "V")
"""Units of levels: a round limit in one of them is as likely anything else, and is only seen to be read."""

UNITS: Mapping[str, int] = {name: value for name, value in vars(clock).items() if isinstance(value, int)}
"""The units of time in nanoseconds, as every room may import them."""

FIELD = re.compile(r"\w+:(?:[a-z][0-9]+|\*)")
"""A field of a layout."""


def values(parameter: Parameter) -> list[int | float]:
    """Return the numbers of a parameter: itself, or those of its table."""
    whole = parameter.value.values() if isinstance(parameter.value, dict) else [parameter.value]
    return [value for value in whole if isinstance(value, int | float)]


def is_round(number: float) -> bool:
    """Whether it is a digit and zeros, or a power of two."""
    return number == float(f"{number:.0e}") or math.frexp(number)[0] == 0.5


def telling_numbers(profile: Profile) -> dict[float, list[str]]:
    """Return the numbers that code would have from nowhere but the profile, with the entries that each is of."""
    numbers: list[tuple[float, str]] = [(profile.character_time, "bit_rate")]
    for name, parameter in profile.parameters.items():
        for value in values(parameter):
            if parameter.unit in LEVELS and is_round(value):
                continue
            numbers += [(value * scale, name) for scale in SCALES.get(parameter.unit, (1,))]
            if parameter.unit == "Bd":
                numbers += [(1 / value, name), (1_000_000_000 / value, name)]
    telling = [(number, name) for number, name in numbers if number >= FEW or number != round(number)]
    entries: dict[float, list[str]] = {}
    for number, name in [*telling, *((entry.id, name) for name, entry in profile.registers.items())]:
        entries.setdefault(number, []).append(name)
    return entries


def spelled(profile: Profile) -> dict[str, str]:
    """Return the characters that stand together in a layout, three or more, with the layout's name."""
    codes = {name: chr(code) for code, name in CONTROL_NAMES.items()}
    runs: dict[str, str] = {}
    for name, parameter in profile.parameters.items():
        run = ""
        words = parameter.value.split() if isinstance(parameter.value, str) and is_layout(parameter.value) else []
        for word in [*words, "BCC"]:
            if word in codes or len(word) == 1:
                run += codes.get(word, word)
                continue
            runs |= {run: name} if len(run) > 2 else {}
            run = ""
    return runs


def is_layout(value: str) -> bool:
    """Whether it is a text that says how a message is put together, and not only what it is called."""
    words = value.split()
    has_control = len(words) > 1 and not {*CONTROL_NAMES.values()}.isdisjoint(words)
    if not has_control and not any(FIELD.fullmatch(word) for word in words):
        return False
    try:
        Layout(value)
    except ValueError:
        return False
    return True


# -- what stands in code -----------------------------------------------------------------------------------------

OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
NUMBER = re.compile(r"(?<![\w.,{])(?:0x[0-9A-Fa-f]+|[0-9][0-9_]*(?:[.,][0-9]+)?(?:[eE][0-9]+)?)(?!\w)")
REGISTER = re.compile(r"(?<!\w)[0-9A-F]{4}(?!\w)")


@dataclass(frozen=True, slots=True)
class Finding:
    """A number or layout in code that is the same as one of the profile."""

    file: str
    line: int
    number: float | str
    entry: str

    def __str__(self) -> str:
        number = f"0x{self.number:X}" if isinstance(self.number, int) else self.number
        return f"{self.file}:{self.line}: {number} is {self.entry} of the profile: read it from there"


def folded(node: ast.AST, names: Mapping[str, float]) -> float | None:
    """Return what an expression of numbers and of a module's own constants comes to, None for any other."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name):
            return names.get(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            first, second = folded(left, names), folded(right, names)
            if first is None or second is None or (isinstance(op, ast.Div | ast.FloorDiv) and not second):
                return None
            return OPERATIONS[type(op)](first, second)
    return None


def own_constants(tree: ast.Module) -> dict[str, float]:
    """Return the numbers that a module gives a name, and the units of time that it imports."""
    names: dict[str, float] = {}
    for statement in tree.body:
        match statement:
            case ast.ImportFrom(module="sts_rigs.clock" | "stsbench", names=imported):
                names |= {one.asname or one.name: UNITS[one.name] for one in imported if one.name in UNITS}
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if value is not None and (number := folded(value, names)) is not None:
                names[name] = number
    return names


def unread(tree: ast.AST) -> set[ast.AST]:
    """Return the nodes that are no number or text of a program: docstrings, and masks of one bits."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str()) as docstring):
                skipped.add(docstring)
            case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr() | ast.BitXor(), right=right):
                skipped |= {side for side in (left, right) if is_mask(side)}
            case ast.AugAssign(op=ast.BitAnd() | ast.BitOr() | ast.BitXor(), value=value) if is_mask(value):
                skipped.add(value)
    return skipped


def is_mask(node: ast.AST) -> bool:
    """Whether it is a number whose bits are all one."""
    match node:
        case ast.Constant(value=int(number)):
            return number & (number + 1) == 0
    return False


def in_text(text: str, profile: Profile) -> Iterator[float | str]:
    """Yield the numbers that stand in a text, and the layout that it is or the characters of one."""
    if is_layout(text):
        yield text
    yield from (run for run in spelled(profile) if run in text)
    for word in NUMBER.findall(text):
        plain = word.replace("_", "").replace(",", ".")
        yield int(word, 16) if plain[:2] == "0x" else float(plain)
    ids = {entry.id for entry in profile.registers.values()}
    yield from (int(word, 16) for word in REGISTER.findall(text) if int(word, 16) in ids)


def findings(source: str, profile: Profile, file: str = "module.py") -> list[Finding]:
    """Return every number and layout of the profile in a module's code, each once a line."""
    tree = ast.parse(source)
    names, skipped, telling = own_constants(tree), unread(tree), telling_numbers(profile)
    layouts = spelled(profile)
    found: dict[Finding, None] = {}
    for node in ast.walk(tree):
        candidates: list[float | str] = []
        match node:
            case ast.Constant(value=str() | bytes() as text) if node not in skipped:
                candidates.extend(in_text(text.decode("latin-1") if isinstance(text, bytes) else text, profile))
            case ast.Constant() | ast.BinOp() if (
                node not in skipped and (number := folded(node, names)) is not None
            ):
                candidates.append(number)
        for candidate in candidates:
            line = getattr(node, "lineno", 0)
            if isinstance(candidate, str):
                found[Finding(file, line, candidate, layouts.get(candidate, "a layout"))] = None
                continue
            for number, entries in telling.items():
                if math.isclose(candidate, number, rel_tol=CLOSE):
                    found[Finding(file, line, number, " or ".join(entries))] = None
    return list(found)


# -- the same number, and another thing --------------------------------------------------------------------------


COINCIDENCES: Mapping[str, Mapping[float, str]] = {
    "vectors/sts62055/application/": {
        0x100: "the values of an octet",
        0xFFFF: "the largest number of sixteen bits, in IEC 62055-41",
    },
    "vectors/sts62055/carrier/profile/checks.py": {0xFFFF: "the largest register id that a profile may have"},
    "vectors/sts62055/carrier/profile/overlay_schema.py": {
        0xFFFF: "the largest register id that a profile may have"
    },
    "vectors/sts62055/library/making/": {
        0x100: "the values of an octet",
        0x2014: "a year: the base date of TokenIdentifiers",
        0xFFFE: "an amount of sixteen bits, in IEC 62055-41",
        0xFFFF: "the largest number of sixteen bits, in IEC 62055-41",
    },
    "vectors/sts62055/library/making/primitives.py": {
        10_000_000: "an amount of currency",
        10_000_000_000: "digits that get a check digit",
    },
    "vectors/sts62055/library/rows.py": {256: "how many ciphers are kept"},
    "vectors/sts62055/model/clause_7_3_8_cancellation.py": {256: "how many TokenIdentifiers are kept"},
    "vectors/sts62055/untrusted/archives.py": {0xFFFF: "the longest comment of an archive"},
    "reports/sts_reports/journal.py": {256: "MiB of a journal", 20_000: "parts of one line"},
    "reports/sts_reports/record.py": {256: "MiB of a record"},
    "reports/sts_reports/schemas.py": {256: "the name of a hash"},
    "reports/sts_reports/views/plots.py": {0.2: "a part of a picture", 0.9: "a part of a picture"},
    "rigs/sts_rigs/doctor/bench_checks.py": {
        0.2: "GiB of a disk",
        2_000: "milliseconds that a device may take to answer, and a meter to start",
        2_000_000_000: "how long a meter takes to start after its power came",
    },
    "rigs/sts_rigs/doctor/line_checks.py": {0.2: "a part of a swing"},
    "rigs/sts_rigs/files/rig.py": {
        2_000: "the least patience that a rig may have",
        0xFFFF: "the largest port number of TCP",
    },
    "rigs/sts_rigs/waveforms/capture.py": {256: "channels of a recording", 200: "how far an archive may expand"},
    "rigs/sts_rigs/waveforms/edges.py": {2_000_000: "edges of a recording"},
    "fixtures/sts_fixtures/declaration/published_example.py": {256: "an amount of a published token"},
    "fixtures/sts_fixtures/meter/register_scan.py": {
        200: "how many numbers are drawn",
        256: "how many are followed",
    },
    "rigs/sts_rigs/port/serial.py": {20_000_000: "what a driver of half-duplex lines needs to switch"},
    "rigs/sts_rigs/simulator/serving.py": {0.2: "how long the simulated meter sleeps at most"},
    "rigs/sts_rigs/simulator/endpoints.py": {0xFFFF: "the largest port number of TCP"},
    "rigs/sts_rigs/carriers/port_carrier.py": {10_000_000_000: "when a case gives up on tokenStatus"},
    "rigs/sts_rigs/simulator/bench.py": {10_000_000_000: "how long the actions of the bench wait for a result"},
    "rigs/sts_rigs/simulator/meter/credit_registers.py": {
        0xFFFF: "all registers at once, in IEC 62055-41",
    },
    "rigs/sts_rigs/simulator/defects/subtle/": {256: "the values of an octet"},
    "rigs/sts_rigs/simulator/defects/wholesale/characters.py": {1.5: "of a nominal stop bit"},
    "rigs/sts_rigs/simulator/defects/wholesale/keys.py": {0xFFFF: "the largest number of sixteen bits"},
    "rigs/sts_rigs/simulator/defects/wholesale/timing.py": {10_000_000_000: "how late an answer comes"},
    "rigs/sts_rigs/simulator/defects/authentication.py": {0xFFFF: "the largest number of sixteen bits"},
    "rigs/sts_rigs/simulator/defects/messages.py": {0x2010: "the register 8208, as the reason tells it"},
    "rigs/sts_rigs/simulator/defects/application.py": {256: "the values of an octet"},
    "rigs/sts_rigs/line/recorder.py": {0.2: "a part of a swing"},
    "rigs/sts_rigs/simulator/defects/carrier.py": {
        200: "once in 200 answers",
        10_000: "one per cent in parts of a million",
    },
    "rigs/sts_rigs/simulator/meter/configuration.py": {
        20_000_000: "how much the simulated meter's own times vary"
    },
    "rigs/sts_rigs/waveforms/character_decoding.py": {0.2: "a part of a bit"},
    "rigs/sts_rigs/waveforms/levels.py": {0.2: "a part of a swing"},
    "fixtures/sts_fixtures/declaration/variants/answers.py": {
        0.2: "how often an answer is drawn",
        2_000: "a limit in watts that is drawn",
        10_000: "a limit in watts, or a credit, that is drawn",
        20_000: "a limit in watts that is drawn",
        200_000: "a limit in watts that is drawn",
        10_000_000: "a credit that is drawn",
    },
    "fixtures/sts_fixtures/declaration/variants/overlays.py": {
        256: "a longest message that is drawn",
        2_000: "a time of a lab's own that is drawn",
        10_000: "a delay of a lab's own that is drawn",
        20_000: "a delay of a lab's own that is drawn",
    },
    "fixtures/sts_fixtures/declaration/variants/traits.py": {
        1_500: "a time of a meter's own that is drawn",
        20_000_000: "how much a meter's own times vary",
    },
    "fixtures/sts_fixtures/watch/line.py": {1.5: "how much longer than a limit is surely too long"},
    "fixtures/sts_fixtures/watch/rules.py": {0xFFFF: "the last register id"},
    "fixtures/sts_fixtures/declaration/model.py": {
        0x2014: "a year: the base date of TokenIdentifiers",
        0x100: "the values of an octet",
        0xFFFF: "the largest number of sixteen bits",
        10_000_000: "an example of the largest credit",
        10_000: "an example of a limit in watts",
        20_000: "an example of a limit in watts",
    },
    "fixtures/sts_fixtures/meter/keypad.py": {2_000_000_000: "a margin of keying in"},
    "fixtures/sts_fixtures/meter/under_test.py": {
        10_000: "the credit that cases may add, in 0,1 kWh",
        10_000_000_000: "how long a load switch may take",
    },
    "fixtures/sts_fixtures/tokens/mutations.py": {0x100: "the values of an octet"},
    "fixtures/sts_fixtures/tokens/mint.py": {10_000: "an amount that every meter has room for"},
    "conformance/stsbench/cli/monitor/__init__.py": {
        256: "MiB of a journal",
        200_000_000: "how often the monitor looks up",
    },
    "conformance/stsbench/cli/token/mint.py": {0xFFFF: "the largest number of sixteen bits"},
    "conformance/stsbench/cli/token/options.py": {0x2014: "a year: the base date of TokenIdentifiers"},
    "conformance/stsbench/cli/token/parsing.py": {
        0xFFFF: "all registers at once, in IEC 62055-41",
    },
    "conformance/sts_conformance/iec62055_31/test_load_switch.py": {0.2: "kWh"},
    "conformance/sts_conformance/iec62055_41/test_6_2_2_transfer_credit.py": {10_000: "tenths of a minute"},
    "conformance/sts_conformance/iec62055_41/test_6_3_13_register.py": {
        0x100: "a reserved register",
        0xFFFE: "a reserved register",
    },
    "conformance/sts_conformance/iec62055_41/test_6_3_21_sign_and_exponent.py": {
        200: "of the base currency",
        20_000_000: "hundred-thousandths of the base currency",
    },
    "conformance/sts_conformance/iec62055_41/test_8_4_transfer_credit.py": {0.9: "kWh"},
    "conformance/sts_conformance/iec62055_52/test_6_6_1_server_protocol_flow.py": {0xFFFF: "the last register id"},
    "conformance/sts_conformance/iec62055_52/test_6_6_3_read_command_processing.py": {
        0xFFFF: "the last register id"
    },
    "conformance/sts_conformance/iec62055_41/test_6_3_5_tid.py": {0xFFFF: "the lower bits of a TokenIdentifier"},
}
"""Numbers of a file, or of the files of a folder, that are the profile's only by chance, and what they are."""


INSTRUMENTS = ("rigs/sts_rigs/instruments/", "rigs/sts_rigs/simulator/instruments/")
"""Folders that know nothing of the carrier, whose round numbers are ranges, memories and pauses of instruments."""


def excused(finding: Finding) -> tuple[str, float] | None:
    """Return why a finding is not the profile's number: a place and the number there; None if it is."""
    if isinstance(finding.number, str):
        return None
    if is_round(finding.number) and (folder := next(filter(finding.file.startswith, INSTRUMENTS), None)):
        return folder, finding.number
    for place, numbers in COINCIDENCES.items():
        is_there = finding.file.startswith(place) if place.endswith("/") else finding.file == place
        if is_there and finding.number in numbers:
            return place, finding.number
    return None


@cache
def product_findings() -> tuple[Finding, ...]:
    """Return what stands in the code of the product."""
    return tuple(finding for file, source in SOURCES.items() for finding in findings(source, PROFILE, file))


def test_no_number_or_layout_of_the_profile_stands_in_code() -> None:
    assert {file.partition("/")[0] for file in SOURCES} == set(ROOMS)
    own = [finding for finding in product_findings() if excused(finding) is None]
    assert not own, "\n".join(map(str, own))


def test_every_coincidence_is_still_there() -> None:
    used = {excused(finding) for finding in product_findings()}
    listed = {(place, number) for place, numbers in COINCIDENCES.items() for number in numbers}
    assert not listed - used, "drop what is no longer there"


def test_what_drives_instruments_knows_nothing_of_the_carrier() -> None:
    knowing = [
        file for file, source in SOURCES.items() if file.startswith(INSTRUMENTS) and "sts62055.carrier" in source
    ]
    assert not knowing


@pytest.mark.parametrize(
    ("file", "number", "is_excused"),
    [
        ("rigs/sts_rigs/instruments/scope.py", 10_000, True),
        ("rigs/sts_rigs/instruments/scope.py", 256, True),
        ("rigs/sts_rigs/instruments/scope.py", 0.2, True),
        ("rigs/sts_rigs/instruments/scope.py", 1_500, False),
        ("rigs/sts_rigs/instruments/scope.py", "SOH B 0 ETX BCC", False),
        ("rigs/sts_rigs/port/__init__.py", 10_000, False),
        ("vectors/sts62055/application/crc.py", 256, True),
        ("vectors/sts62055/application/crc.py", 0x2006, False),
        ("vectors/sts62055/carrier/crc.py", 256, False),
        ("fixtures/sts_fixtures/meter/under_test.py", 10_000, True),
        ("fixtures/sts_fixtures/meter/under_test.pyi", 10_000, False),
    ],
)
def test_a_number_is_excused_only_in_its_place(file: str, number: float | str, is_excused: bool) -> None:
    assert (excused(Finding(file, 1, number, "an entry")) is not None) is is_excused


# -- what is found, and what is not ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "entry"),
    [
        ("timeout = 1500", "quiet_time"),
        ("timeout = 1_500_000", "quiet_time"),
        ("timeout = 1_500_000_000", "quiet_time"),
        ("timeout = 1.5e9", "quiet_time"),
        ("timeout = 1.5", "quiet_time"),
        ("timeout = 2 * 1000", "execution_time"),
        ("SECOND = 1_000_000_000\ntimeout = 2 * SECOND", "execution_time"),
        ("SECOND: int = 1_000_000_000\ntimeout = SECOND // 5", "reaction_time"),
        ("from sts_rigs.clock import SECOND\ntimeout = 2 * SECOND", "execution_time"),
        ("from stsbench import SECOND, Accept\ntimeout = 2 * SECOND", "execution_time"),
        ("from sts_rigs.clock import Clock, SECOND as S\ntimeout = S // 5", "reaction_time"),
        ("def wait(seconds: float = 0.2) -> None: ...", "reaction_time"),
        ("if time > 20_000_000: ...", "fast_reaction_time"),
        ("match time:\n    case 20_000_000: ...", "fast_reaction_time"),
        ("serial.Serial(baudrate=2400)", "bit_rate"),
        ("bit = 1 / 2400", "bit_rate"),
        ("bit = 416_667", "bit_rate"),
        ("bit = 416.6667e-6", "bit_rate"),
        ("character = 4_166_667", "bit_rate"),
        ("tolerance = 0.02", "bit_time_tolerance"),
        ("if current > 2.5: ...", "space_current"),
        ("longest = 256", "longest_message"),
        ("ReadCommand(0x2006)", "serial_number"),
        ("ReadCommand(8198)", "serial_number"),
        ("token = 0xFFFF", "token"),
        ("text = '2006'", "serial_number"),
        ("codes = b'\\x01R\\x0220061'", "read_command"),
        ("text = f'{name} is 0x2010'", "electricity_credit"),
        ("text = 'answers within 1500 ms'", "quiet_time"),
        ("text = 'answers within 1,5 s'", "quiet_time"),
        ("text = 'SOH R STX register_id:h4'", "a layout"),
        ("text = 'SOH B 0 ETX BCC'", "a layout"),
        ("text = 'CR LF'", "a layout"),
        ("text = 'register_id:h4'", "a layout"),
        ("codes = b'/?!\\r\\n'", "id_request"),
        ("text = '\\x01W\\x02' + register", "write_command"),
    ],
)
def test_what_stands_in_code_is_found(source: str, entry: str) -> None:
    assert entry in [entry for finding in findings(source, PROFILE) for entry in finding.entry.split(" or ")]


@pytest.mark.parametrize(
    "source",
    [
        '"""Wait 1500 ms for register 0x2006."""',
        'class Wait:\n    """Wait."""\n\n    time: int\n    """1500 ms."""',
        "time = profile.time('quiet_time')  # 1500",
        "low = word & 0xFFFF",
        "word ^= 0xFFFF",
        "time = 1501",
        "time = 15 * 10",
        "pattern = '[0-9]{1,5}'",
        "name = 'hmac_sha256'",
        "text = 'a wrong BCC'",
        "word = 'SOH'",
        "opening = b'\\x02'",
        "letter = 'R'",
    ],
)
def test_what_is_not_the_profiles_is_not_found(source: str) -> None:
    assert findings(source, PROFILE) == []


def test_a_finding_tells_its_place() -> None:
    (finding,) = findings("a = 1\nb = 0x2006\n", PROFILE, "rigs/module.py")
    assert str(finding) == "rigs/module.py:2: 0x2006 is serial_number of the profile: read it from there"


def test_a_mask_is_only_a_mask_where_it_masks() -> None:
    assert [found.entry for found in findings("low = 0xFFFF & word & 0x2006", PROFILE)] == ["serial_number"]


@pytest.mark.parametrize("name", PROFILE.parameters)
def test_every_number_of_a_parameter_is_searched_for_unless_it_is_small_or_a_round_level(name: str) -> None:
    telling = telling_numbers(PROFILE)
    for value in values(PROFILE.parameters[name]):
        if PROFILE.parameters[name].unit in LEVELS and is_round(value):
            continue
        is_small = value < FEW and isinstance(value, int)
        assert (value in telling) is not is_small or PROFILE.parameters[name].unit == "ms"
        if PROFILE.parameters[name].unit == "ms":
            assert value * 1_000_000 in telling


@pytest.mark.parametrize("name", PROFILE.registers)
def test_every_register_is_searched_for(name: str) -> None:
    assert name in telling_numbers(PROFILE)[PROFILE.registers[name].id]


def test_every_layout_is_searched_for() -> None:
    layouts = [name for name, parameter in PROFILE.parameters.items() if parameter.unit == "layout"]
    missed = {name for name in layouts if not findings(f"x = {PROFILE.text(name)!r}", PROFILE)}
    assert missed == {"ack", "nak"}


def test_the_search_follows_the_profile() -> None:
    assert not findings("rate = 4800", PROFILE)
    other = PROFILE.with_value("bit_rate", 4800)
    assert [finding.entry for finding in findings("rate = 4800", other)] == ["bit_rate"]
    assert not findings("rate = 2400", other)


# -- reading by name ---------------------------------------------------------------------------------------------

LOADER = "vectors/sts62055/carrier/profile/model.py"
OVERLAY = "vectors/sts62055/carrier/profile/overlay.py"

NOT_READ = {
    "transmission_type": "a port has no other",
    "hexadecimal": "registers are written in no other way",
    "block_check": "no other is known",
    "id_request_processing": "the state table has no other",
}
"""Parameters that are there to be confirmed, and why no code reads them."""


def knows_profile(tree: ast.Module) -> bool:
    """Whether a module imports the profile: from its own module, or from the public face as cases do."""
    imports = [statement for statement in tree.body if isinstance(statement, ast.ImportFrom)]
    return any(
        statement.module == "sts62055.carrier.profile"
        or (statement.module == "stsbench" and any(one.name == "Profile" for one in statement.names))
        for statement in imports
    )


def names_read(sources: Mapping[str, str]) -> set[str]:
    """Return every text in the modules that know the profile, save in what only loads and checks it."""
    names: set[str] = set()
    for file, source in sources.items():
        tree = ast.parse(source)
        parts: list[ast.stmt] = tree.body
        if file == LOADER:
            parts = [part for part in parts if isinstance(part, ast.ClassDef) and part.name == "Profile"]
        elif file == OVERLAY or not knows_profile(tree):
            continue
        nodes = (node for part in parts for node in ast.walk(part))
        names |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return names


@cache
def product_names() -> set[str]:
    """Return what the code of the product reads."""
    return names_read(SOURCES)


@pytest.mark.parametrize("entry", list(PROFILE), ids=lambda entry: entry.name)
def test_every_entry_is_read_by_its_name_or_said_not_to_be(entry: Parameter | RegisterEntry) -> None:
    assert (entry.name in product_names()) is not (entry.name in NOT_READ)


def test_what_is_said_not_to_be_read_is_in_the_profile() -> None:
    assert NOT_READ.keys() <= PROFILE.parameters.keys()


def test_a_name_counts_only_where_the_profile_is_read() -> None:
    knows = "from sts62055.carrier.profile import Profile\n"
    public = "from stsbench import (\n    Ack,\n    Profile,\n)\n"
    loads = "class Profile:\n    known = 'c'\n\nCHECKS = ['d']\n"
    assert names_read(
        {
            "rigs/a.py": knows + "'a'",
            "rigs/b.py": "'b'",
            "cases/f.py": public + "'f'",
            "cases/g.py": "from stsbench import Ack\n'g'",
            LOADER: loads,
            OVERLAY: knows + "FIXED = ['e']",
        }
    ) == {"a", "c", "f"}


@pytest.mark.parametrize("name", NOT_READ)
def test_a_lab_cannot_change_what_nothing_reads(name: str) -> None:
    value = PROFILE.parameters[name].value
    other = value + 1 if isinstance(value, int) else f'"not {value}"'
    who = '[confirmed]\nby = "A"\ndocument = "B"\nedition = "C"'
    with pytest.raises(ProfileError, match="the program knows only"):
        Overlay.parse(f"{who}\n[parameter.{name}]\nvalue = {other}\n", PROFILE)
