"""Session of a driver with its instrument: text out, text and blocks of bytes back."""

from typing import Protocol

__all__ = ["Session"]


class Session(Protocol):
    """Connection to one instrument; every method raises BenchFault when it cannot serve."""

    @property
    def name(self) -> str:
        """What the bench calls the instrument."""

    def write(self, command: str) -> None:
        """Send a command that has no answer."""

    def query(self, command: str) -> str:
        """Send a query and return its answer without the line's end."""

    def query_block(self, command: str) -> bytes:
        """Send a query and return the content of the definite-length block of IEEE 488.2 that answers it."""

    def close(self) -> None:
        """Close the connection."""
