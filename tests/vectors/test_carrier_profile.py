"""The protocol profile: complete, with provenance, and strict to those who write one."""

import re
from importlib.resources import files

import pytest

from carrier_line import PROFILE, changed
from sts62055.application.results import (
    AuthenticationResult,
    CarrierStatus,
    TokenResult,
    TokenStatus,
    ValidationResult,
)
from sts62055.carrier.profile import Limits, Parameter, ProfileError, RegisterEntry, parse_profile
from sts62055.provenance import Grade

TEXT = files("sts62055.carrier.profile").joinpath("profile.toml").read_text("utf-8")
ENTRIES = {entry.name: entry for entry in PROFILE}
STATUS_CODES: dict[int, TokenStatus] = {
    0: CarrierStatus.RESERVED,
    1: TokenResult.ACCEPT,
    2: TokenResult.FIRST_KCT,
    3: TokenResult.SECOND_KCT,
    4: TokenResult.OVERFLOW_ERROR,
    5: TokenResult.KEY_TYPE_ERROR,
    6: TokenResult.FORMAT_ERROR,
    7: TokenResult.RANGE_ERROR,
    8: TokenResult.FUNCTION_ERROR,
    9: ValidationResult.OLD_ERROR,
    10: ValidationResult.USED_ERROR,
    11: ValidationResult.KEY_EXPIRED_ERROR,
    12: ValidationResult.DDTK_ERROR,
    13: AuthenticationResult.CRC_ERROR,
    14: AuthenticationResult.MFR_CODE_ERROR,
    15: CarrierStatus.LOCKOUT,
    16: CarrierStatus.NOT_READY,
    17: TokenResult.THIRD_KCT,
    18: TokenResult.FOURTH_KCT,
}
REGISTERS = [
    ("meter_status", 0x2002, 4, "read"),
    ("serial_number", 0x2006, 16, "read"),
    ("maximum_power_limit", 0x200C, 8, "read"),
    ("electricity_credit", 0x2010, 8, "read"),
    ("cumulative_energy", 0x2011, 8, "read"),
    ("tamper_status", 0x2014, 2, "read"),
    ("supply_group_code", 0x2016, 6, "read"),
    ("token_status", 0xFFFE, 2, "read"),
    ("token", 0xFFFF, 20, "write"),
]
HEAD = 'edition = "1.0"\n'
WIDTH = '[parameter.width]\nclause = "6.8"\nvalue = 4\nunit = "1"\nprovenance = "assumed"\n'
CREDIT = (
    '[register.credit]\nid = 1\nclause = "6.8.3"\nwidth = 8\n'
    'unit = "kWh"\naccess = "read"\nprovenance = "assumed"\n'
)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
def test_every_entry_has_a_clause_a_unit_and_a_known_provenance(entry: Parameter | RegisterEntry) -> None:
    assert re.fullmatch(r"[678](\.\d+)*", entry.clause)
    assert isinstance(entry.unit, str)
    assert isinstance(entry.provenance, Grade)
    numeric = isinstance(getattr(entry, "value", 0), int | float | dict)
    assert entry.unit or not numeric, "a number needs a unit"


def test_the_entries_are_those_of_the_text() -> None:
    assert list(ENTRIES) == re.findall(r"^\[(?:parameter|register)\.(\w+)\]$", TEXT, re.MULTILINE)
    assert len(ENTRIES) == len(PROFILE.parameters) + len(PROFILE.registers)


def test_the_shipped_profile_claims_no_confirmation() -> None:
    assert Grade.CONFIRMED not in {entry.provenance for entry in PROFILE}


def test_every_table_in_the_text_says_its_provenance_itself() -> None:
    tables = re.split(r"^\[(?:parameter|register)\.", TEXT, flags=re.MULTILINE)[1:]
    entries = [table for table in tables if not re.match(r"\w+\.value\]", table)]
    assert all(re.search(r'^provenance = "\w+"$', table, re.MULTILINE) for table in entries)
    assert len(entries) == len(ENTRIES)


