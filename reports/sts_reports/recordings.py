"""Recorded waveforms in a run's folder, each under the hash that the journal notes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from numpy.typing import NDArray

from sts62055.untrusted.archives import ArchiveLimits, open_archive
from sts_reports.whole_files import write_whole

__all__ = ["RecordedSignal", "RecordingFile", "load_recording", "save_recording"]

_FOLDER = "recordings"
_COMPRESSION = 2
"""Six times as fast as the usual level, for files that are a sixth larger: samples are mostly noise."""
_FACTS = ("interval", "start", "scale", "offset", "unit")
_ENTRY = ".npy"
_KINDS = "biufU"
"""Kinds of values that an array may have: numbers and text, and no objects."""

_LIMITS: Final = ArchiveLimits(size=64 << 20, expanded=64 << 20, members=100)
"""Twice what the deepest memory of a known oscilloscope takes for both sides."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSignal:
    """One signal of a recording: levels in `unit`, `interval` seconds apart from `start` seconds on."""

    levels: NDArray[np.float64]
    interval: float
    start: float
    unit: str

    @property
    def times(self) -> NDArray[np.float64]:
        """The instant of each level in seconds from the trigger."""
        return np.asarray(self.start + np.arange(len(self.levels)) * self.interval, np.float64)


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A recording that was kept: its name, its file below the run's folder, and the hash of that."""

    name: str
    file: str
    sha256: str


def save_recording(folder: Path, name: str, signals: Mapping[str, Mapping[str, Any]]) -> RecordingFile:
    """Write the signals of a recording below a run's folder; return the file with its hash for the journal.

    signals: by side, with samples, interval, start, scale, offset and unit.
    """
    content = BytesIO()
    arrays = {side: signal["samples"] for side, signal in signals.items()}
    facts = {f"{side}_{fact}": np.array(signal[fact]) for side, signal in signals.items() for fact in _FACTS}
    with ZipFile(content, "w", ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive:
        for entry, array in {**arrays, **facts}.items():
            with archive.open(f"{entry}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    place = Path(_FOLDER) / f"{name}.npz"
    (folder / _FOLDER).mkdir(exist_ok=True)
    write_whole(folder / place, content.getvalue())
    return RecordingFile(name, place.as_posix(), sha256(content.getvalue()).hexdigest())


def load_recording(path: Path) -> dict[str, RecordedSignal]:
    """Return the signals of a recording by side; OSError or ValueError if it cannot be read."""
    with open_archive(path, _LIMITS) as archive:
        names = {name.removesuffix(_ENTRY) for name in archive.names if name.endswith(_ENTRY)}
        content = {name: _array(archive.read(f"{name}{_ENTRY}", _LIMITS.expanded)) for name in names}
    sides = [name for name in content if all(f"{name}_{fact}" in content for fact in _FACTS)]
    if not sides:
        raise ValueError(f"{path.name} holds no signal of a recording")
    return {side: _signal(side, content) for side in sorted(sides)}


def _signal(side: str, content: Mapping[str, NDArray[Any]]) -> RecordedSignal:
    try:
        interval, start, scale, offset = (float(content[f"{side}_{fact}"]) for fact in _FACTS[:-1])
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite then is refused below
            levels = content[side].astype(np.float64) * scale + offset
    except (TypeError, ValueError):
        raise ValueError(f"what is recorded of {side!r} is no signal") from None
    if not (levels.ndim == 1 and 0 < interval < math.inf and math.isfinite(start) and np.isfinite(levels).all()):
        raise ValueError(f"what is recorded of {side!r} is no signal")
    return RecordedSignal(levels, interval, start, unit=str(content[f"{side}_unit"]))


def _array(content: bytes) -> NDArray[Any]:
    """Return the array of an entry, which is as large as its head says; ValueError if it is none."""
    stream = BytesIO(content)
    try:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("an entry is of another form")
        shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    except (ArithmeticError, LookupError, MemoryError, RecursionError, SyntaxError, TypeError, TokenError):
        raise ValueError("an entry has no head that can be read") from None
    rest = content[stream.tell() :]
    if kind.kind not in _KINDS or any(part < 0 for part in shape) or math.prod(shape) * kind.itemsize != len(rest):
        raise ValueError("an entry is not what its head says")
    return np.frombuffer(rest, kind).reshape(shape)
