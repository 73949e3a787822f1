"""Say what a virtual meter is: its identity, key and abilities."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.identifiers import MeterPAN
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.sta import SAMPLE_TABLES, StaTables
from sts62055.carrier.layouts import Field

__all__ = ["MeterConfiguration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterConfiguration:
    """What a maker sets at manufacture; times in nanoseconds, amounts in 0,1 kWh.

    jitter: by how much less than that reaction and execution may last longer, at random; 0 for always the same.
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
    has_lockout: bool = True
    has_power_limit: bool = True
    has_clear_credit: bool = True
    has_tamper_detection: bool = True
    tables: StaTables = field(default=SAMPLE_TABLES, repr=False)
    token_store_size: int = 50
    reaction: int = 230_000_000
    execution: int = 400_000_000
    jitter: int = 20_000_000
    start_up: int = 1_000_000_000
