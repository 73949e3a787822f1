"""Outcome of entering a token, whichever the carrier."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

from sts62055.application.results import REFUSALS, Lockout, TokenStatus

__all__ = ["AmbiguousResult", "NotDisplayed", "TokenCarrier", "TokenOutcome"]


class NotDisplayed(Exception):
    """The meter does not display what a case has to know."""


@dataclass(frozen=True, slots=True, repr=False)
class AmbiguousResult:
    """One of several results that the display shows alike; any result where none is listed."""

    results: tuple[TokenStatus, ...]
    cause: str

    def matches(self, result: TokenStatus) -> bool | None:
        """Return whether this is a result: False where it is none of them, None where it is left open."""
        return None if not self.results or result in self.results else False

    def __repr__(self) -> str:
        return " or ".join(map(str, self.results)) or "unknown"

    def among(self, possible: Collection[TokenStatus]) -> "TokenStatus | AmbiguousResult":
        """Return what remains if only some results are possible; the same if none remains."""
        left = tuple(result for result in self.results if result in possible)
        return left[0] if len(left) == 1 else replace(self, results=left or self.results)


@dataclass(frozen=True, slots=True, repr=False)
class TokenOutcome:
    """What the meter reported about a token.

    reported: None for a reserved code, or where the token was not even taken; code: the tokenStatus;
    acknowledged: the instant at which ACK ended, None if it did not come; busy_from and ready_by: nanoseconds
    after that at which tokenStatus was last seen 'not ready' (0 if never) and surely not any more; shown: what
    the display showed, where the token was keyed in. A failed assertion shows it by its digits: the transcript
    tells the rest.
    """

    digits: str
    reported: TokenStatus | AmbiguousResult | None
    code: int | None
    acknowledged: int | None
    busy_from: int
    ready_by: int
    shown: str = ""

    def __repr__(self) -> str:
        return f"token {self.digits}"

    @property
    def result(self) -> TokenStatus | None:
        """The reported result; NotDisplayed where it is ambiguous."""
        if isinstance(self.reported, AmbiguousResult):
            raise NotDisplayed(self.reported.cause)
        return self.reported

    def matches(self, result: TokenStatus) -> bool:
        """Return whether the meter reported a result; NotDisplayed where the display leaves just that open."""
        if not isinstance(self.reported, AmbiguousResult):
            return self.reported is result
        found = self.reported.matches(result)
        if found is None:
            raise NotDisplayed(self.reported.cause)
        return found

    def may_be(self, result: TokenStatus) -> bool:
        """Return whether the meter may have reported a result, by what is known: False where it surely did not."""
        said = self.reported
        return said.matches(result) is not False if isinstance(said, AmbiguousResult) else said is result

    @property
    def is_refused(self) -> bool:
        """Whether the meter reported one of the refusing results; NotDisplayed where that is left open."""
        if not isinstance(self.reported, AmbiguousResult):
            return self.reported in REFUSALS
        found = {result in REFUSALS for result in self.reported.results}
        if len(found) != 1:
            raise NotDisplayed(self.reported.cause)
        return found.pop()

    @property
    def may_be_accepted(self) -> bool:
        """Whether the meter may have executed the token, by what it reported; a reserved code leaves that open."""
        if isinstance(self.reported, AmbiguousResult):
            return not self.reported.results or any(result not in REFUSALS for result in self.reported.results)
        return self.acknowledged is not None and self.reported not in (*REFUSALS, Lockout)


class TokenCarrier(Protocol):
    """A way to enter tokens into a meter."""

    def enter(self, digits: str) -> TokenOutcome:
        """Enter twenty digits and return what the meter reports."""
