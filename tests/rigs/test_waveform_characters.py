"""Characters from edges: what they say, when they come, how their bits keep time, and every way to go wrong."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sts62055.carrier.profile import default_profile
from sts_rigs.waveforms.character_decoding import Characters, Format, Parity, decode
from sts_rigs.waveforms.drawing import DrawnLine, draw_characters
from sts_rigs.waveforms.edges import analogue_edges, logic_edges
from sts_rigs.waveforms.levels import find_levels
from sts_rigs.waveforms.waveform import Waveform

FORM = Format.of(default_profile())
BIT = FORM.bit_time
INTERVAL = 2e-6
"""Of a logic analyzer at 500 kS/s."""


def starts_of(gaps: list[float], bit_time: float = BIT, first: float = 0.02) -> list[float]:
    """Return the starts of characters with gaps in bits after each but the last."""
    return [first + float(at) for at in np.cumsum([0.0, *((FORM.bits + gap) * bit_time for gap in gaps)])]


def recorded(line: DrawnLine, form: Format = FORM, begin: float = 0.0, inverted: bool = False) -> Characters:
    """Return what is read out of a line that a logic analyzer recorded until well after its last change."""
    count = int((line.changes[-1] + 20 * form.bit_time - begin) / INTERVAL)
    samples = line.logic(INTERVAL, count, begin)
    return decode(logic_edges([1 - samples if inverted else samples], INTERVAL, begin), form, inverted)


def test_the_format_of_the_profile_is_7e1_at_2400_baud() -> None:
    assert Format(7, Parity.EVEN, 1, 2400) == FORM
    assert (FORM.stop_at, FORM.bits) == (9, 10)


@settings(max_examples=60, deadline=None)
@given(
    characters=st.lists(st.tuples(st.integers(0, 127), st.floats(0, 40), st.booleans()), min_size=1, max_size=20),
    error=st.floats(-0.045, 0.045),
    inverted=st.booleans(),
)
def test_logic_captures_give_back_what_was_sent(
    characters: list[tuple[int, float, bool]], error: float, inverted: bool
) -> None:
    codes, gaps, wrong = zip(*characters, strict=True)
    bit = BIT * (1 + error)
    starts = starts_of(list(gaps[:-1]), bit)
    read = recorded(draw_characters(codes, starts, FORM, bit, wrong), inverted=inverted)
    assert read.code.tolist() == list(codes)
    assert read.parity_right.tolist() == [not one for one in wrong]
    assert read.stop_right.all()
    np.testing.assert_allclose(read.start, starts, atol=INTERVAL / 2 + 1e-9)
    measured = read.bit_edges > 0
    # Two edges half an interval off at least 5 bits apart.
    np.testing.assert_allclose(read.bit_time[measured], bit, atol=INTERVAL / 5)
    jitter = read.fitted_jitter()[measured[read.inner_edges()[1]]]
    assert np.abs(jitter).max(initial=0) <= 2 * INTERVAL
    gaps_due = np.array(gaps[:-1]) * bit
    sure = measured[:-1]
    np.testing.assert_allclose(read.gap[1:][sure], gaps_due[sure], atol=4 * INTERVAL)


@settings(max_examples=40, deadline=None)
@given(
    codes=st.lists(st.integers(0, 127), min_size=2, max_size=12),
    error=st.floats(-0.03, 0.03),
    seed=st.integers(0, 1 << 30),
    inverted=st.booleans(),
    edge_time=st.floats(1e-6, 80e-6),
)
def test_analogue_recordings_give_back_what_was_sent(
    codes: list[int], error: float, seed: int, inverted: bool, edge_time: float
) -> None:
    interval, bit = 5e-6, BIT * (1 + error)
    random = np.random.default_rng(seed)
    starts = starts_of(random.uniform(0, 3, len(codes) - 1).tolist(), bit)
    line = draw_characters(codes, starts, FORM, bit)
    space, mark = (4.0, 0.5) if inverted else (0.5, 4.0)
    levels = line.analogue(interval, int((starts[-1] + 15 * bit) / interval), space, mark, edge_time)
    noisy = levels + random.normal(0, 0.05, len(levels))
    step = 6.0 / 256
    numbers = np.clip(np.rint((noisy + 0.5) / step), 0, 255).astype(np.uint8)
    waveform = Waveform(numbers, interval, 0.0, step, -0.5)
    edges = analogue_edges(waveform, find_levels(waveform).thresholds(0.3))
    read = decode(edges, FORM, inverted)
    assert read.code.tolist() == codes
    assert read.intact.all()
    np.testing.assert_allclose(read.start, starts, atol=interval)
    measured = read.bit_edges > 0
    np.testing.assert_allclose(read.bit_time[measured], bit, atol=interval / 2)


@pytest.mark.parametrize("parity", Parity)
@pytest.mark.parametrize("stop_bits", [1, 2])
@pytest.mark.parametrize("data_bits", [7, 8])
def test_other_formats_are_read_too(data_bits: int, parity: Parity, stop_bits: int) -> None:
    form = Format(data_bits, parity, stop_bits, 9600)
    codes = list(range(1 << data_bits))
    read = recorded(draw_characters(codes, 0.01 + np.arange(len(codes)) * form.bits * form.bit_time, form), form)
    assert read.code.tolist() == codes
    assert read.intact.all()


@pytest.mark.parametrize(("parity", "bits"), [(Parity.EVEN, [0, 1, 0, 1]), (Parity.ODD, [1, 0, 1, 0])])
def test_the_parity_bit_makes_the_ones_even_or_odd(parity: Parity, bits: list[int]) -> None:
    codes = np.array([0x00, 0x01, 0x30, 0x7F], np.uint16)
    assert Format(7, parity, 1, 2400).parity_of(codes).tolist() == bits


def test_all_bits_0_leave_one_inner_edge_that_gives_the_bit_time() -> None:
    (read,) = recorded(draw_characters([0], [0.02], FORM, BIT * 1.04))
    assert (read.code, read.intact, read.is_break, read.bit_edges) == (0, True, False, 2)
    assert [edge.bit for edge in read.edges] == [9]
    assert read.bit_time == pytest.approx(BIT * 1.04, abs=INTERVAL / 9)


def test_edges_close_together_leave_the_bit_time_to_the_message() -> None:
    # 7Fh has ones up to bit 7 and a parity bit of 1: its one inner edge is a bit after its start.
    bit = BIT * 1.03
    read = recorded(draw_characters([0x7F, 0x7F], [0.02, 0.1], FORM, bit))
    assert (read.code.tolist(), read.bit_edges.tolist()) == ([0x7F, 0x7F], [0, 0])
    assert read.bit_time == pytest.approx([BIT, BIT])
    among = recorded(draw_characters([0x7F, 0x55, 0x7F], starts_of([0, 0], bit), FORM, bit))
    assert among.bit_edges[0] == 0
    assert among.bit_edges[1] > 5
    assert among.bit_time == pytest.approx([bit] * 3, abs=INTERVAL / 5)
    assert among[2].gap == pytest.approx(0, abs=2 * INTERVAL)


@pytest.mark.parametrize("error", [-0.07, 0.07])
def test_a_bit_rate_far_off_is_measured(error: float) -> None:
    bit = BIT * (1 + error)
    read = recorded(draw_characters([0x55, 0x31, 0x2A], starts_of([0, 0], bit), FORM, bit))
    assert read.code.tolist() == [0x55, 0x31, 0x2A]
    assert read.intact.all()
    assert read.bit_time == pytest.approx([bit] * 3, abs=INTERVAL / 5)


def test_each_character_of_a_message_has_its_own_bit_time() -> None:
    bits = BIT * np.array([0.99, 1.01, 0.99])
    read = recorded(draw_characters([0x55, 0x55, 0x55], starts_of([1, 1]), FORM, bits))
    assert read.bit_time == pytest.approx(bits, abs=INTERVAL / 5)
    assert read.end == pytest.approx(read.start + 10 * bits, abs=2 * INTERVAL)


def test_two_sides_keep_their_own_bit_times() -> None:
    bits = BIT * np.array([1.05, 1.05, 0.95, 0.95])
    starts = [0.02, 0.02 + 10 * bits[0], 0.05, 0.05 + 10 * bits[2]]
    read = recorded(draw_characters([0x7F, 0x00, 0x7F, 0x00], starts, FORM, bits))
    assert read.code.tolist() == [0x7F, 0x00, 0x7F, 0x00]
    assert read.bit_time == pytest.approx(bits, abs=INTERVAL / 5)
    assert read[0].gap is None
    assert read[3].gap == pytest.approx(0, abs=5 * INTERVAL)


@pytest.mark.parametrize("code", [0x00, 0x15, 0x31, 0x55, 0x7F])
@pytest.mark.parametrize("error", [-0.03, 0.0, 0.03])
def test_a_short_stop_bit_shows_and_the_next_character_is_read(code: int, error: float) -> None:
    bit = BIT * (1 + error)
    read = recorded(draw_characters([0x55, code, 0x2A], starts_of([0, -0.3], bit), FORM, bit))
    assert read.code.tolist() == [0x55, code, 0x2A]
    assert read.intact.all()
    assert read.stop_length == pytest.approx([bit, 0.7 * bit, bit], abs=5 * INTERVAL)
    assert read.gap[2] == pytest.approx(-0.3 * bit, abs=5 * INTERVAL)


def test_a_stop_bit_that_ends_before_its_middle_is_a_framing_error() -> None:
    read = recorded(draw_characters([0x31, 0x2A], starts_of([-0.6]), FORM))
    assert read.code.tolist() == [0x31, 0x2A]
    assert read.stop_right.tolist() == [False, True]
    assert read.stop_length[0] == pytest.approx(0.4 * BIT, abs=2 * INTERVAL)


def test_one_edge_that_is_late_shows_where_it_is_and_how_much() -> None:
    line = draw_characters([0x55, 0x55], starts_of([0]), FORM)
    late = line.changes.copy()
    late[13] += BIT / 10
    read = recorded(DrawnLine(late))
    assert read.code.tolist() == [0x55, 0x55]
    assert read.intact.all()
    assert np.abs(read.fitted_jitter()[read.inner_edges()[1] == 0]).max() < INTERVAL
    worst = max(read[1].edges, key=lambda edge: abs(edge.fitted))
    assert worst.time == pytest.approx(late[13], abs=INTERVAL)
    assert worst.bit == 3
    assert worst.nominal == pytest.approx(BIT / 10, abs=2 * INTERVAL)
    assert worst.fitted == pytest.approx(BIT / 10, rel=0.25)
    columns, owner = read.inner_edges()
    assert read.edges.times[columns[owner == 1]].tolist() == [edge.time for edge in read[1].edges]
    assert read.nominal_jitter()[owner == 1].tolist() == [edge.nominal for edge in read[1].edges]
    assert read.fitted_jitter()[owner == 1].tolist() == pytest.approx([edge.fitted for edge in read[1].edges])


def test_edges_that_come_close_to_each_other_are_still_those_of_their_bits() -> None:
    line = draw_characters([0x55, 0x55, 0x55], starts_of([0, 0]), FORM)
    moved = line.changes.copy()
    # Bit 3 of the second character lasts 0,4 bits.
    moved[13] += 0.3 * BIT
    moved[14] -= 0.3 * BIT
    read = recorded(DrawnLine(moved))
    assert read.code.tolist() == [0x55, 0x55, 0x55]
    assert [edge.bit for edge in read[1].edges] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_wrong_parity_shows_at_its_character_only() -> None:
    read = recorded(
        draw_characters([0x31, 0x32, 0x33], starts_of([0, 0]), FORM, wrong_parity=[False, True, False])
    )
    assert read.code.tolist() == [0x31, 0x32, 0x33]
    assert read.parity_right.tolist() == [True, False, True]
    assert [one.intact for one in read] == [True, False, True]


def test_a_break_shows_and_the_next_character_is_read() -> None:
    line = draw_characters([0x31], [0.1], FORM)
    read = recorded(DrawnLine(np.concatenate(([0.02, 0.02 + 25 * BIT], line.changes))))
    assert read.code.tolist() == [0, 0x31]
    assert read.is_break.tolist() == [True, False]
    assert read.stop_right.tolist() == [False, True]
    assert read[0].stop_length == 0
    assert read[0].edges == ()


@pytest.mark.parametrize("bits_into", np.arange(0.3, 10, 0.4))
def test_a_capture_that_begins_in_a_character_is_read_from_the_next(bits_into: float) -> None:
    codes = [0x55, *b"STS 62055 prepayment"]
    line = draw_characters(codes, starts_of([0] * (len(codes) - 1)), FORM)
    read = recorded(line, begin=0.02 + bits_into * BIT)
    assert read.code.tolist() == codes[1:]
    assert read.intact.all()


def test_a_character_that_the_recording_cuts_off_is_left_out() -> None:
    line = draw_characters([0x31, 0x32], starts_of([0]), FORM)

    def read(bits: float) -> list[int]:
        count = int((0.02 + bits * BIT) / INTERVAL)
        return decode(logic_edges([line.logic(INTERVAL, count)], INTERVAL), FORM).code.tolist()

    assert read(19.4) == [0x31]
    assert read(19.6) == [0x31, 0x32]
    assert read(3.0) == []


def test_spikes_are_no_start_bits_and_do_not_disturb_characters() -> None:
    line = draw_characters([0x31, 0x32], [0.02, 0.1], FORM)
    spikes = [0.0302, 0.0302 + BIT / 5, 0.1 + 3.2 * BIT, 0.1 + 3.3 * BIT]
    read = recorded(DrawnLine(np.sort(np.concatenate((line.changes, spikes)))))
    assert read.bit_time[0] == pytest.approx(BIT, abs=INTERVAL / 5)
    # The edges of the second one after the spike are still those of their bits.
    assert read.bit_time[1] == pytest.approx(BIT, rel=0.02)
    assert read.code.tolist() == [0x31, 0x32]
    assert read.intact.all()
    assert read.false_starts == pytest.approx([0.0302], abs=INTERVAL)


@pytest.mark.parametrize("into", np.arange(0.05, 9.9, 0.2))
@pytest.mark.parametrize("width", [0.02, 0.07, 0.2])
def test_a_spike_anywhere_in_a_character_is_told_and_changes_none(into: float, width: float) -> None:
    line = draw_characters([0x31, 0x32, 0x33], starts_of([0, 0]), FORM)
    begin = float(starts_of([0, 0])[1]) + into * BIT
    read = recorded(DrawnLine(np.sort(np.concatenate((line.changes, [begin, begin + width * BIT])))))
    assert read.code.tolist() == [0x31, 0x32, 0x33]
    assert read.intact.all()
    assert len(read.spikes) == 1
    assert abs(read.spikes[0] - begin) < BIT / 4


def test_a_spike_after_a_character_gives_no_bit_time() -> None:
    line = draw_characters([0x7F], [0.02], FORM)
    spike = [0.02 + 14.4 * BIT, 0.02 + 14.45 * BIT]
    read = recorded(DrawnLine(np.concatenate((line.changes, spike))))
    assert (read.code.tolist(), read.bit_edges.tolist(), read.bit_time.tolist()) == ([0x7F], [0], [BIT])


def test_nothing_on_the_line_is_no_characters() -> None:
    for samples in (np.ones(100, np.uint8), np.zeros(100, np.uint8), np.empty(0, np.uint8)):
        read = decode(logic_edges([samples], INTERVAL), FORM)
        assert len(read) == len(read.nominal_jitter()) == 0
        with pytest.raises(IndexError, match="there are 0 characters"):
            read[0]


@pytest.mark.skipif(shutil.which("sigrok-cli") is None, reason="sigrok-cli is not installed")
def test_the_uart_decoder_of_sigrok_reads_the_same_characters(tmp_path: Path) -> None:
    random = np.random.default_rng(62055)
    codes = random.integers(0, 128, 400)
    starts = starts_of(np.where(random.random(399) < 0.8, random.uniform(0, 1, 399), 30).tolist(), BIT * 1.02)
    wrong = random.random(400) < 0.1
    samples = draw_characters(codes, starts, FORM, BIT * 1.02, wrong).logic(
        INTERVAL, int(starts[-1] / INTERVAL) + 9000
    )
    path = tmp_path / "line.bin"
    samples.tofile(path)
    answer = subprocess.run(
        [
            *("sigrok-cli", "-i", str(path), "-I", "binary:numchannels=8:samplerate=500000"),
            *("-P", "uart:rx=0:baudrate=2400:parity=even:data_bits=7", "-A", "uart=rx-data:rx-parity-err"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line.removeprefix("uart-1: ") for line in answer.stdout.splitlines()]
    read = decode(logic_edges([samples], INTERVAL), FORM)
    ours = []
    for one in read:
        ours += [f"{one.code:02X}"] + ["Parity error"] * (not one.parity_right)
    assert "Parity error" in said
    assert ours == said
