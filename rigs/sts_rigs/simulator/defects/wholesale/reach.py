"""What a wholesale defect spoils: the clauses that hang on reading, on tokens, on results, or on the whole port.

Each is strict: a clause that can still be judged some other way is not in it.
"""

from typing import Final

__all__ = [
    "CREDIT",
    "IDENTIFICATION",
    "KEY_CHANGE",
    "MESSAGES",
    "PORT",
    "READING",
    "REFUSALS",
    "RESULTS",
    "TOKENS",
]

PORT: Final = "31 41 51 52"
"""Nothing gets through the port as it should: no token in, no register out."""

READING: Final = (
    "31 41 51 52-6.1 52-6.3.4 52-6.4.4 52-6.4.9 52-6.6.1 52-6.6.3 "
    "52-6.6.4 52-6.6.7 52-6.7.3 52-6.8 52-7 52-A.2 52-A.3"
)
"""No register can be read as it should, tokenStatus neither: what tokens do is not seen at the port."""

RESULTS: Final = "31 41 51 52-6.1 52-6.6.4 52-6.6.7 52-6.7.3 52-6.8.3 52-7.8 52-A.3"
"""Other registers are read as before, but what came of a token is not, nor whether it was taken."""

MESSAGES: Final = "52-6.4 52-6.6.1 52-A"
"""Every message is malformed around what it says, which can still be read."""

IDENTIFICATION: Final = "52-6.4.3 52-6.6.2 52-7 52-A.1"
"""The IDResponse, and what is told by it."""

REFUSALS: Final = "52-6.4.8 52-6.5 52-6.6.3 52-6.6.4 52-6.6.6 52-6.7.2 52-A"
"""Whatever is answered by a NAK."""

TOKENS: Final = (
    "31 41-6.1 41-6.2.2 41-6.2.4 41-6.2.5 41-6.2.7 41-6.2.8 41-6.2.9 41-6.3 41-6.4 41-6.5 41-7 "
    "41-8.1 41-8.2 41-8.4 41-8.6 41-8.7 41-8.9 41-8.10 51 52-6.1 52-6.6.7 52-6.8.3"
)
"""No token of class 0 or 2 is taken; those of class 1 still are."""

CREDIT: Final = (
    "31 41-6.2.2 41-6.2.5 41-6.3.6 41-6.3.13 41-7.1.5 41-7.3.7 41-7.3.8 41-8.4 41-8.7 52-6.1.5 52-6.8.3"
)
"""No credit gets into the meter, so that there is none to overflow, to clear or to lose."""

KEY_CHANGE: Final = "41-6.1 41-6.2.7 41-6.2.8 41-6.3 41-6.5.2 41-7.2.5 41-8.9"
"""No key can be changed, so that nothing can be said of another one."""
