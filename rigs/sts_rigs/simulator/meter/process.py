"""Do what a meter does with a token (IEC 62055-41, clauses 7 and 8).

Written apart from the encoders of `sts62055`, bit by bit as a meter would, so that a mistake in one does not hide
in the other; only ciphers and the CRC are shared, and those are anchored by published values. Every class here is
a part that a defect can replace.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sts62055.application.ciphers import make_cipher
from sts62055.application.crc import crc16
from sts62055.application.keys import KeyType
from sts62055.application.results import (
    Accept,
    CRCError,
    DDTKError,
    FormatError,
    FunctionError,
    KeyExpiredError,
    Lockout,
    MfrCodeError,
    OldError,
    OverflowingCredit,
    RangeError,
    TokenStatus,
    UsedError,
)
from sts62055.carrier.profile import Profile
from sts62055.carrier.token_lockout import TokenLockout
from sts_rigs.simulator.meter.configuration import HeldKey, MeterConfiguration
from sts_rigs.simulator.meter.credit_registers import CURRENCY, CreditRegisters
from sts_rigs.simulator.meter.memory import NonVolatileMemory
from sts_rigs.simulator.meter.part import Part

__all__ = [
    "AmountDecoder",
    "Apdu",
    "ApduExtraction",
    "ApplicationProcess",
    "Execution",
    "Functions",
    "MemoryWriting",
    "MeterLockout",
    "Part",
    "TokenAuthentication",
    "TokenIdentifierStore",
    "TokenValidation",
]

_CURRENCY_MARK = b"\x01"
_KEY_CHANGE_TOKENS = frozenset({(2, 3), (2, 4), (2, 8), (2, 9)})


@dataclass(frozen=True, slots=True)
class Apdu:
    """What extraction leaves of a token: its class and the plain 64-bit word."""

    token_class: int
    word: int

    @property
    def subclass(self) -> int:
        """Bits 63 to 60."""
        return self.word >> 60

    @property
    def token_identifier(self) -> int:
        """Bits 55 to 32."""
        return self.word >> 32 & 0xFFFFFF

    @property
    def content(self) -> int:
        """Bits 59 to 16."""
        return self.word >> 16 & 0xFFFFFFFFFFF

    @property
    def is_key_change(self) -> bool:
        """Whether it is part of a key change."""
        return (self.token_class, self.subclass) in _KEY_CHANGE_TOKENS

    @property
    def has_token_identifier(self) -> bool:
        """Whether it is neither of class 1 nor part of a key change."""
        return self.token_class != 1 and not self.is_key_change

    @property
    def value(self) -> int:
        """Bits 31 to 16."""
        return self.word >> 16 & 0xFFFF

    @property
    def crc(self) -> int:
        """Bits 15 to 0."""
        return self.word & 0xFFFF


class ApduExtraction(Part):
    """7.2: digits to class and plain word."""

    def number(self, digits: str) -> int | None:
        """Return the token as a number, None if it has more than 66 bits."""
        number = int(digits)
        return number if number >> 66 == 0 else None

    def token_class(self, number: int) -> int:
        """Return the two class bits."""
        return number >> 27 & 3

    def extract(self, number: int) -> Apdu:
        """Put the two top bits back where the class was, and decrypt unless the class is 1."""
        return self.extract_with(number, self.held_key)

    def extract_with(self, number: int, held: HeldKey) -> Apdu:
        """Do so with any key."""
        low, high = number & 0x7FFFFFF, number >> 29 & 0x7FFFFFFFF
        word = high << 29 | (number >> 64) << 27 | low
        if self.token_class(number) != 1:
            key = held.decoder_key.reveal()
            word = make_cipher(self.configuration.encryption_algorithm, key, self.configuration.tables).decrypt(
                word
            )
        return Apdu(self.token_class(number), word)


class TokenAuthentication(Part):
    """7.3.6: tell whether the token is for this meter."""

    def check(self, apdu: Apdu) -> TokenStatus | None:
        """Return what is wrong, None if nothing is."""
        return self.check_crc(apdu) or self.check_manufacturer(apdu)

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        """Compare the CRC with that of the 50 bits before it, and of a mark where it is CRC_C (6.3.22)."""
        covered = (apdu.token_class << 48 | apdu.word >> 16).to_bytes(7)
        mark = _CURRENCY_MARK if self.has_currency_crc(apdu) else b""
        return None if crc16(covered + mark) == apdu.crc else CRCError

    def has_currency_crc(self, apdu: Apdu) -> bool:
        """Whether this is credit in currency, and we know currency."""
        return bool(self.configuration.currencies) and apdu.token_class == 0 and apdu.subclass in CURRENCY

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:
        """Compare the MfrCode of a class 1 token with our own; 0 is everybody's."""
        if apdu.token_class != 1 or apdu.subclass > 1:
            return None
        code = apdu.value if apdu.subclass == 1 else apdu.value & 0xFF
        own = int(self.configuration.pan.drn.manufacturer_code)
        return None if code in (0, own) else MfrCodeError


