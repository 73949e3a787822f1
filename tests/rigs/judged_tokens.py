"""Random tokens through the simulated meter's application process, each judged by `sts62055` with the known key.

Most are numbers of 66 bits as they come. The rest are built: any class, SubClass and content, mostly with a CRC
that is right, since nearly no number as it comes gets beyond authentication.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any, cast

from meter_on_bench import PROFILE, configuration
from sts62055.application.amounts import decode_amount
from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.crc import crc16
from sts62055.application.identifiers import MeterPAN
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.reception import TokenMemory, validate
from sts62055.application.tcdu import insert_class_bits, remove_class_bits, to_digits
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import (
    ALL_REGISTERS,
    SERVICES,
    ClearTamperCondition,
    OpaqueToken,
    decode_block,
    decode_token,
)
from sts62055.library.expectation import of_token
from sts62055.library.rows import Row, cipher_of, make_meter
from sts_rigs.simulator.hosting import HostedDevice
from sts_rigs.simulator.line import Line
from sts_rigs.simulator.meter.memory import MeterState
from sts_rigs.simulator.meter.meter import Parts, SimulatedMeter
from sts_rigs.simulator.timeline import Timeline

__all__ = ["METERS", "JudgedMeter", "Outcome", "Surprise", "judged", "numbers"]

GOOD = Parts()
LIMIT, CREDIT = 9_999_999, 5_000_000
TESTS = frozenset({1, 2, 3, 4, 5, 7, 8, 10, 14, 16, 17, 18})
HELD = tuple(range(5_000_000, 8_000_000, 60_000))
EXPIRY = 150
IN_CURRENCY = 10_000
"""The hundred-thousandths of the base currency that the meter takes for 0,1 kWh when it limits its registers."""
CURRENCY = range(4, 8)
OPEN_ERRORS = frozenset({"FormatError", "FunctionError", "RangeError"})
METERS: Mapping[str, Row] = {
    "EA11, DKGA04, currency": make_meter(ea=11, dkga=4, ken=EXPIRY, currencies=SERVICES),
    "EA07 with the sample tables, DKGA02": make_meter(ea=7, dkga=2, ken=None, currencies=()),
}
"""The meters that are proven: what they are, and their keys."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """A token that a meter answered, or executed, otherwise than it may."""

    digits: str
    what: str


@dataclass(slots=True)
class Outcome:
    """How often each result came, how many tokens were built or authentic, some by chance, and every surprise."""

    results: Counter[str] = field(default_factory=Counter)
    built: int = 0
    authentic: int = 0
    by_chance: int = 0
    surprises: list[Surprise] = field(default_factory=list)


class JudgedMeter:
    """A simulated meter without its line, beside the judgement of each token; each finds its memory anew."""

    def __init__(self, row: Row, meter: SimulatedMeter) -> None:
        self.row = row
        self._state = MeterState(token_identifiers=HELD, credit=CREDIT, power_limit=7, is_tampered=True)
        self._process, self._memory = meter.application

    def run(self, tokens: Iterator[tuple[int, bool]]) -> Outcome:
        """Enter numbers of 66 bits, each with whether it was built, and return what came of them."""
        outcome = Outcome()
        for number, is_built in tokens:
            digits = to_digits(number)
            self._memory.state = self._state
            result = str(self._process.run(digits, 0, carrier="port", waited=False).result)
            block = decode_token(digits, cipher_of(self.row))
            allowed = self.allowed(digits, block)
            outcome.results[result] += 1
            outcome.built += is_built
            outcome.authentic += block.is_authentic
            outcome.by_chance += block.is_authentic and not is_built
            expected = self.state_after(block) if result == "Accept" else self._state
            if result not in allowed:
                outcome.surprises.append(Surprise(digits, f"{result}, and not one of {sorted(allowed)}"))
            elif self._seen(self._memory.state) != self._seen(expected):
                outcome.surprises.append(Surprise(digits, f"{result}, and its memory is not what it must be then"))
        return outcome

    def allowed(self, digits: str, block: TokenBlock) -> set[str]:
        """Return the results that `sts62055` allows, without those that this meter has not got."""
        if block.token_class == 0 and block.subclass in CURRENCY and not self.row["currencies"]:
            known = block.crc == _crc(block)
            return {"CRCError", "FunctionError", *self._validation(block)} if known else {"CRCError"}
        if block.token_class == 1 and not TokenBlock.parse(1, remove_class_bits(int(digits))[0]).is_authentic:
            return {*of_token(digits, self.row).expected, "CRCError"} - {"Accept"}
        results = set(of_token(digits, self.row, {"held": HELD, "ken": self.row["ken"]}).expected)
        if isinstance(decode_block(block), OpaqueToken) and block.is_authentic and block.token_class != 1:
            results |= self._validation(block)
        return results - {"Accept"} | self._instead_of_accept(block) if "Accept" in results else results

    def _validation(self, block: TokenBlock) -> set[str]:
        """Return what may be wrong with the TID of a token whose layout is not published."""
        like = ClearTamperCondition.from_content(block.content, 0)
        memory = TokenMemory(held=HELD, key_type=KeyType(self.row["kt"]), key_expiry_number=self.row["ken"])
        return {str(result) for result in validate(like, memory)} - {"Valid"}

    def state_after(self, block: TokenBlock) -> MeterState:
        """Return the memory once a token was accepted."""
        token: Any = decode_block(block)
        value, changes = block.content & 0xFFFF, dict[str, Any]()
        match block.token_class, block.subclass:
            case 0, 0:
                changes = {"credit": CREDIT + decode_amount(value)}
            case 2, 0:
                changes = {"power_limit": decode_amount(value)}
            case 0, register if register in CURRENCY:
                changes = {"other_credit": {register: token.amount.units}}
            case 2, 1 if value in (0, ALL_REGISTERS):
                changes = {"credit": 0}
            case 2, 5:
                changes = {"is_tampered": False}
        if block.token_class != 1:
            held = {*HELD, block.content >> 16 & 0xFFFFFF}
            changes["token_identifiers"] = tuple(sorted(held)[-len(HELD) :])
        return replace(self._state, **changes)

    def _instead_of_accept(self, block: TokenBlock) -> set[str]:
        token: Any = decode_block(block)
        registers = {0, ALL_REGISTERS, *(CURRENCY if self.row["currencies"] else ())}
        match block.token_class, block.subclass:
            case 0, 0:
                return {"Accept" if CREDIT + token.units <= LIMIT else "OverflowError"}
            case 0, register if register in registers:
                return {"Accept" if abs(token.amount.units) <= LIMIT * IN_CURRENCY else "OverflowError"}
            case 1, (0 | 1):
                return {"Accept" if set(token.tests) <= {0, *TESTS} else "FunctionError"}
            case 2, 1 if token.value not in registers:
                return set(OPEN_ERRORS)
            case 2, (0 | 1 | 5):
                return {"Accept"}
        return {"FunctionError"}

    @staticmethod
    def _seen(state: MeterState) -> MeterState:
        """Leave out what follows from more than one token: lockout, parts of a key change, load switch."""
        fresh = MeterState(token_identifiers=())
        return replace(state, lockout=fresh.lockout, key_sections={}, key_sections_at=0, is_closed=fresh.is_closed)


def made_of(row: Row, parts: Parts) -> SimulatedMeter:
    """Return a simulated meter of a library's row, behind a line that nobody uses."""
    meter = configuration(
        pan=MeterPAN.parse(row["pan"]),
        decoder_key=DecoderKey(bytes.fromhex(row["decoder_key"])),
        encryption_algorithm=EncryptionAlgorithm(row["ea"]),
        key_type=KeyType(row["kt"]),
        supply_group_code=row["sgc"],
        tariff_index=row["ti"],
        key_revision_number=row["krn"],
        key_expiry_number=row["ken"],
        tests=TESTS,
        credit_limit=LIMIT,
        oldest_token=HELD[0],
        currencies=tuple(row["currencies"]),
        has_lockout=False,
        token_store_size=len(HELD),
    )
    timeline = Timeline()
    line = Line(timeline, PROFILE.character_time)
    made = HostedDevice(partial(SimulatedMeter, parts=parts), timeline, line.meter, meter, PROFILE, seed=1)
    return cast(SimulatedMeter, made.device)


