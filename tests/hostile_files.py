"""Hostile files for every reader: what is in them, who reads them, and how a refusal looks."""

import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from calibration_certificate import CERTIFICATE
from sts62055.application.sta import parse_tables
from sts62055.library.lint import NoVectors, lint
from sts_conformance import register
from sts_fixtures.campaign.overlay_file import load_overlay
from sts_fixtures.declaration.declared_meter import DeclaredMeter, load_declaration, simulated_meter_path
from sts_fixtures.declaration.secrets import SecretSource
from sts_fixtures.ledger.file import Ledger
from sts_fixtures.register import Register, load_register
from sts_fixtures.register.inspection import load_inspection
from sts_fixtures.register.mapping import with_mapping
from sts_reports.journal import UnreadableJournal, read_journal
from sts_reports.record import RECORD, UnreadableRecord, load_record
from sts_reports.recordings import load_recording
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.calibration import read_calibration
from sts_rigs.files.consent import Permission
from sts_rigs.files.rig import CalibrationSection, load_rig
from sts_rigs.waveforms.capture import read_raw, read_session, read_session_analogue
from stsbench.cli import monitor

__all__ = ["CORPUS", "READERS", "HostileFile", "good_file", "refusal", "simulated_meter", "whole_register"]

Content = bytes | Callable[[Path], object]
"""What is in a file, or what makes it at a path."""

MEBI = 1 << 20
LEVELS = 20_000
DIGITS = 5_000
FIRST = "0" * 64
ROW = list(range(16))


@cache
def whole_register() -> Register:
    return register.load()


@cache
def simulated_meter() -> DeclaredMeter:
    return load_declaration(simulated_meter_path())


# -- readers: each takes a path, and raises nothing but what its callers turn into a sentence ------------------


def _tables(path: Path) -> None:
    parse_tables(_secret(path))


def _secret(path: Path) -> str:
    return SecretSource(file=str(path), published=True).read(path.parent)


def _certificate(path: Path) -> None:
    section = CalibrationSection.model_validate({"due": "2030-01-01", "dcc": path.name}, strict=False)
    read_calibration(section, path.parent)


def _ledger(path: Path) -> None:
    ledger = Ledger(path.parent, simulated_meter().pan)
    assert ledger.path is not None
    path.replace(ledger.path)
    ledger.read()


def _folder_with(name: str, read: Callable[[Path], object], path: Path) -> None:
    path.replace(path.with_name(name))
    read(path.parent)


def _session(path: Path) -> None:
    capture = read_session(path)
    for channel in capture.channels:
        capture.edges(channel)


def _samples(path: Path) -> None:
    capture = read_raw(path, 1e6)
    for channel in capture.channels:
        capture.edges(channel)


def _vectors(path: Path) -> None:
    target = path.with_suffix(".json")
    path.replace(target)
    problems = lint(path.parent)
    if problems:
        raise NoVectors(str(problems[0]))


def _trace(path: Path) -> None:
    for _ in monitor._of_file(path, None, None, monitor.Direction.UNKNOWN):
        pass


READERS: dict[str, tuple[Callable[[Path], object], tuple[type[Exception], ...]]] = {
    "declaration": (lambda path: load_declaration(path, Permission.NEVER), (FileFault,)),
    "rig": (load_rig, (FileFault,)),
    "overlay": (lambda path: load_overlay(path, whole_register()), (FileFault,)),
    "inspection": (lambda path: load_inspection(path, whole_register(), simulated_meter()), (FileFault,)),
    "mapping": (lambda path: with_mapping(whole_register(), path), (FileFault,)),
    "register": (lambda path: load_register([path]), (FileFault,)),
    "key": (_secret, (ValueError,)),
    "tables": (_tables, (ValueError,)),
    "certificate": (_certificate, (FileFault,)),
    "journal": (lambda path: list(read_journal(path)), (UnreadableJournal,)),
    "record": (partial(_folder_with, RECORD, load_record), (UnreadableRecord,)),
    "recording": (load_recording, (OSError, ValueError)),
    "session": (_session, (FileFault, BenchFault)),
    "analogue session": (lambda path: read_session_analogue(path, "level"), (FileFault,)),
    "samples": (_samples, (FileFault, BenchFault)),
    "ledger": (_ledger, (FileFault,)),
    "trace": (_trace, (monitor._Unreadable,)),
    "vectors": (_vectors, (NoVectors,)),
}
TOML = ("declaration", "rig", "overlay", "inspection", "mapping", "register", "tables")
JSON = ("record", "ledger", "vectors")
ZIP = ("recording", "session", "analogue session")