@pytest.mark.parametrize(
    ("name", "provenance"),
    [
        ("bit_rate", "observed"),
        ("reaction_time", "inferred"),
        ("token_status_codes", "published"),
        ("token", "observed"),
    ],
)
def test_a_profile_tells_the_provenance_of_parameters_and_registers(name: str, provenance: str) -> None:
    assert name in PROFILE
    assert PROFILE.provenance(name) == provenance


def test_a_profile_says_that_it_does_not_know_a_name() -> None:
    assert "colour" not in PROFILE
    with pytest.raises(KeyError, match="colour"):
        PROFILE.provenance("colour")


def test_the_registers_are_those_of_the_facts() -> None:
    assert [(entry.name, entry.id, entry.width, entry.access) for entry in PROFILE.registers.values()] == REGISTERS


def test_no_two_registers_share_an_id() -> None:
    ids = [entry.id for entry in PROFILE.registers.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("electricity_credit", 123, "0000007B"), ("tamper_status", 1, "01"), ("meter_status", 0xABCD, "ABCD")],
)
def test_a_register_shows_upper_case_digits_padded_to_its_width(name: str, value: int, text: str) -> None:
    assert PROFILE.registers[name].encode(value) == text


@pytest.mark.parametrize(("code", "status"), STATUS_CODES.items())
def test_a_token_status_code_is_its_result_both_ways(code: int, status: TokenStatus) -> None:
    assert PROFILE.token_status(code) is status
    assert PROFILE.token_status_code(status) == code


@pytest.mark.parametrize("code", [-1, 19, 128, 255])
def test_reserved_token_status_codes_say_nothing(code: int) -> None:
    assert PROFILE.token_status(code) is None


def test_a_character_takes_ten_bits_at_2400_baud() -> None:
    assert PROFILE.character_time == 4_166_667


@pytest.mark.parametrize(
    ("values", "time"),
    [
        ({"bit_rate": 9600}, 1_041_667),
        ({"parity": "none"}, 3_750_000),
        ({"data_bits": 8, "stop_bits": 2}, 5_000_000),
    ],
)
def test_the_character_time_follows_the_profile(values: dict[str, object], time: int) -> None:
    assert changed(**values).character_time == time


def test_times_are_nanoseconds() -> None:
    assert PROFILE.time("quiet_time") == 1_500_000_000
    assert PROFILE.time_limits("reaction_time") == Limits(200_000_000, 1_500_000_000)
    assert PROFILE.longest_time("reaction_time") == 1_500_000_000


@pytest.mark.parametrize(
    ("value", "limits"),
    [({"upper": 1500}, Limits(None, 1_500_000_000)), ({"lower": 20}, Limits(20_000_000, None))],
)
def test_an_interval_may_be_open_at_one_end(value: object, limits: Limits) -> None:
    assert changed(reaction_time=value).time_limits("reaction_time") == limits


def test_a_longest_time_needs_an_upper_limit() -> None:
    with pytest.raises(ProfileError, match="'reaction_time' needs an upper limit"):
        changed(reaction_time={"lower": 20}).longest_time("reaction_time")


def test_numbers_keep_their_own_unit() -> None:
    assert PROFILE.number("longest_message") == 256
    assert PROFILE.ratio("bit_time_tolerance") == 0.02
    assert PROFILE.text("parity") == "even"


def test_a_value_of_the_wrong_kind_is_refused_with_its_parameter() -> None:
    with pytest.raises(ProfileError, match="'bit_rate' must be a int, and is 'fast'"):
        changed(bit_rate="fast").number("bit_rate")
    with pytest.raises(ProfileError, match="'data_bits' must be a str, and is 7"):
        PROFILE.text("data_bits")


