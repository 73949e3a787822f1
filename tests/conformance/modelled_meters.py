"""The model beside the simulated meter: random events for both, and what they disagree about.

The simulated meter is driven by its objects, without its line. Each event is drawn from a seed: tokens of all
kinds, good and bad, by both carriers, whole and odd key changes, power cuts, also while a token is processed,
tampering, loads and waits. Results, registers and display are held against the model.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from sts62055.application.ciphers import BlockCipher, make_cipher
from sts62055.application.crc import crc16
from sts62055.application.currency import CurrencyAmount
from sts62055.application.key_change import KeyChange, KeyChangeToken
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.results import CarrierStatus, TokenStatus
from sts62055.application.tcdu import insert_class_bits, remove_class_bits, to_digits
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    ALL_REGISTERS,
    ClearCredit,
    ClearTamperCondition,
    CurrencyCredit,
    ExtendedSet,
    InitiateMeterTestDisplay,
    KeySection,
    OpaqueToken,
    Set1stSectionDecoderKey,
    Set2ndSectionDecoderKey,
    Set3rdSectionDecoderKey,
    SetMaximumPhasePowerUnbalanceLimit,
    SetMaximumPowerLimit,
    SetTariffRate,
    SetWaterMeterFactor,
    Token,
    TransferCredit,
    decode_block,
    seal,
)
from sts62055.carrier.characters import OutgoingCharacter
from sts62055.carrier.profile import Profile, StatusBit
from sts62055.model import (
    Belief,
    Content,
    CoverOpened,
    Crc,
    EnteredToken,
    Event,
    KeyPart,
    LoadApplied,
    PowerCut,
    PowerRestored,
    Reading,
    SwitchClosed,
    TokenEnded,
    TokenEntered,
)
from sts_fixtures.declaration.declared_meter import DeclaredMeter
from sts_fixtures.declaration.simulated_meter import configuration_of
from sts_fixtures.watch.modelled_meter import declared_of, state_at_first
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.meter import Parts, SimulatedMeter
from sts_rigs.simulator.meter.traits import Traits
from sts_rigs.simulator.timeline import START, Timeline

__all__ = ["Disagreement", "ModelledMeter"]

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
REGISTERS = (
    "electricity_credit",
    "cumulative_energy",
    "maximum_power_limit",
    "tamper_status",
    "supply_group_code",
)
_CURRENCY = range(4, 8)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What the simulated meter showed and the model does not allow, with the events before it."""

    number: int
    quantity: str
    seen: object
    expected: tuple[str, ...]
    requirements: tuple[str, ...]
    before: tuple[str, ...]


class _Surroundings:
    """A bench without a line."""

    def __init__(self, declared: MeterConfiguration, profile: Profile, seed: int) -> None:
        self.declared = declared
        self.profile = profile
        self.seed = seed
        self.timeline = Timeline()

    def now(self) -> int:
        return self.timeline.now()

    def date(self) -> datetime:
        return self.timeline.date()

    def at(self, instant: int, action: Callable[[], None]) -> None:
        self.timeline.at(instant, action)

    def transmit(self, _: Sequence[OutgoingCharacter], at: int | None = None) -> int:
        return self.now() if at is None else at

    def go_silent(self) -> None:
        pass

    def set_character_times(self, character_time: int, stop_shortage: int = 0) -> None:
        pass


class _KeyBook:
    """Keys of one meter by their handles; each piece of 32 bits has a label."""

    def __init__(self, meter: DeclaredMeter) -> None:
        self._algorithm = meter.attributes.encryption_algorithm
        self._tables = meter.tables
        self._labels: dict[int, str] = {}
        self._pieces: dict[str, int] = {}
        self._ciphers: dict[str, BlockCipher] = {}

    def label(self, piece: int) -> str:
        label = self._labels.setdefault(piece, f"p{len(self._labels)}")
        self._pieces[label] = piece
        return label

    def handle_of(self, key: DecoderKey) -> str:
        octets = key.reveal()
        pieces = (int.from_bytes(octets[at : at + 4]) for at in range(0, len(octets), 4))
        return ".".join(map(self.label, pieces))

    def cipher(self, handle: str) -> BlockCipher:
        if handle not in self._ciphers:
            octets = b"".join(self._pieces[label].to_bytes(4) for label in handle.split("."))
            self._ciphers[handle] = make_cipher(self._algorithm, octets, self._tables)
        return self._ciphers[handle]


