"""The wholesale defects: each is one replaced part, and does what its one sentence says."""

from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise

import pytest

from meter_on_bench import (
    OTHER_KEY,
    PROFILE,
    SECOND,
    bad_token,
    clear_credit_token,
    clear_tamper_token,
    credit_token,
    display_token,
    power_limit_token,
    sealed,
)
from sts62055.application.token_block import TokenBlock
from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import (
    BreakCommand,
    Command,
    IDRequest,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts_rigs.actions import Action
from sts_rigs.simulator.defects import (
    ALL_DEFECTS,
    BRAINLESS,
    DEFECTS,
    SEQUENCES,
    SIDE_EFFECTS,
    WHOLESALE,
    Defect,
)
from sts_rigs.simulator.meter.meter import Parts
from wholesale_script import CODEC, Heard, ScriptedMeter, key_change, transcript

GOOD = Parts()
EVERY = pytest.mark.parametrize("defect", WHOLESALE.values(), ids=list(WHOLESALE))
ACK, NAK = b"\x06", b"\x15"
IDENTIFICATION = b"/VMT30001020310000100\r\n"
MILLISECOND = SECOND // 1000


def framed(text: str, opening: int = 2, ending: int = 3) -> bytes:
    """Return Data around a text."""
    frame = bytes([opening]) + text.encode("ascii") + bytes([ending])
    return frame + bytes([block_check(frame)])


# -- the catalogue ---------------------------------------------------------------------------------------------


def test_there_are_many() -> None:
    assert len(WHOLESALE) >= 45


def test_they_are_found_by_name_beside_the_others() -> None:
    assert list(ALL_DEFECTS) == [*DEFECTS, *WHOLESALE, *SIDE_EFFECTS, *SEQUENCES, *BRAINLESS]
    assert not DEFECTS.keys() & WHOLESALE.keys()
    assert ALL_DEFECTS.parts_with("port-dead") == WHOLESALE.parts_with("port-dead") != GOOD


def test_every_part_that_a_token_or_a_message_passes_is_broken_by_one() -> None:
    names = {one.name for one in fields(Parts) for defect in WHOLESALE.values() if _replaces(defect, one.name)}
    others = {"switch", "keypad", "credit_registers", "side_effects", "process"}
    assert names == {one.name for one in fields(Parts)} - others


def _replaces(defect: Defect, place: str) -> bool:
    return issubclass(defect.part, getattr(GOOD, place))


# -- each differs ----------------------------------------------------------------------------------------------


def test_the_script_is_the_same_twice() -> None:
    assert transcript(None) == transcript(None)


@pytest.mark.matrix
def test_none_is_like_a_good_meter_and_no_two_are_the_same() -> None:
    alike: dict[str, list[str]] = {}
    for name in (None, *WHOLESALE):
        alike.setdefault(str(transcript(name)), []).append(str(name))
    assert [names for names in alike.values() if len(names) > 1] == []


# -- messages --------------------------------------------------------------------------------------------------

READ = ReadCommand(PROFILE.registers["supply_group_code"].id)
CREDIT = ReadCommand(PROFILE.registers["electricity_credit"].id)
TWO = ReadCommand(PROFILE.registers["electricity_credit"].id, 2)
REFUSED = WriteCommand(PROFILE.registers["electricity_credit"].id, "00000001")
TOKEN = WriteCommand(PROFILE.registers["token"].id, credit_token(1))
BREAK, UNDEFINED, IDENTIFY = BreakCommand(), UndefinedCommand("X"), IDRequest()
DATA = framed("2016(01E241)")


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        (READ, DATA),
        (TWO, framed("2010(00000000)(00000000)")),
        (REFUSED, NAK),
        (TOKEN, ACK),
        (BREAK, ACK),
        (UNDEFINED, NAK),
        (IDENTIFY, IDENTIFICATION),
    ],
)
def test_this_is_what_a_good_meter_says(command: Command, codes: bytes) -> None:
    heard = ScriptedMeter().ask(command)
    assert (heard.codes, heard.damaged) == (codes, 0)


