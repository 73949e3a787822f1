"""The registry of token carriers: ours and those of installed packages, by the name that a declaration uses."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final

from sts_rigs.errors import BenchFault

__all__ = ["GROUP", "OWN_CARRIERS", "known_carriers", "require_known"]

GROUP: Final = "stsbench.carriers"

OWN_CARRIERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "port": "sts_rigs.carriers.own:port",
        "keypad": "sts_rigs.carriers.own:keypad",
    }
)


def known_carriers(plugins: Iterable[EntryPoint] | None = None) -> Mapping[str, EntryPoint]:
    """Return all carriers by name, ours and those of the entry-point group `stsbench.carriers`.

    plugins: the entry points to take, those installed if None. BenchFault if two carriers have one name.
    """
    found = {name: EntryPoint(name, value, GROUP) for name, value in OWN_CARRIERS.items()}
    for plugin in _installed() if plugins is None else plugins:
        present = found.setdefault(plugin.name, plugin)
        if present.value != plugin.value:
            raise BenchFault(
                f"two carriers are called {plugin.name!r}: {present.value} and {plugin.value}",
                "uninstall the package with one of them, or give it another name there",
            )
    return found


@cache
def _installed() -> tuple[EntryPoint, ...]:
    """Return the entry points of the group, looked for once: that reads a file of every installed package."""
    return tuple(entry_points(group=GROUP))


def require_known(name: str, plugins: Iterable[EntryPoint] | None = None) -> EntryPoint:
    """Return the entry point of a carrier; ValueError if there is none of that name."""
    known = known_carriers(plugins)
    if name not in known:
        close = get_close_matches(name, known, n=1, cutoff=0.5)
        remedy = f"did you mean {close[0]!r}? Known" if close else "install the package that brings it; known"
        raise ValueError(f"there is no carrier called {name!r}: {remedy} here: {', '.join(sorted(known))}")
    return known[name]