@dataclass(slots=True)
class Drawn:
    """How often what was drawn, and what came of it."""

    events: int = 0
    results: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)


class ModelledMeter:
    """A simulated meter and the belief of the model in it, both given the same random events."""

    def __init__(
        self,
        meter: DeclaredMeter,
        profile: Profile,
        seed: int,
        parts: Parts | None = None,
        traits: Traits | None = None,
        *,
        has_plain_display: bool = True,
    ) -> None:
        self.random = Random(seed)
        self._has_plain_display = has_plain_display
        configuration = replace(configuration_of(meter), reaction=230 * MILLISECOND)
        if traits is not None:
            configuration = replace(configuration, traits=traits)
        self._profile = profile
        self._around = _Surroundings(configuration, profile, seed)
        self.simulated = SimulatedMeter(self._around, parts or Parts())
        self._keys = _KeyBook(meter)
        self._is_long = meter.attributes.encryption_algorithm == 11
        items = meter.as_declared()
        self._today = TokenIdentifier.at(START, meter.attributes.base_date).minutes
        self.belief = Belief(
            declared_of(items, profile),
            state_at_first(items, self._keys.handle_of(meter.decoder_key), self._today),
        )
        self._declared = self.belief.declared
        self._carriers = [name for name in ("port", "keypad") if name in items["implements.carriers"]]
        self._bits: list[StatusBit] = items["implements.meter_status"]
        self._confirm = items["implements.keypad_confirm"]
        self._width = len(meter.pan.drn.manufacturer_code)
        self._own_code = int(meter.pan.drn.manufacturer_code)
        self._fresh = self._today
        self._entered: list[str] = []
        self._used: list[int] = []
        self._set: list[Token] = []
        self._left: list[Token] = []
        self._keys_made = [DecoderKey(self.random.randbytes(len(meter.decoder_key.reveal()))) for _ in range(4)]
        self._log: list[str] = []
        self.drawn = Drawn()
        self.disagreements: list[Disagreement] = []

    # -- the course of events --------------------------------------------------------------------------------

    def run(self, count: int) -> None:
        """Draw so many events, and hold what comes of each against the model."""
        acts: list[tuple[Callable[[], None], int]] = [
            (self._enter_token, 80),
            (self._cut_power, 4),
            (self._tamper, 3),
            (self._load, 2),
            (self._close_switch, 1),
            (self._wait, 10),
        ]
        for act in self.random.choices([act for act, _ in acts], [weight for _, weight in acts], k=count):
            self.drawn.events += 1
            act()

    def _enter_token(self) -> None:
        kind, digits = self._drawn_token()
        self.drawn.kinds[kind] += 1
        self._entered = [*self._entered[-30:], digits]
        carrier = self.random.choice(self._carriers)
        began = self._now
        if not self._hand_over(digits, carrier):
            self._disagree("taken", False, ("True",), ("52-6.6.4-acknowledged",))
            return
        self._note(f"{carrier} {kind}")
        self._tell(TokenEntered(self._read(digits), carrier, began))
        fate = self.random.random()
        if fate < 0.03:
            self._timeline.wait_until(self._now + self.random.randrange(SECOND))
            self._cut_now()
            return
        if fate < 0.08 and self.simulated._status is CarrierStatus.NOT_READY:
            self._timeline.wait_until(self._now + self.random.randrange(SECOND))
            is_busy = self.simulated._status is CarrierStatus.NOT_READY
            if is_busy and "port" in self._carriers and self._hand_over(digits, "port"):
                self._disagree("taken", True, ("False",), ("52-6.6.4-busy",))
            self._look()
        while self.simulated._status is CarrierStatus.NOT_READY:
            instant = self._timeline.next_instant
            assert instant is not None
            self._timeline.wait_until(instant)
        result = self.simulated._status
        self.drawn.results[str(result)] += 1
        self._note(f"  -> {result}")
        self._tell(TokenEnded(None if self.random.random() < 0.02 else result, self._now))
        if self.random.random() < 0.6:
            self._look()

    def _hand_over(self, digits: str, carrier: str) -> bool:
        if carrier == "port":
            return self.simulated._registers.write(self._profile.registers["token"].id, digits)
        for key in [*digits, *self._confirm]:
            self.simulated.press_key(key)
        return True

    def _cut_power(self) -> None:
        self._cut_now()

    def _cut_now(self) -> None:
        self.simulated.switch_off()
        self._note("power cut")
        self._tell(PowerCut(self._now))
        for_long = self.random.random() < 0.3
        off = self.random.randrange(400 * SECOND if for_long else 20 * SECOND)
        self._timeline.wait_until(self._now + off)
        self.simulated.switch_on()
        while not self.simulated._is_on:
            self._timeline.wait_until(self._now + SECOND)
        self._note(f"  for {off / SECOND:.1f} s")
        self._tell(PowerRestored(self._now))
        self._look()

    def _tamper(self) -> None:
        self.simulated.open_cover()
        self._note("tampered")
        self._tell(CoverOpened(self._now))
        self._look()

    def _load(self) -> None:
        watts = (self.random.choice([0, 50, 2_000, 30_000]),)
        self.simulated.apply_load(watts)
        self._note(f"load {watts}")
        self._tell(LoadApplied(watts, self._now))
        self._timeline.wait_until(self._now + self.random.randrange(600 * SECOND))
        self._look()
        self.simulated.apply_load(())
        self._tell(LoadApplied((), self._now))
        self._look()

    def _close_switch(self) -> None:
        self.simulated.close_switch()
        self._tell(SwitchClosed(self._now))
        self._look()

    def _wait(self) -> None:
        span = self.random.choice([SECOND, 12 * SECOND, 60 * SECOND, 130 * SECOND, 1500 * SECOND])
        self._timeline.wait_until(self._now + self.random.randrange(span))
        self._note(f"wait until {self._now / SECOND:.1f} s")
        self._look()

    # -- what is seen ----------------------------------------------------------------------------------------

    def _look(self) -> None:
        self.simulated._supply.settle()
        read = self.simulated._registers.read
        entries = self._profile.registers
        for name in REGISTERS:
            text = read(entries[name].id)
            assert text is not None
            self._see(name, int(text, 16))
        status = read(entries["meter_status"].id)
        assert status is not None
        for bit in self._bits:
            self._see(bit, int(bool(int(status, 16) & self._profile.status_mask(bit))))
        code = read(entries["token_status"].id)
        assert code is not None
        known: TokenStatus | None = self._profile.token_status(int(code, 16))
        assert known is not None
        self._see("token_status", known)
        for register in self._declared.registers - {0}:
            self._see(f"credit of register {register}", self.simulated._memory.state.other_credit.get(register, 0))
        if self._has_plain_display:
            self._see("display", self.simulated.read_display())

    def _see(self, quantity: str, value: object) -> None:
        contradiction = self.belief.observe(quantity, value, self._now)  # type: ignore[arg-type]
        if contradiction is not None:
            self._disagree(quantity, value, contradiction.expected, contradiction.requirements)

    def _tell(self, event: Event) -> None:
        contradiction = self.belief.take(event)
        if contradiction is not None:
            self._disagree(
                contradiction.quantity,
                contradiction.seen,
                contradiction.expected,
                (*contradiction.requirements, *map(str, contradiction.inconstant)),
            )

    def _disagree(
        self, quantity: str, seen: object, expected: tuple[str, ...], requirements: tuple[str, ...]
    ) -> None:
        self.disagreements.append(
            Disagreement(self.drawn.events, quantity, seen, expected, requirements, tuple(self._log[-12:]))
        )

    def _note(self, what: str) -> None:
        self._log.append(f"{self.drawn.events} {self._now / SECOND:.2f} {what}")
        if len(self._log) > 200:
            del self._log[:100]

    @property
    def _timeline(self) -> Timeline:
        return self._around.timeline

    @property
    def _now(self) -> int:
        return self._around.timeline.now()

    # -- tokens ----------------------------------------------------------------------------------------------

    def _read(self, digits: str) -> EnteredToken:
        """Return a token as the model sees it, under the keys that the meter may hold."""
        if int(digits) >> 66:
            return EnteredToken(None)
        word, token_class = remove_class_bits(int(digits))
        if token_class == 1:
            plain = _reading(TokenBlock.parse(1, word), self._content)
            return EnteredToken(1, plain)
        return EnteredToken(
            token_class,
            None,
            {
                handle: _reading(
                    TokenBlock.parse(token_class, self._keys.cipher(handle).decrypt(word)), self._content
                )
                for handle in self.belief.handles
            },
        )

    def _content(self, token: Token) -> Content:
        return _part(token, self._keys, is_long=self._is_long) if isinstance(token, KeySection) else token

    def _drawn_token(self) -> tuple[str, str]:
        roll = self.random.random()
        if roll < 0.03 and self._entered:
            return "again", self.random.choice(self._entered)
        if roll < 0.05:
            return "number", f"{self.random.randrange(10**20):020d}"
        if roll < 0.15:
            return self._class_1()
        if roll < 0.40:
            return self._key_part()
        token = self._with_identifier()
        block = seal(token)
        kind = f"{type(token).__name__} {block.subclass}"
        spoiled = self.random.random()
        if spoiled < 0.08:
            block = replace(block, crc=block.crc ^ 1 << self.random.randrange(16))
            kind += " bad CRC"
        elif spoiled < 0.10:
            mark = b"" if token.token_class == 0 and block.subclass in _CURRENCY else b"\x01"
            covered = (block.token_class << 48 | block.subclass << 44 | block.content).to_bytes(7)
            block = replace(block, crc=crc16(covered + mark))
            kind += " other CRC"
        elif spoiled < 0.12:
            return kind + " other key", self._encoded(block, self._keys_made[3])
        return kind, self._encoded(block)

    def _encoded(self, block: TokenBlock, key: DecoderKey | None = None) -> str:
        held = key or self.simulated._key_change.held_key.decoder_key
        word = self._keys.cipher(self._keys.handle_of(held)).encrypt(block.word)
        return to_digits(insert_class_bits(word, block.token_class))

    def _class_1(self) -> tuple[str, str]:
        random = self.random
        subclass = random.choice([0, 0, 0, 1, 1, random.randrange(16)])
        if subclass > 1:
            block = TokenBlock.sealed(1, subclass, random.getrandbits(44))
        else:
            code = random.choice([0, 0, 0, self._own_code, random.getrandbits(8)]) & (0xFFFF if subclass else 0xFF)
            token = InitiateMeterTestDisplay.of_test(
                random.randrange(29), subclass=subclass, manufacturer_code=code
            )
            if random.random() < 0.1:
                token = replace(token, control=random.getrandbits(28))
            block = seal(token)
        if random.random() < 0.1:
            block = replace(block, crc=block.crc ^ 1 << random.randrange(16))
        return f"class 1 {block.subclass} {block.content:x}", to_digits(insert_class_bits(block.word, 1))

    def _identifier(self) -> TokenIdentifier:
        random, roll = self.random, self.random.random()
        if roll < 0.72:
            self._fresh += random.choice([1, 1, 2, 7, 30])
            minutes = self._fresh
        elif roll < 0.82 and self._used:
            minutes = random.choice(self._used)
        elif roll < 0.90:
            minutes = self._fresh - random.randrange(600)
        elif roll < 0.95:
            minutes = random.randrange(self._fresh + 1)
        elif roll < 0.98:
            minutes = random.choice([0, 1, self._today - 1440, self._today - 1441, self._today - 1439])
        else:
            minutes = min(self._fresh + (random.randrange(3) << 16), TokenIdentifier.MAXIMUM)
        if self._fresh > 15_000_000:
            self._fresh = self._today
        minutes = max(0, min(minutes, TokenIdentifier.MAXIMUM))
        self._used = [*self._used[-120:], minutes]
        return TokenIdentifier(minutes)

    def _with_identifier(self) -> Token:
        random = self.random
        common = {"random": random.randrange(16), "token_identifier": self._identifier()}
        value = random.choice([random.randrange(200), random.getrandbits(14), random.getrandbits(16)])
        kind = random.choices(range(10), [40, 8, 6, 6, 6, 3, 2, 2, 3, 2])[0]
        match kind:
            case 0:
                return TransferCredit(value=value, subclass=random.choice([0, 0, 0, 0, 1, 2, 3]), **common)
            case 1:
                amount = random.choice([random.randrange(10**6), random.randrange(10**12)])
                return CurrencyCredit(
                    subclass=random.choice(_CURRENCY),
                    token_identifier=common["token_identifier"],
                    amount=CurrencyAmount.of(random.choice([1, -1]) * amount),
                )
            case 2:
                return SetMaximumPowerLimit(value=value, **common)
            case 3:
                register = random.choice([0, ALL_REGISTERS, random.randrange(9), value])
                return ClearCredit(value=register, **common)
            case 4:
                return ClearTamperCondition(value=random.choice([0, 0, 0, value]), **common)
            case 5:
                return SetMaximumPhasePowerUnbalanceLimit(value=value, **common)
            case 6:
                return SetTariffRate(value=value, **common)
            case 7:
                return SetWaterMeterFactor(value=value, **common)
            case 8:
                return ExtendedSet(value=value, **common)
        token_class, subclass = random.choice(
            [*((0, number) for number in range(8, 16)), *((2, number) for number in range(11, 16)), (3, 0), (3, 5)]
        )
        content = common["random"] << 40 | common["token_identifier"].minutes << 16 | value
        return OpaqueToken(token_class=token_class, subclass=subclass, content=content)

    def _key_part(self) -> tuple[str, str]:
        random = self.random
        if not self._left or random.random() < 0.03:
            self._set = self._left = self._drawn_set()
            random.shuffle(self._left)
            self._left = list(self._left)
        token = random.choice(self._set) if random.random() < 0.12 else self._left.pop()
        block = seal(token)
        if random.random() < 0.03:
            block = replace(block, crc=block.crc ^ 1 << random.randrange(16))
        return f"part {token.subclass} {_part(token, self._keys, is_long=self._is_long)}", self._encoded(block)

    def _drawn_set(self) -> list[Token]:
        random = self.random
        has_group = self._is_long or random.random() < 0.5
        change = KeyChange(
            new_key=random.choice(self._keys_made[:3]),
            key_type=random.choice([KeyType.DUTK] * 8 + [KeyType.DDTK, KeyType.DDTK, KeyType.DITK, KeyType.DCTK]),
            key_revision_number=random.randint(1, 9),
            tariff_index=f"{random.randrange(100):02d}",
            key_expiry_number=random.choice([255, 255, 255, 255, random.randrange(90, 130), self._fresh >> 16]),
            supply_group_code=f"{random.randrange(1_000_000):06d}" if has_group else None,
            roll_over=random.random() < 0.15,
        )
        odd = random.random()
        return [self._made_odd(token, odd) for token in change.tokens()]

    def _made_odd(self, token: KeyChangeToken, odd: float) -> Token:
        random = self.random
        if isinstance(token, Set1stSectionDecoderKey) and odd < 0.03:
            return replace(token, key_revision_number=random.choice([0, 10, 15]))
        if isinstance(token, Set1stSectionDecoderKey) and odd < 0.07:
            return replace(token, three_tokens=1 - token.three_tokens)
        if isinstance(token, Set2ndSectionDecoderKey) and 0.07 <= odd < 0.09:
            return replace(token, tariff_index=random.randrange(100, 256))
        if isinstance(token, Set3rdSectionDecoderKey) and 0.09 <= odd < 0.11 and not self._is_long:
            return replace(token, rest=token.rest | random.randrange(1, 1 << 20))
        return token


