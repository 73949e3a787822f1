"""The file in which a simulated meter keeps its memory and its clock, so that it outlives the process it runs in.

No key can be read in it: what a key change has brought is masked with the meter's declared key, of which the file
shows nothing. Whoever takes the meter up again has that key anyway.
"""

import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, with_config

from sts62055.application.keys import DecoderKey, KeyType
from sts62055.carrier.token_lockout import LockoutState
from sts62055.untrusted import parse_json
from sts_rigs.errors import BenchFault, DiskFault, FileFault
from sts_rigs.files.replacing import LatestLine, latest_line
from sts_rigs.simulator.meter.configuration import HeldKey, MeterConfiguration
from sts_rigs.simulator.meter.memory import Condition, MeterState

__all__ = ["KeptMeter", "MeterKeeper", "load_kept_meter"]

_FORMAT: Final = 1
_LARGEST: Final = 1 << 20
_MASK: Final = b"stsbench kept meter, mask"
_SEAL: Final = b"stsbench kept meter, seal"
_BEFORE_SEAL: Final = b'{"seal": "'
_BEHIND_SEAL: Final = b'", "content": '
_DAMAGED: Final = "it is damaged: name the folder of another run"
_strict = with_config(extra="forbid", hide_input_in_errors=True)
_Natural = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class KeptMeter:
    """A meter as it was left: its condition, and the instant of its clock in nanoseconds."""

    condition: Condition
    clock: int


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class _Lockout:
    failures: _Natural
    until: _Natural


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What of the memory everybody may see."""

    token_identifiers: tuple[_Natural, ...]
    credit: int
    other_credit: Mapping[int, int]
    begun: int
    drawn: int
    granted: int
    owed: int
    power_limit: _Natural
    unbalance_limit: _Natural
    is_closed: bool
    is_tripped: bool
    is_tampered: bool
    lockout: _Lockout
    key_sections_at: _Natural


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldKey:
    decoder_key: str
    key_type: KeyType
    key_revision_number: int
    tariff_index: str
    key_expiry_number: int | None
    supply_group_code: str


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """What of it is masked."""

    key: _HeldKey | None = None
    key_sections: Mapping[int, _Natural] = field(default_factory=dict)


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    format: Literal[1]
    meter: str
    clock: _Natural
    is_powered: bool
    loads: tuple[_Natural, ...]
    state: _State
    nonce: str
    keys: str


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    seal: str
    content: _Content


_FILE_ADAPTER: Final = TypeAdapter(_File)
_KEYS_ADAPTER: Final = TypeAdapter(_Keys)
_SHOWN: Final = tuple(one.name for one in fields(_State))


class MeterKeeper:
    """Keeps a meter in a file, at each change as a whole."""

    def __init__(self, path: Path, configuration: MeterConfiguration) -> None:
        self._path = path
        self._file = LatestLine(path)
        self._meter = configuration.pan.drn.digits
        self._declared = configuration.decoder_key
        self._last: Condition | None = None

    def keep(self, kept: KeptMeter) -> None:
        """Keep a meter as it is now; BenchFault if that cannot be written."""
        if kept.condition == self._last:
            return
        state, nonce = kept.condition.state, os.urandom(16)
        content = {
            "format": _FORMAT,
            "meter": self._meter,
            "clock": kept.clock,
            "is_powered": kept.condition.is_powered,
            "loads": kept.condition.loads,
            "state": _shown_of(state),
            "nonce": nonce.hex(),
            "keys": _masked(_secrets_of(state), self._declared, nonce).hex(),
        }
        text = json.dumps(content).encode("ascii")
        try:
            self._file.keep(b"%s%s%s%s}" % (_BEFORE_SEAL, _seal(text, self._declared), _BEHIND_SEAL, text))
        except OSError as error:
            kind = DiskFault if error.errno in DiskFault.NUMBERS else BenchFault
            what = f"the memory of the simulated meter cannot be kept in {self._path} ({error.strerror})"
            raise kind(what, "see to the disk and the folder, and run again") from None
        self._last = kept.condition


def load_kept_meter(path: Path, configuration: MeterConfiguration) -> KeptMeter:
    """Return the meter that is kept in a file; FileFault if it cannot be read, or is another one."""
    meter, declared = configuration.pan.drn.digits, configuration.decoder_key
    try:
        whole = latest_line(path, _LARGEST)
        kept = _FILE_ADAPTER.validate_python(parse_json(whole)).content
        nonce, secret = bytes.fromhex(kept.nonce), bytes.fromhex(kept.keys)
    except OSError as error:
        raise FileFault(path, [f"it cannot be read ({error.strerror}): check its permissions"]) from None
    except ValueError:
        raise FileFault(path, [_DAMAGED]) from None
    if kept.meter != meter:
        raise FileFault(path, [f"it is meter {kept.meter}, and the declaration is of {meter}: give that one's"])
    seal, _, text = whole.removeprefix(_BEFORE_SEAL).removesuffix(b"}").partition(_BEHIND_SEAL)
    if not hmac.compare_digest(seal, _seal(text, declared)):
        raise FileFault(path, ["it was changed, or the meter is declared with another key: name that declaration"])
    try:
        state = _state_of(kept.state, _KEYS_ADAPTER.validate_json(_masked(secret, declared, nonce)))
    except ValueError:
        raise FileFault(path, [_DAMAGED]) from None
    return KeptMeter(Condition(state=state, is_powered=kept.is_powered, loads=kept.loads), kept.clock)


def _shown_of(state: MeterState) -> dict[str, Any]:
    shown = {name: getattr(state, name) for name in _SHOWN}
    others = {str(register): credit for register, credit in state.other_credit.items()}
    return {**shown, "other_credit": others, "lockout": asdict(state.lockout)}


def _secrets_of(state: MeterState) -> bytes:
    """Return what is to be masked: nothing of a meter that has only its key from the factory."""
    key = state.key
    if key is None and not state.key_sections:
        return b"{}"
    held = None
    if key is not None:
        others = {one.name: getattr(key, one.name) for one in fields(key)}
        held = {**others, "decoder_key": key.decoder_key.reveal().hex()}
    return json.dumps({"key": held, "key_sections": dict(state.key_sections)}).encode("ascii")


def _state_of(shown: _State, keys: _Keys) -> MeterState:
    values = {name: getattr(shown, name) for name in _SHOWN}
    values["lockout"] = LockoutState(shown.lockout.failures, shown.lockout.until)
    key = keys.key
    if key is not None:
        held = {one.name: getattr(key, one.name) for one in fields(key)}
        values["key"] = HeldKey(**{**held, "decoder_key": DecoderKey.from_hex(key.decoder_key)})
    return MeterState(**values, key_sections=keys.key_sections)


def _masked(content: bytes, key: DecoderKey, nonce: bytes) -> bytes:
    """Return some octets masked, or masked ones as they were, with a stream of a key and a nonce."""
    secret, blocks = key.reveal(), range(-(-len(content) // sha256().digest_size))
    stream = b"".join(hmac.digest(secret, _MASK + nonce + block.to_bytes(4), "sha256") for block in blocks)
    length = len(content)
    return (int.from_bytes(content) ^ int.from_bytes(stream[:length])).to_bytes(length)


def _seal(text: bytes, key: DecoderKey) -> bytes:
    """Return what shows that a text is whole, and of a meter with a key."""
    return hmac.digest(key.reveal(), _SEAL + text, "sha256").hex().encode("ascii")
