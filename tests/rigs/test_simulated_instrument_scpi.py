"""The SCPI of the simulated instruments: headers, messages, numbers, blocks, status and error queue."""

from typing import ClassVar

import pytest

from sts_rigs.simulator.instruments.device import Choice, Device, Number, Setting, Switch
from sts_rigs.simulator.instruments.scpi import Command, Pattern, commands_of, definite_block, number_of


class Thing(Device):
    identity: ClassVar = ("Maker", "Thing", "1", "2.0")
    settings: ClassVar = (
        Setting("scale", "CHANnel<n>:SCALe", Number("V", 0.0, 10.0), 1.0),
        Setting("slope", "TRIGger:SLOPe", Choice("POSitive", "NEGative"), "POS"),
        Setting("output", "OUTPut[:STATe]", Switch(), False),
    )


def said(thing: Device, message: str) -> bytes:
    return b"".join(reply.data for reply in thing.respond(message) if reply)


@pytest.mark.parametrize(
    ("pattern", "header", "numbers"),
    [
        ("CHANnel<n>:SCALe", "CHAN2:SCAL", (2,)),
        ("CHANnel<n>:SCALe", ":channel12:scale", (12,)),
        ("CHANnel<n>:SCALe", "CHANN2:SCAL", None),
        ("CHANnel<n>:SCALe", "CHAN:SCAL", None),
        ("CHANnel<n>:SCALe", "CHAN2:SCALE?", None),
        ("OUTPut[:STATe]?", "outp?", ()),
        ("OUTPut[:STATe]?", ":OUTPUT:STAT?", ()),
        ("INPut[<n>]:LEVel[<n>]", "INP2:LEV", (2, 1)),
        ("TDIV|TIME_DIV", "time_div", ()),
        ("C<n>:VDIV|VOLT_DIV?", "C3:VDIV?", (3,)),
        ("*IDN?", "*idn?", ()),
        ("WFMOutpre:BYT_Nr?", "WFMO:BYT_N?", ()),
    ],
)
def test_headers_fit_their_long_and_short_forms_only(
    pattern: str, header: str, numbers: tuple[int, ...] | None
) -> None:
    assert Pattern(pattern).numbers(header) == numbers


def test_a_header_without_colon_continues_at_the_level_before_it() -> None:
    message = ':CHAN1:SCAL 1;OFFS 2,"a;b,c";*OPC?;PROB 1;:TIM:SCAL 3'
    assert list(commands_of(message)) == [
        Command("CHAN1:SCAL", ("1",)),
        Command("CHAN1:OFFS", ("2", '"a;b,c"')),
        Command("*OPC?", ()),
        Command("CHAN1:PROB", ("1",)),
        Command("TIM:SCAL", ("3",)),
    ]


def test_headers_of_a_flat_language_stand_for_themselves() -> None:
    assert [command.header for command in commands_of("C1:VDIV 1;C2:VDIV 2", relative=False)] == [
        "C1:VDIV",
        "C2:VDIV",
    ]


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("5", "V", 5),
        ("-2.5e-3", "V", -0.0025),
        ("500US", "S", 5e-4),
        ("20 mV", "V", 0.02),
        (".5", "", 0.5),
        ("2KHZ", "HZ", 2e3),
    ],
)
def test_numbers_come_with_and_without_their_unit(text: str, unit: str, number: float) -> None:
    assert number_of(text, unit) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "V", "5X", "5 5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text or "^$"):
        number_of(text, "V")


def test_a_block_tells_its_length() -> None:
    assert definite_block(b"abc") == b"#13abc"
    assert definite_block(b"a" * 12, 9) == b"#9000000012" + b"a" * 12


def test_settings_are_set_told_and_reset() -> None:
    thing = Thing()
    assert said(thing, "CHAN1:SCAL 20MV;:CHAN2:SCAL 3;:TRIG:SLOP negative;:OUTP ON") == b""
    asked = "CHAN1:SCAL?;:CHAN2:SCAL?;:TRIG:SLOP?;:OUTP:STAT?"
    assert said(thing, asked) == b"+2.00000000E-02;+3.00000000E+00;NEG;1\n"
    assert said(thing, "*RST;" + asked) == b"+1.00000000E+00;+1.00000000E+00;POS;0\n"


@pytest.mark.parametrize(
    ("message", "number", "event"),
    [
        ("NONSENSE:HERE 1", -113, 32),
        ("CHAN1:SCAL", -109, 32),
        ("CHAN1:SCAL twelve", -104, 32),
        ("CHAN1:SCAL 11", -222, 16),
        ("TRIG:SLOP UP", -224, 16),
    ],
)
def test_a_wrong_command_goes_into_the_error_queue(message: str, number: int, event: int) -> None:
    thing = Thing()
    assert said(thing, message) == b""
    assert thing.take_error()[0] == number
    assert thing.take_error() == (0, "No error")
    assert said(thing, "*ESR?;*ESR?") == f"{event};0\n".encode()


def test_clearing_the_status_empties_the_queue() -> None:
    thing = Thing()
    assert said(thing, "NONSENSE;*OPC;*CLS;*ESR?") == b"0\n"
    assert thing.take_error() == (0, "No error")
    assert said(thing, "*OPC;*ESR?;*OPC?;*IDN?") == b"1;1;Maker,Thing,1,2.0\n"