@dataclass(frozen=True)
class HostileFile:
    """One file, and who reads it."""

    name: str
    reader: str
    content: Content

    def write(self, folder: Path) -> Path:
        path = folder / "hostile"
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)
        return path


@cache
def good_file(reader: str) -> bytes:
    """Return a file that a reader takes, or nearly."""
    declared = simulated_meter_path().read_bytes()
    texts = {
        "declaration": declared.replace(b"published_test_key.hex", b"/dev/null"),
        "rig": (
            _RIG + '[signal]\nprobe = 10.0\n[actions]\npower = "operator"\n[instruments.a]\ndriver = "x"\n'
        ).encode(),
        "overlay": b'[confirmed]\nby = "a"\ndocument = "b"\non = "c"\n[parameter.bit_rate]\nvalue = 2400\n',
        "inspection": b'by = "a"\ndate = "2026-01-01"\n[meter]\nmaker = "a"\nmodel = "b"\nfirmware = "c"\n'
        b'[[answer]]\nrequirement = "41-8.1"\nverdict = "pass"\nreference = "x"\n',
        "mapping": b'specification = "s"\n[ids]\n"41-7.3.7-used" = "A1"\n"52-6.4.2" = ["B", "C"]\n',
        "register": Path(register.__file__).with_name("iec62055_51.toml").read_bytes(),
        "key": b"0123456789abcdef" * 2,
        "tables": f"first = {ROW}\nsecond = {ROW}\npermutation = {list(range(64))}".encode(),
        "certificate": CERTIFICATE.encode(),
        "journal": chained(
            b'{"kind":"run","format":2,"run":{"id":"a","started":"b"}}', b'{"kind":"plan","cases":[]}'
        ),
        "record": b'{"format": 2, "notice": "x", "product": {"name": "a"}, "cases": [], "clauses": []}',
        "recording": _recorded(meter=_SAMPLES),
        "session": SMALL,
        "analogue session": SMALL,
        "samples": b"\0\1" * 500,
        "ledger": b'{"format": 1, "meter": "12345678903", "identifiers": {"2014": 5}, "held": null, "run": null}',
        "trace": b"/?!\r\n/ABC1234\r\n\x01R1\x022010(1)\x03a",
        "vectors": b'{"subject": "file", "notes": {}, "groups": [{"group": {}, "vectors": []}]}',
    }
    return texts[reader]


def refusal(file: HostileFile, path: Path) -> str:
    """Return with what a file is refused; whatever else its reader raises is a failure of the reader."""
    read, errors = READERS[file.reader]
    try:
        read(path)
    except errors as error:
        return str(error)
    raise AssertionError(f"{file.reader}: {file.name} was taken")


# -- what is no file -------------------------------------------------------------------------------------------


def _nothing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 << 30)


NO_FILES: dict[str, Content] = {
    "a FIFO": os.mkfifo if hasattr(os, "mkfifo") else _nothing,
    "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "a link to /dev/random": lambda path: path.symlink_to("/dev/random"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a sparse file of 5 GiB": _sparse,
    "empty": b"",
}

# -- TOML ------------------------------------------------------------------------------------------------------

