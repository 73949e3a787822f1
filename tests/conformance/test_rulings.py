"""A lab's word on requirements: confirmed or free, in a run, in the audit and the worksheet; what is refused."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench
from sts62055.carrier.profile import default_profile
from sts_conformance import register
from sts_fixtures.register import Requirement

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "lab-rulings.toml"
CONTENT = tomllib.loads(EXAMPLE.read_text("utf-8"))
CHANGED = set(CONTENT["parameter"])
FREED = {name for name, table in CONTENT["requirement"].items() if "freed" in table}
CONFIRMED = set(CONTENT["requirement"]) - FREED
HEAD = '[confirmed]\nby = "A. Lab"\ndocument = "IEC 62055-52"\nedition = "1.0 (2008)"\n'
SETTLED = {"confirmed", "verified", "3 sources", "2 sources", "published"}
FAILING = {
    "52-6.7.1-reaction": "slow-reaction",
    "52-6.6.7-begins": "lockout-never",
}
"""What an overlay frees, and a defect that breaks it."""
Lay = Callable[[str], Path]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    def write(text: str) -> Path:
        path = tmp_path / "lab.toml"
        path.write_text(HEAD + text, "utf-8")
        return path

    return write


def judged() -> list[Requirement]:
    return [one for one in register.load() if one.status == "tested"]


def open_items(one: Requirement, settled: set[str]) -> set[str]:
    """Return what is open of a verdict, told here once more, by the grades of the files alone."""
    profile = default_profile()
    grades = {one.id: one.provenance} | {name: profile.provenance(name) for name in one.rests_on}
    return {name for name, grade in grades.items() if grade not in SETTLED} - settled


def figures(settled: set[str], freed: set[str]) -> dict[str, int]:
    left = {one.id: open_items(one, settled) for one in judged() if one.id not in freed}
    return {
        "judged": len(left),
        "provisional": sum(map(bool, left.values())),
        "by_values": sum(bool(names - {one}) for one, names in left.items()),
        "by_sentences": sum(one in names for one, names in left.items()),
    }


def test_the_example_has_ten_confirmed_three_freed_and_five_changed() -> None:
    assert (len(CONFIRMED), len(FREED), len(CHANGED)) == (10, 3, 5)
    assert all("value" in table for table in CONTENT["parameter"].values())


def test_the_audit_shows_what_an_overlay_settles(stsbench: Stsbench) -> None:
    before = stsbench("profile", "audit", "--json").json
    after = stsbench("profile", "audit", "--json", "--profile", EXAMPLE).json
    assert before["verdicts"] == figures(set(), set())
    assert after["verdicts"] == figures(CONFIRMED | CHANGED, FREED)
    assert after["verdicts"]["judged"] == before["verdicts"]["judged"] - 3
    fewer = set(before["provisional"]) - set(after["provisional"])
    final = {"52-6.7.1-reaction", "52-6.7.2-time", "52-6.6.7-begins", "52-6.6.7-ends", "41-7.3.8-fifty"}
    assert final | FREED <= fewer
    assert after["provisional"]["52-6.7.3-execution"] == ["token_status (assumed)"]
    assert before["values"]["confirmed"] == before["sentences"]["confirmed"] == before["sentences"]["freed"] == 0
    assert (after["values"]["confirmed"], after["values"]["open"]) == (5, before["values"]["open"] - 5)
    assert (after["sentences"]["confirmed"], after["sentences"]["freed"]) == (10, 3)
    assert after["sentences"]["open"] == before["sentences"]["open"] - 13
    assert set(after["freed"]) == FREED


def test_the_audit_tells_both_numbers_in_a_terminal(stsbench: Stsbench) -> None:
    out = stsbench("profile", "audit", "--profile", EXAMPLE).out
    counted = figures(CONFIRMED | CHANGED, FREED)
    assert f"\n{counted['provisional']} of {counted['judged']} requirements have a provisional verdict:\n" in out
    assert "\nValues: 5 confirmed by a lab, " in out
    assert f". {counted['by_values']} verdicts are provisional because of them.\n" in out
    assert "\nSentences: 10 confirmed by a lab, " in out
    assert f"3 free as a lab says, {counted['by_sentences']} open, of {len(judged())}. " in out
    assert (
        "  52-6.6.7-doubles: freed by A. Example, Example Lab in IEC 62055-52, edition 1.0 (2008), 6.6.7: " in out
    )


@pytest.mark.parametrize("overlay", [(), ("--profile", EXAMPLE)])
def test_the_worksheet_is_in_the_order_of_what_each_holds(stsbench: Stsbench, overlay: tuple[object, ...]) -> None:
    settled, freed = (CONFIRMED | CHANGED, FREED) if overlay else (set(), set())
    rows = stsbench("profile", "worksheet", "--json", *overlay).json["items"]
    left = {one.id: open_items(one, settled) for one in judged() if one.id not in freed}
    for row in rows:
        assert set(row["holds"]) == {one for one, names in left.items() if row["name"] in names}
        assert set(row["alone"]) == {one for one, names in left.items() if names == {row["name"]}}
    order = [(len(row["holds"]), len(row["alone"])) for row in rows]
    assert order == sorted(order, reverse=True)
    assert len(rows) == len({row["name"] for row in rows})
    assert {name for names in left.values() for name in names} <= {row["name"] for row in rows}
    done: set[str] = set()
    for row in rows:
        done.add(row["name"])
        assert row["final"] == sum(names <= done for names in left.values())
    assert rows[-1]["final"] == len(left)


def test_the_worksheet_is_a_form_that_names_place_ours_and_table(stsbench: Stsbench) -> None:
    out = stsbench("profile", "worksheet").out
    items = re.split(r"^## \d+\. ", out, flags=re.MULTILINE)[1:]
    rows = stsbench("profile", "worksheet", "--json").json["items"]
    assert [item.splitlines()[0] for item in items] == [row["name"] for row in rows]
    for item, row in zip(items, rows, strict=True):
        assert f"{row['document']}, {row['clause']} (holds {len(row['holds'])}, " in item
        assert f"- Ours: {row['ours']}\n- Look up: {row['look_up']}\n" in item
        assert "[ ] as it stands  [ ] otherwise: ____" in item
        assert f"- In the overlay: `{row['table']}`\n" in item
    some = {row["name"]: row for row in rows}
    assert some["reaction_time"]["ours"] == "at least 200, at most 1500 ms"
    assert some["52-6.7.1-reaction"]["kind"] == "sentence"
    assert some["token_status"]["table"] == "[register.token_status]"


def test_every_table_of_the_worksheet_is_one_of_an_overlay(stsbench: Stsbench, lay: Lay) -> None:
    rows = stsbench("profile", "worksheet", "--json").json["items"]
    own = [row for row in rows if not (row["kind"] == "sentence" and row["document"] != "IEC 62055-52")]
    everything = lay("".join(f"{row['table']}\n" for row in own))
    left = stsbench("profile", "audit", "--json", "--profile", everything).json
    assert left["verdicts"]["by_values"] == 0
    assert not any(name.startswith("52-") for name in left["provisional"])


def test_the_worksheet_of_a_part_holds_what_that_rests_on(stsbench: Stsbench) -> None:
    rows = stsbench("profile", "worksheet", "--json", "--only", "52-6.7.1-reaction").json["items"]
    assert [row["name"] for row in rows] == ["reaction_time", "52-6.7.1-reaction"]


def of_record(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for clause in record["clauses"] for one in clause["requirements"]}


def test_a_run_with_the_example_conforms_and_says_who_confirmed_and_who_freed(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    only = [word for name in CONTENT["requirement"] for word in ("--only", name)]
    result = stsbench("run", "--profile", EXAMPLE, "--json", *only)
    assert result.code == 0, result.json["summary"]["conclusion"]
    found = of_record(result.json)
    for name in FREED:
        assert (found[name]["verdict"], found[name]["provisional"]) == ("NOT_APPLICABLE", [])
        assert found[name]["reason"].startswith("freed by ")
    for name in CONFIRMED:
        assert found[name]["verdict"] == "PASS"
        assert found[name]["provenance"] == "confirmed"
        assert "Example Lab in IEC 62055-" in found[name]["confirmed"]
    assert result.json["summary"]["freed"] == 3
    assert found["41-6.3.4-no-identity"]["reason"] == (
        "freed by B. Example, Example Lab in IEC 62055-41, edition 3.0 (2018): "
        "two tokens of one minute are not ruled"
    )
    assert result.json["profile"].endswith(
        "lab-rulings.toml, 5 values confirmed, 10 requirements confirmed, 3 requirements freed by "
        "A. Example, Example Lab in IEC 62055-52, edition 1.0 (2008); "
        "B. Example, Example Lab in IEC 62055-41, edition 3.0 (2018)"
    )
    rulings = {one["id"]: one for one in result.json["overlay"]["requirements"]}
    assert set(rulings) == CONFIRMED | FREED
    assert rulings["52-6.7.1-reaction"]["confirmed"]["clause"] == "6.7.1"
    (page,) = tmp_path.glob("runs/*/*.html")
    told = page.read_text("utf-8")
    assert "3 requirements are not judged" in told
    assert "freed by A. Example, Example Lab in IEC 62055-52, edition 1.0 (2008), 6.6.7" in told
    assert "shall, confirmed by A. Example, Example Lab in IEC 62055-52, edition 1.0 (2008), 6.7.1" in told


def test_the_terminal_says_what_is_not_judged_and_why(stsbench: Stsbench, lay: Lay) -> None:
    path = lay('[requirement."52-6.4.2-answered"]\nfreed = "not ruled"\nclause = "6.4.2"\n')
    out = stsbench("run", "--profile", path, "--only", "52-6.4").out
    assert (
        "Not judged: 52-6.4.2-answered, freed by A. Lab in IEC 62055-52, edition 1.0 (2008), 6.4.2: not ruled"
        in out
    )


@pytest.mark.parametrize(("requirement", "defect"), FAILING.items(), ids=FAILING)
def test_what_is_freed_is_neither_a_failure_of_a_case_nor_of_a_watch(
    stsbench: Stsbench, lay: Lay, requirement: str, defect: str
) -> None:
    only = ("--only", requirement.rsplit("-", 1)[0], "--defect", defect, "--json")
    assert requirement in stsbench("run", *only).failed
    path = lay(f'[requirement."{requirement}"]\nfreed = "not ruled"\n')
    freed = stsbench("run", "--profile", path, *only)
    assert requirement not in freed.failed
    found = of_record(freed.json)[requirement]
    assert (found["verdict"], found["findings"]) == ("NOT_APPLICABLE", [])
    assert not any(one["requirement"] == requirement for one in freed.json["findings"])


def test_a_value_that_is_freed_frees_what_rests_on_it(stsbench: Stsbench, lay: Lay) -> None:
    path = lay('[parameter.reaction_time]\nfreed = "not ruled"\nclause = "6.7.1"\n')
    result = stsbench("run", "--profile", path, "--only", "52-6.7.1", "--defect", "slow-reaction", "--json")
    assert result.failed == set(), result.failed
    found = of_record(result.json)["52-6.7.1-reaction"]
    assert found["verdict"] == "NOT_APPLICABLE"
    assert found["reason"] == (
        "reaction_time is freed by A. Lab in IEC 62055-52, edition 1.0 (2008), 6.7.1: not ruled"
    )


def test_a_case_that_also_asks_what_is_freed_accuses_nobody(stsbench: Stsbench, lay: Lay) -> None:
    path = lay(
        '[requirement."31-switch-above-limit"]\n'
        'freed = { why = "not ruled", by = "A. Lab", document = "IEC 62055-31", edition = "2.0" }\n'
    )
    only = ("--only", "41-8.6-disconnects", "--only", "31-switch-above-limit", "--json")
    broken = (*only, "--defect", "power-limit-not-kept-to")
    assert stsbench("run", *broken).failed == {"41-8.6-disconnects", "31-switch-above-limit"}
    found = of_record(stsbench("run", "--profile", path, *broken).json)
    assert found["31-switch-above-limit"]["verdict"] == "NOT_APPLICABLE"
    assert found["41-8.6-disconnects"]["verdict"] == "INCONCLUSIVE"
    assert "; the case asks 31-switch-above-limit, too: freed by A. Lab" in found["41-8.6-disconnects"]["reason"]
    good = of_record(stsbench("run", "--profile", path, *only).json)
    assert good["41-8.6-disconnects"]["verdict"] == "PASS"


TAKE_OUT = "take one of them out"
BOTH = 'freed = "x"\nconfirmed = { by = "B", document = "IEC 62055-52", edition = "1" }\n'
REACTION = '[requirement."52-6.7.1-reaction"]\n'
ON_REACTION = 'requirement."52-6.7.1-reaction"'
REFUSED = {
    "both": (REACTION + BOTH, f"{ON_REACTION} is both confirmed and freed: take one of them out"),
    "a value both": (
        f"[parameter.ack]\n{BOTH}",
        "parameter.ack is both confirmed and freed: take one of them out",
    ),
    "a confirmed one on a freed value": (
        f'[parameter.reaction_time]\nfreed = "x"\n{REACTION}',
        f"{ON_REACTION} is confirmed, and parameter.reaction_time, on which it rests, is freed: {TAKE_OUT}",
    ),
    "a confirmed one on a freed register": (
        '[register.electricity_credit]\nfreed = "x"\n[requirement."52-6.8.3-credit"]\n',
        (
            'requirement."52-6.8.3-credit" is confirmed, and register.electricity_credit, '
            f"on which it rests, is freed: {TAKE_OUT}"
        ),
    ),
    "an unknown id": (
        '[requirement."52-6.7.1-reactio"]\n',
        "requirement.\"52-6.7.1-reactio\" is not known: did you mean '52-6.7.1-reaction'?",
    ),
    "an id like none": (
        '[requirement."xyz"]\n',
        'requirement."xyz" is not known: `stsbench clauses` lists the ids',
    ),
    "an id without quotes": (
        "[requirement.52-6.7.1-reaction]\n",
        f"requirement.52-6.7.1-reaction has dots in its name: write [{ON_REACTION}]",
    ),
    "another document": (
        '[requirement."41-7.3.8-fifty"]\n',
        (
            'requirement."41-7.3.8-fifty" is of IEC 62055-41, and confirmed.document is IEC 62055-52: '
            "say with a `confirmed` of its own where it stands"
        ),
    ),
    "no reason": (
        f'{REACTION}freed = " "\n',
        f"{ON_REACTION}.freed should be a text that says why, and is ' '",
    ),
    "an unknown key": (
        f'{REACTION}free = "x"\n',
        f"{ON_REACTION}.free is not known: did you mean 'freed'?",
    ),
    "nobody for one of its own": (
        f'{REACTION}freed = {{ why = "x", by = "B", document = "D" }}\n',
        f"{ON_REACTION}.freed.edition is not answered: add it",
    ),
}


@pytest.mark.parametrize("command", [("profile", "audit", "--profile"), ("profile", "diff")])
@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_what_contradicts_itself_or_is_not_known_is_refused_with_its_place(
    stsbench: Stsbench, lay: Lay, command: tuple[str, ...], text: str, said: str
) -> None:
    path = lay(text)
    result = stsbench(*command, path)
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [f"{path}: {said}"]


def test_a_run_refuses_a_contradiction_and_keeps_no_folder(stsbench: Stsbench, lay: Lay, tmp_path: Path) -> None:
    text, said = REFUSED["a confirmed one on a freed value"]
    path = lay(text + '[requirement."52-nothing"]\n')
    result = stsbench("run", "--profile", path)
    assert result.code == 2
    assert len(result.err.splitlines()) == 2
    assert f"{path}: {said}" in result.err.splitlines()
    assert not (tmp_path / "runs").exists()


def test_diff_tells_what_is_confirmed_and_what_is_free(stsbench: Stsbench) -> None:
    entries = stsbench("profile", "diff", EXAMPLE, "--json").json
    assert {one["id"] for one in entries["requirements"] if one["freed"]} == FREED
    out = stsbench("profile", "diff", EXAMPLE).out
    assert re.search(r"^52-6\.6\.7-doubles +IEC 62055-52 6\.6\.7 +\(assumed\) +free: the delay", out, re.MULTILINE)
