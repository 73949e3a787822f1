"""What a wholesale defect spoils: the clauses that hang on reading, on tokens, on results, or on the whole port.

Each is strict: a clause that can still be judged some other way is not in it. Where a part of a clause can, the
requirements that cannot are named.
"""

from typing import Final

__all__ = [
    "ACKNOWLEDGEMENTS",
    "AMOUNTS",
    "APPLICATION",
    "CREDIT",
    "DISPLAYS",
    "EXECUTION",
    "IDENTIFICATION",
    "KEY_CHANGE",
    "MANAGEMENT",
    "MESSAGES",
    "PORT",
    "READING",
    "REFUSALS",
    "RESULTS",
    "SHOWN",
    "SINGLE_CHARACTERS",
    "STORE",
    "TOKENS",
    "UNKNOWN",
]

# -- IEC 62055-52 ----------------------------------------------------------------------------------------------

PORT: Final = "31 41 51 52"
"""Nothing gets through the port as it should: no token in, no register out."""

READING: Final = (
    "31 41 51 52-6.1 52-6.3.2-damaged 52-6.3.2-framing 52-6.3.4 52-6.4.4 52-6.4.5-token 52-6.4.9 52-6.5-sent "
    "52-6.5-checked 52-6.5-blind-spot 52-6.5-harmless 52-6.6.1 52-6.6.2-locked 52-6.6.3 52-6.6.4 52-6.6.5-idle "
    "52-6.6.5-locked 52-6.6.6-refused 52-6.6.7 52-6.7.1-gaps-sent 52-6.7.1-gaps-taken 52-6.7.3 52-6.8 52-7 "
    "52-A.2 52-A.3"
)
"""No register can be read as it should, tokenStatus neither: what tokens do is not seen at the port, no lockout,
nor what a message has left alone, nor a long answer."""

RESULTS: Final = "31 41 51 52-6.1 52-6.6.4 52-6.6.7 52-6.7.3 52-6.8.3 52-7.8 52-A.3"
"""Registers are read, but what came of a token is not, or no token gets in through the port."""

EXECUTION: Final = (
    "52-6.3.2-damaged 52-6.3.2-framing 52-6.4.5-token 52-6.5-checked 52-6.6.4-busy 52-6.7.3 52-A.3-cut-off "
    "52-A.3-damaged 52-A.3-wrong-bcc"
)
"""Whether a message has its token executed, which nothing tells of a meter that executes none."""

ACKNOWLEDGEMENTS: Final = f"{RESULTS} {EXECUTION} 52-6.4.5 52-6.4.6 52-6.4.7 52-6.6.5 52-A.4"
"""Whatever is answered by an ACK, and so every token that comes through the port."""

REFUSALS: Final = "52-6.4.8 52-6.5 52-6.6.3 52-6.6.4 52-6.6.6 52-6.7.2 52-A"
"""Whatever is answered by a NAK."""

SINGLE_CHARACTERS: Final = f"{ACKNOWLEDGEMENTS} {REFUSALS}"
"""Whatever is answered by ACK or NAK."""

MESSAGES: Final = "52-6.4 52-6.6.1 52-A"
"""Every message is malformed around what it says, which can still be read."""

IDENTIFICATION: Final = "52-6.4.3 52-6.6.2 52-7 52-A.1"
"""The IDResponse, and what is told by it."""

# -- IEC 62055-41 ----------------------------------------------------------------------------------------------

APPLICATION: Final = f"31 41 51 52-6.1 52-6.6.7 52-6.8.3 {EXECUTION}"
"""No token does what it should, of whatever class."""

CREDIT: Final = (
    "31 41-6.2.2 41-6.2.5 41-6.3.6 41-6.3.13 41-6.4.2 41-7.1.5 41-7.3.7 41-7.3.8 41-8.4 41-8.7 52-6.1.5"
)
"""No credit gets into the meter, so that there is none to overflow, to clear or to lose."""

SHOWN: Final = "41-6.1.5 41-6.1.7 41-6.1.8 41-6.1.9 41-6.1.10 41-6.3.10 41-8.5 41-8.9 41-8.11"
"""What the display alone shows, when a token of class 1 asks for it."""

DISPLAYS: Final = f"{SHOWN} 41-6.2.3 41-6.3.8 41-6.4.2 41-6.4.5 41-7.2.4 41-7.3.6 52-6.6.7"
"""No token of class 1 does what it should."""

MANAGEMENT: Final = (
    "31 41-6.2.4 41-6.2.5 41-6.2.9 41-6.2.10 41-6.3.9 41-6.3.10 41-6.3.13 41-7.1.5 41-7.3.8 "
    "41-8.6 41-8.7 41-8.10 41-8.11 52-6.1.5"
)
"""No token of class 2 does what it should, but those of a key change."""

KEY_CHANGE: Final = (
    "41-6.1 41-6.2.7 41-6.2.8 41-6.3.5 41-6.3.14 41-6.3.15 41-6.3.16 41-6.3.17 41-6.3.18 41-6.3.19 41-6.3.20 "
    "41-6.5.2 41-7.1.5 41-7.2.5 41-7.3.7 41-7.3.8 41-8.9"
)
"""No key can be changed, so that nothing can be said of another one."""

TOKENS: Final = (
    f"{CREDIT} {MANAGEMENT} {KEY_CHANGE} 41-6.2.14 41-6.3.4 41-6.3.7 41-6.3.21 41-6.3.22 41-6.4.3 41-6.4.4 41-6.5 "
    "41-7.1 41-7.2.2 41-7.2.3 41-7.3 41-8.1 41-8.2 41-8.8 41-8.12 41-8.13 51 52-6.1 52-6.6.7 52-6.8.3"
)
"""No token of class 0 or 2 is taken, so that nothing can be said of one that the meter does not know; those of
class 1 still are."""

UNKNOWN: Final = (
    "41-6.2.6 41-6.2.10 41-6.2.11 41-6.2.12 41-6.2.13 41-6.2.14 41-6.3.2 41-6.3.3 41-6.3.8 41-6.3.10 41-6.3.11 "
    "41-6.3.12 41-7.1.5 41-7.3.8 41-8.1 41-8.4 41-8.5 41-8.8 41-8.11 41-8.12 41-8.13 41-8.14 52-6.1.5"
)
"""Tokens that the meter does not know."""

STORE: Final = "41-6.3.4 41-6.3.5 41-7.1.4 41-7.3.7 41-7.3.8 41-8.9 51 52-6.1.4"
"""Which TokenIdentifiers are old, and which are used."""

AMOUNTS: Final = (
    "41-6.3.6 41-6.3.9 41-6.3.10 41-6.4.2 41-7.1.5 41-7.3.8 41-8.4 41-8.6 41-8.7 41-8.11 52-6.1.5 52-6.8.3"
)
"""Whatever an amount, a limit or a credit is written or read by."""