TEXTS: dict[str, Content] = {
    "lists in lists": b"a = " + b"[" * LEVELS + b"]" * LEVELS,
    "tables in tables": b"a = " + b"{a=" * LEVELS + b"1" + b"}" * LEVELS,
    "a name of many parts": b".".join([b"a"] * LEVELS) + b" = 1",
    "a table of many parts": b"[" + b".".join([b"a"] * LEVELS) + b"]",
    "quoted parts": b".".join([b'"a"'] * LEVELS) + b" = 1",
    "parts behind a long string": b'a = [ """x"""", ' + b"[" * LEVELS + b"]" * LEVELS + b"]",
    "a long integer": b"a = " + b"9" * DIGITS,
    "a long negative integer": b"a = -" + b"9" * DIGITS,
    "a long hexadecimal integer": b"a = 0x" + b"F" * DIGITS,
    "a long integer with underscores": b"a = " + b"9_" * DIGITS + b"9",
    "a long float": b"a = 1." + b"3" * DIGITS,
    "a long exponent": b"a = 1e" + b"9" * DIGITS,
    "a date that is none": b"a = 2026-13-45T99:99:99+99:99",
    "many unknown names": b"".join(b"a%d = 1\n" % number for number in range(39_000)),
    "more values than any": b"a = [" + b"1," * 60_000 + b"]",
    "many tables": b"".join(b"[a%d]\n" % number for number in range(39_000)),
    "lists of lists": b"a = [" + b"[]," * 19_000 + b"]",
    "a long name": b"a" * 500_000 + b" = 1",
    "a name of escapes": b'"\\u001b[2J\\u0007\\n' + b"\\u0000" * 1000 + b'" = 1',
    "an unfinished string": b'a = """' + b'\\"""' * 100_000,
    "an unfinished literal": b"a = '''" + b"''x" * 100_000,
    "no UTF-8": b"a = \xff\xfe",
    "UTF-16": "a = 1".encode("utf-16"),
    "NULs": b"\0" * 10_000,
    "control characters": bytes(range(1, 32)) * 1000,
    "too large": b"#" * (MEBI + 1),
    "brackets": b"[" * MEBI,
    "quotes": b'"' * MEBI,
    "infinity for text": b"[rig]\nname = inf\n[port]\nurl = nan\n",
    "JSON": b'{"a": 1}',
}

# -- what a declaration or a rig file may not say --------------------------------------------------------------

_RIG = '[rig]\nname = "b"\n[port]\nurl = "COM7"\n'
RIGS = {
    "a probe of infinity": f"{_RIG}[signal]\nprobe = inf\n",
    "a level of nan": f"{_RIG}[signal]\nlow = nan\n",
    "an uncertainty of infinity": f"{_RIG}[host_clock]\nuncertainty_ms = inf\n",
    "a coverage factor of infinity": f'{_RIG}[instruments.a]\ndriver = "x"\nresource = "y"\n'
    "[instruments.a.calibration]\ndue = 2030-01-01\nk = inf\n",
    "a million repeats": f"{_RIG}[judgement]\nrepeats = 999999999\n",
    "an unknown table": f"{_RIG}[port2]\n",
    "a url that writes a file": _RIG.replace("COM7", "spy://COM7?file=mine"),
    "a url that names a class": _RIG.replace("COM7", "alt://COM7?class=Serial"),
    "a url without a port": _RIG.replace("COM7", "socket://a"),
    "a url of a huge port": _RIG.replace("COM7", "socket://a:" + "9" * DIGITS),
    "a device that is no name": _RIG.replace("COM7", "device:../../x:y"),
    "an action of a program": f'{_RIG}[actions]\npower = {{ command = ["rm"] }}\n',
}

# -- JSON and journals -----------------------------------------------------------------------------------------