def _reading(block: TokenBlock, content: Callable[[Token], Content]) -> Reading:
    covered = (block.token_class << 48 | block.subclass << 44 | block.content).to_bytes(7)
    if crc16(covered) == block.crc:
        crc = Crc.ORDINARY
    else:
        crc = Crc.CURRENCY if crc16(covered + b"\x01") == block.crc else Crc.WRONG
    is_read = crc is not Crc.WRONG or block.token_class == 1
    return Reading(block.token_class, block.subclass, crc, content(decode_block(block)) if is_read else None)


def _part(token: KeySection | Token, keys: _KeyBook, *, is_long: bool) -> KeyPart:
    match token:
        case Set1stSectionDecoderKey():
            return KeyPart(
                section=1,
                piece=keys.label(token.new_key_high),
                key_expiry=token.key_expiry_high,
                key_revision=token.key_revision_number,
                roll_over=bool(token.roll_over),
                three_tokens=bool(token.three_tokens),
                key_type=token.key_type,
            )
        case Set2ndSectionDecoderKey():
            return KeyPart(
                section=2,
                piece=keys.label(token.new_key_low),
                key_expiry=token.key_expiry_low,
                tariff_index=token.tariff_index,
            )
        case Set3rdSectionDecoderKey():
            if is_long:
                return KeyPart(section=3, piece=keys.label(token.rest), group=token.group)
            return KeyPart(section=3, group=token.group << 12 | token.rest >> 20, pad=token.rest & 0xFFFFF)
    return KeyPart(section=4, piece=keys.label(token.rest), group=token.group)  # type: ignore[union-attr]
