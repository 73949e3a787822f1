"""Defects of key changes that go on otherwise than their maker declares, where no standard rules."""

from dataclasses import replace
from typing import Any, ClassVar

from sts62055.application.results import FormatError
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.key_change import KeyChangeProcess
from sts_rigs.simulator.meter.traits import KeyChangeTraits

_SETS_OF_3 = {
    "implements.encryption_algorithm": 7,
    "implements.key_change_tokens": 3,
}


class Undeclared(KeyChangeProcess):
    """Does something else than is declared."""

    done: ClassVar[dict[str, Any]]

    @property
    def traits(self) -> KeyChangeTraits:
        return replace(super().traits, **self.done)


@defect(
    "key-parts-lost-with-power",
    violates="41-8.9-parts-survive",
    evidence="declared: yes, and the last part got no Accept",
    declares={"traits.key_parts_survive": "yes"},
)
class LosesParts(Undeclared):
    """Parts of a key change that are declared to outlast a power cut do not."""

    done: ClassVar = {"keeps_parts": False}


@defect(
    "key-parts-dropped",
    violates="41-8.9-parts-dropped",
    evidence="declared: no, and the last part got no Accept",
    declares={"traits.key_parts_dropped": "no"},
)
class DropsParts(Undeclared):
    """Another token drops parts of a key change that are declared to stay."""

    done: ClassVar = {"dropped_by_others": True}


@defect(
    "key-time-from-first-part",
    violates="41-8.9-timeout-from",
    evidence="declared: last, and the last part got no Accept",
    declares={"traits.key_timeout_from": "last"},
)
class CountsFromFirst(Undeclared):
    """The time of a set is declared to count from its last part, and counts from its first."""

    done: ClassVar = {"counts_from_first": True}


@defect(
    "key-part-again-refused",
    violates="41-8.9-part-again",
    evidence="declared: taken, and it got FormatError",
    declares={"traits.key_part_again": "taken"},
)
class RefusesAgain(Undeclared):
    """A part that the meter has already is declared to be taken, and is refused."""

    done: ClassVar = {"repeated": FormatError}


@defect(
    "key-part-begins-anew",
    violates="41-8.9-part-replaced",
    evidence="begins anew",
    declares={"traits.key_part_replaced": "replaces"},
)
class BeginsAnew(Undeclared):
    """A part is declared to replace another one, and drops all others, too."""

    done: ClassVar = {"other_begins_anew": True}


@defect(
    "key-type-judged-at-once",
    violates="41-6.5.2.4-judged",
    evidence="declared: at the end, and it was at once",
    declares={"traits.key_type_judged": "at the end"},
)
class JudgesAtOnce(Undeclared):
    """A type of key that may not follow is refused with the first part, and declared to be at the end."""

    done: ClassVar = {"judges_type_early": True}


@defect(
    "key-padding-taken",
    violates="41-6.2.7.4-pad",
    evidence="declared: refused, and it was taken",
    declares={**_SETS_OF_3, "traits.key_pad": "refused"},
)
class TakesPadding(Undeclared):
    """Padding of a set of three that is not 0 is declared to be refused, and taken."""

    done: ClassVar = {"pad": None}


@defect(
    "three-in-four-refused",
    violates="41-8.9-three-in-four",
    evidence="declared: taken, and the last part got no Accept",
    declares={"traits.key_three_in_four": "taken"},
)
class RefusesThree(Undeclared):
    """A set of four with 3KCT is declared to be taken, and refused."""

    done: ClassVar = {"three_in_four": FormatError}


@defect(
    "short-sets-refused",
    violates="41-8.9-short-sets",
    evidence="declared: taken, and the second part got no Accept",
    declares={**_SETS_OF_3, "traits.key_short_sets": "taken"},
)
class RefusesShortSets(Undeclared):
    """Sets of two tokens are declared to be taken where three are the most, and are not."""

    done: ClassVar = {"takes_short_sets": False}


@defect(
    "third-without-flag-refused",
    violates="41-8.9-third-without-flag",
    evidence="declared: taken, and it got FormatError",
    declares={**_SETS_OF_3, "traits.key_third_without_flag": "taken"},
)
class RefusesThird(Undeclared):
    """A third part beside a first one without 3KCT is declared to be taken, and refused."""

    done: ClassVar = {"stranger": FormatError}


@defect(
    "roll-over-of-held-key-refused",
    violates="41-8.9-held-with-roll-over",
    evidence="declared: taken, and the last part got no Accept",
    declares={"traits.key_held_with_roll_over": "taken"},
)
class RefusesHeldKey(Undeclared):
    """A set with RO that brings the key that is held is declared to be taken, and refused."""

    done: ClassVar = {"same_key_with_roll_over": FormatError}
