"""Registers of a server: RegisterTable and Register (IEC 62055-52, 6.8.1 and 6.8.2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sts62055.carrier.messages import IDResponse
from sts62055.carrier.profile import RegisterEntry

__all__ = ["Register", "RegisterTable"]


@dataclass(frozen=True, slots=True)
class Register:
    """One register: its entry in the profile, and how a server reads and writes it.

    show: returns its text; take: writes text, and returns False, having changed nothing, if that is not allowed.
    Either is None where the server does not offer it.
    """

    entry: RegisterEntry
    show: Callable[[], str] | None = None
    take: Callable[[str], bool] | None = None

    def read(self) -> str | None:
        """Return its text, None if it is not readable."""
        return self.show() if self.show is not None and self.entry.access == "read" else None

    def write(self, data: str) -> bool:
        """Write it; return False, having changed nothing, if that is not allowed."""
        return self.take is not None and self.entry.access == "write" and self.take(data)


class RegisterTable:
    """The registers of a server by their registerID, and its identification."""

    def __init__(self, identification: IDResponse, registers: Iterable[Register]) -> None:
        self._identification = identification
        self._registers = {register.entry.id: register for register in registers}

    def identification(self) -> IDResponse:
        """Return the identification of the server."""
        return self._identification

    def read(self, register_id: int) -> str | None:
        """Return the text of a register, None if there is none or it is not readable."""
        register = self._registers.get(register_id)
        return register.read() if register else None

    def read_range(self, first: int, count: int) -> tuple[str, ...] | None:
        """Return the texts of consecutive registers, 0 and 1 both meaning one; None if any is not readable."""
        texts = [self.read(register_id) for register_id in range(first, first + max(count, 1))]
        known = tuple(text for text in texts if text is not None)
        return known if len(known) == len(texts) else None

    def write(self, register_id: int, data: str) -> bool:
        """Write a register; return False, having changed nothing, if that is not allowed."""
        register = self._registers.get(register_id)
        return register is not None and register.write(data)
