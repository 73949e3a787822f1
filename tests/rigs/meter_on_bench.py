"""Put a simulated meter on a bench: its configuration, a carrier to reach it, and tokens made for it."""

from typing import Any

from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.results import TokenStatus
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    ClearCredit,
    ClearTamperCondition,
    InitiateMeterTestDisplay,
    SetMaximumPowerLimit,
    Token,
    TransferCredit,
    encode_token,
    seal,
)
from sts62055.carrier.profile import default_profile
from sts_rigs.actions import Action
from sts_rigs.carriers.outcome import TokenOutcome
from sts_rigs.carriers.port_carrier import Exchange, PortCarrier
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.defects import ALL_DEFECTS
from sts_rigs.simulator.meter.configuration import MeterConfiguration

PROFILE = default_profile()
SECOND = 1_000_000_000
MILLISECOND = 1_000_000
OLDEST = 6_000_000
"""The TokenIdentifier that our meters hold from the factory on."""
IDENTIFICATION = {
    "manufacturer": "VMT",
    "table_id": 0x0001,
    "foin": 0x0203,
    "protocol_version": 0x10,
    "server_status": 0,
    "software_version": 0x0100,
}
KEY = DecoderKey(bytes(range(16)))
OTHER_KEY = DecoderKey(bytes(range(1, 17)))


def configuration(**changes: Any) -> MeterConfiguration:
    """Return an EA11 meter with the manufacturer code 12 and everything on board, changed in some points."""
    facts: dict[str, Any] = {
        "pan": MeterPAN(DecoderReferenceNumber("12345678903")),
        "decoder_key": KEY,
        "encryption_algorithm": EncryptionAlgorithm.MISTY1,
        "key_type": KeyType.DUTK,
        "supply_group_code": "123457",
        "tariff_index": "07",
        "key_revision_number": 3,
        "key_expiry_number": None,
        "identification": IDENTIFICATION,
        "tests": frozenset({1, 2, 3, 4, 5, 7, 8, 10, 14, 16, 17, 18}),
        "credit_limit": 9_999_999,
        "oldest_token": OLDEST,
    }
    facts |= changes
    facts.setdefault("key_change_tokens", 4 if facts["encryption_algorithm"].key_octets == 16 else 3)
    return MeterConfiguration(**facts)


def sealed(block: TokenBlock, key: DecoderKey = KEY) -> str:
    """Return the digits of any block under a key of EA11."""
    return encode_token(block, make_cipher(EncryptionAlgorithm.MISTY1, key.reveal()))


def digits(token: Token, key: DecoderKey = KEY) -> str:
    """Return the digits of a token under a key of EA11."""
    return sealed(seal(token), key)


def credit_token(minutes: int, value: int = 10, *, subclass: int = 0, key: DecoderKey = KEY) -> str:
    """Return a TransferCredit token issued so many minutes after the oldest one."""
    return digits(
        TransferCredit(random=5, token_identifier=_identifier(minutes), value=value, subclass=subclass), key
    )


def power_limit_token(minutes: int, value: int) -> str:
    """Return a SetMaximumPowerLimit token."""
    return digits(SetMaximumPowerLimit(random=5, token_identifier=_identifier(minutes), value=value))


def clear_credit_token(minutes: int, register: int = 0xFFFF) -> str:
    """Return a ClearCredit token."""
    return digits(ClearCredit(random=5, token_identifier=_identifier(minutes), value=register))


def clear_tamper_token(minutes: int, pad: int = 0) -> str:
    """Return a ClearTamperCondition token."""
    return digits(ClearTamperCondition(random=5, token_identifier=_identifier(minutes), value=pad))


def display_token(number: int, *, subclass: int = 0, manufacturer_code: int = 0) -> str:
    """Return an InitiateMeterTest/Display token."""
    return digits(InitiateMeterTestDisplay.of_test(number, subclass=subclass, manufacturer_code=manufacturer_code))


def bad_token(minutes: int) -> str:
    """Return a credit token that another meter's key was used for."""
    return credit_token(minutes, key=OTHER_KEY)


def _identifier(minutes: int) -> TokenIdentifier:
    return TokenIdentifier(OLDEST + minutes)


class MeterOnBench:
    """A simulated bench, its carrier, and every exchange that went over it."""

    def __init__(self, *, seed: int = 1, defect: str | None = None, **changes: Any) -> None:
        self.simulated = SimulatedBench(
            configuration(**changes), PROFILE, seed=seed, device=ALL_DEFECTS.meter_with(defect)
        )
        self.exchanges: list[Exchange] = []
        self.carrier = PortCarrier(
            self.simulated.port,
            self.simulated.timeline,
            PROFILE,
            patience=4 * SECOND,
            turnaround=50 * MILLISECOND,
            observe=self.exchanges.append,
        )

    def enter(self, digits: str) -> TokenStatus | None:
        """Enter a token; return what the meter says of it."""
        return self.outcome(digits).result

    def outcome(self, digits: str) -> TokenOutcome:
        """Enter a token; return everything that is known of it."""
        return self.carrier.enter(digits)

    def read(self, register: str) -> int:
        """Return the number in a register."""
        return self.carrier.read_number(register)

    def wait(self, nanoseconds: int) -> None:
        """Let time pass."""
        self.simulated.timeline.wait_until(self.simulated.timeline.now() + nanoseconds)

    def do(self, action: Action) -> str:
        """Do something to the meter."""
        return self.simulated.actions.perform(action)

    def cut_power(self, nanoseconds: int = SECOND) -> None:
        """Take the power away for a while and wait until the meter is ready again."""
        self.do(Action.POWER_OFF)
        self.wait(nanoseconds)
        self.do(Action.POWER_ON)
        self.wait(2 * SECOND)

    @property
    def display(self) -> str:
        """What the meter shows."""
        return self.do(Action.READ_DISPLAY)
