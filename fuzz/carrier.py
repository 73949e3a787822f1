"""Fuzz server and client of IEC 62055-52, a million inputs to each, and the stream decoder: `make fuzz`.

The invariant: whatever comes is parsed or is the peer's error, no exception leaves, never more than the longest
message is held, and afterwards the next good message is served (the next good exchange completes, the next
message is decoded). A failure is shrunk and told with its seed; the exit code is then 1.
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.client import Client, ClientState, Reply
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import (
    Ack,
    BreakCommand,
    Command,
    Data,
    IDRequest,
    IDResponse,
    Message,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.monitor import Direction, StreamDecoder
from sts62055.carrier.profile import Profile, default_profile
from sts62055.carrier.server import DamagedMessage, Server, ServerState

__all__ = ["TARGETS", "TypedAnswer", "invent", "main", "shrink"]

SECOND = 1_000_000_000
PATIENCE = 3 * SECOND
PROFILE = default_profile()
SHORT = PROFILE.with_value("longest_message", 32)
CODEC = Codec(PROFILE)
CHARACTER_TIME = PROFILE.character_time
LIMIT = PROFILE.longest_time("inter_character_time")
GAPS = (LIMIT - 1, LIMIT, LIMIT + 1, PROFILE.time("quiet_time"), PATIENCE, 2 * SECOND, 60 * SECOND)
ALPHABET = b"\x01\x02\x03\x06\x15\r\n/?!RWB01()"

COMMANDS: tuple[Message, ...] = (
    IDRequest(),
    ReadCommand(0x2010),
    ReadCommand(0x2006, 0),
    WriteCommand(0xFFFF, "12345678901234567890"),
    BreakCommand(),
    UndefinedCommand("X"),
)
ANSWERS: tuple[Message, ...] = (
    IDResponse.of(
        manufacturer="ABC",
        table_id=0x0001,
        foin=0xF01D,
        protocol_version=0x10,
        server_status=0x0A,
        software_version=0x2345,
    ),
    Ack(),
    Nak(),
    Data(0x2010, ("0000007B",)),
    Data(0x2010, ("00000001", "00000002")),
)
GOOD_COMMAND = ReadCommand(0x2010)
GOOD_ANSWER = Data(0x2010, ("0000000A",))
FRAMES = tuple(map(CODEC.encode, (*COMMANDS, *ANSWERS)))


class TypedAnswer(NamedTuple):
    """One character of an input.

    gap: nanoseconds of silence before it; is_told: whether what listens is told the time after it, and may
    answer; without, it is one chunk with the next.
    """

    gap: int
    code: int
    intact: bool
    is_told: bool


Input = Sequence[TypedAnswer]


class BrokenInvariant(AssertionError):
    """What listens did what it must not."""


def invent(random: Random) -> list[TypedAnswer]:
    """Return an input: garbage, frames, cut, mutated or overlong ones, with gaps, damage and chunks."""
    heard: list[TypedAnswer] = []
    damage = random.choice((0.0, 0.0, 0.02, 0.2))
    chunked = random.choice((0.0, 0.3, 0.95))
    for _ in range(random.randrange(1, 5)):
        codes = _codes(random)
        gap_at = random.randrange(len(codes)) if codes and random.random() < 0.15 else -1
        first_gap = _gap(random) if random.random() < 0.4 else 0
        for place, code in enumerate(codes):
            gap = first_gap if place == 0 else _gap(random) if place == gap_at else 0
            heard.append(TypedAnswer(gap, code, random.random() >= damage, random.random() >= chunked))
    return heard


def _gap(random: Random) -> int:
    return random.choice(GAPS) if random.random() < 0.6 else random.randrange(3 * SECOND)


def _codes(random: Random) -> bytes:
    kind = random.random()
    if kind < 0.25:
        pool = ALPHABET if random.random() < 0.6 else range(128)
        return bytes(random.choices(pool, k=random.randrange(16)))
    frame = bytearray(random.choice(FRAMES))
    if kind < 0.45:
        return bytes(frame)
    if kind < 0.6:
        return bytes(frame[: random.randrange(len(frame) + 1)])
    if kind < 0.604:
        return bytes(frame[:-2]) * random.randrange(2, 30)
    for _ in range(random.randrange(1, 4)):
        _mutate(frame, random)
    return bytes(frame)


def _mutate(frame: bytearray, random: Random) -> None:
    place = random.randrange(len(frame) + 1)
    kind = random.randrange(5)
    if kind == 0:
        frame.insert(place, random.choice(ALPHABET))
    elif kind == 1:
        frame[place:place] = bytes(random.choices(range(128), k=random.randrange(6)))
    elif place < len(frame):
        if kind == 2:
            del frame[place]
        elif kind == 3:
            frame[place] ^= 1 << random.randrange(7)
        else:
            frame[place : place + 2] = frame[place : place + 2][::-1]


def _require(is_kept: bool, what: str) -> None:
    if not is_kept:
        raise BrokenInvariant(what)


def _characters(codes: bytes, at: int) -> list[ReceivedCharacter]:
    starts = range(at, at + len(codes) * CHARACTER_TIME, CHARACTER_TIME)
    return [ReceivedCharacter(code, True, start, start + CHARACTER_TIME) for code, start in zip(codes, starts)]  # noqa: B905


GOOD_READ = CODEC.encode(GOOD_COMMAND)
GOOD_DATA = CODEC.encode(GOOD_ANSWER)


def check_server(heard: Input, profile: Profile, seen: Counter[str]) -> None:
    """Let a server hear an input."""
    server = Server(CODEC, profile)
    longest = profile.number("longest_message")
    now = 0
    for gap, code, intact, is_told in heard:
        start = now + gap
        now = start + CHARACTER_TIME
        if is_told and (deadline := server.deadline) is not None and deadline <= now:
            _note_request(server.expire(deadline), seen)
        _note_request(server.receive(ReceivedCharacter(code, intact, start, now)), seen)
        if is_told and server.state is ServerState.PROCESSING:
            server.answered()
        _require(len(server._reader._codes) <= longest, "it holds more than the longest message")
    now += 120 * SECOND
    _note_request(server.expire(now), seen)
    if server.state is ServerState.PROCESSING:
        server.answered()
    _require(server.state is ServerState.IDLE, f"it is {server.state.value} long after the last character")
    requests = [server.receive(character) for character in _characters(GOOD_READ, now)]
    _require(requests[-1] == GOOD_COMMAND, "it does not serve the next good message")


def _note_request(request: object, seen: Counter[str]) -> None:
    if request is not None:
        _require(isinstance(request, Command | DamagedMessage), "what it asks for is no request")
        seen["damaged messages" if isinstance(request, DamagedMessage) else "commands"] += 1


def check_client(heard: Input, profile: Profile, seen: Counter[str]) -> None:
    """Let a client hear an input; it asks again whenever it has a reply."""
    longest = profile.number("longest_message")
    client = Client(CODEC, longest, PATIENCE)
    client.sent(0)
    now = 0
    for gap, code, intact, is_told in heard:
        start = now + gap
        now = start + CHARACTER_TIME
        if is_told:
            _note_reply(client.expire(now), longest, seen)
            if client.state is ClientState.IDLE:
                client.sent(now)
        _note_reply(client.receive(ReceivedCharacter(code, intact, start, now)), longest, seen)
        _require(len(client._reader._codes) <= longest, "it holds more than the longest message")
        _require(len(client._characters) <= 2 * longest + 1, "it keeps more than noise and the longest message")
    now += 120 * SECOND
    _note_reply(client.expire(now), longest, seen)
    _require(client.state is ClientState.IDLE, f"it is {client.state.value} long after the last character")
    client.sent(now)
    replies = [client.receive(character) for character in _characters(GOOD_DATA, now + SECOND)]
    reply = replies[-1]
    if reply is None or reply.answer != GOOD_ANSWER:
        raise BrokenInvariant(f"the next exchange does not complete: {reply}")


def _note_reply(reply: Reply | None, longest: int, seen: Counter[str]) -> None:
    if reply is not None:
        _require(
            (reply.answer is None) is (reply.fault is not None), "a reply is neither answer nor fault, or both"
        )
        _require(len(reply.characters) <= 2 * longest + 1, "a reply is longer than noise and the longest message")
        seen[f"faults: {reply.fault}" if reply.fault else "answers"] += 1


def check_decoder(heard: Input, profile: Profile, seen: Counter[str]) -> None:
    """Let a stream decoder hear an input, with or without the times of its characters."""
    longest = profile.number("longest_message")
    has_times = len(heard) % 3 != 0
    decoder = DECODERS[longest, len(heard) % len(Direction)]
    pieces = []
    now = 0
    for gap, code, intact, is_told in heard:
        now += gap + CHARACTER_TIME
        if is_told and has_times:
            pieces += decoder.expire(now - CHARACTER_TIME)
        pieces += decoder.take(code, intact=intact, end=now if has_times else None)
        _require(decoder.held <= longest, "it holds more than the longest message")
    pieces += decoder.finish()
    _require(
        b"".join(piece.codes for piece in pieces) == bytes(each.code for each in heard), "it loses characters"
    )
    for piece in pieces:
        seen[piece.finding.value] += 1
    is_to_meter = decoder.direction is Direction.TO_METER
    good, codes = (GOOD_COMMAND, GOOD_READ) if is_to_meter else (GOOD_ANSWER, GOOD_DATA)
    found = [piece.message for code in codes for piece in decoder.take(code)]
    decoder.finish()
    _require(found == [good], "it does not decode the next good message")


DECODERS = {
    (profile.number("longest_message"), number): StreamDecoder(profile, direction)
    for profile in (PROFILE, SHORT)
    for number, direction in enumerate(Direction)
}
Check = Callable[[Input, Profile, Counter[str]], None]
TARGETS: dict[str, Check] = {"server": check_server, "client": check_client, "decoder": check_decoder}


def failure(check: Check, heard: Input, profile: Profile, seen: Counter[str]) -> str | None:
    """Return what is wrong with a target under an input, None if the invariant holds."""
    try:
        check(heard, profile, seen)
    except BrokenInvariant as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def shrink(heard: Input, fails: Callable[[Input], bool]) -> list[TypedAnswer]:
    """Return the shortest and plainest input found by leaving out and simplifying while it still fails."""
    shortest = list(heard)
    size = max(len(shortest) // 2, 1)
    while True:
        place = 0
        has_shrunk = False
        while place < len(shortest):
            candidate = shortest[:place] + shortest[place + size :]
            if fails(candidate):
                shortest, has_shrunk = candidate, True
            else:
                place += size
        if size == 1 and not has_shrunk:
            break
        size = max(size // 2, 1)
    for place in range(len(shortest)):
        for plainer in ({"gap": 0}, {"intact": True}, {"is_told": True}):
            candidate = [*shortest[:place], shortest[place]._replace(**plainer), *shortest[place + 1 :]]
            if fails(candidate):
                shortest = candidate
    return shortest


def fuzz(target: str, check: Check, inputs: int, seed: int, console: Console, seconds: float = math.inf) -> bool:
    """Give a target many inputs, for some seconds at most; return whether the invariant held, and tell."""
    seen: Counter[str] = Counter()
    characters = 0
    began = time.monotonic()
    columns = (TextColumn(f"{target:8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task(target, total=inputs)
        for number in range(inputs):
            heard = invent(Random(seed * 1_000_003 + number))
            profile = SHORT if number % 2 else PROFILE
            characters += len(heard)
            what = failure(check, heard, profile, seen)
            if what is not None:
                break
            if number % 1000 == 999:
                progress.update(task, completed=number + 1)
                if time.monotonic() - began > seconds:
                    inputs = number + 1
                    break
        else:
            progress.update(task, completed=inputs)
            what = None
    if what is not None:
        nothing: Counter[str] = Counter()
        shortest = shrink(heard, lambda candidate: failure(check, candidate, profile, nothing) is not None)
        console.print(f"{target}: {what}", style="red", markup=False)
        console.print(f"seed {seed}, input {number}, longest message {profile.number('longest_message')}")
        console.print(f"shortest: {failure(check, shortest, profile, nothing)}", markup=False, soft_wrap=True)
        console.print("\n".join(map(repr, shortest)), markup=False, soft_wrap=True)
        return False
    told = ", ".join(f"{count} {what}" for what, count in seen.most_common())
    spent = time.monotonic() - began
    console.print(f"{target}: {inputs} inputs of {characters} characters in {spent:.0f} s; {told}", soft_wrap=True)
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the fuzzer; return its exit code: 0 held, 1 broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many; a quarter for the decoder")
    parser.add_argument("--minutes", type=float, help="how long in all, in place of how many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=TARGETS, action="append", help="may be repeated; without it all")
    chosen = parser.parse_args(arguments)
    console = Console()
    targets = chosen.target or list(TARGETS)
    inputs, seconds = {"decoder": chosen.inputs // 4}, math.inf
    if chosen.minutes is not None:
        inputs, seconds = dict.fromkeys(TARGETS, sys.maxsize), chosen.minutes * 60 / len(targets)
    held = [
        fuzz(name, TARGETS[name], inputs.get(name, chosen.inputs), chosen.seed, console, seconds)
        for name in targets
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
