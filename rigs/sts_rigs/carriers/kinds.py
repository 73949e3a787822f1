"""What makes a carrier on a bench: its table in the rig file, and what the bench gives to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Protocol

from sts62055.application.results import TokenStatus
from sts62055.carrier.profile import Profile
from sts_rigs.actions import Actions
from sts_rigs.carriers.keypad_carrier import ShownResults
from sts_rigs.carriers.outcome import TokenCarrier
from sts_rigs.carriers.port_carrier import PortCarrier
from sts_rigs.carriers.registry import require_known
from sts_rigs.clock import Clock
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.toml import FileSection, read_section

__all__ = ["CarrierKind", "CarrierSurroundings", "NoTable", "carrier_kind", "read_carrier_tables"]


@dataclass(frozen=True, slots=True)
class CarrierSurroundings:
    """What a bench gives to each of its carriers.

    port: the carrier that is the meter's port, None where the bench does not reach that; results: what the display
    shows of each result; untold: the refusals that it is not declared to show;
    folder: that of the rig file; at_end: has something done when the bench is closed.
    """

    clock: Clock
    actions: Actions
    profile: Profile
    port: PortCarrier | None
    results: ShownResults
    untold: Sequence[TokenStatus]
    folder: Path
    at_end: Callable[[Callable[[], object]], object]


class NoTable(FileSection):
    """The table of a carrier that has nothing to say in a rig file."""


class CarrierKind(Protocol):
    """What an entry point names: a class or a function.

    Its attribute `table`, if it has one, is the FileSection of its [carriers.NAME] in the rig file; without one,
    nothing can be written there.
    """

    def __call__(self, table: Any, surroundings: CarrierSurroundings) -> TokenCarrier:
        """Return the carrier on one bench, ready; BenchFault if that cannot be had."""


def carrier_kind(name: str, plugins: Iterable[EntryPoint] | None = None) -> CarrierKind:
    """Return what makes a carrier; ValueError if there is none of that name, BenchFault if it cannot be loaded."""
    entry = require_known(name, plugins)
    try:
        kind: CarrierKind = entry.load()
    except Exception as error:
        raise BenchFault(
            f"the carrier {name!r} cannot be loaded from {entry.value} ({type(error).__name__}: {error})",
            "install its package again, or correct its entry point",
        ) from error
    return kind


def read_carrier_tables(
    path: Path, tables: Mapping[str, Mapping[str, Any]], names: Iterable[str]
) -> dict[str, FileSection]:
    """Return what a rig file says of each carrier of a meter, by name, each read by the carrier's own table.

    path: the rig file; tables: its [carriers]. FileFault tells what is wrong, also with those of other meters;
    BenchFault that a carrier cannot be imported.
    """
    read = {}
    for name in dict.fromkeys((*names, *tables)):
        try:
            kind = carrier_kind(name)
        except ValueError as error:
            raise FileFault(path, [f"carriers.{name}: {error}"]) from None
        read[name] = read_section(path, f"carriers.{name}", getattr(kind, "table", NoTable), tables.get(name, {}))
    return read