def numbers(row: Row, count: int, seed: int) -> Iterator[tuple[int, bool]]:
    """Return so many numbers of 66 bits as they come, but every fourth one built, each with whether it was."""
    random, cipher = Random(seed), cipher_of(row)
    for index in range(count):
        if index % 4:
            yield random.getrandbits(66), False
        else:
            block = _built(random)
            word = block.word if block.token_class == 1 else cipher.encrypt(block.word)
            yield insert_class_bits(word, block.token_class), True


def _built(random: Random) -> TokenBlock:
    token_class, subclass = random.choice((0, 0, 1, 2, 2, 2, 3)), random.randrange(16)
    content = _plain_content(random) if token_class != 1 else _class_1_content(random)
    block = TokenBlock.sealed(token_class, subclass, content)
    match random.randrange(8):
        case 0:
            return replace(block, crc=block.crc ^ 1 << random.randrange(16))
        case 1:
            return replace(block, crc=_crc(block, random.choice((b"", b"\x01"))))
    return block


def _plain_content(random: Random) -> int:
    identifier = random.choice(
        (random.getrandbits(24), random.choice(HELD), random.randrange(HELD[0], EXPIRY << 16))
    )
    value = random.choice((random.getrandbits(16), random.randrange(10), 0, 0xFFFF))
    return random.getrandbits(4) << 40 | identifier << 16 | value


def _class_1_content(random: Random) -> int:
    of_makers, control = random.choice((0, 0, random.getrandbits(16))), 1 << random.randrange(36)
    return (random.choice((control, random.getrandbits(36), (1 << 36) - 1)) << 8 | of_makers) & (1 << 44) - 1


def _crc(block: TokenBlock, mark: bytes = b"") -> int:
    """Return the CRC of a block as a meter without currency knows it, or with the mark of currency."""
    return crc16((block.token_class << 48 | block.word >> 16).to_bytes(7) + mark)


def judged(name: str, count: int, *, seed: int = 1, parts: Parts = GOOD) -> Outcome:
    """Enter random tokens into one of the meters, made of some parts, and return what came of them."""
    row = METERS[name]
    return JudgedMeter(row, made_of(row, parts)).run(numbers(row, count, seed))
