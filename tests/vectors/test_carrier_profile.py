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
from sts62055.carrier.profile import Limits, Parameter, Profile, ProfileError, Provenance, RegisterEntry

TEXT = files("sts62055.carrier").joinpath("profile.toml").read_text("utf-8")
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
    assert isinstance(entry.provenance, Provenance)
    numeric = isinstance(getattr(entry, "value", 0), int | float | dict)
    assert entry.unit or not numeric, "a number needs a unit"


def test_the_entries_are_those_of_the_text() -> None:
    assert list(ENTRIES) == re.findall(r"^\[(?:parameter|register)\.(\w+)\]$", TEXT, re.MULTILINE)
    assert len(ENTRIES) == len(PROFILE.parameters) + len(PROFILE.registers)


def test_the_shipped_profile_claims_no_confirmation() -> None:
    assert Provenance.CONFIRMED not in {entry.provenance for entry in PROFILE}


def test_every_table_in_the_text_says_its_provenance_itself() -> None:
    tables = re.split(r"^\[(?:parameter|register)\.", TEXT, flags=re.MULTILINE)[1:]
    entries = [table for table in tables if not re.match(r"\w+\.value\]", table)]
    assert all(re.search(r'^provenance = "\w+"$', table, re.MULTILINE) for table in entries)
    assert len(entries) == len(ENTRIES)


@pytest.mark.parametrize(
    ("provenance", "is_confirmed"),
    [
        (Provenance.CONFIRMED, True),
        (Provenance.PUBLISHED, True),
        (Provenance.OBSERVED, False),
        (Provenance.INFERRED, False),
        (Provenance.ASSUMED, False),
    ],
)
def test_a_verdict_may_rest_on_what_is_confirmed_or_published(provenance: Provenance, is_confirmed: bool) -> None:
    assert provenance.is_confirmed is is_confirmed


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
    profile = Profile.parse(HEAD + WIDTH + CREDIT)
    assert profile.edition == "1.0"
    assert profile.parameters == {"width": Parameter("width", "6.8", 4, "1", Provenance.ASSUMED)}
    assert profile.registers == {
        "credit": RegisterEntry("credit", 1, "6.8.3", 8, "kWh", "read", Provenance.ASSUMED)
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + WIDTH.replace('provenance = "assumed"\n', "") + CREDIT,
            r"'width' needs a provenance: confirmed, pub",
        ),
        (HEAD + WIDTH + CREDIT.replace("assumed", "guessed"), r"'credit' needs a provenance"),
        (HEAD + WIDTH.replace('"assumed"', "[1]") + CREDIT, r"'width' needs a provenance"),
        (HEAD + "[parameter.width\n", r"not valid TOML: .*line 2"),
        (HEAD + WIDTH + WIDTH + CREDIT, r"not valid TOML: .*line 7"),
        (HEAD + WIDTH + 'colour = "red"\n' + CREDIT, r"'width'.*'colour'"),
        (HEAD + WIDTH + CREDIT + 'colour = "red"\n', r"'credit'.*'colour'"),
        (HEAD + WIDTH + 'name = "height"\n' + CREDIT, r"'width'.*'name'"),
        (HEAD + WIDTH.replace('unit = "1"\n', "") + CREDIT, r"'width'.*'unit'"),
        (HEAD + WIDTH + CREDIT.replace("id = 1\n", ""), r"'credit'.*'id'"),
        (HEAD + 'colour = "red"\n' + WIDTH + CREDIT, r"unknown .*'colour'"),
        (HEAD + WIDTH + CREDIT + WIDTH.replace("parameter", "paramter"), r"unknown .*'paramter'"),
        (HEAD + "[parameter]\nwidth = 4\n" + CREDIT, r"'width' is a table, and not 4"),
        (HEAD + "parameter = 4\n" + CREDIT, r"'parameter' is a table, and not 4"),
        (WIDTH + CREDIT, r"no 'edition'"),
        (HEAD + CREDIT, r"no 'parameter'"),
        (HEAD + WIDTH, r"no 'register'"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        Profile.parse(text)