class TokenIdentifierStore(Part):
    """7.3.8: the TIDs that were accepted last."""

    @property
    def size(self) -> int:
        """How many it holds."""
        return self.configuration.token_store_size

    def key(self, apdu: Apdu) -> int:
        """Return what of a token is remembered."""
        return apdu.token_identifier

    def is_old(self, apdu: Apdu) -> bool:
        """Whether the token is older than all that are held."""
        return self.key(apdu) < min(self.memory.state.token_identifiers)

    def is_used(self, apdu: Apdu) -> bool:
        """Whether the token is held."""
        return self.key(apdu) in self.memory.state.token_identifiers

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        """Return the content once a token is added and the smallest gives way."""
        return tuple(sorted((*self.memory.state.token_identifiers, self.key(apdu)))[-self.size :])

    def is_cancelled_by(self, result: TokenStatus) -> bool:
        """Whether a token with that result is used up."""
        return result is Accept

    def serve(self, *, keyed_in: bool) -> None:
        """Know by which carrier the token comes that is looked at next; one store is for all of them."""

    def after_power_up(self) -> None:
        """Find the store again when the power comes back."""


class TokenValidation(Part):
    """7.3.7: tell whether the token may be used now."""

    def check(self, apdu: Apdu, store: TokenIdentifierStore) -> TokenStatus | None:
        """Return what is wrong, None if nothing is."""
        if not apdu.has_token_identifier:
            return None
        if apdu.token_class == 0 and self.held_key.key_type is KeyType.DDTK:
            return DDTKError
        expiry = self.held_key.key_expiry_number
        if expiry not in (None, 255) and apdu.token_identifier >> 16 > (expiry or 0):
            return KeyExpiredError
        if store.is_old(apdu):
            return OldError
        return UsedError if store.is_used(apdu) else None


class AmountDecoder(Part):
    """6.3.6: 16 bits to an amount."""

    def decode(self, value: int) -> int:
        """Return the amount in units."""
        return self.amount(value >> 14, value & 0x3FFF)

    def decode_currency(self, apdu: Apdu) -> int:
        """Return an amount in currency: sign and upper exponent stand where other tokens have RND (6.3.21)."""
        nibble, value = apdu.word >> 56 & 0xF, apdu.value
        amount = self.amount((nibble & 7) << 2 | value >> 14, value & 0x3FFF)
        return -amount if nibble >> 3 else amount

    def amount(self, exponent: int, mantissa: int) -> int:
        """Return the mantissa times a power of ten, on top of all that smaller exponents can write."""
        amount, weight = 0, 1
        for _ in range(exponent):
            amount += 0x4000 * weight
            weight *= 10
        return amount + mantissa * weight


@dataclass(frozen=True, slots=True)
class Execution:
    """The result of a token, what changes in the memory, and what the display shows of it."""

    result: TokenStatus
    changes: Mapping[str, Any] = field(default_factory=dict)
    display: str = ""


