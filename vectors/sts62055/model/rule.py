"""Rules: small functions bound to the requirements that they state, and what they say of a token."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, ParamSpec

from sts62055.application.results import REFUSALS, TokenStatus
from sts62055.model.declared import Declared
from sts62055.model.state import MeterState
from sts62055.model.traits import Choices, Trait

__all__ = [
    "RULES",
    "Execution",
    "Refusal",
    "Rule",
    "Situation",
    "Undecided",
    "may_be_refused",
    "refused",
    "refused_somehow",
    "rule",
]

_P = ParamSpec("_P")


class Undecided(Exception):
    """A rule depends on a trait that is open."""

    def __init__(self, trait: Trait) -> None:
        super().__init__(trait.name)
        self.trait = trait


class Situation:
    """A meter in a state, with what its open traits are taken to be."""

    __slots__ = ("choices", "declared", "state")

    def __init__(self, declared: Declared, state: MeterState, choices: Choices) -> None:
        self.declared = declared
        self.state = state
        self.choices = choices

    def choice(self, trait: Trait) -> str:
        """Return the option of a trait; Undecided where both are to be tried."""
        chosen = self.declared.chosen.get(trait) or self.choices.get(trait)
        if chosen is None:
            raise Undecided(trait)
        return chosen

    def may_be(self, trait: Trait, option: str) -> bool:
        """Return whether an option of a trait is possible; nothing is tried for that."""
        return (self.declared.chosen.get(trait) or self.choices.get(trait) or option) == option

    def has(self, trait: Trait) -> bool:
        """Return whether a trait is there."""
        return self.choice(trait) == "yes"

    def takes(self, trait: Trait) -> bool:
        """Return whether what a trait is about is taken."""
        return self.choice(trait) == "taken"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A token is refused, with one of these results.

    is_sure: whether it must be; changes: what becomes of the state all the same; rule: the requirement.
    """

    results: frozenset[TokenStatus]
    is_sure: bool = True
    changes: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """A token is executed: the results that may be shown, and what changes."""

    results: frozenset[TokenStatus]
    changes: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""


class Rule(Generic[_P]):
    """A function that judges a token, and the requirements that it states; the first one names its breach."""

    def __init__(self, requirements: tuple[str, ...], judge: Callable[_P, Refusal | Execution | None]) -> None:
        self.requirements = requirements
        self.judge = judge
        self.__doc__ = judge.__doc__

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> Refusal | Execution | None:
        """Return what the rule says of a token, None if nothing."""
        said = self.judge(*args, **kwargs)
        return said if said is None or said.rule else replace(said, rule=self.requirements[0])


RULES: Final[list[Rule[Any]]] = []
"""Every rule of the model."""


def rule(*requirements: str) -> Callable[[Callable[_P, Refusal | Execution | None]], Rule[_P]]:
    """Bind a function to the requirements that it states."""

    def bind(judge: Callable[_P, Refusal | Execution | None]) -> Rule[_P]:
        bound = Rule(requirements, judge)
        RULES.append(bound)
        return bound

    return bind


def refused(*results: TokenStatus, changes: Mapping[str, Any] | None = None) -> Refusal:
    """Return that a token must be refused with one of these results."""
    return Refusal(frozenset(results), changes=changes or {})


def refused_somehow(situation: Situation, wrong: str = "") -> Refusal:
    """Return that a token must be refused, with the declared result of what is wrong, or with any."""
    declared = situation.declared.results.get(wrong)
    return Refusal(REFUSALS if declared is None else frozenset({declared}))


def may_be_refused(situation: Situation, wrong: str = "") -> Refusal:
    """Return that a token may be refused, with the declared result of what is wrong, or with any."""
    declared = situation.declared.results.get(wrong)
    return Refusal(REFUSALS if declared is None else frozenset({declared}), is_sure=False)
