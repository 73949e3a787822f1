"""The register of our cases, for the plugin."""

from sts_conformance import register
from sts_fixtures.register import Register


def pytest_sts_register() -> Register:
    """Return the register that the cases refer to."""
    return register.load()
