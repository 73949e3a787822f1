"""Consent to what a file has this computer run: given once, for what it holds and what it names beside it.

A file from somebody else may name a program, a VISA library or a Python module. None of them is run before the
user has said so, for this very content: where the file lies does not matter, and any change asks anew.
"""

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final

from sts62055.untrusted.errors import plain
from sts_rigs.errors import FileFault
from sts_rigs.files.private import is_private, private_folder, private_state
from sts_rigs.files.toml import read_octets

__all__ = ["Permission", "Runnable", "give_consent", "require_consent", "seal_of", "withdraw_consent"]

_FOLDER: Final = "trusted"
_HEAD: Final = b"stsbench consent 1\n"
_LARGEST: Final = 16 << 20


class Permission(Enum):
    """Whether what a file names may be run."""

    NEVER = "never"
    """Not even what somebody has consented to: a check and a plan do without."""

    WITH_CONSENT = "with consent"
    """What somebody has consented to."""

    ALWAYS = "always"
    """All of it: --allow-commands."""


@dataclass(frozen=True, slots=True)
class Runnable:
    """One thing that a file has this computer run.

    item: the key that names it; kind: what it is; words: what is run, in full; files: those beside the file that
    are run with it, as far as the file tells.
    """

    item: str
    kind: str
    words: tuple[str, ...]
    files: tuple[Path, ...] = ()

    @classmethod
    def of_command(cls, item: str, words: Sequence[str], folder: Path) -> "Runnable":
        """Return a command of a file in a folder, with those of its words that are files there."""
        return cls(item, "command", tuple(words), tuple(_files_beside(words, folder)))

    @classmethod
    def of_library(cls, item: str, name: str, folder: Path) -> "Runnable":
        """Return a library, as PyVISA takes its name."""
        return cls(item, "VISA library", (name,), tuple(_files_beside([name.partition("@")[0]], folder)))

    @classmethod
    def of_module(cls, item: str, module: str, folder: Path) -> "Runnable":
        """Return a Python module, with its files if it lies in a folder."""
        top = module.partition(".")[0]
        found = [folder / f"{top}.py", *sorted((folder / top).rglob("*.py"))]
        return cls(item, "module", (module,), tuple(path for path in found if path.is_file()))

    def __str__(self) -> str:
        """Return it without the words behind the first, which may hold a PIN."""
        return f"{self.item} names the {self.kind} {plain(self.words[0], 60)}"

    @property
    def in_full(self) -> str:
        """Everything that is run."""
        beside = f" (with {', '.join(path.name for path in self.files)})" if self.files else ""
        return f"{self.item}: {self.kind} {plain(shlex.join(self.words))}{beside}"


def require_consent(path: Path, runnables: Sequence[Runnable], permission: Permission) -> None:
    """Raise FileFault where a file has something run that nobody has consented to."""
    if not runnables or permission is Permission.ALWAYS:
        return
    card = _card(path, runnables)
    if permission is Permission.WITH_CONSENT and is_private(card.parent) and card.is_file():
        return
    remedy = (
        f"look at the file and at what it runs, then say `stsbench trust {shlex.quote(str(path))}`, "
        "or --allow-commands for this once"
    )
    told = [f"{one}, to which nobody has consented for what the file holds now: {remedy}" for one in runnables]
    raise FileFault(path, told)


def give_consent(path: Path, runnables: Sequence[Runnable]) -> None:
    """Keep that the user consents to what a file has run; FileFault, BenchFault or OSError if it cannot be."""
    card = _card(path, runnables)
    private_folder(card.parent)
    lines = [str(path), *(one.in_full for one in runnables)]
    card.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    card.chmod(0o600)


def withdraw_consent(path: Path, runnables: Sequence[Runnable]) -> bool:
    """Forget a consent; return whether there was one."""
    card = _card(path, runnables)
    was_there = card.is_file()
    card.unlink(missing_ok=True)
    return was_there


def seal_of(path: Path, runnables: Sequence[Runnable]) -> str:
    """Return the SHA-256 over a file and the files that it has run beside it, by their names."""
    seal = sha256(_HEAD + sha256(read_octets(path)).digest())
    for beside in sorted({one for runnable in runnables for one in runnable.files}):
        name = beside.relative_to(path.parent).as_posix() if beside.is_relative_to(path.parent) else beside.name
        seal.update(f"{name}\n".encode() + sha256(read_octets(beside, _LARGEST)).digest())
    return seal.hexdigest()


def _card(path: Path, runnables: Sequence[Runnable]) -> Path:
    return private_state(_FOLDER) / seal_of(path, runnables)


def _files_beside(words: Sequence[str], folder: Path) -> Iterator[Path]:
    for word in words:
        found = folder / word
        if os.path.isfile(found) and (not Path(word).is_absolute() or found.is_relative_to(folder)):  # noqa: PTH113
            yield found
