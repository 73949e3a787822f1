"""A carrier of an installed package enters the tokens of a campaign; what is wrong with its table is told."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from conftest import Stsbench
from declared_meters import write_declaration
from sts_rigs.carriers import registry
from sts_rigs.carriers.registry import GROUP

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "carrier"
CARRIERS = {"implements.carriers": ["gateway", "keypad"], "display.tampered": "1"}
SELECTION = ["--only", "41-8.2", "--only", "41-7.3.8-used", "--only", "41-8.4-adds"]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the example package installed, as far as Python can tell."""
    (section,) = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"].items()
    assert section[0] == GROUP
    found = [EntryPoint(name, place, GROUP) for name, place in section[1].items()]
    monkeypatch.syspath_prepend(EXAMPLE / "src")
    monkeypatch.setattr(registry, "_installed", lambda: tuple(found))


def rig_of(folder: Path, *lines: str) -> Path:
    path = folder / "rig.toml"
    path.write_text("\n".join(['[rig]\nname = "x"\n[port]\nurl = "simulated"', *lines]), "utf-8")
    return path


@pytest.mark.usefixtures("installed")
def test_a_campaign_enters_its_tokens_by_the_example(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = write_declaration(tmp_path / "meter.toml", CARRIERS)
    result = stsbench("run", "--rig", EXAMPLE / "rig.toml", "--meter", meter, *SELECTION, "--json")
    assert result.code == 0, result.out + result.err
    steps = [step for case in result.json["cases"] for step in case["steps"]]
    entered = {step["digits"] for step in steps if step["kind"] == "token"}
    done = [step["what"] for step in steps if step["kind"] == "action"]
    passed_on = {action.removeprefix("keypad press ").replace(" ", "") for action in done if "press" in action}
    assert passed_on
    assert passed_on < entered, "the case about the keypad keys its own in"
    assert {one["verdict"] for one in result.json["cases"]} == {"PASS"}


@pytest.mark.usefixtures("installed")
def test_a_gateway_that_asks_too_early_fails(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = write_declaration(tmp_path / "meter.toml", CARRIERS)
    rig = rig_of(tmp_path, "[carriers.gateway]\nhold_ms = 0\nresult_ms = 1")
    result = stsbench("run", "--rig", rig, "--meter", meter, *SELECTION, "--json")
    assert result.code not in (0, 1)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "carriers.gateway.hold_ms is not answered: add it (how long it holds a token before "),
        (["[carriers.gateway]", "hold_ms = -1"], "carriers.gateway.hold_ms should be greater than or equal to 0"),
        (["[carriers.gateway]", "hold_ms = 1", "hold = 2"], "carriers.gateway.hold is not known: did you "),
        (["[carriers.gateway]", "hold_ms = 1", "[carriers.keypad]", "x = 2"], "carriers.keypad.x is not known: "),
        (
            ["[carriers.gateway]", "hold_ms = 1", "[carriers.gatewy]"],
            "carriers.gatewy: there is no carrier called 'gatewy': did you mean 'gateway'? Known here: ",
        ),
    ],
)
@pytest.mark.parametrize("command", ["run", "doctor"])
def test_a_wrong_table_is_told(
    stsbench: Stsbench, tmp_path: Path, lines: list[str], said: str, command: str
) -> None:
    meter = write_declaration(tmp_path / "meter.toml", CARRIERS)
    rig = rig_of(tmp_path, *lines)
    result = stsbench(command, "--rig", rig, "--meter", meter)
    assert result.code == 2, result.out
    assert result.err.startswith(f"{rig}: {said}")
    assert result.err.count("\n") == 1


def test_a_carrier_that_is_not_installed_is_refused(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = write_declaration(tmp_path / "meter.toml", {"implements.carriers": ["port", "keypad", "dlms"]})
    result = stsbench("run", "--meter", meter)
    assert result.code == 2
    assert result.err == (
        f"{meter}: implements.carriers.2: there is no carrier called 'dlms': "
        "install the package that brings it; known here: keypad, port\n"
    )
