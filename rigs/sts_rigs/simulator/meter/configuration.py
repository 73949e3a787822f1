"""Configuration of a simulated meter: identity, factory key, and what it implements."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.identifiers import MeterPAN
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.sta import SAMPLE_TABLES, StaTables
from sts62055.application.token_identifier import BaseDate
from sts62055.carrier.layouts import Field
from sts62055.carrier.profile import STATUS_BITS, StatusBit
from sts_rigs.clock import MILLISECOND, SECOND
from sts_rigs.simulator.meter.traits import Traits

__all__ = ["HeldKey", "MeterConfiguration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """Content of the Decoder Key Register (6.5.2).

    supply_group_code: 000000 after a key change that brought none; key_expiry_number: None where the meter does
    not implement key expiry.
    """

    decoder_key: DecoderKey
    key_type: KeyType
    key_revision_number: int
    tariff_index: str
    key_expiry_number: int | None
    supply_group_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterConfiguration:
    """Configuration at manufacture; times in nanoseconds, amounts in 0,1 kWh.

    jitter: by how much less than that reaction and execution may last longer, at random; 0 for always the same;
    utilities, currencies: those whose credit it takes in units, and in currency; power_limits and
    unbalance_limits: the watts that a token may set; management_subclasses: those of class 2 that are reserved or
    of makers, and that it takes, to no effect; key_change_tokens: how many the longest set has; rolls_over: a key
    change may empty the store of TokenIdentifiers; reconnects_automatically: the load switch closes without its
    user when it may; emergency_credit: what the user may draw without credit; tamper_disconnects: a tampered meter
    keeps it open; key_change_time: how long a part of an unfinished key change is kept, 0 without limit;
    keypad_confirm, keypad_abort: the keys that end an entry and give it up, "" for none; keypad_timeout: how long
    an unfinished entry waits for the next key, 0 for ever; texts: what the display shows of a result, by the
    result's name; tampered_text: what it shows of a tampered meter, "" for 1; shows_entry: the
    digits of an entry; test_texts: what it shows of a test, by its number; token_date_keys: what is keyed in for
    the date of the newest token, which counts from base_date; test_opens_switch: test 1 leaves the load switch
    open, for its user to close; shows_kilowatts: it shows power in
    kW; traits: what its maker chose where nothing is declared.
    """

    pan: MeterPAN
    decoder_key: DecoderKey
    encryption_algorithm: EncryptionAlgorithm
    key_type: KeyType
    supply_group_code: str
    tariff_index: str
    key_revision_number: int
    key_expiry_number: int | None
    identification: Mapping[str, Field]
    tests: frozenset[int]
    credit_limit: int
    oldest_token: int
    utilities: tuple[str, ...] = ("electricity",)
    currencies: tuple[str, ...] = ()
    phases: int = 1
    power_limits: range = range(1 << 32)
    unbalance_limits: range = range(1 << 32)
    key_change_tokens: int = 4
    rolls_over: bool = True
    reconnects_automatically: bool = True
    emergency_credit: int = 0
    tamper_disconnects: bool = False
    has_unbalance_limit: bool = False
    has_lockout: bool = True
    is_lockout_shared: bool = True
    has_power_limit: bool = True
    has_clear_credit: bool = True
    management_subclasses: frozenset[int] = frozenset()
    has_tamper_detection: bool = True
    tables: StaTables = field(default=SAMPLE_TABLES, repr=False)
    token_store_size: int = 50
    reaction: int = 230 * MILLISECOND
    execution: int = 400 * MILLISECOND
    jitter: int = 20 * MILLISECOND
    start_up: int = SECOND
    key_change_time: int = 600 * SECOND
    status_bits: tuple[StatusBit, ...] = STATUS_BITS
    has_port: bool = True
    has_keypad: bool = True
    keypad_confirm: str = ""
    keypad_abort: str = "C"
    keypad_timeout: int = 20 * SECOND
    texts: Mapping[str, str] = field(default_factory=dict)
    tampered_text: str = ""
    shows_entry: bool = True
    test_texts: Mapping[str, str] = field(default_factory=dict)
    token_date_keys: str = ""
    base_date: BaseDate = BaseDate.BDT14
    test_opens_switch: bool = False
    shows_kilowatts: bool = False
    traits: Traits = field(default_factory=Traits)

    @property
    def factory_key(self) -> HeldKey:
        """The key that the meter holds until the first key change."""
        return HeldKey(
            decoder_key=self.decoder_key,
            key_type=self.key_type,
            key_revision_number=self.key_revision_number,
            tariff_index=self.tariff_index,
            key_expiry_number=self.key_expiry_number,
            supply_group_code=self.supply_group_code,
        )
