"""Registry of drivers by the names that rig files use."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, Final, Protocol

from pydantic import BaseModel, ValidationError

from sts_rigs.clock import Clock
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import Instrument
from sts_rigs.instruments.session import Session
from sts_rigs.instruments.visa import open_session

__all__ = ["GROUP", "OWN_DRIVERS", "Driver", "driver", "known_drivers", "open_instrument"]

GROUP = "stsbench.instruments"

_NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})
_HERE = "sts_rigs.instruments.drivers"
OWN_DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "keysight-34465a": f"{_HERE}.keysight_34465a:Keysight34465a",
        "keysight-53230a": f"{_HERE}.keysight_53230a:Keysight53230a",
        "keysight-ac6800": f"{_HERE}.keysight_ac6800:KeysightAc6800",
        "keysight-infiniivision": f"{_HERE}.keysight_infiniivision:KeysightInfiniiVision",
        "rigol-dho800": f"{_HERE}.rigol_dho800:RigolDho800",
        "rigol-ds1000z": f"{_HERE}.rigol_ds1000z:RigolDs1000z",
        "siglent-sds1000xe": f"{_HERE}.siglent_sds1000xe:SiglentSds1000xe",
        "tektronix-tbs2000": f"{_HERE}.tektronix_tbs2000:TektronixTbs2000",
    }
)


class Driver(Protocol):
    """Factory that makes an instrument of an open session; a class in most cases.

    A driver with an attribute `options`, a pydantic model, takes one more argument: [instruments.NAME.options] of
    the rig file, read by that model.
    """

    def __call__(self, session: Session, clock: Clock, *options: Any) -> Instrument:
        """Return the instrument; BenchFault if another one answers."""


def known_drivers(plugins: Iterable[EntryPoint] | None = None) -> Mapping[str, EntryPoint]:
    """Return all drivers by name, ours and those of the entry-point group `stsbench.instruments`.

    plugins: the entry points to take, those installed if None. BenchFault if two drivers have one name.
    """
    found = {name: EntryPoint(name, value, GROUP) for name, value in OWN_DRIVERS.items()}
    for plugin in entry_points(group=GROUP) if plugins is None else plugins:
        present = found.setdefault(plugin.name, plugin)
        if present.value != plugin.value:
            raise BenchFault(
                f"two drivers are called {plugin.name!r}: {present.value} and {plugin.value}",
                "uninstall the package with one of them, or give it another name there",
            )
    return found


def driver(name: str, plugins: Iterable[EntryPoint] | None = None) -> Driver:
    """Return the driver with a name; BenchFault if there is none, or if it cannot be imported."""
    known = known_drivers(plugins)
    entry = known.get(name)
    if entry is None:
        close = get_close_matches(name, known, n=1, cutoff=0.5)
        remedy = f"did you mean {close[0]!r}? Known: " if close else "choose one of "
        raise BenchFault(f"there is no driver called {name!r}", remedy + ", ".join(sorted(known)))
    try:
        made: Driver = entry.load()
    except (ImportError, AttributeError) as error:
        raise BenchFault(
            f"the driver {name!r} cannot be loaded from {entry.value} ({error})",
            "install its package again, or correct its entry point",
        ) from error
    return made


def open_instrument(
    driver_name: str,
    name: str,
    address: str,
    clock: Clock,
    *,
    backend: str = "@py",
    timeout: float = 5.0,
    options: Mapping[str, Any] = _NO_OPTIONS,
) -> Instrument:
    """Open the instrument that the bench calls `name` at a VISA address, with the driver of that name.

    timeout: seconds for one answer; options: what the rig file says to the driver alone. BenchFault if anything of
    it fails; the connection is then closed.
    """
    made = driver(driver_name)
    read = _read_options(made, driver_name, name, options)
    session = open_session(name, address, backend, timeout)
    try:
        return made(session, clock, *read)
    except BaseException:
        session.close()
        raise


def _read_options(made: Driver, driver_name: str, name: str, options: Mapping[str, Any]) -> list[BaseModel]:
    """Return the options as the driver takes them, none if it takes none; BenchFault if they are not for it."""
    place = f"[instruments.{name}.options] of the rig file"
    model: type[BaseModel] | None = getattr(made, "options", None)
    if model is None and options:
        raise BenchFault(f"the driver {driver_name!r} takes no options", f"remove {place}")
    try:
        return [] if model is None else [model.model_validate(dict(options))]
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'options'}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors(include_url=False, include_input=False)
        )
        raise BenchFault(
            f"the options of instrument {name!r} are not for its driver ({said})", f"correct {place}"
        ) from None
