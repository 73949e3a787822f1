"""`stsbench token`: tokens minted, explained and diagnosed, keys changed; every wrong input in one sentence."""

import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.key_change import KeyChange
from sts62055.application.keys import DecoderKey
from sts62055.application.tokens import decode_block, decode_token
from stsbench.cli.token import app, identifier_options, meter_key

V044, V102, V098 = "40156929596019478780", "45059173907953018660", "65389277406881242890"
"""Published tokens: credit of -1 in currency, credit under EA07 (sample tables), the last of a key-change set."""
NEW_KEY_OF_V098 = "39fa45a353cb729549dc515a68a25c98"
VENDING_KEY = "abababababababab949494949494949401234567"
OTHER_KEY = "000102030405060708090a0b0c0d0e0f10111213"
SHORT_KEY = "0011223344556677"
PUBLISHED = ("--drn", "00000000000", "--sgc", "201457")

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("platformdirs.user_state_path", lambda _: tmp_path / "state")
    monkeypatch.setattr(identifier_options, "_now", lambda: datetime(2026, 11, 20, 10, tzinfo=UTC))

    def invoke(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Return a folder with key files that only their owner may open, and wrong ones."""
    contents = {
        "good": VENDING_KEY,
        "other": OTHER_KEY,
        "short": SHORT_KEY,
        "odd": VENDING_KEY[:-1],
        "text": "not hexadecimal",
        "tables": "first = [1, 2]\nsecond = []\npermutation = []\n",
        "no_tables": "first = 1\n",
    }
    for name, text in contents.items():
        path = tmp_path / name
        path.write_text(text, "utf-8")
        path.chmod(0o600)
    (tmp_path / "open").write_text(VENDING_KEY, "utf-8")
    (tmp_path / "open").chmod(0o644)
    return tmp_path


def as_json(result: Result) -> Any:
    return json.loads(result.stdout)


def fields(content: Any) -> dict[str, Any]:
    return {field["name"]: field for field in content["fields"]}


@pytest.mark.parametrize(
    ("arguments", "field", "value", "says"),
    [
        (["credit", "--kwh", "10"], "Amount", 100, "10.0 kWh"),
        (["credit", "--kwh", "0.1"], "Amount", 1, "0.1 kWh"),
        (["credit", "--units", "16385"], "Amount", 0x4001, "1639.4 kWh"),
        (["credit", "--service", "water", "--amount", "2.5"], "Amount", 25, "2.5 m3"),
        (["credit", "--service", "gas", "--units", "1"], "Amount", 1, "0.1 m3"),
        (["credit", "--service", "time", "--amount", "60"], "Amount", 600, "60.0 min"),
        (["credit", "--currency", "--amount", "-1"], "S&E", 8, "negative"),
        (["credit", "--currency", "--amount", "-1"], "Amount", 0x60A9, "-0.99994 of the base currency"),
        (["credit", "--currency", "--units", "7", "--service", "gas"], "Amount", 7, "0.00007 of the base"),
        (["power-limit", "--watts", "3000"], "MPL", 3000, "3000 W"),
        (["unbalance-limit", "--watts", "3000"], "MPPUL", 3000, "3000 W"),
        (["clear-credit", "--register", "all"], "Register", 0xFFFF, "all credit registers"),
        (["clear-credit", "--register", "electricity"], "Register", 0, "electricity credit"),
        (["clear-credit", "--register", "water-currency"], "Register", 5, "water credit in currency"),
        (["clear-credit", "--register", "12"], "Register", 12, "reserved"),
        (["clear-tamper"], "Pad", 0, "zero"),
        (["tariff-rate", "--rate", "9"], "Rate", 9, "reserved"),
        (["water-factor", "--factor", "9"], "WMFactor", 9, "reserved"),
        (["extended", "--index", "63", "--item", "3"], "Index and Value", 63 << 10 | 3, "becomes 1"),
    ],
)
def test_what_is_minted_is_decoded_again(
    run: Run, arguments: list[str], field: str, value: int, says: str
) -> None:
    minted = as_json(run("mint", *arguments, "--tid", 6472025, "--json"))
    assert fields(minted)[field]["value"] == value
    assert says in fields(minted)[field]["meaning"]
    assert fields(minted)["TID"]["value"] == 6472025
    result = run("decode", minted["token"], "--json")
    assert result.exit_code == 0
    assert as_json(result)["authentic"] is True
    assert as_json(result)["fields"] == minted["fields"]


@pytest.mark.parametrize(
    ("arguments", "token"),
    [
        (["0"], "56493153725450313471"),
        (["3", "--wide"], "01152921521920952465"),
        (["3", "--drn", "0100000000008"], "01152921521920952465"),
        (["3", "--narrow", "--drn", "0100000000008"], "00000000000201328896"),
    ],
)
def test_test_tokens_are_the_published_ones(run: Run, arguments: list[str], token: str) -> None:
    assert as_json(run("mint", "test", *arguments, "--json"))["token"] == token


def test_a_published_token_is_minted(run: Run) -> None:
    options = [*PUBLISHED, "--date", "2027-08-21T13:12", "--currency", "--amount", "-1"]
    assert as_json(run("mint", "credit", *options, "--json"))["token"] == V044
    options = [*PUBLISHED, "--date", "2024-03-28T10:00", "--rnd", "5"]
    text = run("mint", "clear-tamper", *options).stdout
    assert text.startswith("0719 4127 7291 9986 2502\nClearTamperCondition, TID 5384760")


def test_digits_may_be_grouped_in_any_way(run: Run) -> None:
    result = run("decode", *PUBLISHED, "4015-6929", "5960 1947", "8780")
    assert result.exit_code == 0
    assert "4015 6929 5960 1947 8780" in result.stdout
    assert "-0.99994 of the base currency" in result.stdout
    assert "2027-08-21 13:12 UTC" in result.stdout


def test_one_minute_past_midnight_becomes_two(run: Run) -> None:
    minted = as_json(run("mint", "credit", "--kwh", "1", "--date", "2026-11-20T00:01", "--json"))
    assert "2026-11-20 00:02 UTC" in minted["what"]
    assert any("00:01 is reserved" in note for note in minted["notes"])
    minted = as_json(run("mint", "credit", "--kwh", "1", "--date", "2026-11-20T02:00+02:00", "--json"))
    assert "2026-11-20 00:00 UTC" in minted["what"]


def test_without_a_date_every_token_has_a_tid_of_its_own_from_the_campaigns_file(run: Run, tmp_path: Path) -> None:
    minted = [as_json(run("mint", "credit", "--kwh", "1", "--json")) for _ in range(3)]
    tids = [fields(content)["TID"]["value"] for content in minted]
    assert len(set(tids)) == 3
    assert tids == sorted(tids)
    assert "(2026-11-20 10:00 UTC)" in minted[0]["what"]
    (file,) = (tmp_path / "state").glob("*.json")
    assert json.loads(file.read_text("utf-8"))["identifiers"] == {"2014": tids[-1]}
    assert minted[0]["notes"] == []


def test_wrong_input_uses_up_no_tid(run: Run, tmp_path: Path) -> None:
    assert run("mint", "credit", "--kwh", "1", "--rnd", "16").exit_code == 2
    assert not (tmp_path / "state").exists()


def test_random_numbers_are_random(run: Run) -> None:
    tokens = [as_json(run("mint", "clear-tamper", "--tid", "5", "--json")) for _ in range(20)]
    assert len({fields(content)["RND"]["value"] for content in tokens}) > 3


def test_a_token_for_another_tariff_is_diagnosed(run: Run) -> None:
    token = as_json(run("mint", "credit", "--kwh", "10", "--ti", "07", "--tid", "6472025", "--json"))["token"]
    result = run("decode", token)
    assert result.exit_code == 1
    assert "it is for TI 07, not 01: TransferCredit, electricity" in result.stdout
    assert "by chance" in result.stdout
    content = as_json(run("decode", token, "--json"))
    assert content["authentic"] is False
    (finding,) = [one for one in content["diagnosis"]["findings"] if one["kind"] == "TI"]
    assert finding["trials"] == 99
    assert content["diagnosis"]["chance"] == content["diagnosis"]["trials"] / 65536


def test_a_mistyped_token_is_corrected(run: Run) -> None:
    right = V044
    wrong = f"{right[:5]}{(int(right[5]) + 5) % 10}{right[6:]}"
    content = as_json(run("decode", wrong, *PUBLISHED, "--json"))
    assert right in [finding["token"] for finding in content["diagnosis"]["findings"]]


def test_a_number_beyond_66_bits_is_no_token(run: Run) -> None:
    result = run("decode", "9" * 20)
    assert result.exit_code == 1
    assert "more than 66 bits" in result.stdout
    assert as_json(run("decode", "9" * 20, "--json"))["fields"] == []


def test_what_a_meter_refuses_besides_is_told(run: Run) -> None:
    arguments = ["--tid", "9", "--key-type", "DDTK", "--json"]
    assert as_json(run("mint", "credit", "--kwh", "1", *arguments))["notes"][-1].endswith("DDTKError")
    token = as_json(run("mint", "test", "1", "--mfr-code", "34", "--json"))["token"]
    assert as_json(run("decode", token, "--json"))["notes"] == ["a meter with this key refuses it as MfrCodeError"]


def test_ea07_and_other_vending_keys(run: Run, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VK", VENDING_KEY)
    for options in (["--ea", "7"], ["--ea", "7", "--vending-key-file", "good"], ["--vending-key-env", "VK"]):
        ea = [] if "--ea" in options else ["--ea", "7"]
        assert run("decode", V102, *PUBLISHED, *options, *ea).exit_code == 0
    assert run("decode", V102, *PUBLISHED, "--ea", "7", "--vending-key-file", "other").exit_code == 1
    short = ["--ea", "7", "--dkga", "2", "--base-date", "1993", "--vending-key-file", "short"]
    assert run("mint", "credit", "--kwh", "1", "--tid", "1", *short).exit_code == 0


BAD = [
    (["decode", "123"], "DIGITS", "20 decimal digits"),
    (["decode", "1" * 21], "DIGITS", "20 decimal digits"),
    (["decode", "x" * 20], "DIGITS", "20 decimal digits"),
    (["decode", "1" * 20, "--drn", "12345678904"], "--drn", "the check digit must be 3, not 4"),
    (["decode", "1" * 20, "--drn", "123"], "--drn", "11 or 13 digits"),
    (["decode", "1" * 20, "--sgc", "12345"], "--sgc", "6 digits"),
    (["decode", "1" * 20, "--ti", "1"], "--ti", "2 digits"),
    (["decode", "1" * 20, "--krn", "0"], "--krn", "1 to 9"),
    (["decode", "1" * 20, "--krn", "x"], "--krn", "integer"),
    (["decode", "1" * 20, "--key-type", "DXTK"], "--key-type", "DITK, DDTK, DUTK or DCTK"),
    (["decode", "1" * 20, "--base-date", "2000"], "--base-date", "1993, 2014 or 2035"),
    (["decode", "1" * 20, "--ea", "8"], "--ea", "7,"),
    (["decode", "1" * 20, "--dkga", "9"], "--dkga", "or 4"),
    (["decode", "1" * 20, "--dkga", "2"], "decoder_key.vending_key", "64 bits"),
    (["decode", "1" * 20, "--dkga", "2", "--vending-key-file", "short"], "--ea, --dkga", "EA11 needs 128"),
    (["decode", "1" * 20, "--vending-key-file", "short"], "--vending-key-file", "160 bits"),
    (["decode", "1" * 20, "--vending-key-file", "odd"], "--vending-key-file", "hexadecimal digits, two for each"),
    (["decode", "1" * 20, "--vending-key-file", "text"], "--vending-key-file", "hexadecimal digits"),
    (["decode", "1" * 20, "--vending-key-file", "none"], "--vending-key-file", "cannot be read"),
    (["decode", "1" * 20, "--vending-key-file", "open"], "--vending-key-file", "open to other users"),
    (["decode", "1" * 20, "--vending-key-file", VENDING_KEY], "--vending-key-file", "looks like a key itself"),
    (["decode", "1" * 20, "--sgc", VENDING_KEY], "--sgc", "(not shown)"),
    (["decode", VENDING_KEY], "DIGITS", "(not shown)"),
    (["decode", "1" * 20, f"--vending-key={VENDING_KEY}"], "--vending-key", "No such option"),
    (["decode", "1" * 20, "--vending-key-file", ""], "--vending-key-file", "at least 1 character"),
    (["decode", "1" * 20, "--vending-key-env", "NOT_SET"], "--vending-key-env", "is not set"),
    (["decode", "1" * 20, "--vending-key-env", "A", "--vending-key-file", "good"], "--vending-key", "one of them"),
    (["decode", "1" * 20, "--sta-tables-file", "tables"], "--sta-tables-file", "'first'"),
    (["decode", "1" * 20, "--sta-tables-file", "no_tables"], "--sta-tables-file", "three arrays"),
    (["decode", "1" * 20, "--sta-tables-file", "none"], "--sta-tables-file", "cannot be read"),
    (["decode", "1" * 20, "--meter", "none.toml"], "none.toml", "there is no such file"),
    (["mint", "credit"], "--kwh, --amount, --units", "one of them"),
    (["mint", "credit", "--kwh", "1", "--units", "1"], "--kwh, --amount, --units", "one of them"),
    (["mint", "credit", "--kwh", "1.55"], "--kwh", "at most 1 digits after the point"),
    (["mint", "credit", "--kwh", "1e999999999"], "--kwh", "a decimal number"),
    (["mint", "credit", "--kwh", "NaN"], "--kwh", "a decimal number"),
    (["mint", "credit", "--kwh", ""], "--kwh", "a decimal number"),
    (["mint", "credit", "--kwh", "-1"], "--kwh", "0 to 18201624"),
    (["mint", "credit", "--kwh", "1820162.5"], "--kwh", "0 to 18201624"),
    (["mint", "credit", "--units", "18201625"], "--units", "0 to 18201624"),
    (["mint", "credit", "--currency", "--amount", "9" * 39], "--amount", "a currency amount is at most"),
    (["mint", "credit", "--kwh", "1", "--service", "gas"], "--kwh", "electricity"),
    (["mint", "credit", "--units", "1", "--service", "steam"], "--service", "electricity"),
    (["mint", "credit", "--currency", "--units", "1", "--rnd", "1"], "--rnd", "no RND"),
    (["mint", "credit", "--kwh", "1", "--date", "1999-12-31T00:00"], "--date", "base date 2014 reach from 2014"),
    (["mint", "credit", "--kwh", "1", "--date", "2045-11-24T20:16"], "--date", "2045-11-24 20:15"),
    (["mint", "credit", "--kwh", "1", "--date", "tomorrow"], "--date", "2026-11-20T10:00"),
    (["mint", "credit", "--kwh", "1", "--base-date", "1993"], "--base-date", "2024-11-24 20:15"),
    (["mint", "credit", "--kwh", "1", "--base-date", "2035"], "--base-date", "reach from 2035"),
    (["mint", "credit", "--kwh", "1", "--tid", "16777216"], "--tid", "0 to 16777215"),
    (["mint", "credit", "--kwh", "1", "--tid", "-1"], "--tid", "0 to 16777215"),
    (["mint", "credit", "--kwh", "1", "--tid", "1", "--date", "2026-11-20"], "--tid, --date", "one of them"),
    (["mint", "credit", "--kwh", "1", "--tid", "1", "--rnd", "16"], "--rnd", "0 to 15"),
    (["mint", "credit", "--kwh", "1", "--state", "good"], "--state", "good"),
    (["mint", "power-limit", "--watts", "-1"], "--watts", "0 to 18201624"),
    (["mint", "power-limit"], "--watts", "Missing option"),
    (["mint", "unbalance-limit", "--watts", "18201625"], "--watts", "0 to 18201624"),
    (["mint", "clear-credit", "--register", "65536"], "--register", "0 to 65535"),
    (["mint", "clear-credit", "--register", "steam"], "--register", "electricity"),
    (["mint", "tariff-rate", "--rate", "65536"], "--rate", "0 to 65535"),
    (["mint", "water-factor", "--factor", "-1"], "--factor", "0 to 65535"),
    (["mint", "extended", "--index", "64", "--item", "0"], "--index", "0 to 63"),
    (["mint", "extended", "--index", "0", "--item", "1024"], "--item", "0 to 1023"),
    (["mint", "test", "37"], "NUMBER", "0 to 36"),
    (["mint", "test", "29", "--wide"], "NUMBER", "0 to 28"),
    (["mint", "test", "1", "--mfr-code", "123"], "--mfr-code", "1 to 2 decimal digits"),
    (["mint", "test", "1", "--mfr-code", "x"], "--mfr-code", "1 to 2 decimal digits"),
    (["mint", "test", "1", "--tid", "3"], "--tid", "No such option"),
    (["change-key", "--to-sgc", "1"], "--to-sgc", "6 digits"),
    (["change-key", "--to-ti", "100"], "--to-ti", "2 digits"),
    (["change-key", "--to-krn", "10"], "--to-krn", "1 to 9"),
    (["change-key", "--to-ken", "256"], "--to-ken", "0 to 255"),
    (["change-key", "--to-key-type", "X"], "--to-key-type", "DITK"),
    (["change-key", "--to-base-date", "1"], "--to-base-date", "1993"),
    (["change-key", "--to-vending-key-file", "short"], "--to-vending-key-file", "160 bits"),
    (["change-key", "--to-vending-key-env", "NOT_SET"], "--to-vending-key-env", "is not set"),
    (["change-key", "--to-dkga", "2", "--to-vending-key-file", "short"], "--to-dkga", "EA11 needs 128"),
    (["change-key", "--tokens", "3"], "--tokens", "4 tokens"),
    (["change-key", "--ea", "7", "--tokens", "4"], "--tokens", "2 or 3 tokens"),
]


@pytest.mark.parametrize(("arguments", "place", "rule"), BAD, ids=[" ".join(case[0])[:60] for case in BAD])
@pytest.mark.usefixtures("keys")
def test_wrong_input_is_one_sentence_that_names_the_option_and_the_rule(
    run: Run, arguments: list[str], place: str, rule: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert place in result.stderr
    assert rule in result.stderr
    assert_no_secret(result.stderr, [VENDING_KEY, OTHER_KEY, SHORT_KEY])


def test_a_wrong_declaration_is_refused(run: Run, declaration: Callable[..., Path]) -> None:
    result = run("decode", "1" * 20, "--meter", declaration(('"12345678903"', '"12345678904"')))
    assert result.exit_code == 2
    assert "identity.drn" in result.stderr
    result = run("decode", "1" * 20, "--meter", declaration(("published_test_key.hex", "no.hex")))
    assert result.exit_code == 2
    assert "decoder_key.vending_key" in result.stderr


def test_a_state_that_cannot_be_read_is_refused(run: Run, tmp_path: Path) -> None:
    run("mint", "clear-tamper")
    (file,) = (tmp_path / "state").glob("*.json")
    file.write_text("{", "utf-8")
    result = run("mint", "clear-tamper")
    assert result.exit_code == 2
    assert "--state" in result.stderr


def shapes(octets: bytes) -> set[str]:
    words = [octets[at : at + 4] for at in range(0, len(octets), 4)]
    parts = [octets, *words, *(octets[at : at + 8] for at in range(0, len(octets), 8))]
    return {
        shape for part in parts for shape in (part.hex(), part.hex(" "), str(int.from_bytes(part)), repr(part))
    }


def assert_no_secret(text: str, hexadecimal: list[str]) -> None:
    for secret in hexadecimal:
        for shape in shapes(bytes.fromhex(secret)):
            assert shape.lower() not in text.lower()


@pytest.mark.parametrize(
    ("ea", "more"),
    [
        (EncryptionAlgorithm.MISTY1, []),
        (EncryptionAlgorithm.STA, []),
        (EncryptionAlgorithm.STA, ["--tokens", "2"]),
        (EncryptionAlgorithm.STA, ["--tokens", "3"]),
    ],
)
def test_a_set_changes_the_key_and_tells_nothing_of_it(
    run: Run, ea: EncryptionAlgorithm, more: list[str], keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    generate = meter_key.generate_decoder_key

    def spied(*given: Any) -> DecoderKey:
        key = generate(*given)
        made.append(key.reveal().hex())
        return key

    monkeypatch.setattr(meter_key, "generate_decoder_key", spied)
    options = ["--to-ti", "42", "--to-sgc", "201457", "--to-krn", "2", "--to-ken", "171", *more]
    command = ["change-key", "--ea", int(ea), *options, "--to-vending-key-file", keys / "other"]
    result = run(*command, "--json")
    assert result.exit_code == 0
    content = as_json(result)
    present, new = made[0], made[1]
    assert content["new_key"]["decoder_key_check_value"] == DecoderKey(bytes.fromhex(new)).check_value
    cipher = make_cipher(ea, bytes.fromhex(present))
    change = KeyChange.assembled(decode_block(decode_token(one["token"], cipher)) for one in content["tokens"])  # type: ignore[misc]
    assert change.new_key == DecoderKey(bytes.fromhex(new))
    assert (change.tariff_index, change.key_revision_number, change.key_expiry_number) == ("42", 2, 171)
    assert change.supply_group_code in ({"201457"} if len(content["tokens"]) > 2 else {None})
    assert len(content["tokens"]) == int(more[1]) if more else 4 if ea.key_octets == 16 else 2
    texts = [result.output, run(*command).output]
    for token in content["tokens"]:
        texts += [run("decode", token["token"], "--ea", int(ea), *more_).output for more_ in ([], ["--json"])]
    assert_no_secret("".join(texts), [present, new, VENDING_KEY, OTHER_KEY])
    crcs = [decode_token(one["token"], cipher).crc for one in content["tokens"]]
    explained = [field for one in content["tokens"] for field in one["fields"]]
    assert not {field["value"] for field in explained} & set(crcs)
    assert all(field["value"] is None for field in explained if field["name"].startswith(("NK", "CRC")))


def test_a_set_is_printed_in_order_with_what_to_know(run: Run) -> None:
    text = run("change-key", "--to-key-type", "DITK").stdout
    names = [f"Set{part}SectionDecoderKey" for part in ("1st", "2nd", "3rd", "4th")]
    assert [text.index(name) for name in names] == sorted(text.index(name) for name in names)
    assert "check value" in text
    assert "encrypted under the present key" in text
    assert "Warning: a meter must refuse a change from DUTK to DITK as KeyTypeError" in text


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        (["--to-ti", "02"], None),
        (["--to-key-type", "DCTK"], "is not known to us"),
        (["--to-base-date", "2035", "--no-roll-over"], "RO is 0"),
        (["--to-base-date", "2035"], None),
        ([], "the key that the meter has"),
        (["--ea", "7", "--to-ti", "02"], "--tokens 3"),
        (["--ea", "7", "--to-ti", "02", "--tokens", "3"], None),
    ],
)
def test_warnings(run: Run, options: list[str], warning: str | None) -> None:
    warnings = as_json(run("change-key", *options, "--json"))["warnings"]
    assert len(warnings) == (warning is not None)
    assert all(warning in text for text in warnings if warning is not None)


@pytest.mark.parametrize(
    ("options", "roll_over"),
    [
        (["--to-base-date", "2035"], 1),
        (["--to-base-date", "2035", "--no-roll-over"], 0),
        (["--to-ti", "02"], 0),
        (["--to-ti", "02", "--roll-over"], 1),
    ],
)
def test_roll_over_follows_the_base_date(run: Run, options: list[str], roll_over: int) -> None:
    content = as_json(run("change-key", *options, "--json"))
    assert fields(content["tokens"][0])["RO"]["value"] == roll_over
    assert content["roll_over"] is bool(roll_over)


def test_the_published_key_change(run: Run, keys: Path) -> None:
    content = as_json(run("decode", V098, *PUBLISHED, "--vending-key-file", keys / "good", "--json"))
    assert content["authentic"] is True
    assert fields(content)["SGCHO"]["value"] == 0x031
    assert fields(content)["NKMO1"]["value"] is None
    assert_no_secret(json.dumps(content), [NEW_KEY_OF_V098])


@pytest.mark.parametrize(
    "command", [[], ["mint"], ["mint", "--help"], ["decode", "--help"], ["change-key", "--help"]]
)
def test_help(run: Run, command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code in (0, 2)
    assert "Usage" in result.output


def examples() -> list[tuple[str, str]]:
    """Return each command of the document with what it prints."""
    text = (Path(__file__).parents[2] / "docs" / "tokens.md").read_text("utf-8")
    return re.findall(r"```text\n\$ stsbench token ([^\n]*)\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize(("command", "printed"), examples(), ids=[command for command, _ in examples()])
def test_the_examples_of_the_document_print_what_it_says(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, printed: str
) -> None:
    monkeypatch.setenv("COLUMNS", "115")
    said = [line.rstrip() for line in run(*shlex.split(command)).output.splitlines()]
    assert said == printed.splitlines()
