"""The `stsbench monitor` command: decode live traffic or a recorded trace (IEC 62055-52, 6.4)."""

import json
import re
import signal
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from sts62055.carrier.characters import parity_bit
from sts62055.carrier.monitor import Decoded, Direction, Finding, StreamDecoder
from sts62055.carrier.profile import Profile, default_profile
from sts62055.untrusted import Refused, open_file, read_file
from sts_fixtures.campaign.overlay_file import load_overlay, profile_of
from sts_reports.events import ExchangeDone, RunStarted
from sts_reports.exit_code import ExitCode
from sts_reports.journal import JOURNAL, BrokenJournal, UnreadableJournal, read_journal
from sts_rigs.clock import MILLISECOND, SECOND, HostClock
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.rig import HostClockSection, PortSection
from sts_rigs.port import Port
from sts_rigs.port.serial import SerialPort
from stsbench.cli.shared import new_app, stop

__all__ = ["app"]

app = new_app()

_LONGEST_WAIT = SECOND // 5
_LONGEST_REST = 4096
_LARGEST_JOURNAL = 256 << 20
_LARGEST = 16 << 20
_LOOK = 1 << 17
"""After so many octets something must have been a message: ten minutes of a line."""
_EVEN_PARITY_SHARE = 0.75
_LONGEST_REPETITION = 1 << 24
_ARROWS = {Direction.TO_METER: "->", Direction.FROM_METER: "<-", Direction.UNKNOWN: "??"}
_WAYS = {"both": Direction.UNKNOWN, "to-meter": Direction.TO_METER, "from-meter": Direction.FROM_METER}
_FORMS = "a journal.jsonl of ours, the raw bytes of a line, or a hex dump (01 52 02, xxd, hexdump -C)"

Parity = Literal["driver", "software"]
Way = Literal["both", "to-meter", "from-meter"]


class _Unreadable(Exception):
    """A trace that cannot be decoded, in one sentence."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A decoded piece as the command shows it.

    since: nanoseconds from the end of the piece before to its beginning; reaction: the journal's; remark: what
    the journal says of it beyond its characters.
    """

    piece: Decoded
    since: int | None = None
    reaction: int | None = None
    remark: str = ""


@app.command()
def monitor(
    file: Annotated[
        Path | None, typer.Argument(help="A trace: a run's folder or journal.jsonl, raw bytes, or a hex dump.")
    ] = None,
    port: Annotated[
        str | None,
        typer.Option("--port", help="Listen to a port or a tap: /dev/ttyUSB0, COM7, socket://host:port."),
    ] = None,
    parity: Annotated[
        Parity | None,
        typer.Option(
            "--parity",
            help="software: the eighth bit is the parity; driver: it is not (for a file: found out).",
        ),
    ] = None,
    direction: Annotated[
        Way, typer.Option("--direction", help="Whom a raw trace, a dump or a port lets hear.")
    ] = "both",
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0, help="Stop listening after so many seconds.")
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option("--profile", help="Your own values over the profile (TOML), as in `stsbench run`."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for scripts.")] = False,
) -> None:
    """Decode what is said on a line, message by message with its clause: a recorded trace, or a port live."""
    if (file is None) == (port is None):
        stop("choose one: the FILE of a trace, or --port URL")
    if seconds is not None and port is None:
        stop("--seconds is for --port: a file is decoded to its end")
    try:
        profile = None if overlay is None else load_overlay(overlay).overlay.profile
        if file is not None:
            _show(_of_file(file, profile, parity, _WAYS[direction]), as_json=as_json)
        elif port is not None:
            _listen(
                port, profile or default_profile(), parity or "driver", _WAYS[direction], seconds, as_json=as_json
            )
    except (_Unreadable, FileFault) as error:
        stop(str(error))
    except BenchFault as error:
        stop(str(error), ExitCode.BENCH_FAULT)


