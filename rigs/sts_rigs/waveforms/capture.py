"""Captures in files: raw logic data, and sessions of sigrok."""

import re
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from configparser import Error as MetadataError
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sts62055.untrusted import Refused, open_file
from sts62055.untrusted.archives import ArchiveLimits, BrokenArchive, open_archive
from sts_rigs.errors import FileFault
from sts_rigs.waveforms.edges import Edges, logic_edges
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["LogicCapture", "read_raw", "read_session", "read_session_analogue"]

_PIECE = 1 << 22
"""Bytes that are read together."""
_LARGEST: Final = 4 << 30
"""Bytes of samples that a capture may hold: more than an hour of eight channels at a million samples a second."""

_LIMITS: Final = ArchiveLimits(size=1 << 30, expanded=_LARGEST, members=4096, ratio=200)
_DIGITS: Final = 9
_ANALOGUE: Final = 128 << 20
_METADATA: Final = 1 << 16
_CHANNELS: Final = 256
_RATES: Final = (1.0, 1e11)
_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}

Source = Callable[[], Iterator[bytes]]
"""What returns the bytes of a part of a capture, piece by piece, each time it is called."""


@dataclass(frozen=True, slots=True)
class LogicCapture:
    """Capture of several logic channels in a file, which is read on demand.

    interval: seconds from one sample to the next; channels: their names, in order of their bits in a sample;
    sample_size: bytes of a sample, least significant first.
    """

    path: Path
    interval: float
    channels: tuple[str, ...]
    sample_size: int
    parts: tuple[Source, ...]

    def edges(self, channel: str) -> Edges:
        """Return the edges of a channel, the first sample at 0 s."""
        return logic_edges(self.blocks(channel), self.interval)

    def waveform(self, channel: str) -> Waveform:
        """Return the samples of a channel, 0 and 1, a byte each."""
        blocks = [(block != 0).astype(np.uint8) for block in self.blocks(channel)]
        return Waveform(np.concatenate([np.empty(0, np.uint8), *blocks]), self.interval, 0.0, unit="")

    def blocks(self, channel: str) -> Iterator[NDArray[np.uint8]]:
        """Return the samples of a channel piece by piece, 0 for low; FileFault if there is no such channel."""
        if channel not in self.channels:
            known = ", ".join(self.channels)
            raise FileFault(self.path, [f"it has no channel {channel!r}: choose one of {known}"])
        place, bit = divmod(self.channels.index(channel), 8)
        for octets in self._octets():
            column = np.frombuffer(octets, np.uint8)[place :: self.sample_size]
            yield column & np.uint8(1 << bit)

    def _octets(self) -> Iterator[bytes]:
        """Return whole samples from all parts, although a piece need not end with a sample."""
        rest = b""
        for part in self.parts:
            for piece in part():
                octets = rest + piece if rest else piece
                whole = len(octets) - len(octets) % self.sample_size
                rest = octets[whole:]
                yield octets[:whole] if rest else octets
        if rest:
            raise FileFault(self.path, [f"it ends within a sample of {self.sample_size} bytes: record it again"])


def read_raw(path: Path, rate: float, sample_size: int = 1) -> LogicCapture:
    """Return a capture that is nothing but samples, at `rate` a second; channels have the names 0, 1, 2 and so on.

    FileFault if the file cannot be read, is empty or has no whole number of samples.
    """
    if not rate > 0 or sample_size < 1:
        raise FileFault(path, [f"a rate of {rate:g} Hz and samples of {sample_size} bytes: both must be above 0"])
    if not _RATES[0] <= rate <= _RATES[1]:
        raise FileFault(path, [f"a rate of {rate:g} Hz: it is {_RATES[0]:g} to {_RATES[1]:g} Hz"])
    try:
        with open_file(path, _LARGEST) as file:
            size = file.seek(0, 2)
    except OSError as error:
        raise FileFault(path, [f"it cannot be read: {error.strerror}"]) from None
    except Refused as error:
        raise FileFault(path, [str(error)]) from None
    if not size:
        raise FileFault(path, ["it is empty: record it again"])
    if size % sample_size:
        raise FileFault(path, [f"its {size} bytes are no samples of {sample_size}: give the size of a sample"])
    names = tuple(str(number) for number in range(8 * sample_size))
    return LogicCapture(path, 1 / rate, names, sample_size, (partial(_pieces_of_file, path),))


