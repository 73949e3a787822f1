"""The meter's keypad as a token carrier: tokens keyed in by hand or by a device, results read from the display."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from sts62055.application.results import Accept, TokenStatus
from sts62055.application.tcdu import from_digits
from sts_rigs.actions import Action, Actions
from sts_rigs.carriers.outcome import AmbiguousResult, NotDisplayed, TokenOutcome

__all__ = ["KeypadCarrier", "ShownResults", "display_form", "example_of", "is_class_1", "shown_number"]

_CLASS_1 = 1
_WILD: Final = MappingProxyType({"#": "[-+]?[0-9]+(?:[.,][0-9]+)?", "*": ".*"})


def display_form(text: str) -> str:
    """Return a display's text in the form for comparison: without case and blanks."""
    return "".join(text.casefold().split())


def shown_number(text: str, what: str) -> Decimal:
    """Return the one number in what a display shows; NotDisplayed if there is none, or more."""
    numbers = re.findall(r"-?[0-9]+(?:[.,][0-9]+)?", text)
    if len(numbers) != 1:
        raise NotDisplayed(f"the display shows {text!r}, and not one number for {what}")
    return Decimal(numbers[0].replace(",", "."))


class ShownResults:
    """What a display shows of each result: its text, in which # stands for any number and * for anything."""

    def __init__(self, texts: Mapping[TokenStatus, str]) -> None:
        self._by_form: dict[str, list[TokenStatus]] = {}
        for result, text in texts.items():
            self._by_form.setdefault(display_form(text), []).append(result)
        self._patterns = {form: _pattern(form) for form in self._by_form if set(form) & set(_WILD)}

    def of(self, shown: str) -> Sequence[TokenStatus]:
        """Return the results that a display tells by a text, the very text first; none if nobody knows it."""
        form = display_form(shown)
        alike = [one for one, pattern in self._patterns.items() if pattern.fullmatch(form)]
        forms = [form] if form in self._by_form else alike
        return [result for one in forms for result in self._by_form[one]]


def example_of(text: str) -> str:
    """Return a text that a display may show where a declared one has # or * in it."""
    return text.replace("#", "1.0").replace("*", "")


def _pattern(form: str) -> re.Pattern[str]:
    return re.compile("".join(_WILD.get(letter) or re.escape(letter) for letter in form))


class KeypadCarrier:
    """The keypad with the display beside it (IEC 62055-41, 6.1.3, TokenCarrierType 02).

    results: what the display shows of each; unknown: the refusals of a class 1 token for which the text of
    the display is not known. Any other text after such a token is its acceptance, or one of these.
    """

    def __init__(
        self,
        actions: Actions,
        results: ShownResults,
        unknown: Sequence[TokenStatus] = (),
    ) -> None:
        self._actions = actions
        self._results = results
        self._unknown = tuple(unknown)

    def enter(self, digits: str) -> TokenOutcome:
        """Key in twenty digits; the result is ambiguous where the display leaves it open."""
        outcome = self.outcome(digits, self._actions.perform(Action.KEY_IN, digits))
        if isinstance(outcome.reported, AmbiguousResult) and not outcome.reported.results:
            # Nothing was told, or a text that nobody knows, such as a slip of who typed it: it is looked at again.
            outcome = self.outcome(digits, self._actions.perform(Action.READ_DISPLAY))
        return outcome

    def outcome(self, digits: str, shown: str) -> TokenOutcome:
        """Return what the display says of a token by what it shows."""
        return TokenOutcome(digits, self._read(digits, shown), None, 0, 0, 0, shown)

    def _read(self, digits: str, shown: str) -> TokenStatus | AmbiguousResult:
        match tuple(self._results.of(shown)):
            case (result,):
                return result
            case () if is_class_1(digits) and shown.strip():
                return self._accepted_or_unknown(shown)
            case ():
                return AmbiguousResult((), f"the display shows {shown!r}, which display.texts has for no result")
            case results:
                names = ", ".join(map(str, results))
                return AmbiguousResult(results, f"the display shows {shown!r} alike for {names}")

    def _accepted_or_unknown(self, shown: str) -> TokenStatus | AmbiguousResult:
        if not self._unknown:
            return Accept
        names = ", ".join(map(str, self._unknown))
        return AmbiguousResult(
            (Accept, *self._unknown),
            f"the display shows {shown!r}, which may be a refusal: display.texts does not hold {names}",
        )


def is_class_1(digits: str) -> bool:
    """Return whether digits are those of a test or display token; False for what is no token."""
    try:
        number = from_digits(digits)
    except ValueError:
        return False
    return number >> 27 & 3 == _CLASS_1
