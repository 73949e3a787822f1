"""Give the plugin our register."""

from sts_conformance import register
from sts_fixtures.register import Register


def pytest_sts_register() -> Register:
    """Return the register that the cases refer to."""
    return register.load()