class Functions(Part):
    """Clause 8: one method for each token that this meter can execute.

    power: what is drawn now, in watts.
    """

    def __init__(
        self,
        configuration: MeterConfiguration,
        memory: NonVolatileMemory,
        amounts: AmountDecoder,
        registers: CreditRegisters,
        power: Callable[[], int],
    ) -> None:
        super().__init__(configuration, memory)
        self.amounts = amounts
        self.registers = registers
        self.power = power
        self.table: dict[tuple[int, int], Callable[[Apdu], Execution]] = {
            **{(0, register): self.transfer_other_credit for register in registers.present},
            (0, 0): self.transfer_credit,
            (1, 0): self.test_display,
            (1, 1): self.test_display,
        }
        if configuration.has_power_limit:
            self.table[2, 0] = self.set_maximum_power_limit
        if configuration.has_clear_credit:
            self.table[2, 1] = self.clear_credit
        if configuration.has_tamper_detection:
            self.table[2, 5] = self.clear_tamper_condition
        if configuration.has_unbalance_limit:
            self.table[2, 6] = self.set_maximum_phase_power_unbalance_limit

    def begin(self, *, waited: bool) -> None:
        """Know whether the token that is executed next came while another was processed; it is all the same."""

    def execute(self, apdu: Apdu) -> Execution:
        """Do what the token says."""
        function = self.table.get((apdu.token_class, apdu.subclass))
        return function(apdu) if function else Execution(FunctionError)

    def transfer_credit(self, apdu: Apdu) -> Execution:
        """8.4: add the amount, or nothing of it."""
        credit = self.memory.state.credit + self.amounts.decode(apdu.value)
        if credit > self.configuration.credit_limit:
            return Execution(OverflowingCredit)
        return Execution(Accept, {"credit": credit})

    def transfer_other_credit(self, apdu: Apdu) -> Execution:
        """8.4: do so for another utility, or in currency."""
        is_currency = apdu.subclass in CURRENCY
        amount = self.amounts.decode_currency(apdu) if is_currency else self.amounts.decode(apdu.value)
        changes = self.registers.with_credit(apdu.subclass, amount)
        return Execution(OverflowingCredit) if changes is None else Execution(Accept, changes)

    def test_display(self, apdu: Apdu) -> Execution:
        """8.5: show what is asked for, if all of it can be shown."""
        code_bits = 8 if apdu.subclass == 0 else 16
        control_bits = 44 - code_bits
        control = apdu.word >> 16 + code_bits & (1 << control_bits) - 1
        if control == (1 << control_bits) - 1:
            return Execution(Accept, display="all")
        numbers = [bit + 1 for bit in range(control_bits) if control >> bit & 1]
        if len(numbers) != 1 or numbers[0] not in self.configuration.tests:
            return Execution(FunctionError)
        return Execution(Accept, display=self.shown_by_test(numbers[0]))

    def shown_by_test(self, number: int) -> str:
        """Return the display of a test of Table 27."""
        configuration, state, key = self.configuration, self.memory.state, self.held_key
        shows: dict[int, str] = {
            3: f"{state.energy // 10}.{state.energy % 10}",
            4: f"{key.key_revision_number} {key.key_type:d}",
            5: key.tariff_index,
            7: f"{state.power_limit}",
            8: f"{state.is_tampered:d}",
            9: f"{self.power()}",
            10: f"{configuration.identification['software_version']:04X}",
            11: f"{state.unbalance_limit}",
            14: f"{configuration.encryption_algorithm:02d}",
            15: f"{configuration.key_change_tokens}",
            16: key.supply_group_code,
            17: f"{key.key_expiry_number if key.key_expiry_number is not None else 255}",
            18: configuration.pan.drn.digits,
        }
        return shows.get(number, f"test {number}")

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        """8.6: take the limit in watts, if it is one that we can keep to."""
        watts = self.amounts.decode(apdu.value)
        if watts not in self.configuration.power_limits:
            return Execution(RangeError)
        return Execution(Accept, {"power_limit": watts})

    def set_maximum_phase_power_unbalance_limit(self, apdu: Apdu) -> Execution:
        """8.11: do so with the limit of unbalance."""
        watts = self.amounts.decode(apdu.value)
        if watts not in self.configuration.unbalance_limits:
            return Execution(RangeError)
        return Execution(Accept, {"unbalance_limit": watts})

    def clear_credit(self, apdu: Apdu) -> Execution:
        """8.7: clear the register that is named, or all."""
        changes = self.registers.cleared(apdu.value)
        return Execution(RangeError) if changes is None else Execution(Accept, changes)

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:
        """8.10: forget the tampering."""
        if apdu.value != 0:
            return Execution(FormatError)
        return Execution(Accept, {"is_tampered": False})


