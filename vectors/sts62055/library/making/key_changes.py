"""Vectors of key-change token sets, right and wrong (IEC 62055-41, 6.2.7, 6.2.8, 6.5.2.4 and 8.9)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from sts62055.application.codes import Transition
from sts62055.application.key_change import KeyChange
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    Set1stSectionDecoderKey,
    Set2ndSectionDecoderKey,
    Set3rdSectionDecoderKey,
    Set4thSectionDecoderKey,
    Token,
    TransferCredit,
)
from sts62055.library.expectation import of_key_change, transition
from sts62055.library.making.vectors import flags_of_meter, grade_of, group, made, name_of, stated
from sts62055.library.rows import Row, make_meter
from sts62055.provenance import Grade

__all__ = ["key_change_sets"]

_ARTIFICIAL = "00112233445566778899aabbccddeeff"
_ANOTHER = "ffeeddccbbaa99887766554433221100"
_SIZE_FLAGS = {2: "TwoTokens", 3: "ThreeTokens", 4: "FourTokens"}
_CREDIT = TransferCredit(random=5, token_identifier=TokenIdentifier(6_586_610), value=100)


def key_change_sets() -> Iterator[Row]:
    """Make sets of each size: boundaries, orders, missing, repeated and mixed parts, flags that contradict."""
    for meter in (
        make_meter(ea=7, dkga=2, bdt=1993, sgc="123456"),
        make_meter(ea=7, dkga=4),
        make_meter(ea=9, dkga=4),
        make_meter(ea=11, dkga=4),
    ):
        for size in (2, 3) if meter["ea"] != 11 else (4,):
            maker = _SetMaker(meter, size)
            yield group({"meter": meter}, [*maker.good(), *maker.bad()])
    for ea, size in ((7, 2), (11, 4)):
        for key_type in KeyType:
            meter = make_meter(ea=ea, dkga=4, kt=int(key_type))
            yield group({"meter": meter}, _SetMaker(meter, size).key_types())


class _SetMaker:
    """Maker of the sequences for one meter and one size of set."""

    def __init__(self, meter: Row, size: int) -> None:
        self.meter = meter
        self.size = size
        self.name = f"key-change-sets-{name_of(meter)}-{size}-tokens"

    def change(self, key: str = _ARTIFICIAL, **changes: object) -> KeyChange:
        octets = 16 if self.size == 4 else 8
        change = KeyChange(
            new_key=DecoderKey(bytes.fromhex(key)[:octets]),
            key_type=KeyType.DUTK,
            key_revision_number=2,
            tariff_index="02",
            key_expiry_number=255,
            supply_group_code=None if self.size == 2 else "201457",
        )
        return replace(change, **changes)  # type: ignore[arg-type]

    def good(self) -> Iterator[Row]:
        """Make complete sets in their order, and in every other."""
        yield self.of_change("plain", "a set", self.change(), [])
        for ken in (0, 85, 254, 255):
            change = self.change(key_expiry_number=ken)
            yield self.of_change(f"ken-{ken}", f"KEN {ken}", change, [f"Ken{ken}"])
        for krn in range(1, 10):
            yield self.of_change(f"krn-{krn}", f"KRN {krn}", self.change(key_revision_number=krn), ["Krn"])
        for ti in ("00", "09", "10", "16", "99"):
            flags = [f"Ti{ti}"] if ti != "09" else []
            flags += ["TiCoding", "NoRuleKnown"] if int(ti) > 9 else []
            yield self.of_change(f"ti-{ti}", f"TI {ti}", self.change(tariff_index=ti), flags)
        yield self.of_change("ro", "with RO", self.change(roll_over=True), ["RollOver"])
        if self.size > 2:
            for sgc in ("000000", "000001", "004095", "004096", "999999"):
                change = self.change(supply_group_code=sgc)
                yield self.of_change(f"sgc-{sgc}", f"SGC {sgc}", change, ["SupplyGroup"])
        tokens = self.change().tokens()
        for order in list(permutations(range(self.size)))[1:]:
            name = "".join(str(part + 1) for part in order)
            yield self.vector(f"order-{name}", f"parts in the order {name}", [tokens[i] for i in order], ["Order"])

    def bad(self) -> Iterator[Row]:
        """Make sequences that do not make a set, or one that the meter cannot trust."""
        tokens = self.change().tokens()
        other_group = {"supply_group_code": "999999"} if self.size > 2 else {}
        other = self.change(_ANOTHER, key_revision_number=3, **other_group).tokens()
        for missing in range(self.size):
            rest = [token for place, token in enumerate(tokens) if place != missing]
            comment = f"part {missing + 1} does not come"
            yield self.vector(f"without-{missing + 1}", comment, rest, ["MissingPart"])
        for place in range(self.size):
            mixed = [*tokens[:place], other[place], *tokens[place + 1 :]]
            comment = f"part {place + 1} of another set"
            yield self.vector(f"mixed-{place + 1}", comment, mixed, ["MixedSets"])
        yield self.vector(
            "repeated-1", "the first part twice", [tokens[0], *tokens], ["RepeatedPart", "NoRuleKnown"]
        )
        yield self.vector(
            "differing-1", "two first parts that differ", [other[0], *tokens], ["RepeatedPart", "NoRuleKnown"]
        )
        yield self.vector(
            "credit-between",
            "credit between the parts",
            [tokens[0], _CREDIT, *tokens[1:]],
            ["NoRuleKnown"],
        )
        yield self.vector("performed", "the whole set a second time", [*tokens, *tokens], ["AlreadyPerformed"])
        yield self.vector("credit-old-key", "then credit under the old key", [*tokens, _CREDIT], ["UnderOldKey"])
        first = tokens[0]
        assert isinstance(first, Set1stSectionDecoderKey)  # noqa: S101 - by the order of a set
        for ro in (0, 1):
            flipped = replace(first, three_tokens=1 - first.three_tokens, roll_over=ro)
            flags = ["ThreeKctFlag", *(["RollOver"] if ro else []), *(["NoRuleKnown"] if self.size == 4 else [])]
            comment = f"3KCT {flipped.three_tokens} and RO {ro} in a set of {self.size}"
            yield self.vector(f"3kct-{flipped.three_tokens}-ro-{ro}", comment, [flipped, *tokens[1:]], flags)
            reverse = [*tokens[:0:-1], flipped]
            yield self.vector(
                f"3kct-{flipped.three_tokens}-ro-{ro}-first-last", f"{comment}, first part last", reverse, flags
            )
        for krn in (0, 10, 15):
            wrong = replace(first, key_revision_number=krn)
            yield self.vector(
                f"krn-{krn}-wrong", f"KRN {krn}", [wrong, *tokens[1:]], ["KrnOutOfRange", "NoRuleKnown"]
            )
        second = tokens[1]
        assert isinstance(second, Set2ndSectionDecoderKey)  # noqa: S101
        for ti in (100, 0x99, 255):
            sequence = [first, replace(second, tariff_index=ti), *tokens[2:]]
            yield self.vector(f"ti-{ti}-wrong", f"TI bits {ti:#x}", sequence, ["TiOutOfRange", "NoRuleKnown"])
        same = self.change(self.meter["decoder_key"], roll_over=True)
        yield self.of_change(
            "ro-same-key", "RO with the key that it has", same, ["RollOverSameKey", "NoRuleKnown"]
        )
        yield from self.bad_third(tokens)

    def bad_third(self, tokens: Sequence[Token]) -> Iterator[Row]:
        """Make third parts with a wrong padding or SGC, or that do not belong."""
        if self.size == 2:
            stray = _SetMaker(self.meter, 3).change().tokens()[2]
            sequence = [*tokens, stray]
            yield self.vector(
                "third-after", "a third part after the set", sequence, ["ThreeTokens", "UnderOldKey"]
            )
            sequence = [stray, *tokens]
            yield self.vector(
                "third-before", "a third part before the set", sequence, ["ThreeTokens", "NoRuleKnown"]
            )
            fourth = Set4thSectionDecoderKey(group=0x031, rest=0x00112233)
            sequence = [fourth, *tokens]
            yield self.vector("fourth-before", "a fourth part: the key has 64 bits", sequence, ["NoRuleKnown"])
        if self.size == 3:
            third = tokens[2]
            assert isinstance(third, Set3rdSectionDecoderKey)  # noqa: S101
            for padding in (1, 0x80000, 0xFFFFF):
                wrong = replace(third, rest=third.rest | padding)
                comment = f"padding {padding:05x} after the SGC"
                yield self.vector(
                    f"padding-{padding:05x}", comment, [*tokens[:2], wrong], ["WrongPadding", "NoRuleKnown"]
                )
            for group_code in (1_000_000, 0xFFFFFF):
                wrong = replace(third, group=group_code >> 12, rest=(group_code & 0xFFF) << 20)
                comment = f"24 bits {group_code:#x} as SGC"
                yield self.vector(
                    f"sgc-{group_code}-wrong", comment, [*tokens[:2], wrong], ["SgcOutOfRange", "NoRuleKnown"]
                )

    def key_types(self) -> Iterator[Row]:
        """Make sets that change the type of the key."""
        parent = KeyType(self.meter["kt"])
        for child in KeyType:
            flag = _TRANSITION_FLAGS[transition(parent, child)]
            comment = f"from {parent.name} to {child.name}"
            yield self.of_change(
                f"kt-{parent:d}-to-{child:d}", comment, self.change(key_type=child), [flag, f"KeyType{child:d}"]
            )

    def of_change(self, what: str, comment: str, change: KeyChange, flags: Sequence[str]) -> Row:
        stated_change = {
            "decoder_key": change.new_key.reveal().hex(),
            "kt": int(change.key_type),
            "krn": change.key_revision_number,
            "ti": change.tariff_index,
            "ken": change.key_expiry_number,
            "sgc": change.supply_group_code,
            "ro": int(change.roll_over),
        }
        return self.vector(what, comment, list(change.tokens()), flags, stated_change)

    def vector(
        self, what: str, comment: str, sequence: Sequence[Token], flags: Sequence[str], change: Row | None = None
    ) -> Row:
        digits = [made(token, self.meter) for token in sequence]
        expectation = of_key_change(digits, self.meter)
        grade = next((_GRADES[flag] for flag in flags if flag in _GRADES), None)
        if grade is None and expectation.result == "valid":
            grade = Grade.INFERRED
        return {
            "id": f"{self.name}-{what}",
            "comment": comment,
            **({"change": change} if change else {}),
            "sequence": [
                {**stated(text, self.meter), "expected": list(expected)}
                for text, expected in zip(digits, expectation.expected, strict=True)
            ],
            "after": {"decoder_key": expectation.decoder_key},
            "flags": sorted({*flags, *flags_of_meter(self.meter), _SIZE_FLAGS[self.size]}),
            "result": expectation.result,
            "because": _REASONS[expectation.result] if "MixedSets" not in flags else _MIXED[expectation.result],
            "source": "computed",
            "grade": grade or self._grade,
        }

    @property
    def _grade(self) -> Grade:
        """The grade of the meter's algorithms, but no set is verified as a whole."""
        grade = grade_of(self.meter)
        return Grade.TWO_SOURCES if grade is Grade.VERIFIED else grade


_REASONS = {
    "valid": "The set is complete, and the meter holds the new key.",
    "invalid": "Nothing completes a set that is allowed: the meter keeps its key.",
    "conditional": "No published rule decides; the meter's declaration says what it makes of the sequence.",
}
_MIXED = {
    **_REASONS,
    "valid": "No field shows the mix: the meter takes the parts, and holds a key that nobody meant.",
}
_GRADES = {
    "NoRuleKnown": Grade.UNKNOWN,
    "KeyTypeUnknown": Grade.UNKNOWN,
    "MixedSets": Grade.INFERRED,
    "ThreeKctFlag": Grade.INFERRED,
}
_TRANSITION_FLAGS = {
    Transition.ALLOWED: "KeyTypeAllowed",
    Transition.REFUSED: "KeyTypeRefused",
    Transition.UNKNOWN: "KeyTypeUnknown",
}