def read_session(path: Path) -> LogicCapture:
    """Return the logic channels of a sigrok session (.sr); FileFault if it is none or has no logic channels."""
    session = _Session.of(path)
    count = session.number("total probes", 0)
    prefix = session.values.get("capturefile", "")
    parts = session.parts(prefix)
    if not count or not prefix or not parts:
        raise FileFault(path, ["it has no logic channels: record some, or read its analogue channels"])
    if count > _CHANNELS:
        raise FileFault(path, [f"metadata: total probes is {count}, and {_CHANNELS} at most are read"])
    channels = tuple(session.values.get(f"probe{number + 1}", f"D{number}") for number in range(count))
    size = session.number("unitsize", (count + 7) // 8)
    if size * 8 < count:
        raise FileFault(path, [f"metadata: samples of {size} bytes are too small for {count} channels"])
    if size > _CHANNELS:
        raise FileFault(path, [f"metadata: unitsize is {size}, and {_CHANNELS} at most is read"])
    return LogicCapture(
        path, 1 / session.rate, channels, size, tuple(partial(session.pieces, part) for part in parts)
    )


def read_session_analogue(path: Path, channel: str) -> Waveform:
    """Return an analogue channel of a sigrok session (.sr) in volts; FileFault if it has none of that name."""
    session = _Session.of(path)
    numbers = {
        name: key.removeprefix("analog") for key, name in session.values.items() if re.match(r"analog\d", key)
    }
    if channel not in numbers:
        known = ", ".join(numbers) or "none"
        raise FileFault(path, [f"it has no analogue channel {channel!r}; it has: {known}"])
    octets = bytearray()
    for part in session.parts(f"analog-1-{numbers[channel]}"):
        for piece in session.pieces(part):
            octets += piece
            if len(octets) > _ANALOGUE:
                raise FileFault(path, [f"{channel!r} has more than {_ANALOGUE >> 22} million samples"])
    if not octets or len(octets) % 4:
        raise FileFault(path, [f"{len(octets)} bytes are no samples of {channel!r}: record it again"])
    return Waveform(np.frombuffer(octets, "<f4"), 1 / session.rate, 0.0)


@dataclass(frozen=True, slots=True)
class _Session:
    """What a session file says of its one device, and the names of its members."""

    path: Path
    values: dict[str, str]
    members: tuple[str, ...]

    @classmethod
    def of(cls, path: Path) -> "_Session":
        metadata = ConfigParser(interpolation=None)
        try:
            with open_archive(path, _LIMITS) as archive:
                members = archive.names
                metadata.read_string(archive.read("metadata", _METADATA).decode("utf-8"))
        except OSError as error:
            raise FileFault(path, [f"it cannot be read: {error.strerror}"]) from None
        except BrokenArchive:
            raise FileFault(
                path, ["it is no sigrok session: save it from PulseView or sigrok-cli as .sr"]
            ) from None
        except Refused as error:
            raise FileFault(path, [str(error)]) from None
        except (KeyError, MetadataError, UnicodeDecodeError):
            raise FileFault(path, ["it has no metadata of a sigrok session: save it again as .sr"]) from None
        if not metadata.has_section("device 1"):
            raise FileFault(path, ["metadata: it has no [device 1]: save it again as .sr"])
        return cls(path, dict(metadata["device 1"]), members)

    @property
    def rate(self) -> float:
        """Samples a second."""
        text = self.values.get("samplerate", "")
        match = re.fullmatch(r"([0-9.]+)\s*([kMG]?)(?:Hz)?", text.strip())
        try:
            rate = float(match[1]) * _PREFIXES[match[2]] if match else 0.0
        except ValueError:
            rate = 0.0
        if not rate:
            raise FileFault(self.path, [f"metadata: samplerate is {text!r}: it is a frequency such as 500 kHz"])
        if not _RATES[0] <= rate <= _RATES[1]:
            raise FileFault(
                self.path, [f"metadata: samplerate is {text!r}: it is {_RATES[0]:g} to {_RATES[1]:g} Hz"]
            )
        return rate

    def number(self, key: str, default: int) -> int:
        """Return a whole number of the metadata."""
        text = self.values.get(key, str(default))
        if not text.isdecimal() or len(text) > _DIGITS:
            raise FileFault(self.path, [f"metadata: {key} is a whole number, and not {text!r}"])
        return int(text) or default

    def parts(self, prefix: str) -> list[str]:
        """Return the members with the samples of a name, in order: the name itself, or the name and a number."""
        found = [re.fullmatch(rf"{re.escape(prefix)}(?:-(\d+))?", member) for member in self.members]
        return [match[0] for match in sorted(filter(None, found), key=lambda match: int(match[1] or 0))]

    def pieces(self, part: str) -> Iterator[bytes]:
        """Return what is in a member, piece by piece."""
        try:
            with open_archive(self.path, _LIMITS) as archive:
                yield from archive.pieces(part, _PIECE)
        except (OSError, Refused):
            raise FileFault(self.path, [f"{part} is damaged: save the session again"]) from None


def _pieces_of_file(path: Path) -> Iterator[bytes]:
    with open_file(path, _LARGEST) as file:
        while octets := file.read(_PIECE):
            yield octets
