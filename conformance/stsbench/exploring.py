"""Explorations in this process: random sequences of events on fresh simulated meters, or on one real meter."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sts_conformance import register
from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.campaign.run_folder import begin_folder
from sts_fixtures.campaign.settings import CampaignSettings
from sts_fixtures.exploring.budget import Budget
from sts_fixtures.exploring.campaign_meter import CampaignMeter
from sts_fixtures.exploring.coverage import RULE_IDS, Coverage
from sts_fixtures.exploring.drawing import Steering
from sts_fixtures.exploring.exploration import Exploration, Explored, Progress
from sts_fixtures.exploring.fresh_meter import FreshMeters
from sts_fixtures.exploring.script import ScriptFile
from sts_fixtures.exploring.steps import Sequence
from sts_fixtures.exploring.trial import Ground, Trial
from sts_fixtures.meter.key_changes import Tell
from sts_fixtures.register import Register
from sts_fixtures.register.selection import reason_not_applicable
from sts_fixtures.watch.observation import Observe

__all__ = ["ON_REAL_METER", "ON_SIMULATED_BENCH", "Explorer", "Outcome"]

ON_SIMULATED_BENCH: Final = Budget(sequences=1000)
ON_REAL_METER: Final = Budget(seconds=1800, identifiers=240)
"""The budgets of those who name none."""

_FILE: Final = "explore.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an exploration came to, and which rules of the model it has reached of those that count for the meter.

    folder: where it is kept; scripts: the file of each failure; loss: why the bench was lost, "" if it was not.
    """

    explored: Explored
    coverage: Coverage
    rules: tuple[str, ...]
    seconds: float
    identifiers: int
    folder: Path
    seed: int
    loss: str = ""
    scripts: tuple[Path, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        explored = self.explored
        return {
            "seed": self.seed,
            "sequences": explored.sequences,
            "steps": explored.steps,
            "identifiers": self.identifiers,
            "seconds": round(self.seconds, 1),
            "interrupted": explored.is_interrupted,
            "failures": [
                {**failure.as_json(), "script": str(script)}
                for failure, script in zip(explored.failures, self.scripts, strict=True)
            ],
            "faults": [*explored.faults, *([self.loss] if self.loss else [])],
            "coverage": {
                rule: sorted(of_state for one, of_state in self.coverage.counts if one == rule)
                for rule in self.rules
            },
        }

    def keep(self) -> "Outcome":
        """Write it into its folder, with a script for each failure."""
        scripts = []
        for number, failure in enumerate(self.explored.failures, 1):
            scripts.append(self.folder / f"failure-{number}.toml")
            scripts[-1].write_text(failure.script.text, "utf-8")
        kept = replace(self, scripts=tuple(scripts))
        (self.folder / _FILE).write_text(json.dumps(kept.as_json(), indent=1, ensure_ascii=False) + "\n", "utf-8")
        return kept


@dataclass(slots=True)
class Explorer:
    """Explores the meter that a request describes; tell: shows a sentence; now: the instant in seconds.

    FileFault, WrongOption, UnknownDefect and BenchFault tell what of the request cannot be.
    """

    request: RunRequest
    tell: Tell = lambda _: None
    now: Callable[[], float] = time.monotonic
    coverage: Coverage = field(default_factory=Coverage)
    _register: Register = field(default_factory=register.load)
    _settings: CampaignSettings | None = None

    @property
    def settings(self) -> CampaignSettings:
        """The files of the request, read once."""
        if self._settings is None:
            self._settings = CampaignSettings.read(
                replace(self.request, observe=Observe.EVERYTHING), self._register
            )
            begin_folder(self._settings.folder)
        return self._settings

    @property
    def is_real(self) -> bool:
        """Whether the meter is no simulated one, which cannot be had fresh for each sequence."""
        return not self.settings.rig.port.is_simulated

    def explore(self, budget: Budget | None, *, most: int = 1, progress: Progress = lambda _, __: None) -> Outcome:
        """Explore within a budget, and keep what was found. most: after how many failures it ends."""
        began = self.now()
        limits = budget or (ON_REAL_METER if self.is_real else ON_SIMULATED_BENCH)
        explored = Explored()
        with self._ground() as ground:
            if not ground.loss:
                exploration = Exploration(
                    ground, self._steering(ground.alphabet), limits, self.now, most=most, progress=progress
                )
                explored = exploration.run()
        return Outcome(
            explored,
            self.coverage,
            self._rules(),
            self.now() - began,
            ground.identifiers,
            self.settings.folder,
            self.request.seed,
            ground.loss,
        ).keep()

    def replay(self, script: ScriptFile) -> Trial:
        """Perform the sequence of a script once, with new tokens."""
        with self._ground() as ground:
            if ground.loss:
                return Trial((), fault=ground.loss)
            return ground.try_out(script.sequence, lambda _, __: True)

    @contextmanager
    def _ground(self) -> Iterator[Ground]:
        settings = self.settings
        if not self.is_real:
            yield FreshMeters(settings, self._register, self.coverage)
            return
        meter = CampaignMeter(settings, self._register, self.coverage, self.tell)
        is_over = False
        try:
            meter.begin()
            yield meter
            is_over = True
        finally:
            meter.end(is_interrupted=not is_over)

    def _steering(self, alphabet: Sequence) -> Steering:
        settings = self.settings
        has = settings.meter.declaration.implements
        failures = settings.profile.number("lockout_threshold") if has.lockout else 0
        return Steering(alphabet, self.request.seed, parts=has.key_change_tokens, failures=failures)

    def _rules(self) -> tuple[str, ...]:
        """Return the requirements of the model's rules that count for the meter."""
        known = (self._register[one] for one in sorted(RULE_IDS) if one in self._register)
        return tuple(one.id for one in known if reason_not_applicable(one, self.settings.meter) is None)
