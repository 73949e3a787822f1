"""Recorded waveforms in a run's folder, each under the hash that the journal notes."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

__all__ = ["RecordedSignal", "RecordingFile", "load_recording", "save_recording"]

_FOLDER = "recordings"
_COMPRESSION = 2
"""Six times as fast as the usual level, for files that are a sixth larger: samples are mostly noise."""
_FACTS = ("interval", "start", "scale", "offset", "unit")


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
    (folder / place).write_bytes(content.getvalue())
    return RecordingFile(name, place.as_posix(), sha256(content.getvalue()).hexdigest())


def _opened(path: Path, file: BinaryIO) -> Any:
    try:
        return np.load(file, allow_pickle=False)
    except BadZipFile as error:
        raise ValueError(f"{path.name} is no recording ({error})") from error


def load_recording(path: Path) -> dict[str, RecordedSignal]:
    """Return the signals of a recording by side; OSError or ValueError if it cannot be read."""
    with path.open("rb") as file, _opened(path, file) as content:
        sides = [name for name in content.files if f"{name}_interval" in content.files]
        return {
            side: RecordedSignal(
                levels=content[side].astype(np.float64) * float(content[f"{side}_scale"])
                + float(content[f"{side}_offset"]),
                interval=float(content[f"{side}_interval"]),
                start=float(content[f"{side}_start"]),
                unit=str(content[f"{side}_unit"]),
            )
            for side in sides
        }
