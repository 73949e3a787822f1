"""A lab's overlay: it changes and confirms what exists, goes through the same checks, and says what is wrong."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_line import PROFILE
from sts62055.carrier.codec import Codec
from sts62055.carrier.layouts import LayoutError, block_check
from sts62055.carrier.messages import (
    Ack,
    BreakCommand,
    Data,
    IDRequest,
    IDResponse,
    Message,
    Nak,
    ReadCommand,
    WriteCommand,
)
from sts62055.carrier.profile import Confirmation, Limits, Overlay, ProfileError, parse_profile
from sts62055.carrier.token_data import TokenData
from sts62055.provenance import Grade

LAB = Confirmation("A. Lab", "IEC 62055-52", "1.0 (2008)")
CONFIRMED = '[confirmed]\nby = "A. Lab"\ndocument = "IEC 62055-52"\nedition = "1.0 (2008)"\n'
ID_RESPONSE = (
    "/ manufacturer:a3 5 foin:h4 table_id:h4 protocol_version:h4 server_status:h2 software_version:h8 CR LF"
)
LAYOUTS = {
    "as it stands": "[parameter.ack]\n",
    "IDResponse": f'[parameter.id_response]\nvalue = "{ID_RESPONSE}"\n',
    "break": '[parameter.break_command]\nvalue = "SOH B ETX BCC"\n',
    "IDRequest": '[parameter.id_request]\nvalue = "/ ? 0 0 ! CR LF"\n',
    "read": '[parameter.read_command]\nvalue = "SOH R 1 STX register_id:h4 ( count:h2 ) ETX BCC"\n',
    "write": '[parameter.write_command]\nvalue = "SOH W 1 STX register_id:h6 ( data:* ) ETX BCC"\n',
    "data": '[parameter.data]\nvalue = "STX register_id:h8 = [ ( value:* ) ]+ ETX BCC"\n',
    "short IDResponse": '[parameter.id_response]\nvalue = "/ manufacturer:a3 software_version:h4 CR LF"\n',
    "long IDResponse": '[parameter.id_response]\nvalue = "/ manufacturer:a3 3 drn:d11 grade:a1 name:* CR LF"\n',
    "each register named": '[parameter.data]\nvalue = "STX [ register_id:h4 ( value:* ) ]+ ETX BCC"\n',
    "values in one pair": '[parameter.data]\nvalue = "STX register_id:h4 ( value:* [ ; value:* ]* ) ETX BCC"\n',
    "no register named": '[parameter.data]\nvalue = "STX [ ( value:* ) ]+ ETX BCC"\n',
}
TEXT = st.text("0123456789ABCDEF", min_size=1, max_size=20)
NUMBER = st.integers(0, 0xFFFF)
BYTE = st.integers(0, 0xFF)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.sampled_from([IDRequest(), BreakCommand(), Ack(), Nak()]),
    st.builds(ReadCommand, NUMBER, st.integers(0, 15)),
    st.builds(WriteCommand, NUMBER, TEXT),
    st.builds(Data, st.integers(0, 0xFFF0), st.lists(TEXT, min_size=1, max_size=4).map(tuple)),
)
FIELDS: Mapping[str, st.SearchStrategy[int | str]] = {
    "manufacturer": st.text("ABCxyz", min_size=3, max_size=3),
    "table_id": NUMBER,
    "foin": NUMBER,
    "protocol_version": BYTE,
    "server_status": BYTE,
    "software_version": NUMBER,
    "drn": st.text("0123456789", min_size=11, max_size=11),
    "grade": st.text("AB", min_size=1, max_size=1),
    "name": TEXT,
}


IDENTIFIED = IDResponse.of(
    manufacturer="ABC",
    foin=0xF01D,
    table_id=1,
    protocol_version=0x10,
    server_status=0x0A,
    software_version=0x2345,
)


def overlay(text: str) -> Overlay:
    return Overlay.parse(CONFIRMED + text, PROFILE)


def reasons(text: str) -> tuple[str, ...]:
    with pytest.raises(ProfileError) as refused:
        Overlay.parse(text, PROFILE)
    return refused.value.reasons


def test_a_value_is_changed_and_says_who_confirmed_it() -> None:
    profile = overlay("[parameter.lockout_threshold]\nvalue = 5\n").profile
    old = PROFILE.parameters["lockout_threshold"]
    assert profile.parameters["lockout_threshold"] == replace(
        old, value=5, provenance=Grade.CONFIRMED, note="", confirmed=LAB
    )
    assert profile.number("lockout_threshold") == 5
    assert profile.provenance("lockout_threshold").is_confirmed


def test_an_entry_is_confirmed_without_another_value() -> None:
    profile = overlay("[parameter.reaction_time]\n[register.token]\n").profile
    for name, entries, olds in (
        ("reaction_time", profile.parameters, PROFILE.parameters),
        ("token", profile.registers, PROFILE.registers),
    ):
        assert entries[name] == replace(olds[name], provenance=Grade.CONFIRMED, confirmed=LAB)  # type: ignore


def test_everything_else_stays_as_it_is_and_nobody_confirmed_it() -> None:
    profile = overlay("[parameter.lockout_threshold]\nvalue = 5\n[register.token]\nid = 1\n").profile
    others = [entry for entry in profile if entry.name not in ("lockout_threshold", "token")]
    assert others == [entry for entry in PROFILE if entry.name not in ("lockout_threshold", "token")]
    assert all(entry.confirmed is None for entry in others)
    assert profile.edition == PROFILE.edition


def test_a_register_gets_what_is_given() -> None:
    text = '[register.electricity_credit]\nid = 0x3010\nwidth = 10\nunit = "Wh"\naccess = "write"\nnote = "x"\n'
    entry = overlay(text).profile.registers["electricity_credit"]
    assert (entry.id, entry.width, entry.unit, entry.access, entry.note) == (0x3010, 10, "Wh", "write", "x")
    assert (entry.clause, entry.provenance, entry.confirmed) == ("6.8.3", Grade.CONFIRMED, LAB)
    assert entry.encode(123) == "000000007B"


def test_an_entry_may_be_confirmed_by_somebody_else() -> None:
    text = (
        '[parameter.reaction_time]\nconfirmed = { by = "B", document = "STS201-1", edition = "4" }\n'
        "[parameter.quiet_time]\n"
    )
    laid = overlay(text)
    other = Confirmation("B", "STS201-1", "4")
    assert laid.profile.parameters["reaction_time"].confirmed == other
    assert laid.profile.parameters["quiet_time"].confirmed == LAB
    assert laid.confirmations == (other, LAB)
    assert str(other) == "B in STS201-1, edition 4"


def test_a_note_goes_with_its_value() -> None:
    changed = overlay("[parameter.quiet_time]\nvalue = 1000\n").profile.parameters["quiet_time"]
    kept = overlay("[parameter.quiet_time]\n").profile.parameters["quiet_time"]
    own = overlay('[parameter.quiet_time]\nvalue = 1000\nnote = "ours"\n').profile.parameters["quiet_time"]
    assert (changed.note, kept.note, own.note) == ("", PROFILE.parameters["quiet_time"].note, "ours")


def test_changes_tell_another_value_from_a_confirmation() -> None:
    laid = overlay(
        '[parameter.reaction_time]\nnote = "seen"\n[parameter.quiet_time]\nvalue = 1000\n'
        "[register.token]\n[register.tamper_status]\nwidth = 4\n"
    )
    assert {change.name: change.changes_value for change in laid.changes} == {
        "reaction_time": False,
        "quiet_time": True,
        "token": False,
        "tamper_status": True,
    }
    assert laid.changes[1].old == PROFILE.parameters["quiet_time"]
    assert laid.changes[1].new == laid.profile.parameters["quiet_time"]


def test_limits_may_be_opened_at_one_end() -> None:
    profile = overlay("[parameter.reaction_time]\nvalue = { upper = 900 }\n").profile
    assert profile.time_limits("reaction_time") == Limits(None, 900_000_000)


def test_two_registers_may_exchange_their_ids() -> None:
    profile = overlay(
        "[register.electricity_credit]\nid = 0x2011\n[register.cumulative_energy]\nid = 0x2010\n"
    ).profile
    assert profile.registers["electricity_credit"].id == 0x2011
    assert profile.registers["cumulative_energy"].id == 0x2010


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
@given(message=MESSAGES)
def test_every_message_survives_the_way_there_and_back_under_every_overlay(text: str, message: Message) -> None:
    codec = Codec(overlay(text).profile)
    is_command = isinstance(message, IDRequest | BreakCommand | ReadCommand | WriteCommand)
    decode = codec.decode_command if is_command else codec.decode_answer
    if isinstance(message, Data) and text == LAYOUTS["no register named"]:
        assert decode(codec.encode(message)) == replace(message, register_id=None)
    else:
        assert decode(codec.encode(message)) == message


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
@given(fields=st.fixed_dictionaries(FIELDS))  # type: ignore[arg-type]
def test_every_id_response_survives_the_way_there_and_back(text: str, fields: dict[str, int | str]) -> None:
    profile = overlay(text).profile
    codec = Codec(profile)
    response = codec.fill(fields)
    assert [name for name, _ in response.fields] == re.findall(r"(\w+):", profile.text("id_response"))
    assert all(value == fields[name] for name, value in response.fields)
    assert codec.decode_answer(codec.encode(response)) == response


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("data", "02 30 30 30 30 32 30 31 30 3D 28 31 29 28 32 29 03"),
        ("each register named", "02 32 30 31 30 28 31 29 32 30 31 31 28 32 29 03"),
        ("values in one pair", "02 32 30 31 30 28 31 3B 32 29 03"),
        ("no register named", "02 28 31 29 28 32 29 03"),
    ],
)
def test_several_registers_byte_for_byte(name: str, frame: str) -> None:
    codec = Codec(overlay(LAYOUTS[name]).profile)
    assert codec.encode(Data(0x2010, ("1", "2")))[:-1] == bytes.fromhex(frame)


def test_registers_that_do_not_follow_each_other_are_no_data() -> None:
    codec = Codec(overlay(LAYOUTS["each register named"]).profile)
    frame = b"\x022010(1)2012(2)\x03"
    with pytest.raises(LayoutError, match="expected registers from 2010 on, each the next"):
        codec.decode_answer(frame + bytes([block_check(frame)]))


@given(st.integers(0, 2**66 - 1))
def test_a_token_may_be_written_in_hexadecimal(number: int) -> None:
    laid = overlay("[parameter.token_data]\nvalue = 'token:h17'\n[register.token]\nwidth = 17\n")
    token_data = TokenData(laid.profile)
    text = token_data.write(f"{number:020}")
    assert text == f"{number:017X}"
    assert token_data.read(text) == f"{number:020}"
    assert TokenData(PROFILE).write(f"{number:020}") == f"{number:020}"


@pytest.mark.parametrize("text", ["", "1" * 16, "1" * 18, "F" * 17, "1" * 16 + "g", "1" * 16 + "Ç"])
def test_what_is_no_token_in_hexadecimal_is_not_read(text: str) -> None:
    laid = overlay("[parameter.token_data]\nvalue = 'token:h17'\n[register.token]\nwidth = 17\n")
    assert TokenData(laid.profile).read(text) is None


@pytest.mark.parametrize(
    ("name", "message", "frame"),
    [
        ("break", BreakCommand(), "01 42 03 41"),
        ("IDRequest", IDRequest(), "2F 3F 30 30 21 0D 0A"),
        ("read", ReadCommand(0x2010), "01 52 31 02 32 30 31 30 28 30 31 29 03 61"),
        (
            "IDResponse",
            IDENTIFIED,
            "2F 41 42 43 35 46 30 31 44 30 30 30 31 30 30 31 30 30 41 30 30 30 30 32 33 34 35 0D 0A",
        ),
    ],
)
def test_an_overlaid_message_byte_for_byte(name: str, message: Message, frame: str) -> None:
    codec = Codec(overlay(LAYOUTS[name]).profile)
    assert codec.encode(message) == bytes.fromhex(frame)
    usual = Codec(PROFILE).encode(message)
    decode = codec.decode_answer if isinstance(message, IDResponse) else codec.decode_command
    with pytest.raises(LayoutError):
        decode(usual)


CODES = "".join(f'{code} = "{name}"\n' for code, name in PROFILE.parameters["token_status_codes"].value.items())  # type: ignore[attr-defined]


def test_codes_are_replaced_as_a_whole() -> None:
    text = CODES.replace('15 = "TokenLockout"', '31 = "TokenLockout"')
    profile = overlay("[parameter.token_status_codes.value]\n" + text).profile
    assert profile.token_status(15) is None
    assert str(profile.token_status(31)) == "TokenLockout"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[parameter.quiet_time\n", ["it is not valid TOML:", "line 5"]),
        ("", ["it confirms nothing: add a table such as [parameter.reaction_time]"]),
        ("[parameter.quiet_tim]\nvalue = 1\n", ["parameter.quiet_tim is not known: did you mean 'quiet_time'?"]),
        ("[register.tokens]\nid = 1\n", ["register.tokens is not known: did you mean 'token'?"]),
        ("[parameter.zzz]\n", ["parameter.zzz is not known: `stsbench profile show` lists the names"]),
        ("[parameter.token]\n", ["parameter.token is a register: write [register.token]"]),
        ("[register.ack]\n", ["register.ack is a parameter: write [parameter.ack]"]),
        ("[paramter.ack]\n", ["paramter is not known: did you mean 'parameter'?"]),
        ("[parameter.ack]\nvalu = 'NAK'\n", ["parameter.ack.valu is not known: did you mean 'value'?"]),
        (
            "[parameter.ack]\nunit = 'x'\n",
            ["parameter.ack.unit is not known: known here: value, note, clause, confirmed, freed"],
        ),
        ("[register.token]\nclause = 1\n", ["register.token.clause should be a text, and is 1"]),
        ("[parameter.ack]\nprovenance = 'published'\n", ["parameter.ack.provenance is not known"]),
        ("[parameter]\nack = 'ACK'\n", ["parameter.ack should be a table: write [parameter.ack]"]),
        ("[register.token]\nnote = 4\n", ["register.token.note should be a text, and is 4"]),
        ("[register.token]\nunit = 4\n", ["register.token.unit should be a text, and is 4"]),
        ("[parameter.parity]\nvalue = 'odd'\n", ["parameter.parity.value cannot be another", "only 'even'"]),
        (
            "[parameter.token_data]\nvalue = 'token:d19'\n",
            ["'token_data': d19 does not fit the 20 decimal digits"],
        ),
        (
            "[parameter.ack]\nconfirmed = 'me'\n",
            ["parameter.ack.confirmed should be a table with by, document and"],
        ),
        (
            "[parameter.ack]\nconfirmed = { by = 'x', document = 'y' }\n",
            ["parameter.ack.confirmed.edition is not answered: add it"],
        ),
        (
            "[parameter.ack]\nconfirmed = { by = ' ', document = 'y', edition = '1' }\n",
            ["parameter.ack.confirmed.by should be a text that is not empty"],
        ),
        (
            "[parameter.ack]\nconfirmed = { by = 'x', document = 'y', edition = 1 }\n",
            ["parameter.ack.confirmed.edition should be a text that is not empty, and is 1"],
        ),
        ("[parameter.quiet_time]\nvalue = 0\n", ["profile parameter 'quiet_time': it is a whole number above 0"]),
        (
            "[register.token]\nid = 0x2010\n",
            ["profile register 'token': id 0x2010 is that of 'electricity_credit'"],
        ),
    ],
)
def test_a_wrong_overlay_is_refused_with_the_place_and_the_mend(text: str, said: list[str]) -> None:
    (reason,) = reasons(CONFIRMED + text)
    assert all(part in reason for part in said), reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[parameter.ack]\n", "confirmed is missing: say who confirmed it, and where"),
        ("confirmed = 'me'\n[parameter.ack]\n", "confirmed should be a table with by, document and edition"),
        ("parameter = 4\n" + CONFIRMED, "parameter should be tables such as [parameter.transmission_type]"),
        *[
            (CONFIRMED.replace(line, "") + "[parameter.ack]\n", f"confirmed.{line.split()[0]} is not answered")
            for line in CONFIRMED.splitlines(keepends=True)[1:]
        ],
        (CONFIRMED.replace("A. Lab", "") + "[parameter.ack]\n", "confirmed.by should be a text that is not empty"),
        (
            CONFIRMED + "date = 1\n[parameter.ack]\n",
            "confirmed.date is not known: known here: by, document, edition",
        ),
    ],
)
def test_an_overlay_says_who_confirmed_it_and_where(text: str, said: str) -> None:
    (reason,) = reasons(text)
    assert said in reason


def test_every_problem_has_its_own_sentence() -> None:
    said = reasons("[parameter.ak]\n[register.token]\nwidt = 1\n")
    assert len(said) == 3
    said = reasons(CONFIRMED + "[parameter.quiet_time]\nvalue = 0\n[register.token]\nwidth = 0\n")
    assert len(said) == 2


def test_an_overlay_lies_over_any_profile() -> None:
    small = parse_profile(
        'edition = "1"\n[register]\n'
        '[parameter.width]\nclause = "6"\nvalue = 4\nunit = "1"\nprovenance = "assumed"\n'
    )
    laid = Overlay.parse(CONFIRMED + "[parameter.width]\nvalue = 6\n", small)
    assert laid.profile.number("width") == 6
