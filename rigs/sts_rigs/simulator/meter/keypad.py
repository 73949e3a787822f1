"""Keypad of the simulated meter: single keys to the twenty digits of a token (IEC 62055-51)."""

from sts_rigs.simulator.meter.configuration import MeterConfiguration

__all__ = ["Keypad"]

_DIGITS = 20
_KEYS = frozenset("0123456789")


class Keypad:
    """Entry of digits, until a token is complete, the entry is given up, or times out."""

    def __init__(self, configuration: MeterConfiguration) -> None:
        self.configuration = configuration
        self._entry = ""
        self._keys = ""
        self._pressed = 0

    def press(self, key: str, now: int) -> str | None:
        """Take a key at an instant in nanoseconds; return the digits of an entry that ends with it, else None."""
        if self.is_given_up(now):
            self._entry = self._keys = ""
        self._pressed = now
        self._keys += key
        if key == self.configuration.keypad_abort:
            self._entry = ""
        elif key in _KEYS:
            self._entry += key
        return self._ended() if self.ends_with(key) else None

    def is_given_up(self, now: int) -> bool:
        """Return whether an unfinished entry has timed out."""
        limit = self.configuration.keypad_timeout
        return limit > 0 and now - self._pressed > limit

    def ends_with(self, key: str) -> bool:
        """Return whether a key ends the entry."""
        confirm = self.configuration.keypad_confirm
        return key == confirm if confirm else len(self._entry) == _DIGITS

    def is_token(self, entry: str) -> bool:
        """Return whether a whole entry has the form of a token."""
        return len(entry) == _DIGITS

    def processed(self, entry: str) -> str:
        """Return the digits of a whole entry when they are processed, a moment after it ended."""
        return entry

    @property
    def shown(self) -> str:
        """The entry as the display shows it."""
        return self._entry if self.configuration.shows_entry else ""

    def take_code(self) -> bool:
        """Drop the last keys if they asked for the date of a token; return whether they did."""
        code = self.configuration.token_date_keys
        is_asked = bool(code) and self._keys.endswith(code)
        if is_asked:
            self._entry = self._keys = ""
        return is_asked

    def forget(self) -> None:
        """Drop an unfinished entry, as when the power goes."""
        self._entry = ""

    def _ended(self) -> str | None:
        entry, self._entry = self._entry, ""
        if not self.is_token(entry):
            return None
        self._keys = ""  # the key that ends a token begins no code with the digits of the next
        return entry
