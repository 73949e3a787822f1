"""The vector library holds what it promises, and each vector goes both ways."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sts62055 import library
from sts62055.application.amounts import MAXIMUM_AMOUNT
from sts62055.application.tokens import decode_block, decode_token, encode_token, seal
from sts62055.library.generation import SUBJECTS, main, make_files
from sts62055.library.lint import count, lint
from sts62055.library.making.tokens import BOUNDARY_AMOUNTS
from sts62055.library.rows import Row, cipher_of
from sts62055.library.token_fields import fields_of, token_of

FOLDER = Path(library.__file__).parent
FILES = {subject: library.load(subject) for subject in library.subjects()}


def vectors(*subjects: str) -> Iterator[tuple[Row, Row]]:
    for subject in subjects or FILES:
        for group in FILES[subject]["groups"]:
            for vector in group["vectors"]:
                yield group["group"], vector


def tokens() -> Iterator[tuple[Row, Row]]:
    """Every single token with its meter, also those of sequences whose key stays the same."""
    for shared, vector in vectors():
        if "meter" in shared:
            for token in vector.get("sequence", [vector]):
                yield shared["meter"], token


def with_flag(*flags: str) -> list[Row]:
    return [vector for _, vector in vectors() if set(flags) <= set(vector["flags"])]


def test_lint_finds_nothing() -> None:
    assert [str(problem) for problem in lint(FOLDER)] == []


def test_the_files_are_what_the_generator_makes(tmp_path: Path) -> None:
    made = make_files()
    assert set(made) == {f"{subject}.json" for subject in library.subjects()}
    main(tmp_path)
    for name, text in made.items():
        assert (FOLDER / name).read_bytes() == text.encode("utf-8"), f"{name}: run the generator again"
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_there_are_enough() -> None:
    counts = count(FOLDER)
    assert counts.total() >= 800
    assert counts["invalid"] + counts["conditional"] >= 250


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_file_explains_its_flags_and_ends_with_a_line_end(subject: str) -> None:
    content = FILES[subject]
    used = {flag for group in content["groups"] for vector in group["vectors"] for flag in vector["flags"]}
    assert set(content["notes"]) == used
    assert (FOLDER / f"{subject}.json").read_bytes().endswith(b"}\n")


def test_ids_are_unique_over_all_files() -> None:
    counts = Counter(vector["id"] for _, vector in vectors())
    assert [name for name, times in counts.items() if times > 1] == []


def test_every_class_and_subclass_is_there() -> None:
    kinds = {(token["class"], token["subclass"]) for _, token in tokens() if token["crc"] != "wrong"}
    expected = {(token_class, subclass) for token_class in (0, 1, 2) for subclass in range(16)}
    assert expected <= kinds
    assert {token_class for token_class, _ in kinds} == {0, 1, 2, 3}


def test_every_credit_has_every_cipher_key_generation_and_base_date() -> None:
    triples = Counter(
        (shared["meter"]["ea"], shared["meter"]["dkga"], shared["meter"].get("bdt"), vector["subclass"])
        for shared, vector in vectors("transfer_credit", "transfer_credit_currency")
        if vector["result"] == "valid"
    )
    for subclass in range(8):
        for ea, dkga, base_date in (
            *((7, 4, base_date) for base_date in (1993, 2014, 2035)),
            *((11, 4, base_date) for base_date in (1993, 2014, 2035)),
            *((7, dkga, 1993) for dkga in (1, 2, 3)),
            *((9, dkga, 1993) for dkga in (2, 3)),
            (9, 4, 2014),
        ):
            assert triples[ea, dkga, base_date, subclass]


def test_the_nine_boundary_amounts_are_there_for_every_cipher() -> None:
    for flag in ("Ea07SampleTables", "Ea09", "Ea11"):
        found = {vector["means"]["units"] for vector in with_flag("NineBoundaryAmounts", "Class0", flag)}
        assert len(found) == 8, "16384 and 16385 differ, 180223 and 180224 are one field"
    asked = {vector["units"] for _, vector in vectors("amounts") if "NineBoundaryAmounts" in vector["flags"]}
    assert asked == set(BOUNDARY_AMOUNTS)
    assert max(asked) == MAXIMUM_AMOUNT


@pytest.mark.parametrize("flag", ["TidZero", "TidMaximum", "Ti00", "Ti10", "Ti16", "Ti99", "Drn11", "Drn13"])
def test_a_boundary_is_there_in_good_credit_for_ea07_and_ea11(flag: str) -> None:
    for cipher in ("Ea07SampleTables", "Ea11"):
        assert any(vector["result"] == "valid" for vector in with_flag(flag, cipher, "Class0"))


@pytest.mark.parametrize("ken", [0, 85, 254, 255])
def test_a_key_expiry_number_is_there_in_key_changes_and_in_validation(ken: int) -> None:
    changes = [vector["change"]["ken"] for vector in with_flag(f"Ken{ken}") if "change" in vector]
    assert set(changes) == {ken}
    judged = [vector for vector in with_flag(f"Ken{ken}") if "token" in vector]
    assert {vector["result"] for vector in judged} == ({"valid"} if ken == 255 else {"valid", "invalid"})


@pytest.mark.parametrize(
    ("flags", "least", "results"),
    [
        (("CrcBit",), 100, {"invalid"}),
        (("TooShort",), 5, {"invalid"}),
        (("TooLong",), 4, {"invalid"}),
        (("NumberFrom2To66",), 5, {"invalid"}),
        (("NonDigit",), 30, {"invalid"}),
        (("ClassBits",), 12, {"invalid"}),
        (("SisterMeter",), 12, {"invalid"}),
        (("WrongSgc",), 6, {"invalid"}),
        (("WrongTi",), 6, {"invalid"}),
        (("WrongKrn",), 6, {"invalid"}),
        (("WrongKeyType",), 18, {"invalid"}),
        (("Reserved",), 20, {"invalid"}),
        (("Proprietary",), 10, {"conditional"}),
        (("TamperPad",), 3, {"conditional"}),
        (("WrongPadding",), 3, {"conditional"}),
        (("MixedSets",), 10, {"valid", "conditional"}),
        (("MissingPart",), 10, {"invalid"}),
        (("KeyTypeRefused",), 4, {"invalid"}),
        (("ThreeKctFlag", "TwoTokens"), 4, {"invalid"}),
        (("ThreeKctFlag", "ThreeTokens"), 4, {"valid", "conditional"}),
        (("ThreeKctFlag", "FourTokens", "RollOver"), 2, {"conditional"}),
        (("RollOver", "TwoTokens"), 2, {"valid", "invalid"}),
        (("ManufacturerCode", "BothErrors"), 3, {"invalid"}),
        (("DefaultKey",), 10, {"valid", "invalid"}),
        (("ChainedRules",), 5, {"invalid"}),
    ],
)
def test_what_must_be_refused_or_is_open_is_there(flags: tuple[str, ...], least: int, results: set[str]) -> None:
    found = with_flag(*flags)
    assert len(found) >= least
    assert {vector["result"] for vector in found} == results


def test_19_and_21_digits_and_2_to_the_66_are_there() -> None:
    entries = [vector["entry"] for _, vector in vectors("digits")]
    assert {19, 21} <= {len(entry) for entry in entries}
    assert {str(1 << 66), "9" * 20} <= set(entries)


def test_each_bit_of_the_crc_is_inverted_for_each_class() -> None:
    found = Counter(
        (vector["class"], vector["id"].rpartition("-")[2])
        for vector in with_flag("CrcBit")
        if "-crc-bit-" in vector["id"]
    )
    assert {(token_class, f"{bit:02d}") for token_class in (0, 1, 2) for bit in range(16)} <= set(found)


def test_every_token_with_a_right_crc_goes_both_ways() -> None:
    number = 0
    for meter, vector in tokens():
        cipher = cipher_of(meter)
        block = decode_token(vector["token"], cipher)
        assert f"{block.word:016x}" == vector["block"]
        assert block.is_authentic == (vector["crc"] != "wrong")
        if block.is_authentic:
            token = decode_block(block)
            assert fields_of(token) == vector["fields"]
            built = token_of(vector["class"], vector["subclass"], vector["fields"])
            assert built == token
            assert encode_token(seal(built), cipher) == vector["token"]
            number += 1
    assert number >= 800


def test_a_conditional_answer_is_open_and_says_why() -> None:
    for _, vector in vectors():
        if vector["result"] == "conditional":
            answers = [vector["expected"]] if "expected" in vector else [t["expected"] for t in vector["sequence"]]
            assert any(len(answer) > 1 for answer in answers)
            assert vector["because"]


def test_keys_are_published_or_artificial() -> None:
    keys = {shared["meter"]["vending_key"] for shared, _ in vectors() if "vending_key" in shared.get("meter", {})}
    assert keys <= {
        "abababababababab",
        "9494949494949494",
        "abababababababab9494949494949494",
        "abababababababab949494949494949401234567",
    }


def test_the_program_in_the_readme_runs_without_our_code(tmp_path: Path) -> None:
    readme = (FOLDER.parents[1] / "README.md").read_text("utf-8")
    program = tmp_path / "check.py"
    program.write_text(readme.partition("```python\n")[2].partition("```")[0], "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(FOLDER)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 50


def test_the_readme_names_every_file_and_shows_a_vector_as_it_is() -> None:
    readme = (FOLDER.parents[1] / "README.md").read_text("utf-8")
    assert all(f"`{subject}.json`" in readme for subject in SUBJECTS)
    shown = json.loads(readme.partition('    {"group"')[2].partition("]}\n\n")[0].join(('{"group"', "]}")))
    (shared, vector) = next(pair for pair in vectors() if pair[1]["id"] == "V002")
    assert shown == {"group": shared, "vectors": [vector]}


def test_the_numbers_from_2_to_the_66_have_20_digits() -> None:
    for vector in with_flag("NumberFrom2To66"):
        assert len(vector["entry"]) == 20
        assert int(vector["entry"]) >= 1 << 66
        assert "NoResult" not in vector["expected"]


def test_a_token_made_for_another_meter_is_good_there() -> None:
    for shared, vector in vectors("authentication"):
        if "made_under" in vector:
            assert vector["made_under"] != shared["meter"]
            block = decode_token(vector["token"], cipher_of(vector["made_under"]))
            assert block.is_authentic
            assert f"{block.word:016x}" != vector["block"]
