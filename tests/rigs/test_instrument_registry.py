"""A driver is found by its name, ours or a plug-in's; docs/instruments.md tells the truth about both."""

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel, Field

from instrument_dialogue import DialogueSession, StepClock
from sts_rigs.errors import BenchFault
from sts_rigs.instruments import registry
from sts_rigs.instruments.registry import GROUP, OWN_DRIVERS, driver, known_drivers, open_instrument

PAGE = (Path(__file__).parents[2] / "docs" / "instruments.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(OWN_DRIVERS))
def test_each_of_our_drivers_loads_and_says_where_its_commands_are_from(name: str) -> None:
    made = driver(name, [])
    page = sys.modules[made.__module__].__doc__ or ""
    assert re.search(r"ommands (from|as in)|After \"", page)
    assert "confirmed" in page or "read" in page


def test_an_unknown_name_gets_the_closest_and_the_whole_list() -> None:
    with pytest.raises(BenchFault, match="no driver called 'rigol-ds1000'") as caught:
        driver("rigol-ds1000", [])
    assert caught.value.remedy.startswith("did you mean 'rigol-ds1000z'? Known: ")
    assert all(name in caught.value.remedy for name in OWN_DRIVERS)


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(BenchFault) as caught:
        driver("zzz", [])
    assert caught.value.remedy.startswith("choose one of keysight-34465a, ")


def test_a_plug_in_is_found_beside_ours() -> None:
    plugin = EntryPoint("acme_meter", "collections:OrderedDict", GROUP)
    assert set(known_drivers([plugin])) == {*OWN_DRIVERS, "acme_meter"}


def test_our_own_entry_points_do_not_clash_with_our_table() -> None:
    ours = [EntryPoint(name, value, GROUP) for name, value in OWN_DRIVERS.items()]
    assert set(known_drivers(ours)) == set(OWN_DRIVERS)


def test_the_installed_entry_points_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = EntryPoint("acme_meter", "collections:OrderedDict", GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [plugin] if group == GROUP else [])
    assert "acme_meter" in known_drivers()


@pytest.mark.parametrize("first", ["rigol-ds1000z", "acme_meter"])
def test_two_drivers_with_one_name_are_refused(first: str) -> None:
    plugins = [EntryPoint(first, "acme:Meter", GROUP), EntryPoint(first, "other:Meter", GROUP)]
    with pytest.raises(BenchFault, match=f"two drivers are called '{first}': .* and "):
        known_drivers(plugins)


@pytest.mark.parametrize("place", ["no_such_module:Meter", "collections:Meter"])
def test_a_plug_in_that_cannot_be_loaded_is_told(place: str) -> None:
    with pytest.raises(BenchFault, match=f"the driver 'acme' cannot be loaded from {place}"):
        driver("acme", [EntryPoint("acme", place, GROUP)])


@pytest.mark.parametrize("answer", ["ACME,ROCKET 7,42,1.0", "Keysight Technologies,34465A,MY,1"])
def test_a_connection_is_closed_if_the_driver_refuses_it(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session = DialogueSession(["> *IDN?", f"< {answer}"])
    opened: list[object] = []

    def open_it(*arguments: object) -> DialogueSession:
        opened.extend(arguments)
        return session

    monkeypatch.setattr(registry, "open_session", open_it)
    if "ACME" in answer:
        with pytest.raises(BenchFault, match="ROCKET"):
            open_instrument("keysight-34465a", "meter", "GPIB::1::INSTR", StepClock(), backend="@x", timeout=2.0)
        assert session.closed
    else:
        made = open_instrument(
            "keysight-34465a", "meter", "GPIB::1::INSTR", StepClock(), backend="@x", timeout=2.0
        )
        assert made.identity.model == "34465A"
        assert not session.closed
    assert opened == ["meter", "GPIB::1::INSTR", "@x", 2.0]


class RackOptions(BaseModel, extra="forbid"):
    slot: int = Field(ge=1)


class RackCard:
    """A driver with options of its own, which keeps what it was called with."""

    options = RackOptions

    def __init__(self, *called_with: object) -> None:
        self.called_with = called_with


class PlainCard:
    """A driver without options."""

    def __init__(self, *called_with: object) -> None:
        self.called_with = called_with


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [EntryPoint(name, f"{__name__}:{name}", GROUP) for name in ("RackCard", "PlainCard")]
    monkeypatch.setattr(registry, "entry_points", lambda group: found if group == GROUP else [])
    monkeypatch.setattr(registry, "open_session", lambda *_: DialogueSession([]))


def opened(driver_name: str, options: dict[str, object]) -> object:
    return open_instrument(driver_name, "card", "GPIB::1::INSTR", StepClock(), options=options)


@pytest.mark.usefixtures("cards")
def test_a_driver_that_declares_options_gets_them_and_another_none() -> None:
    assert opened("RackCard", {"slot": 3}).called_with[2:] == (RackOptions(slot=3),)  # type: ignore[attr-defined]
    assert len(opened("PlainCard", {}).called_with) == 2  # type: ignore[attr-defined]


@pytest.mark.usefixtures("cards")
@pytest.mark.parametrize(
    ("driver_name", "options", "said"),
    [
        ("RackCard", {}, "the options of instrument 'card' are not for its driver (slot: Field required)"),
        ("RackCard", {"slot": 0}, "(slot: Input should be greater than or equal to 1)"),
        ("RackCard", {"slot": 1, "bus": 2}, "(bus: Extra inputs are not permitted)"),
        ("PlainCard", {"slot": 1}, "the driver 'PlainCard' takes no options: remove [instruments.card.options]"),
    ],
)
def test_options_that_are_not_for_a_driver_are_told(
    driver_name: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(BenchFault) as caught:
        opened(driver_name, options)
    assert said in str(caught.value)
    assert "[instruments.card.options] of the rig file" in caught.value.remedy


def test_the_page_lists_each_of_our_drivers_once() -> None:
    assert sorted(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)) == sorted(OWN_DRIVERS)


def test_the_pages_example_of_ones_own_driver_works(monkeypatch: pytest.MonkeyPatch) -> None:
    code, entry = re.findall(r"```(?:python|toml)\n(.*?)```", PAGE, re.DOTALL)
    module = ModuleType("my_bench.acme_9000")
    exec(compile(code, "docs/instruments.md", "exec"), module.__dict__)  # noqa: S102 our own page
    monkeypatch.setitem(sys.modules, "my_bench", ModuleType("my_bench"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    found = re.search(rf'\[project\.entry-points\."{re.escape(GROUP)}"\]\n([\w-]+) = "(.+)"', entry)
    assert found is not None
    name, place = found.groups()
    session = DialogueSession(
        [
            "> *IDN?",
            "< ACME,9000,1,1.0",
            "> RANGE 20",
            "> READ:VOLT?",
            "< 12.5",
            "> :SYSTem:ERRor?",
            '< 0,"No error"',
        ]
    )
    instrument = driver(name, [EntryPoint(name, place, GROUP)])(session, StepClock())
    assert instrument.voltage() == 12.5  # type: ignore[attr-defined]
    assert session.lines == []