@pytest.mark.parametrize(
    ("name", "command", "codes"),
    [
        ("port-dead", IDENTIFY, b""),
        ("port-dead", READ, b""),
        ("reads-unanswered", READ, b""),
        ("reads-unanswered", IDENTIFY, IDENTIFICATION),
        ("writes-unanswered", TOKEN, b""),
        ("writes-unanswered", BREAK, ACK),
        ("id-requests-unanswered", IDENTIFY, b""),
        ("nak-never-sent", UNDEFINED, b""),
        ("nak-never-sent", REFUSED, b""),
        ("nak-never-sent", BREAK, ACK),
        ("ack-never-sent", BREAK, b""),
        ("ack-never-sent", TOKEN, b""),
        ("ack-and-nak-exchanged", BREAK, NAK),
        ("ack-and-nak-exchanged", REFUSED, ACK),
        ("everything-refused", READ, NAK),
        ("everything-refused", IDENTIFY, NAK),
        ("nak-becomes-ack", UNDEFINED, ACK),
        ("nak-becomes-ack", REFUSED, ACK),
        ("answers-sent-twice", READ, DATA * 2),
        ("answers-sent-twice", BREAK, ACK * 2),
        ("commands-echoed", BREAK, b"\x01B0\x03\x71" + ACK),
        ("commands-echoed", IDENTIFY, b"/?!\r\n" + IDENTIFICATION),
        ("ack-before-every-answer", READ, ACK + DATA),
        ("ack-before-every-answer", UNDEFINED, ACK + NAK),
        ("ack-before-every-answer", BREAK, ACK),
        ("nul-behind-every-answer", READ, DATA + b"\0"),
        ("nul-behind-every-answer", BREAK, ACK + b"\0"),
        ("line-feed-before-every-answer", BREAK, b"\r\n" + ACK),
        ("error-text-for-nak", UNDEFINED, framed("(ER01)")),
        ("ok-for-ack", TOKEN, b"OK\r\n"),
        ("data-cut-short", READ, DATA[:-2]),
        ("id-response-for-everything", READ, IDENTIFICATION),
        ("id-response-for-everything", TOKEN, IDENTIFICATION),
        ("bcc-of-data-is-a-sum", READ, DATA[:-1] + bytes([sum(DATA[1:-1]) & 0x7F])),
        ("bcc-of-data-never-set", READ, DATA[:-1] + b"\0"),
        ("bcc-of-data-missing", READ, DATA[:-1]),
        ("bcc-of-commands-is-a-sum", READ, NAK),
        ("bcc-of-commands-is-a-sum", IDENTIFY, IDENTIFICATION),
        ("data-opened-by-soh", READ, framed("2016(01E241)", opening=1)),
        ("data-ended-by-eot", READ, framed("2016(01E241)", ending=4)),
        ("data-without-register", READ, framed("(01E241)")),
        ("data-without-parentheses", READ, framed("201601E241")),
        ("data-in-brackets", READ, framed("2016[01E241]")),
        ("data-with-units", READ, framed("2016(01E241*kWh)")),
        ("data-without-values", READ, framed("2016()")),
        ("data-names-next-register", READ, framed("2017(01E241)")),
        ("count-of-registers-ignored", TWO, framed("2010(00000000)")),
        ("count-of-registers-from-zero", CREDIT, framed("2010(00000000)(00000000)")),
        ("count-of-registers-from-zero", READ, NAK),
        ("values-in-decimal", READ, framed("2016(123457)")),
        ("values-without-zeros", READ, framed("2016(1E241)")),
        ("values-left-aligned", READ, framed("2016(1E2410)")),
        ("values-little-endian", READ, framed("2016(41E201)")),
        ("values-of-four-digits", READ, framed("2016(E241)")),
        ("values-one-digit-too-wide", READ, framed("2016(001E241)")),
        ("register-map-shifted", READ, NAK),
        ("register-map-shifted", ReadCommand(READ.register_id + 1), framed("2017(01E241)")),
        ("every-write-acknowledged", REFUSED, ACK),
        ("every-register-readable", ReadCommand(0x3000), framed("3000(0000)")),
        ("token-register-refuses", TOKEN, NAK),
        ("id-response-without-end", IDENTIFY, IDENTIFICATION[:-2]),
        ("id-response-with-line-feed-only", IDENTIFY, IDENTIFICATION[:-2] + b"\n"),
        ("id-response-with-request-opening", IDENTIFY, b"/?" + IDENTIFICATION[1:]),
        ("id-response-of-300-baud", IDENTIFY, b"/VMT0" + IDENTIFICATION[5:]),
        ("id-response-in-plain-text", IDENTIFY, b"/VMT3STS-METER V1\r\n"),
        ("id-response-in-lower-case", IDENTIFY, IDENTIFICATION.lower()),
        ("id-response-all-ones", IDENTIFY, b"/VMT300FF02FFFFFF01FF\r\n"),
        ("id-response-without-maker", IDENTIFY, b"/XXX3" + IDENTIFICATION[5:]),
    ],
)
def test_a_meter_with_a_defect_says_this(name: str, command: Command, codes: bytes) -> None:
    heard = ScriptedMeter(name).ask(command)
    assert (heard.codes, heard.damaged) == (codes, 0)


