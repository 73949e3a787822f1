"""A meter as the two standards describe it: an executable specification, to be read beside them.

`step` says in which states an event may leave a meter, `expected` what may be observed in a state, and a `Belief`
carries all that explain what was seen. Pure: no clock, no port, and no key: keys are handles.
"""

from sts62055.model.belief import Belief, Contradiction, Hypothesis, Reach
from sts62055.model.declared import Declared, LockoutRule
from sts62055.model.events import (
    CoverOpened,
    Event,
    LoadApplied,
    PowerCut,
    PowerRestored,
    SwitchClosed,
    TokenEnded,
    TokenEntered,
)
from sts62055.model.expectations import QUANTITIES, Expectation, expected
from sts62055.model.rule import RULES, Rule
from sts62055.model.spans import Span
from sts62055.model.state import HeldKey, IdentifierStore, LockoutState, MeterState, Range
from sts62055.model.stepping import Branch, step
from sts62055.model.tokens import Content, Crc, EnteredToken, KeyPart, Reading, handle_of
from sts62055.model.traits import Trait

__all__ = [
    "QUANTITIES",
    "RULES",
    "Belief",
    "Branch",
    "Content",
    "Contradiction",
    "CoverOpened",
    "Crc",
    "Declared",
    "EnteredToken",
    "Event",
    "Expectation",
    "HeldKey",
    "Hypothesis",
    "IdentifierStore",
    "KeyPart",
    "LoadApplied",
    "LockoutRule",
    "LockoutState",
    "MeterState",
    "PowerCut",
    "PowerRestored",
    "Range",
    "Reach",
    "Reading",
    "Rule",
    "Span",
    "SwitchClosed",
    "TokenEnded",
    "TokenEntered",
    "Trait",
    "expected",
    "handle_of",
    "step",
]