def _listen(
    url: str, profile: Profile, parity: Parity, direction: Direction, seconds: float | None, *, as_json: bool
) -> None:
    if url == "simulated":
        raise _Unreadable("the simulated bench has no line to listen to: use `stsbench simulate` and its port")
    clock = HostClock()
    opened = SerialPort(_section(url, parity), HostClockSection(), profile, clock)
    limit = None if seconds is None else clock.now() + round(seconds * SECOND)
    decoder = StreamDecoder(profile, direction)
    ended: int | None = None
    interrupted = Event()
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        sys.stderr.write(f"Listening on {url} until Ctrl-C.\n" if limit is None else f"Listening on {url}.\n")
        sys.stderr.flush()
        for pieces in _hear(opened, clock, decoder, limit, interrupted):
            ended = _show(_in_order(pieces, ended), as_json=as_json, after=ended)
        if interrupted.is_set():
            sys.stderr.write("stopped\n")
    finally:
        signal.signal(signal.SIGINT, before)
        _show(_in_order(decoder.finish(), ended), as_json=as_json)
        opened.close()


def _section(url: str, parity: Parity) -> PortSection:
    try:
        return PortSection(url=url, parity=parity)
    except ValidationError as error:
        raise _Unreadable(f"--port: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


def _hear(
    port: Port, clock: HostClock, decoder: StreamDecoder, limit: int | None, interrupted: Event
) -> Iterator[list[Decoded]]:
    """Give what is heard until the limit or the interruption, and then what has already come."""
    while not interrupted.is_set() and (limit is None or clock.now() < limit):
        now = clock.now()
        until = min(each for each in (now + _LONGEST_WAIT, decoder.deadline, limit) if each is not None)
        character = port.receive(until)
        if character is not None:
            yield decoder.take(character.code, intact=character.intact, end=character.end)
        else:
            yield decoder.expire(clock.now())
    for _ in range(_LONGEST_REST):
        character = port.receive(clock.now())
        if character is None:
            break
        yield decoder.take(character.code, intact=character.intact, end=character.end)


def _in_order(pieces: Iterable[Decoded], ended: int | None = None) -> Iterator[_Shown]:
    for piece in pieces:
        yield _Shown(piece, None if ended is None or piece.began is None else piece.began - ended)
        ended = piece.ended


def _of_file(path: Path, profile: Profile | None, parity: Parity | None, direction: Direction) -> Iterator[_Shown]:
    journal = path / JOURNAL if path.is_dir() else path
    try:
        with open_file(journal, _LARGEST_JOURNAL) as opened:
            if opened.read(2) == b'{"':
                return _of_journal(journal, profile)
        content = read_file(journal, _LARGEST)
    except OSError as error:
        raise _Unreadable(f"{journal}: it cannot be read ({error.strerror}): name {_FORMS}") from None
    except Refused as error:
        raise _Unreadable(f"{journal}: {error}") from None
    if not content.strip(b" \t\r\n\0"):
        raise _Unreadable(f"{journal}: it is empty: name {_FORMS}")
    return _of_octets(journal, content, profile or default_profile(), parity, direction)


def _of_octets(
    path: Path, content: bytes, profile: Profile, parity: Parity | None, direction: Direction
) -> Iterator[_Shown]:
    dumped = _from_hex_dump(content, path)
    octets = content if dumped is None else dumped
    has_parity = _has_parity(octets, path) if parity is None else parity == "software"
    decoder = StreamDecoder(profile, direction)
    pieces: list[Decoded] = []
    is_known = False
    for place, octet in enumerate(octets):
        code = octet & 0x7F
        pieces += decoder.take(code, intact=octet >> 7 == (parity_bit(code) if has_parity else 0))
        if place == _LOOK and not is_known:
            is_known = any(map(_is_recognisable, pieces))
            if not is_known:
                raise _Unreadable(
                    f"{path}: no message of IEC 62055-52 is in its first {_LOOK} octets: name {_FORMS}"
                )
    pieces += decoder.finish()
    if not any(_is_recognisable(piece) for piece in pieces):
        raise _Unreadable(f"{path}: no message of IEC 62055-52 is in it: name {_FORMS}")
    return _in_order(pieces)


def _is_recognisable(piece: Decoded) -> bool:
    return piece.message is not None or (piece.finding is not Finding.GARBAGE and piece.codes[:1] != b"/")


def _has_parity(octets: bytes, path: Path) -> bool:
    if not any(octet & 0x80 for octet in octets):
        return False
    right = sum(octet.bit_count() % 2 == 0 for octet in octets) / len(octets)
    if right < _EVEN_PARITY_SHARE:
        raise _Unreadable(
            f"{path}: its eighth bits are neither 0 nor an even parity ({right:.0%} fit):"
            " if it is a trace, say --parity driver or --parity software"
        )
    return True


def _from_hex_dump(content: bytes, path: Path) -> bytes | None:
    """Return the octets that a hex dump shows, None if it is none."""
    try:
        lines = content.decode("ascii").splitlines()
    except UnicodeDecodeError:
        return None
    octets = bytearray()
    line_before = b""
    start: int | None = None
    is_repeated = False
    for text in (line.strip() for line in lines):
        if not text or text.startswith("#"):
            continue
        if text == "*":
            is_repeated = True
            continue
        offset, words = _offset_and_words(text, len(octets), is_repeated=is_repeated)
        if re.match("[0-9a-f]{7} +[0-9a-f]{4}( |$)", text):
            raise _Unreadable(f"{path}: it is dumped in words of two bytes: use `hexdump -C` or `xxd`")
        if not all(re.fullmatch("([0-9A-Fa-f]{2})+", word) for word in words):
            return None
        start = (offset or 0) if start is None else start
        if is_repeated and offset is not None and line_before:
            missing = offset - start - len(octets)
            if not 0 <= missing <= _LONGEST_REPETITION:
                return None
            octets += (line_before * (missing // len(line_before) + 1))[:missing]
        is_repeated = False
        line_before = bytes.fromhex("".join(words))
        octets += line_before
    return bytes(octets) or None


def _offset_and_words(text: str, count: int, *, is_repeated: bool) -> tuple[int | None, list[str]]:
    """Return the offset and the hexadecimal words of a dump's line; count: octets of the lines before."""
    if named := re.fullmatch("([0-9A-Fa-f]{4,16}):(.*)", text):
        return int(named[1], 16), named[2].strip().split("  ")[0].split()
    words = [word.removeprefix("0x") for word in text.split("|")[0].replace(",", " ").split()]
    if not words or not re.fullmatch("[0-9A-Fa-f]{4,16}", words[0]):
        return None, words
    offset, rest = _offset(words[0]), words[1:]
    is_last = not rest and count > 0 and len(words[0]) in (6, 7, 8)
    is_line = bool(rest) and all(len(word) == 2 for word in rest)
    fits = is_repeated or offset == count
    return (offset, rest) if fits and (is_last or is_line) else (None, words)


def _offset(word: str) -> int:
    """Return an offset; seven digits are octal, as `od` writes them."""
    return int(word, 8 if re.fullmatch("[0-7]{7}", word) else 16)


def _of_journal(path: Path, given: Profile | None) -> Iterator[_Shown]:
    """Decode the exchanges of a run, under the profile that is given or else the one that the run had."""
    profile = given or default_profile()
    ended: int | None = None
    shown = 0
    try:
        for event in read_journal(path):
            if isinstance(event, RunStarted) and given is None:
                profile = _profile_of(event, path)
            if isinstance(event, ExchangeDone):
                for piece in _of_exchange(event, profile):
                    began, ended_before = piece.piece.began, ended
                    since = None if began is None or ended_before is None else began - ended_before
                    ended = piece.piece.ended
                    shown += 1
                    yield _Shown(piece.piece, since, piece.reaction, piece.remark)
    except BrokenJournal as error:
        raise _Unreadable(f"{error}: it is no journal of ours, or was changed after the run") from None
    except UnreadableJournal as error:
        raise _Unreadable(str(error)) from None
    if not shown:
        raise _Unreadable(f"{path}: the journal holds no exchange yet")


def _profile_of(run: RunStarted, path: Path) -> Profile:
    try:
        return profile_of(run.overlay)
    except ValueError as error:
        raise _Unreadable(f"{path}, line 1: {error}") from None


def _of_exchange(event: ExchangeDone, profile: Profile) -> list[_Shown]:
    """Return the messages of an exchange: what came before it, what was sent, what came back."""
    sent, came, stray = event.sent.codes, event.received, event.stray
    ends: list[int | None] = [None] * len(sent)
    if sent:
        ends[0], ends[-1] = event.at + profile.character_time, event.asked
    remark = event.command_text if sent and event.command is None else ""
    before = _decoded(profile, Direction.FROM_METER, zip(stray.codes, stray.ends, strict=True))
    asking = _decoded(profile, Direction.TO_METER, zip(sent, ends, strict=True))
    answer = _decoded(
        profile,
        Direction.FROM_METER,
        zip(came.codes, came.ends, strict=True),
        damaged=frozenset(came.damaged),
    )
    return [
        *(_Shown(piece, remark="came although nothing was asked") for piece in before),
        *(_Shown(piece, remark=remark) for piece in asking),
        *(_Shown(piece, reaction=None if place else event.reaction) for place, piece in enumerate(answer)),
    ]


def _decoded(
    profile: Profile,
    direction: Direction,
    characters: Iterable[tuple[int, int | None]],
    damaged: Collection[int] = (),
) -> list[Decoded]:
    decoder = StreamDecoder(profile, direction)
    pieces: list[Decoded] = []
    for place, (code, end) in enumerate(characters):
        pieces += decoder.take(code, intact=place not in damaged, end=end)
    return pieces + decoder.finish()


def _show(shown: Iterable[_Shown], *, as_json: bool, after: int | None = None) -> int | None:
    """Print pieces; return the end of the last one, or `after` if there is none."""
    for each in shown:
        sys.stdout.write((_json_line(each) if as_json else _text_line(each)) + "\n")
        sys.stdout.flush()
        after = each.piece.ended
    return after


def _text_line(shown: _Shown) -> str:
    piece = shown.piece
    when = f"character {piece.place + 1}" if piece.began is None else f"{piece.began / SECOND:.6f} s"
    since = "" if shown.since is None else f"{shown.since / SECOND:+.6f} s"
    fields = ", ".join(f"{name} {value}" for name, value in piece.fields)
    parts = [f"{piece.name} {piece.clause}", fields, *_remarks(shown), piece.codes.hex(" ").upper()]
    return f"{when:>14} {since:>13} {_ARROWS[piece.direction]} " + " | ".join(part for part in parts if part)


def _remarks(shown: _Shown) -> Iterator[str]:
    piece = shown.piece
    if piece.is_bcc_right is not None:
        yield "BCC right" if piece.is_bcc_right else "BCC wrong"
    if piece.problem:
        yield piece.problem
    if piece.damaged:
        yield f"damaged: character {', '.join(str(place + 1) for place in piece.damaged)}"
    if shown.reaction is not None:
        yield f"reaction {shown.reaction / MILLISECOND:.1f} ms"
    if shown.remark:
        yield shown.remark


def _json_line(shown: _Shown) -> str:
    piece = shown.piece
    content = {
        "place": piece.place,
        "began": piece.began,
        "ended": piece.ended,
        "since": shown.since,
        "direction": piece.direction.value,
        "finding": piece.finding.value,
        "name": piece.name,
        "clause": piece.clause,
        "fields": dict(piece.fields),
        "bcc": None if piece.is_bcc_right is None else ("right" if piece.is_bcc_right else "wrong"),
        "problem": piece.problem,
        "damaged": list(piece.damaged),
        "reaction": shown.reaction,
        "remark": shown.remark,
        "hex": piece.codes.hex(" ").upper(),
    }
    return json.dumps(content, ensure_ascii=False)