@pytest.mark.parametrize(
    ("name", "commands", "codes"),
    [
        ("first-request-only", (READ, READ, IDENTIFY), (DATA, b"", b"")),
        ("break-hangs-port", (READ, BREAK, READ), (DATA, ACK, b"")),
        ("undefined-command-hangs-port", (UNDEFINED, READ), (NAK, b"")),
        ("answers-one-request-late", (READ, BREAK, IDENTIFY), (NAK, DATA, ACK)),
        ("sign-on-needed", (READ, IDENTIFY, READ, READ), (NAK, IDENTIFICATION, DATA, NAK)),
    ],
)
def test_a_meter_with_a_defect_says_these_one_after_the_other(
    name: str, commands: tuple[Command, ...], codes: tuple[bytes, ...]
) -> None:
    meter = ScriptedMeter(name)
    assert tuple(meter.ask(command).codes for command in commands) == codes


@pytest.mark.parametrize("name", ["first-request-only", "break-hangs-port", "undefined-command-hangs-port"])
def test_a_hanging_port_recovers_by_a_power_cut(name: str) -> None:
    meter = ScriptedMeter(name)
    for command in (UNDEFINED, BREAK):
        meter.ask(command)
    assert meter.ask(READ).codes == b""
    meter.cut_power()
    assert meter.ask(READ).codes == DATA


def test_a_transmission_error_hangs_the_port() -> None:
    meter = ScriptedMeter("damage-hangs-port")
    assert meter.send(outgoing(b"\x01B0\x03\x00")).codes == NAK
    assert meter.ask(READ).codes == b""


