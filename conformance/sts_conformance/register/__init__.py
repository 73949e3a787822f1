"""Find the register's files and load them."""

from functools import cache
from importlib.resources import as_file, files

from sts_fixtures.register import Register, load_register

__all__ = ["load"]


@cache
def load() -> Register:
    """Return the register of all the standards."""
    with as_file(files(__package__)) as folder:
        return load_register(sorted(folder.glob("*.toml")))
