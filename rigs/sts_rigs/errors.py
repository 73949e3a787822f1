"""Faults of the bench and of files, each with its remedy; never a verdict on the meter."""

__all__ = ["BenchFault", "FileFault", "InstrumentFault", "InstrumentLost"]


class BenchFault(Exception):
    """The bench cannot go on: what happened, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


class InstrumentFault(BenchFault):
    """An instrument could not serve one case; the bench as such goes on."""


class InstrumentLost(BenchFault):
    """What a case needs was lost in an earlier one."""


class FileFault(Exception):
    """A file that a person wrote cannot be used: every reason names its place and the remedy."""

    def __init__(self, path: object, reasons: list[str]) -> None:
        super().__init__("\n".join(f"{path}: {reason}" for reason in reasons))