class MemoryWriting(Part):
    """How what a token changes gets into the memory, in a good meter at once."""

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Return what is written together, and each time how many nanoseconds after what was written before."""
        return ((0, changes),)


class MeterLockout(Part):
    """IEC 62055-52, 6.6.7, over the meter's memory: it survives a power cut."""

    def __init__(self, configuration: MeterConfiguration, memory: NonVolatileMemory, profile: Profile) -> None:
        super().__init__(configuration, memory)
        self.rule = TokenLockout(profile)

    def concerns(self, *, keyed_in: bool) -> bool:
        """Whether a token counts and is locked out: that of a port always, one keyed in as the maker wants it."""
        return not keyed_in or self.configuration.is_lockout_shared or not self.configuration.has_port

    def is_active(self, now: int) -> bool:
        """Whether tokens are locked out."""
        return self.configuration.has_lockout and self.rule.is_active(self.memory.state.lockout, now)

    def note_failure(self, now: int) -> None:
        """Count a failure; too many begin a lockout."""
        self.memory.commit(lockout=self.rule.after_failure(self.memory.state.lockout, now))

    def note_acceptance(self) -> None:
        """Forget the failures."""
        self.memory.commit(lockout=self.rule.after_acceptance(self.memory.state.lockout))


class ApplicationProcess:
    """Takes the 20 digits of a token to its result, in the order of 5.4.

    key_change: executes a part of a key change, given the instant at which it came; write: puts what a token
    changes into the memory.
    """

    def __init__(
        self,
        extraction: ApduExtraction,
        authentication: TokenAuthentication,
        validation: TokenValidation,
        store: TokenIdentifierStore,
        functions: Functions,
        key_change: Callable[[Apdu, int], Execution],
        lockout: MeterLockout,
        write: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._extraction = extraction
        self._authentication = authentication
        self._validation = validation
        self._store = store
        self._functions = functions
        self._key_change = key_change
        self._lockout = lockout
        self._write = write

    def is_locked_out(self, digits: str, now: int, *, keyed_in: bool) -> bool:
        """Whether this token is not even looked at: any but class 1 while the lockout is active."""
        number = self._extraction.number(digits)
        is_display = number is not None and self._extraction.token_class(number) == 1
        return self._lockout.concerns(keyed_in=keyed_in) and self._lockout.is_active(now) and not is_display

    def run(self, digits: str, now: int, *, keyed_in: bool, waited: bool) -> Execution:
        """Execute a token; what it changes is written with its cancellation, as a whole."""
        if self.is_locked_out(digits, now, keyed_in=keyed_in):
            return Execution(Lockout)
        number = self._extraction.number(digits)
        if number is None:
            return Execution(FormatError)
        apdu = self._extraction.extract(number)
        if failure := self._authentication.check(apdu):
            if apdu.token_class != 1 and self._lockout.concerns(keyed_in=keyed_in):
                self._lockout.note_failure(now)
            return Execution(failure)
        self._store.serve(keyed_in=keyed_in)
        if failure := self._validation.check(apdu, self._store):
            return Execution(failure)
        self._functions.begin(waited=waited)
        execution = self._key_change(apdu, now) if apdu.is_key_change else self._functions.execute(apdu)
        changes = dict(execution.changes)
        if apdu.has_token_identifier and self._store.is_cancelled_by(execution.result):
            changes["token_identifiers"] = self._store.with_token(apdu)
        self._write(changes)
        is_counted = apdu.token_class != 1 and self._lockout.concerns(keyed_in=keyed_in)
        if is_counted and execution.result is Accept:
            self._lockout.note_acceptance()
        return execution