JSONS: dict[str, Content] = {
    "lists in lists": b"[" * LEVELS + b"]" * LEVELS,
    "objects in objects": b'{"a":' * LEVELS + b"1" + b"}" * LEVELS,
    "an unfinished depth": b"[" * MEBI,
    "a long integer": b'{"format": ' + b"9" * DIGITS + b"}",
    "a long float": b'{"format": 1.' + b"9" * DIGITS + b"}",
    "an unfinished string": b'{"' + b'\\"' * 500_000,
    "lone surrogates": b'{"format": "\\ud800\\udfff"}',
    "no UTF-8": b'{"format": "\xff"}',
    "not a number": b'{"format": NaN}',
    "infinity": b'{"format": Infinity}',
    "a list": b"[]",
    "a word": b"true",
    "a wrong form": b'{"format": "x"}',
    "control characters": b'{"format": "\x1b[2J"}',
    "a name twice": b'{"format": 1, "format": 2}',
    "much of it": b'{"format": [' + b"[]," * 50_000 + b"[]]}",
}


def chained(*bodies: bytes) -> bytes:
    """Return lines of a journal whose hashes are right, whatever is in them."""
    lines, previous = [], FIRST
    for body in bodies:
        line = b'{"previous":"' + previous.encode() + b'",' + body.removeprefix(b"{")
        previous = sha256(line).hexdigest()
        lines.append(line + b"\n")
    return b"".join(lines)


_HEAD = b'{"kind":"run","format":2,'
JOURNALS: dict[str, Content] = {
    **{f"a first line of {name}": content for name, content in JSONS.items()},
    **{
        f"a chained line of {name}": chained(b'{"kind":"run","format":2,"x":' + content + b"}")
        for name, content in JSONS.items()
        if isinstance(content, bytes)
    },
    "an unknown kind": chained(b'{"kind":"evil"}'),
    "a kind of escapes": chained(b'{"kind":"\\u001b[2J\\u0007"}'),
    "a format of many digits": chained(b'{"kind":"run","format":' + b"9" * DIGITS + b"}"),
    "a format of infinity": chained(b'{"kind":"run","format":1e999}'),
    "a depth behind its head": chained(
        _HEAD + b'"declaration":' + b'{"a":' * LEVELS + b"1" + b"}" * LEVELS + b"}"
    ),
    "a line without an end": b'{"previous":"' + b"0" * (5 * MEBI),
    "a line of 5 MiB": chained(b'{"kind":"remark","text":"' + b"x" * (5 * MEBI) + b'"}'),
    "a remark first": chained(b'{"kind":"remark","text":"x"}'),
    "a million line ends": b"\n" * MEBI,
    "a plan twice": chained(b'{"kind":"plan","cases":[]}', b'{"kind":"plan","cases":[]}'),
}

# -- XML -------------------------------------------------------------------------------------------------------

_ENTITIES = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
CERTIFICATES: dict[str, Content] = {
    "a billion laughs": f'<!DOCTYPE a [<!ENTITY e0 "ha">{_ENTITIES}]><a>&e9;</a>'.encode(),
    "an external entity": b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    "a foreign DTD": b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>',
    "elements in elements": b"<a>" * LEVELS + b"</a>" * LEVELS,
    "many elements": b"<a>" + b"<b/>" * MEBI + b"</a>",
    "an unknown encoding": b'<?xml version="1.0" encoding="evil"?><a/>',
    "an unfinished element": b"<a " + b"x" * MEBI,
    "another root": b"<a/>",
    "a date that is none": CERTIFICATE.replace("2025", "20255").encode(),
    "text": b"nothing of XML",
    "NULs": b"\0" * 1000,
}

# -- archives --------------------------------------------------------------------------------------------------

METADATA = (
    "[device 1]\ncapturefile=logic-1\ntotal probes={probes}\nsamplerate={rate}\nunitsize={size}\nanalog3=level\n"
)


