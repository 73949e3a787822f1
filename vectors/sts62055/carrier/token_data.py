"""TokenData: the 20 digits of a token as a WriteCommand carries them (IEC 62055-52, 6.1.2)."""

from sts62055.carrier.layouts import Layout, LayoutError
from sts62055.carrier.profile import Profile

__all__ = ["TokenData"]

_DIGITS = 20


class TokenData:
    """TokenData under a profile: decimal digits, or their number in hexadecimal digits."""

    def __init__(self, profile: Profile) -> None:
        self._layout = Layout(profile.text("token_data"))
        self._is_number = self._layout.kinds["token"].startswith("h")

    def write(self, digits: str) -> str:
        """Return the characters for the digits of a token; ValueError if they are not 20 decimal digits."""
        if len(digits) != _DIGITS or not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"a token has {_DIGITS} decimal digits, and not {digits!r}")
        return self._layout.write({"token": int(digits) if self._is_number else digits}).decode("ascii")

    def read(self, text: str) -> str | None:
        """Return the 20 digits in the characters of a WriteCommand, None if they are no TokenData."""
        try:
            token = self._layout.read(text.encode("ascii"))["token"]
        except (LayoutError, UnicodeEncodeError):
            return None
        digits = f"{token:0{_DIGITS}}" if isinstance(token, int) else str(token)
        return digits if len(digits) == _DIGITS else None