def test_a_small_profile_is_read() -> None:
    profile = parse_profile(HEAD + WIDTH + CREDIT)
    assert profile.edition == "1.0"
    assert profile.parameters == {"width": Parameter("width", "6.8", 4, "1", Grade.ASSUMED)}
    assert profile.registers == {"credit": RegisterEntry("credit", 1, "6.8.3", 8, "kWh", "read", Grade.ASSUMED)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + WIDTH.replace('provenance = "assumed"\n', "") + CREDIT,
            r"parameter 'width': it needs a provenance: confirmed, verified",
        ),
        (HEAD + WIDTH + CREDIT.replace("assumed", "guessed"), r"register 'credit': it needs a provenance"),
        (HEAD + WIDTH.replace('"assumed"', "[1]") + CREDIT, r"parameter 'width': it needs a provenance"),
        (HEAD + "[parameter.width\n", r"not valid TOML: .*line 2"),
        (HEAD + WIDTH + WIDTH + CREDIT, r"not valid TOML: .*line 7"),
        (HEAD + WIDTH + 'colour = "red"\n' + CREDIT, r"'width'.*'colour'"),
        (HEAD + WIDTH + CREDIT + 'colour = "red"\n', r"'credit'.*'colour'"),
        (HEAD + WIDTH + 'name = "height"\n' + CREDIT, r"'width'.*'name'"),
        (HEAD + WIDTH.replace('unit = "1"\n', "") + CREDIT, r"'width'.*'unit'"),
        (HEAD + WIDTH + CREDIT.replace("id = 1\n", ""), r"'credit'.*'id'"),
        (HEAD + 'colour = "red"\n' + WIDTH + CREDIT, r"unknown .*'colour'"),
        (HEAD + WIDTH + CREDIT + WIDTH.replace("parameter", "paramter"), r"unknown .*'paramter'"),
        (HEAD + "[parameter]\nwidth = 4\n" + CREDIT, r"parameter 'width': it is a table, and not 4"),
        (HEAD + "parameter = 4\n" + CREDIT, r"'parameter' is a table, and not 4"),
        (WIDTH + CREDIT, r"no 'edition'"),
        (HEAD + CREDIT, r"no 'parameter'"),
        (HEAD + WIDTH, r"no 'register'"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        parse_profile(text)


def edited(name: str, key: str, value: str) -> str:
    """Return the shipped text with one key of one entry written otherwise."""
    pattern = rf"(^\[(?:parameter|register)\.{name}\]\n(?:(?!\[).*\n)*?{key} = )(.*)$"
    text, count = re.subn(pattern, lambda found: found[1] + value, TEXT, count=1, flags=re.MULTILINE)
    assert count == 1
    return text


def refusal(text: str) -> str:
    with pytest.raises(ProfileError) as refused:
        parse_profile(text)
    (reason,) = refused.value.reasons
    return reason


WRONG_KINDS = {str: ["7", '""', "true"], int: ['"fast"', "0.5", "-1", "true"], float: ['"x"', "1", "-0.1"]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name, entry in PROFILE.parameters.items()
        for value in WRONG_KINDS.get(type(entry.value), [])
    ],
)
def test_no_parameter_takes_a_value_of_the_wrong_kind(name: str, value: str) -> None:
    assert refusal(edited(name, "value", value)).startswith(f"profile parameter '{name}': ")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("bit_rate", "0", "it is a whole number above 0, and not 0"),
        ("lockout_threshold", "0", "it is a whole number above 0"),
        ("stop_bits", "3", "it is 1 or 2, and not 3"),
        ("bit_time_tolerance", "1.5", "a ratio between 0.0 and 1.0"),
        ("token_status_after_restart", "256", "a code from 0 to 255, and not 256"),
        ("token_status_after_restart", "99", "99 is none of the codes of token_status_codes"),
        ("write_answer", '"ack"', "it is ACK or NAK, and not 'ack'"),
        ("lockout_delay", "2_000_000", "it is 2000000, which is above lockout_delay_maximum, 1280000"),
        ("reaction_time", "{ lower = 2, upper = 1 }", "lower is 2, which is above upper, 1"),
        ("reaction_time", "{ lower = 0.2 }", "lower is a whole number from 0 on, and not 0.2"),
        ("reaction_time", "{ lower = true }", "lower is a whole number"),
        ("reaction_time", "{ upper = -1 }", "upper is a whole number"),
        ("reaction_time", "{ uper = 1 }", "a table with lower, upper or both"),
        ("reaction_time", "{ }", "a table with lower, upper or both"),
        ("reaction_time", "1500", "a table with lower, upper or both"),
        ("execution_time", "{ lower = 1 }", "it needs an upper limit"),
        ("inter_character_time", "{ lower = 1 }", "it needs an upper limit"),
        ("break_command", '"SOH B0 ETX BCC"', "a layout has no part 'B0'"),
        ("break_command", '"/ B CR LF"', "it begins with SOH and ends with ETX BCC"),
        ("break_command", '"SOH B"', "it begins with SOH and ends with ETX BCC"),
        ("break_command", '"SOH B ETX 0 ETX BCC"', "ETX ends the message, and stands nowhere else"),
        ("break_command", '"SOH B why:h2 ETX BCC"', "the message has no field why: it carries none"),
        (
            "write_command",
            '"SOH R STX register_id:h4 ( data:* ) ETX BCC"',
            "its letter is that of read_command too",
        ),
        ("break_command", '"SOH W ETX BCC"', "its letter is that of write_command too"),
        ("read_command", '"SOH R STX register_id:h4 ETX BCC"', "it lacks the fields count"),
        ("read_command", '"SOH R register_id:h4 count:h0 ETX BCC"', "count has the width 0"),
        ("read_command", '"SOH R register_id:h4 count:a1 ETX BCC"', "count is of the kind h, and not a1"),
        ("write_command", '"SOH W register_id:h4 ( data:h9 ) ETX BCC"', "data is of the kind *, and not h9"),
        (
            "data",
            '"STX register_id:h4 register_id:h4 [ ( value:* ) ]+ ETX BCC"',
            "it has register_id more than once",
        ),
        ("ack", '"NAK"', "it begins with ACK and ends with ACK"),
        ("ack", '"ACK CR ACK"', "ACK ends the message"),
        ("id_request", '"/ ? !"', "it begins with / and ends with LF"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_when_the_profile_is_read(name: str, value: str, said: str) -> None:
    reason = refusal(edited(name, "value", value))
    assert reason.startswith(f"profile parameter '{name}': ")
    assert said in reason


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('16 = "not ready"', '16 = "no ready"', "code 16 has the name 'no ready'; known are"),
        ('16 = "not ready"', '16 = "Authentic"', "code 16 has the name 'Authentic'"),
        ('16 = "not ready"', "16 = 5", "code 16 has the name 5"),
        ('16 = "not ready"', '256 = "not ready"', "a code is a whole number from 0 to 255, and not '256'"),
        ('16 = "not ready"', '016 = "not ready"', "a whole number from 0 to 255, and not '016'"),
        ('16 = "not ready"', 'x = "not ready"', "a whole number from 0 to 255, and not 'x'"),
        ('16 = "not ready"', "", "'not ready' has no codes; it needs one"),
        ('16 = "not ready"', '16 = "not ready"\n20 = "not ready"', "'not ready' has 2 codes; it needs one"),
        ('17 = "3rdKCT"', '16 = "3rdKCT"', "code 16 is in token_status_codes too"),
        ("tampered = 1\n", "", "it is a table with load_switch_closed, tampered, credit_exhausted, locked_out"),
        ("tampered = 1", "tampered = 2", "two of its bits have the same place"),
        (
            "tampered = 1",
            'tampered = "1"',
            "tampered is the place of a bit, a whole number from 0 on, and not '1'",
        ),
    ],
)
def test_a_wrong_code_is_refused(old: str, new: str, said: str) -> None:
    assert TEXT.count(old) == 1
    assert said in refusal(TEXT.replace(old, new))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("id", "-1", "id is a whole number from 0 to 0xFFFF, and not -1"),
        ("id", "0x10000", "id is a whole number from 0 to 0xFFFF"),
        ("id", "true", "id is a whole number from 0 to 0xFFFF, and not True"),
        ("id", '"2006"', "id is a whole number from 0 to 0xFFFF, and not '2006'"),
        ("id", "0x2006", "id 0x2006 is that of 'serial_number' too"),
        ("width", "0", "width is a whole number above 0, and not 0"),
        ("width", "8.0", "width is a whole number above 0, and not 8.0"),
        ("access", '"rw"', "access is read or write, and not 'rw'"),
        ("access", "1", "access is a text, and not 1"),
        ("unit", "1", "unit is a text, and not 1"),
    ],
)
def test_a_wrong_register_is_refused(key: str, value: str, said: str) -> None:
    reason = refusal(edited("electricity_credit", key, value))
    assert reason.startswith("profile register 'electricity_credit': ")
    assert said in reason


