"""A declared setting refuses what it should before sending, and reads every form of answer."""

from collections.abc import Mapping

import pytest

from instrument_dialogue import ScriptedSession
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.settings import Choice, Flag, Number, number_in


class Channel:
    scale = Number("CHAN{n}:SCAL", "volts per division", unit="V", low=0.001, high=10, suffix="V")
    slope = Choice("CHAN{n}:SLOP", "its edge", {"up": "POSitive", "down": "NEGative"})
    shown = Flag("CHAN{n}:DISP", "whether it is shown")
    position = Number("CHAN{n}:POS", "where it is")
    rate = Number("SRAT", "samples a second", read_only=True)

    def __init__(self, **answers: str) -> None:
        self.session = ScriptedSession({key.replace("_", ":"): answer for key, answer in answers.items()})
        self.place: Mapping[str, object] = {"n": 2}


def test_a_setting_is_sent_with_its_place_filled_in() -> None:
    channel = Channel()
    channel.scale = 0.5
    channel.slope = "down"
    channel.shown = True
    channel.shown = False
    assert channel.session.sent == ["CHAN2:SCAL 0.5V", "CHAN2:SLOP NEGative", "CHAN2:DISP ON", "CHAN2:DISP OFF"]


@pytest.mark.parametrize("value", [0.0009, 10.1, float("nan"), float("inf"), -1.0])
def test_a_number_out_of_range_is_refused_before_it_is_sent(value: float) -> None:
    channel = Channel()
    with pytest.raises(BenchFault, match="the scale of instrument 1 cannot be") as caught:
        channel.scale = value
    assert caught.value.remedy == "choose 0.001 to 10 V"
    assert channel.session.sent == []


@pytest.mark.parametrize("value", [0.001, 10.0])
def test_the_ends_of_a_range_are_in_it(value: float) -> None:
    channel = Channel()
    channel.scale = value
    assert len(channel.session.sent) == 1


def test_a_choice_that_is_none_is_refused_before_it_is_sent() -> None:
    channel = Channel()
    with pytest.raises(BenchFault, match="the slope of instrument 1 cannot be sideways: choose one of up, down"):
        channel.slope = "sideways"
    assert channel.session.sent == []


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_without_limits_is_still_a_number(value: float) -> None:
    channel = Channel()
    with pytest.raises(BenchFault, match="the position of instrument 1 cannot be"):
        channel.position = value
    assert channel.session.sent == []


def test_what_can_only_be_read_cannot_be_set() -> None:
    channel = Channel()
    with pytest.raises(AttributeError, match="rate can only be read"):
        channel.rate = 1.0
    assert channel.session.sent == []


@pytest.mark.parametrize(("answer", "value"), [("POS", "up"), ("NEGATIVE", "down"), ("negative", "down")])
def test_an_answer_may_be_the_short_or_the_long_form(answer: str, value: str) -> None:
    channel = Channel(CHAN2_SLOP=answer)
    assert channel.slope == value
    assert channel.session.sent == ["CHAN2:SLOP?"]


@pytest.mark.parametrize(("answer", "value"), [("1", True), ("0", False), ("ON", True), ("off", False)])
def test_a_flag_may_be_a_word_or_a_figure(answer: str, value: bool) -> None:
    assert Channel(CHAN2_DISP=answer).shown is value


@pytest.mark.parametrize("answer", ["UP", "POSI", ""])
def test_another_word_is_refused(answer: str) -> None:
    with pytest.raises(BenchFault, match=r"answered 'CHAN2:SLOP\?' with .*, not one of POSitive, NEGative"):
        _ = Channel(CHAN2_SLOP=answer).slope


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("+1.50000000E-002", 0.015),
        ("-3", -3.0),
        (".5", 0.5),
        ("5.00E+08", 5e8),
        ("500MSa/s", 5e8),
        ("14Mpts", 14e6),
        ("7kpts", 7e3),
        ("14000pts", 14e3),
        ("7K", 7e3),
        ("500mV", 0.5),
        ("1.00E-01V", 0.1),
        ("20us", 20e-6),
    ],
)
def test_a_number_may_have_a_prefix_and_a_unit(answer: str, value: float) -> None:
    assert number_in("scope", "X?", answer) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("answer", ["", "V", "1.2.3", "****", "1,2", "nan"])
def test_what_is_no_number_is_refused(answer: str) -> None:
    with pytest.raises(BenchFault, match=r"scope answered 'X\?' with .*, which is not a number"):
        number_in("scope", "X?", answer)


def test_a_setting_knows_what_it_is() -> None:
    assert Channel.scale.__doc__ == "volts per division"
