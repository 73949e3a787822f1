"""Find the register's files and load them."""

from functools import cache
from importlib.resources import as_file, files

from sts_fixtures.register import Register, load_register

__all__ = ["load"]

_PARTS = (41, 52, 51, 31)


@cache
def load() -> Register:
    """Return the register of all the standards, those that are tested whole first."""
    with as_file(files(__package__)) as folder:
        return load_register(folder / f"iec62055_{part}.toml" for part in _PARTS)