def test_the_ids_of_registers_fit_the_layouts() -> None:
    text = edited("data", "value", '"STX register_id:h3 [ ( value:* ) ]+ ETX BCC"')
    with pytest.raises(ProfileError) as refused:
        parse_profile(text)
    assert len(refused.value.reasons) == len(PROFILE.registers)
    assert "id 0x2002 has more digits than register_id of data" in refused.value.reasons[0]


def test_every_wrong_value_is_told_at_once() -> None:
    text = edited("bit_rate", "value", "0").replace("id = 0x2002", "id = 0x20020")
    with pytest.raises(ProfileError) as refused:
        parse_profile(text)
    assert [reason.split(":")[0] for reason in refused.value.reasons] == [
        "profile parameter 'bit_rate'",
        "profile register 'meter_status'",
    ]


def test_a_profile_cannot_claim_a_confirmation_by_itself() -> None:
    with pytest.raises(ProfileError, match="'width': it has no key 'confirmed'"):
        parse_profile(HEAD + WIDTH + 'confirmed = "me"\n' + CREDIT)


def test_the_fields_that_a_layout_needs_are_those_of_its_message() -> None:
    for name, needed in {
        "read_command": ["register_id", "count"],
        "write_command": ["register_id", "data"],
        "data": ["value"],
        "token_data": ["token"],
    }.items():
        shape = str(PROFILE.parameters[name].value)
        for field in needed:
            less = " ".join(
                "X" if word.startswith(f"{field}:") else word for word in shape.split() if word not in "[]+"
            )
            assert f"it lacks the fields {field}" in refusal(edited(name, "value", f'"{less}"'))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("token_data", "token:d19", "d19 does not fit the 20 decimal digits of a token"),
        ("token_data", "token:h16", "h16 does not fit the 20 decimal digits of a token"),
        ("token_data", "token:a20", "token is of the kind d or h, and not a20"),
        ("data", "STX [ ( register_id:h4 ) register_id:h4 ( value:* ) ]+ ETX BCC", "register_id more than once"),
        ("data", "STX ( value:h4 ) ETX BCC", "value is of the kind *, and not h4"),
        ("data", "STX [ value:* ; ]+ ETX BCC", "a group begins with a character or a field of fixed width"),
        ("data", "STX [ ( value:* ) ETX BCC", "a group ends with ]+ or ]*"),
        ("data", "STX ( value:* ) ]+ ETX BCC", "there is no [ before ]+"),
        ("data", "STX [ ( [ value:* ) ]+ ]+ ETX BCC", "a group has no group within it"),
        ("data", "STX [ ( ) ]+ ( value:* ) ETX BCC", "a group has a field"),
        ("write_command", "SOH W STX [ register_id:h4 ]+ ( data:* ) ETX BCC", "register_id more than once"),
        ("read_command", "SOH register_id:h4 R count:h1 ETX BCC", "the letter of the command follows SOH"),
    ],
)
def test_a_layout_that_does_not_serve_is_refused(name: str, value: str, said: str) -> None:
    assert said in refusal(edited(name, "value", f'"{value}"'))


def test_the_token_register_is_as_wide_as_its_data() -> None:
    reason = refusal(edited("token_data", "value", '"token:h17"'))
    assert reason == "profile register 'token': width is 20, and token_data has 17 characters: change both"