def _zipped(method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, octets in members.items():
            archive.writestr(name.replace("__", "-"), octets)
    return content.getvalue()


def _told(probes: object = 1, rate: object = "1 MHz", size: object = 1) -> bytes:
    return METADATA.format(probes=probes, rate=rate, size=size).encode()


def _bomb(path: Path) -> None:
    """Write an archive whose one member expands from half a mebibyte to 512 MiB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("metadata", _told())
        for name in ("logic-1-1", "analog-1-3-1", "meter.npy"):
            with archive.open(name, "w") as member:
                for _ in range(32):
                    member.write(bytes(8 << 20))


def _changed(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def _of_sizes(content: bytes, size: int) -> bytes:
    """Return an archive whose directory says another size of each member."""
    octets = bytearray(content)
    place = 0
    while (place := octets.find(b"PK\x01\x02", place)) >= 0:
        struct.pack_into("<L", octets, place + 24, size)
        place += 4
    return bytes(octets)


def _end_says(content: bytes, directory: int) -> bytes:
    octets = bytearray(content)
    struct.pack_into("<L", octets, octets.rfind(b"PK\x05\x06") + 12, directory)
    return bytes(octets)


def _encrypted(content: bytes) -> bytes:
    octets = bytearray(content)
    place = 0
    while (place := octets.find(b"PK\x01\x02", place)) >= 0:
        octets[place + 8] |= 1
        place += 4
    return bytes(octets)


SMALL = _zipped(metadata=_told(), logic__1__1=b"\0\1" * 100, analog__1__3__1=b"\0" * 400, meter_npy=b"x")
_MANY = {f"m{number}": b"" for number in range(5000)}
_LONG = b"PK\x06\x07" + bytes(16)
ARCHIVES: dict[str, Content] = {
    "a bomb": _bomb,
    "sizes of 4 GiB": _of_sizes(SMALL, 0xFFFFFFF0),
    "sizes that are too small": _of_sizes(SMALL, 1),
    "a directory of 4 GiB": _end_says(SMALL, 0xFFFFFFF0),
    "a directory of nothing": _end_says(SMALL, 0),
    "a long end": SMALL[: SMALL.rfind(b"PK\x05\x06")] + _LONG + SMALL[SMALL.rfind(b"PK\x05\x06") :],
    "5000 members": _zipped(**_MANY),
    "members packed by bzip2": _zipped(zipfile.ZIP_BZIP2, metadata=_told(), logic__1__1=bytes(MEBI)),
    "members packed by lzma": _zipped(zipfile.ZIP_LZMA, metadata=_told(), logic__1__1=bytes(MEBI)),
    "encrypted members": _encrypted(SMALL),
    "half an archive": SMALL[: len(SMALL) // 2],
    "an end alone": b"PK\x05\x06" + bytes(18),
    "ends": b"PK\x05\x06" * 20_000,
    "text": b"nothing of an archive",
    "a name of no UTF-8": _changed(SMALL, b"metadata", b"\xff\xfe\xfdadata"),
}
SESSIONS: dict[str, bytes] = {
    "999 999 999 probes": _told(probes=999_999_999, size=125_000_000),
    "probes of 5000 digits": _told(probes="9" * DIGITS),
    "probes below none": _told(probes=-1),
    "samples of 999 999 999 bytes": _told(size=999_999_999),
    "a huge rate": _told(rate="9" * 300 + " GHz"),
    "a rate of 5000 digits": _told(rate="9" * DIGITS),
    "a rate of nearly nothing": _told(rate="0." + "0" * 200 + "1 Hz"),
    "a rate of points": _told(rate="." * 1000),
    "metadata of 1 MiB": _told() + b"#" * MEBI,
    "metadata of no UTF-8": b"\xff\xfe",
    "metadata of many sections": b"".join(b"[a%d]\n" % number for number in range(5000)),
    "metadata without an end": b"[device 1",
    "a capture file of a pattern": _told().replace(b"logic-1", b"(a+)+$"),
    "no metadata": b"",
}


def _npy(head: str, rest: bytes = b"", version: bytes = b"\1\0") -> bytes:
    text = head.encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + rest


def _recorded(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in {"scale": 1.0, "offset": 0.0, "interval": 1e-6, "start": 0.0, "unit": "V"}.items():
            if f"meter_{name}" not in members:
                with archive.open(f"meter_{name}.npy", "w") as file:
                    np.lib.format.write_array(file, np.array(value), allow_pickle=False)
        for name, octets in members.items():
            archive.writestr(f"{name}.npy", octets)
    return content.getvalue()


def _fact(value: float) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array(value))
    return stream.getvalue()


def _pickled() -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array([{"a": print}], object), allow_pickle=True)
    return stream.getvalue()


_SAMPLES = _npy("{'descr': '|i1', 'fortran_order': False, 'shape': (4,), }", b"\0\1\0\1")
RECORDINGS: dict[str, Content] = {
    "a shape of 10^15": _recorded(meter=_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (10**15,), }")),
    "a shape of 999999999999": _recorded(
        meter=_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999,), }")
    ),
    "a shape below nothing": _recorded(
        meter=_npy("{'descr': '|i1', 'fortran_order': False, 'shape': (-2, -2), }", b"\0\1\0\1")
    ),
    "a plane": _recorded(meter=_npy("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 2), }", b"\0\1\0\1")),
    "objects": _recorded(meter=_pickled()),
    "a head of brackets": _recorded(meter=_npy("(" * 9000)),
    "a head of calls": _recorded(meter=_npy("__import__('os').system('true')")),
    "a head without an end": _recorded(meter=_npy("{'descr': '|i1")),
    "a head of nothing": _recorded(meter=b""),
    "another version": _recorded(meter=_npy("{}", version=b"\3\0")),
    "dates": _recorded(meter=_npy("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,), }", bytes(8))),
    "an interval of nothing": _recorded(meter=_SAMPLES, meter_interval=_fact(0.0)),
    "an interval of nan": _recorded(meter=_SAMPLES, meter_interval=_fact(float("nan"))),
    "an interval below nothing": _recorded(meter=_SAMPLES, meter_interval=_fact(-1.0)),
    "a scale of infinity": _recorded(meter=_SAMPLES, meter_scale=_fact(float("inf"))),
    "a start of infinity": _recorded(meter=_SAMPLES, meter_start=_fact(float("inf"))),
    "samples of nan": _recorded(
        meter=_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", struct.pack("<d", float("nan")))
    ),
    "no samples": _recorded(),
}


def _noise(path: Path) -> None:
    path.write_bytes(b"\0\1" * (8 * MEBI))


TRACES: dict[str, Content] = {
    "a mebibyte of nothing": b"\0" * MEBI + b"\x7f",
    "a mebibyte of line ends": b"x\r\n" * (MEBI // 3),
    "slashes": b"/" * MEBI,
    "too large": lambda path: path.write_bytes(b"/" * (16 * MEBI + 1)),
    "a dump of words": b"0000000 0000 0000\n",
    "a dump that repeats for ever": b"00000000  00 00\n*\nffffffffff\n",
    "noise": bytes(range(256)) * 512,
    "the head of a journal": b'{"' + b"x" * MEBI,
}


def _corpus() -> Iterator[HostileFile]:
    readers = {
        **dict.fromkeys(TOML, TEXTS),
        "rig": {**TEXTS, **{name: text.encode() for name, text in RIGS.items()}},
        **dict.fromkeys(JSON, JSONS),
        "journal": JOURNALS,
        "certificate": CERTIFICATES,
        **{
            reader: {
                **ARCHIVES,
                **{name: _zipped(metadata=told, logic__1__1=b"\0" * 10) for name, told in SESSIONS.items()},
            }
            for reader in ZIP[1:]
        },
        "recording": {**ARCHIVES, **RECORDINGS},
        "trace": TRACES,
        "samples": {"noise": _noise},
        "key": {"no text": b"\xff\xfe", "a key of 2 MiB": b"A" * (2 * MEBI)},
    }
    for reader, contents in readers.items():
        for name, content in {**NO_FILES, **contents}.items():
            yield HostileFile(name, reader, content)


_TAKEN = {
    ("ledger", "a link to itself"),  # for a ledger, a file that is not there is a meter that is new
}
CORPUS = [file for file in _corpus() if (file.reader, file.name) not in _TAKEN]
