"""The file of a simulated meter: what is kept of it, who can take it up, and that it shows no key."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from meter_on_bench import configuration
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.carrier.token_lockout import LockoutState
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.replacing import LatestLine, latest_line
from sts_rigs.simulator.keeping import KeptMeter, MeterKeeper, load_kept_meter
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.memory import Condition, MeterState

CONFIGURATION = configuration()
SECRET = bytes(range(0xA0, 0xA0 + len(CONFIGURATION.decoder_key.reveal())))
PART = 0xABCDEF01234
HELD = HeldKey(
    decoder_key=DecoderKey(SECRET),
    key_type=KeyType.DUTK,
    key_revision_number=2,
    tariff_index="07",
    key_expiry_number=None,
    supply_group_code="123457",
)
STATE = MeterState(
    token_identifiers=(5, 6, 7), credit=12, other_credit={4: -3, 1: 2}, begun=1, drawn=2, is_closed=True,
    lockout=LockoutState(3, 4_000), key=HELD, key_sections={3: PART}, key_sections_at=9,
)  # fmt: skip
KEPT = KeptMeter(Condition(state=STATE, is_powered=False, loads=(100, 0)), 123)


def kept(path: Path, meter: KeptMeter = KEPT) -> Path:
    """Keep a meter in a file."""
    MeterKeeper(path, CONFIGURATION).keep(meter)
    return path


def plain(meter: KeptMeter) -> object:
    """Return what can be compared of a meter: keys compare as objects only."""
    state = meter.condition.state
    key = state.key and (state.key.decoder_key.reveal(), replace(state.key, decoder_key=CONFIGURATION.decoder_key))
    return replace(meter, condition=replace(meter.condition, state=replace(state, key=None))), key


@pytest.mark.parametrize("state", [STATE, MeterState(token_identifiers=(0,))])
def test_a_meter_is_the_same_again(tmp_path: Path, state: MeterState) -> None:
    meter = replace(KEPT, condition=replace(KEPT.condition, state=state))
    assert plain(load_kept_meter(kept(tmp_path / "memory.jsonl", meter), CONFIGURATION)) == plain(meter)


def test_the_last_of_many_counts_and_a_line_that_was_cut_off_does_not(tmp_path: Path) -> None:
    keeper = MeterKeeper(tmp_path / "memory.jsonl", CONFIGURATION)
    for clock in range(300):
        keeper.keep(KeptMeter(replace(KEPT.condition, state=replace(STATE, credit=clock)), clock))
    assert load_kept_meter(tmp_path / "memory.jsonl", CONFIGURATION).clock == 299
    with (tmp_path / "memory.jsonl").open("ab") as file:
        file.write(b'{"seal": "')
    assert load_kept_meter(tmp_path / "memory.jsonl", CONFIGURATION).clock == 299


def test_no_key_is_in_the_file_and_the_file_is_private(tmp_path: Path) -> None:
    path = kept(tmp_path / "memory.jsonl")
    content = path.read_bytes().lower()
    for key in (SECRET, CONFIGURATION.decoder_key.reveal()):
        assert key not in content
        assert key.hex().encode() not in content
    assert str(PART).encode() not in content
    assert f"{PART:x}".encode() not in content
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda _: "", "it is damaged"),
        (lambda text: text[:-10] + "\n", "it is damaged"),
        (lambda _: "[" * 5000 + "\n", "it is damaged"),
        (lambda text: text.replace('"credit": 12', '"credit": 99'), "it was changed"),
        (lambda text: text.replace('"credit": 12', '"credit": "much"'), "it is damaged"),
        (lambda text: re.sub('"keys": "..', '"keys": "00', text), "it was changed"),
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path: Path, spoil: object, says: str) -> None:
    path = kept(tmp_path / "memory.jsonl")
    assert callable(spoil)
    path.write_text(spoil(path.read_text("ascii")), "ascii")
    with pytest.raises(FileFault, match=says):
        load_kept_meter(path, CONFIGURATION)


def test_another_meter_or_key_is_refused(tmp_path: Path) -> None:
    path = kept(tmp_path / "memory.jsonl")
    with pytest.raises(FileFault, match="declared with another key"):
        load_kept_meter(path, replace(CONFIGURATION, decoder_key=DecoderKey(SECRET)))
    other = replace(CONFIGURATION, pan=MeterPAN(DecoderReferenceNumber.of("07", 9)))
    with pytest.raises(FileFault, match=r"it is meter \d+, and the declaration is of"):
        load_kept_meter(path, other)
    with pytest.raises(FileFault, match="cannot be read"):
        load_kept_meter(tmp_path / "none", CONFIGURATION)


def test_a_place_that_cannot_be_written_is_a_fault_of_the_bench(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "ascii")
    with pytest.raises(BenchFault, match="the memory of the simulated meter cannot be kept in"):
        kept(tmp_path / "file" / "memory.jsonl")


def test_a_latest_line_is_whole_whatever_is_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    lines = LatestLine(path)
    for number in range(1000):
        lines.keep(str(number).encode())
        assert latest_line(path, 1 << 20) == str(number).encode()
    assert path.stat().st_size < 1000
    path.write_bytes(b"no end")
    with pytest.raises(ValueError, match="no line"):
        latest_line(path, 1 << 20)