@pytest.mark.parametrize(("name", "codes"), [(None, DATA), ("no-gap-allowed", b"")])
def test_a_gap_of_a_tenth_of_a_second_is_allowed(name: str | None, codes: bytes) -> None:
    gaps = [OutgoingCharacter(code, gap=SECOND // 10 * (at == 3)) for at, code in enumerate(CODEC.encode(READ))]
    assert ScriptedMeter(name).send(gaps).codes == codes


def test_several_registers_come_in_descending_order() -> None:
    meter = ScriptedMeter("several-registers-reversed")
    meter.enter(credit_token(1, 127))
    assert meter.ask(TWO).codes == framed("2010(00000000)(0000007F)")


# -- characters and times --------------------------------------------------------------------------------------


def odd(codes: bytes) -> int:
    """Return how many characters have a parity bit of 1."""
    return sum(code.bit_count() & 1 for code in codes)


@pytest.mark.parametrize(
    ("name", "command", "damaged"),
    [
        ("parity-odd", READ, len(DATA)),
        ("eight-data-bits", READ, odd(DATA)),
        ("parity-always-one", READ, len(DATA) - odd(DATA)),
        ("parity-of-single-characters-odd", BREAK, 1),
        ("parity-of-single-characters-odd", READ, 0),
    ],
)
def test_so_many_characters_have_the_wrong_parity(name: str, command: Command, damaged: int) -> None:
    assert ScriptedMeter(name).ask(command).damaged == damaged


def hears(name: str | None) -> Heard:
    return ScriptedMeter(name).ask(CREDIT)


def test_bits_and_stop_bits_are_too_short() -> None:
    whole = PROFILE.character_time
    assert hears(None).durations == {whole}
    assert hears("bit-clock-fast").durations == {whole * 96 // 100}
    assert hears("half-a-stop-bit").durations == {whole - whole // 20}


def test_answers_come_too_early_or_with_gaps_or_not_in_time() -> None:
    assert hears("answers-at-once").reaction == 5 * MILLISECOND
    assert hears("answers-after-ten-seconds").codes == b""
    assert hears("gaps-between-all-characters").longest_gap == 1700 * MILLISECOND
    meter = ScriptedMeter("answers-ever-later")
    reactions = [meter.ask(CREDIT).reaction for _ in range(3)]
    assert [after - before for before, after in pairwise(reactions)] == [50 * MILLISECOND] * 2


def test_a_token_takes_a_minute() -> None:
    meter = ScriptedMeter("tokens-take-a-minute")
    assert meter.enter(credit_token(1)) == "10"
    meter.wait(60 * SECOND)
    assert meter.read("token_status") == "01"


def test_no_level_is_within_its_limits() -> None:
    good, wrong = (
        [value for what, value in transcript(name).items() if "irradiance" in what or "current" in what]
        for name in (None, "levels-out-of-limits")
    )
    assert all(one != other for one, other in zip(good, wrong, strict=True))


# -- registers -------------------------------------------------------------------------------------------------


def prepared(name: str | None) -> ScriptedMeter:
    """Return a meter with a credit of 18 032,4 kWh, a limit of 16 394 W, and an open cover."""
    meter = ScriptedMeter(name)
    meter.enter(credit_token(1, 0x8001))
    meter.enter(power_limit_token(2, 0x4001))
    meter.do(Action.OPEN_COVER)
    return meter


@pytest.mark.parametrize(
    ("name", "register_name", "text"),
    [
        (None, "meter_status", "0003"),
        (None, "electricity_credit", "0002C064"),
        (None, "maximum_power_limit", "0000400A"),
        (None, "tamper_status", "01"),
        (None, "token_status", "01"),
        ("meter-status-always-zero", "meter_status", "0000"),
        ("meter-status-reversed", "meter_status", "C000"),
        ("serial-number-always-zero", "serial_number", "0" * 16),
        ("serial-number-in-digits", "serial_number", "0000012345678903"),
        ("power-limit-always-zero", "maximum_power_limit", "00000000"),
        ("power-limit-in-kilowatts", "maximum_power_limit", "00000010"),
        ("credit-always-zero", "electricity_credit", "00000000"),
        ("credit-shown-in-whole-units", "electricity_credit", f"{18032:08X}"),
        ("credit-in-watt-hours", "electricity_credit", f"{18032400:08X}"),
        ("credit-of-sixteen-bits", "electricity_credit", "0000C064"),
        ("credit-one-read-late", "electricity_credit", "00000000"),
        ("energy-is-credit", "cumulative_energy", "0002C064"),
        ("tamper-status-always-zero", "tamper_status", "00"),
        ("tamper-status-inverted", "tamper_status", "00"),
        ("supply-group-always-zero", "supply_group_code", "000000"),
        ("supply-group-of-sixteen-bits", "supply_group_code", "00E241"),
        ("token-status-always-zero", "token_status", "00"),
        ("values-of-neighbours", "cumulative_energy", "0002C064"),
        ("values-of-neighbours", "electricity_credit", "0000400A"),
        ("values-of-neighbours", "meter_status", "E241"),
        ("every-register-the-same", "electricity_credit", "00000003"),
        ("every-register-the-same", "tamper_status", "03"),
    ],
)
def test_a_register_shows_this(name: str | None, register_name: str, text: str) -> None:
    assert prepared(name).read(register_name) == text


def test_the_supply_group_stays_that_of_the_factory() -> None:
    shown = {}
    for name in (None, "supply-group-of-factory"):
        meter = ScriptedMeter(name)
        for token in key_change():
            meter.enter(token)
        shown[name] = meter.read("supply_group_code")
    assert shown == {None: f"{987654:06X}", "supply-group-of-factory": f"{123457:06X}"}


# -- results ---------------------------------------------------------------------------------------------------

ONCE, AGAIN, OLD, FOREIGN = credit_token(1), credit_token(1), credit_token(-1), bad_token(1)
WATER, OVERFLOW = credit_token(2, subclass=1), credit_token(2, 0xFFFF)
OTHER_MAKER = display_token(1, manufacturer_code=13)
SHOW = display_token(16)
LIMIT, TAMPER, CLEAR_ONE, CLEAR_ALL = (
    power_limit_token(2, 7),
    clear_tamper_token(2),
    clear_credit_token(3, 0),
    clear_credit_token(3),
)
SHOW_LONG = display_token(16, subclass=1)
CLASS_1_WITH_WRONG_CRC = sealed(TokenBlock(1, 0, 1 << 8, 0))
LATER = [credit_token(minutes) for minutes in range(2, 9)]
PARTS = key_change()
NEW_KEY = credit_token(9, key=OTHER_KEY)


@pytest.mark.parametrize(
    ("name", "tokens", "codes"),
    [
        (None, (ONCE, AGAIN, OLD, FOREIGN, WATER, OVERFLOW), "01 0A 09 0D 08 04"),
        (None, (SHOW, SHOW_LONG, OTHER_MAKER, CLASS_1_WITH_WRONG_CRC), "01 01 0E 0D"),
        (None, (*PARTS, NEW_KEY, LATER[0]), "02 03 11 01 01 0D"),
        (None, (FOREIGN, FOREIGN, FOREIGN, ONCE), "0D 0D 0D 0F"),
        (None, (ONCE, LIMIT, CLEAR_ONE), "01 01 01"),
        ("token-status-always-accept", (ONCE, AGAIN, FOREIGN), "01 01 01"),
        ("token-status-stays-busy", (ONCE, AGAIN), "10 10"),
        ("token-status-one-token-late", (ONCE, FOREIGN, OLD), "00 01 0D"),
        ("tokens-acknowledged-and-lost", (ONCE, FOREIGN), "00 00"),
        ("token-digits-reversed", (ONCE[::-1], SHOW[::-1]), "01 01"),
        ("token-kept-from-before", (ONCE, LATER[0], OLD), "01 0A 01"),
        ("accept-shown-as-nothing", (ONCE, AGAIN), "00 0A"),
        ("accept-shown-as-used", (ONCE, OLD), "0A 09"),
        ("accept-shown-as-busy", (ONCE, OLD), "10 09"),
        ("refusals-shown-as-accept", (ONCE, AGAIN, OLD, FOREIGN, WATER, OVERFLOW), "01 01 01 01 01 01"),
        ("refusals-shown-as-format-error", (ONCE, AGAIN, OLD, FOREIGN, OTHER_MAKER), "01 06 06 06 06"),
        ("refusals-shown-as-nothing", (ONCE, AGAIN, OLD, FOREIGN, WATER), "01 00 00 00 00"),
        ("refusals-shown-as-busy", (ONCE, AGAIN, OLD, FOREIGN, WATER), "01 10 10 10 10"),
        ("crc-error-shown-as-mfrcode-error", (FOREIGN, OLD), "0E 09"),
        ("crc-error-shown-as-nothing", (FOREIGN, OLD), "00 09"),
        ("crc-error-shown-as-busy", (FOREIGN, OLD), "10 09"),
        ("mfrcode-error-shown-as-crc-error", (OTHER_MAKER, SHOW), "0D 01"),
        ("old-shown-as-used", (OLD, FOREIGN), "0A 0D"),
        ("used-shown-as-old", (ONCE, AGAIN), "01 09"),
        ("used-shown-as-accept", (ONCE, AGAIN, OLD), "01 01 09"),
        ("overflow-shown-as-accept", (OVERFLOW, WATER), "01 08"),
        ("function-error-shown-as-accept", (WATER, OVERFLOW), "01 04"),
        ("function-error-shown-as-crc-error", (WATER, OVERFLOW), "0D 04"),
        ("key-change-parts-shown-as-accept", PARTS, "01 01 01 01"),
        ("key-change-parts-shown-as-format-error", (*PARTS, NEW_KEY), "06 06 06 01 01"),
        ("lockout-shown-as-crc-error", (FOREIGN, FOREIGN, FOREIGN, ONCE), "0D 0D 0D 0D"),
        ("lockout-shown-as-busy", (FOREIGN, FOREIGN, FOREIGN, ONCE), "0D 0D 0D 10"),
        ("codes-one-too-high", (ONCE, AGAIN, FOREIGN), "02 0B 0E"),
        ("credit-refused", (ONCE, LIMIT), "08 01"),
        ("displays-refused", (SHOW, ONCE), "08 01"),
        ("displays-of-subclass-0-refused", (SHOW, SHOW_LONG), "08 01"),
        ("displays-all-accepted", (display_token(6), SHOW), "01 01"),
        ("management-refused", (LIMIT, TAMPER, CLEAR_ALL, ONCE), "08 08 08 01"),
        ("power-limit-refused", (LIMIT, ONCE), "07 01"),
        ("clear-credit-refused", (CLEAR_ALL, LIMIT), "08 01"),
        ("clear-credit-of-all-only", (CLEAR_ONE, CLEAR_ALL), "07 01"),
        ("clear-tamper-refused", (TAMPER, LIMIT), "08 01"),
        ("unknown-tokens-accepted", (WATER, sealed(TokenBlock.sealed(2, 7, 6_000_009 << 16))), "01 01"),
        ("no-token-known", (ONCE, SHOW, LIMIT), "08 08 08"),
        ("no-validation", (ONCE, AGAIN, OLD), "01 01 01"),
        ("no-store", (ONCE, AGAIN, OLD), "01 01 09"),
        ("store-of-one", (LATER[0], ONCE, LATER[0]), "01 09 0A"),
        ("store-fills-up", (ONCE, *LATER), "01 01 01 01 01 0A 0A 0A"),
        ("store-replaces-greatest", (ONCE, *LATER[:5], ONCE, LATER[3]), "01 01 01 01 01 01 0A 01"),
        ("every-token-old", (ONCE, LIMIT, SHOW), "09 09 01"),
        ("every-token-used", (ONCE, LIMIT, SHOW), "0A 0A 01"),
        ("every-token-expired", (ONCE, LIMIT, SHOW), "0B 0B 01"),
        ("every-key-a-default-key", (ONCE, LIMIT), "0C 01"),
        ("validation-of-class-0-only", (LIMIT, LIMIT, ONCE, ONCE), "01 01 01 0A"),
        ("validation-of-class-2-only", (LIMIT, LIMIT, ONCE, ONCE), "01 0A 01 01"),
        ("identifiers-in-hours", (credit_token(1), credit_token(2), credit_token(61)), "0A 0A 01"),
        ("crc-octets-exchanged", (ONCE, SHOW), "0D 0D"),
        ("crc-without-class", (ONCE, LIMIT, SHOW), "01 0D 0D"),
        ("crc-checked-in-class-1-only", (ONCE, CLASS_1_WITH_WRONG_CRC), "01 0D"),
        ("crc-checked-in-class-0-and-2-only", (FOREIGN, CLASS_1_WITH_WRONG_CRC), "0D 01"),
        ("every-crc-wrong", (SHOW, ONCE), "0D 0D"),
        ("every-maker-foreign", (SHOW, SHOW_LONG, ONCE), "0E 0E 01"),
        ("another-key-held", (ONCE, LIMIT, SHOW), "0D 0D 01"),
        ("class-1-decrypted", (ONCE, SHOW), "01 0D"),
        ("key-changes-refused", PARTS, "08 08 08 08"),
        ("key-change-parts-dropped", (*PARTS[:3], PARTS[3], LATER[0]), "02 03 11 12 01"),
        ("key-change-complete-at-once", (PARTS[0], PARTS[1], LATER[0]), "01 01 01"),
        ("key-sections-misplaced", (*PARTS, NEW_KEY), "02 03 11 01 0D"),
        ("attributes-of-old-key", (*PARTS, NEW_KEY), "02 03 11 01 01"),
        ("every-key-type-refused", PARTS, "02 03 11 05"),
        ("every-key-out-of-range", PARTS, "02 03 11 07"),
        ("locked-out-from-the-start", (ONCE, LIMIT, SHOW), "0F 0F 01"),
        ("locked-out-by-first-failure", (FOREIGN, ONCE), "0D 0F"),
        ("memory-never-written", (ONCE, AGAIN), "01 01"),
    ],
)
def test_tokens_have_these_results(name: str | None, tokens: tuple[str, ...], codes: str) -> None:
    meter = ScriptedMeter(name)
    assert [meter.enter(token) for token in tokens] == codes.split()


def test_a_busy_token_is_shown_as_accepted() -> None:
    shown = {}
    for name in (None, "token-status-never-busy"):
        meter = ScriptedMeter(name, execution=20 * SECOND)
        meter.ask(TOKEN)
        shown[name] = meter.read("token_status")
    assert shown == {None: "10", "token-status-never-busy": "01"}


def test_a_token_is_entered_twice_and_the_second_time_it_is_used() -> None:
    meter = ScriptedMeter("tokens-entered-twice")
    assert meter.enter(credit_token(1, 127)) == "10"
    meter.wait(2 * SECOND)
    assert (meter.read("token_status"), meter.read("electricity_credit")) == ("0A", "0000007F")


def test_accepted_tokens_lead_to_a_lockout() -> None:
    meter = ScriptedMeter("locked-out-by-acceptance")
    assert "0F" in [meter.enter(credit_token(minutes)) for minutes in range(1, 6)]


@pytest.mark.parametrize("name", ["identifiers-little-endian", "class-bits-at-the-top", "tokens-of-64-bits"])
def test_good_tokens_are_refused(name: str) -> None:
    meter = ScriptedMeter(name)
    results = {meter.enter(credit_token(minutes)) for minutes in range(1, 300, 50)}
    assert results - {"01"}


# -- what tokens do --------------------------------------------------------------------------------------------


def credit_after(name: str | None, *values: int) -> int:
    """Return the credit after credit tokens with these 16 bits of Amount."""
    meter = ScriptedMeter(name)
    for minutes, value in enumerate(values, 1):
        assert meter.enter(credit_token(minutes, value)) == "01"
    return int(meter.read("electricity_credit"), 16)


@pytest.mark.parametrize(
    ("name", "values", "credit"),
    [
        (None, (15, 0x4001), 15 + 16394),
        ("credit-accepted-not-booked", (15, 20), 0),
        ("credit-booked-twice", (15, 20), 70),
        ("credit-halved", (15, 20), 17),
        ("credit-replaced", (15, 20), 20),
        ("exponent-ignored", (0x4001, 0x8002), 3),
        ("amounts-little-endian", (0x0300, 0x0100), 4),
    ],
)
def test_a_credit_token_books_this(name: str | None, values: tuple[int, ...], credit: int) -> None:
    assert credit_after(name, *values) == credit


def limit(meter: ScriptedMeter) -> str:
    meter.enter(power_limit_token(2, 700))
    return str(int(meter.read("maximum_power_limit"), 16))


def tamper(meter: ScriptedMeter) -> str:
    meter.do(Action.OPEN_COVER)
    meter.enter(clear_tamper_token(3))
    return meter.read("tamper_status")


@pytest.mark.parametrize(
    ("name", "look", "shown"),
    [
        (None, limit, "700"),
        ("power-limit-in-tenths", limit, "70"),
        ("management-without-effect", limit, "0"),
        (None, tamper, "00"),
        ("management-without-effect", tamper, "01"),
        ("clear-tamper-tampers", tamper, "01"),
        (None, lambda meter: meter.display(16), "123457"),
        ("displays-show-nothing", lambda meter: meter.display(16), "Accept"),
        ("displays-all-accepted", lambda meter: meter.display(16), "Accept"),
        ("displays-all-the-same", lambda meter: meter.display(16), "0100"),
        ("test-numbers-shifted", lambda meter: meter.display(17), "123457"),
        ("test-numbers-shifted", lambda meter: meter.display(5), "3 2"),
        ("control-bits-reversed", lambda meter: meter.display(36 - 16 + 1), "123457"),
    ],
)
def test_a_management_or_display_token_does_this(
    name: str | None, look: Callable[[ScriptedMeter], str], shown: str
) -> None:
    assert look(ScriptedMeter(name)) == shown


def test_a_key_change_leaves_everything_that_is_said_of_the_key() -> None:
    meter = ScriptedMeter("attributes-of-old-key")
    for token in PARTS:
        meter.enter(token)
    assert [meter.display(number) for number in (4, 5, 16)] == ["3 2", "07", "123457"]


# -- power -----------------------------------------------------------------------------------------------------


def after_cut(name: str | None) -> list[str]:
    """Return credit, limit, tamper status and the result of a used token after a power cut."""
    meter = prepared(name)
    meter.cut_power()
    registers = ("electricity_credit", "maximum_power_limit", "tamper_status")
    return [*map(meter.read, registers), meter.enter(credit_token(1, 0x8001))]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (None, ["0002C064", "0000400A", "01", "0A"]),
        ("everything-lost-in-power-cut", ["00000000", "00000000", "00", "01"]),
        ("credit-lost-in-power-cut", ["00000000", "0000400A", "01", "0A"]),
        ("credit-doubled-by-power-cut", ["000580C8", "0000400A", "01", "0A"]),
        ("store-erased-by-power-cut", ["0002C064", "0000400A", "01", "09"]),
        ("tamper-forgotten-in-power-cut", ["0002C064", "0000400A", "00", "0A"]),
        ("memory-never-written", ["00000000", "00000000", "01", "01"]),
        ("port-dead-after-power-cut", ["", "", "", ""]),
        ("start-up-takes-a-minute", ["", "", "", ""]),
        ("never-starts-again", ["", "", "", ""]),
    ],
)
def test_this_is_left_after_a_power_cut(name: str | None, kept: list[str]) -> None:
    assert after_cut(name) == kept


@pytest.mark.parametrize(
    ("name", "cuts", "seconds", "is_alive"),
    [
        ("port-dead-after-power-cut", 1, 600, False),
        ("port-dead-after-power-cut", 2, 0, True),
        ("start-up-takes-a-minute", 1, 50, False),
        ("start-up-takes-a-minute", 1, 60, True),
        ("never-starts-again", 2, 6000, False),
    ],
)
def test_the_port_comes_back_after_so_many_cuts_and_seconds(
    name: str, cuts: int, seconds: int, *, is_alive: bool
) -> None:
    meter = ScriptedMeter(name)
    for _ in range(cuts):
        meter.cut_power()
    meter.wait(seconds * SECOND)
    assert bool(meter.ask(READ).codes) is is_alive


def test_memory_is_written_late() -> None:
    meter = ScriptedMeter("memory-written-late")
    assert meter.enter(credit_token(1, 15)) == "10"
    meter.wait(5 * SECOND)
    assert (meter.read("token_status"), meter.read("electricity_credit")) == ("01", "0000000F")
