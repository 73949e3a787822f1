"""The page of a run shows all that the record holds, needs nothing else, and opens where it matters."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from run_events import events_of

from sts_reports.measurement import BudgetLine, DecisionRule, Measurement
from sts_reports.record import NOTICE, build_record
from sts_reports.views.html import write_html
from sts_reports.views.pictures import Picture, Pictures
from sts_reports.views.plots import COLOURS, draw_distribution

Json = dict[str, Any]

VOID = {"meta", "link", "br", "img", "input", "hr"}
FREE_TEXTS = {"reason", "command", "sent_text", "answer", "received_text", "what", "seen", "text", "source"}
SEPARATE = {"div", "br", "dd", "td", "span"}


class Element:
    """An element of a page with its attributes and all the text inside it."""

    def __init__(self, tag: str, attributes: dict[str, str | None], parent: "Element | None") -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self._text: list[str] = []
        self.classes = (attributes.get("class") or "").split()

    def add(self, data: str) -> None:
        """Take up text of this element and of those around it."""
        self._text.append(data)
        if self.parent is not None:
            self.parent.add(data)

    @property
    def text(self) -> str:
        """All text inside, with every run of blanks as one."""
        return " ".join("".join(self._text).split())

    @property
    def is_open(self) -> bool:
        """Whether a details element is shown unfolded."""
        return "open" in self.attributes


class Page(HTMLParser):
    """A page taken apart; it refuses elements that are not closed in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text("utf-8")
        self.elements: list[Element] = []
        self._inside: Element | None = None
        self.feed(self.source)
        self.close()
        assert self._inside is None
        self.text = next(element.text for element in self.elements if element.tag == "body")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SEPARATE:
            self.handle_data(" ")
        element = Element(tag, dict(attrs), self._inside)
        self.elements.append(element)
        if tag not in VOID:
            self._inside = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), self._inside))

    def handle_endtag(self, tag: str) -> None:
        assert self._inside is not None
        assert self._inside.tag == tag
        self._inside = self._inside.parent

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self._inside.add(data)

    def all(self, name: str) -> list[Element]:
        """Return the elements of a class."""
        return [element for element in self.elements if name in element.classes]

    def by_id(self, name: str) -> Element:
        """Return the one element with an id."""
        (element,) = [element for element in self.elements if element.attributes.get("id") == name]
        return element

    def rows(self, table: str) -> list[str]:
        """Return the text of every row of the tables of a class."""
        return [
            element.text
            for element in self.elements
            if element.tag == "tr" and element.parent and element.parent.parent and element.parent.tag == "tbody"
            if table in element.parent.parent.classes
        ]


def requirement(name: str, clause: str, **more: Any) -> Json:
    """Return a requirement as the header holds it."""
    standard = {"41": "IEC 62055-41", "52": "IEC 62055-52"}[name[:2]]
    return {
        "id": name,
        "standard": standard,
        "clause": clause,
        "clause_title": f"Title of {clause}",
        "strength": "shall",
        "text": f"What {name} asks.",
        "provenance": "3 sources",
        "seen_by": ["carrier"],
        "rests_on": [],
        **more,
    }


def header() -> Json:
    """Return the first line of a run."""
    return {
        "kind": "run",
        "run": {"id": "run-0007", "started": "2026-11-20T09:14:03+00:00"},
        "product": {"name": "stsbench", "version": "0.1.0", "python": "3.11"},
        "bench": {
            "name": "bench 3",
            "port": "/dev/ttyUSB0",
            "parity": "driver",
            "interface": "optical",
            "clock": "host clock",
            "uncertainty_ms": 12.5,
            "uncertainty_source": "not calibrated",
            "seed": None,
            "defect": None,
        },
        "meter": {
            "maker": "Meerkat",
            "model": "MG-2",
            "serial": "0047113",
            "firmware": "4.2.1",
            "pan": "600727123456789034",
            "supply_group_code": "123457",
            "key_type": "DUTK",
            "tariff_index": "01",
            "key_revision_number": 3,
            "base_date": 1993,
            "encryption_algorithm": 11,
            "decoder_key_check_value": "8A41C2",
        },
        "declaration": {"implements.key_expiry": True, "implements.currency": [], "values.tid_store": 57},
        "editions": {"IEC 62055-41": "2018 (edition 3)", "IEC 62055-52": "2008 (edition 1)"},
        "profile": "profile of 2026-10-30",
        "decision_rule": "guarded",
        "selection": {"only": ["41", "52-6.7.1"]},
        "again": "stsbench run --rig bench3.toml",
        "requirements": [
            requirement("41-7.3.6-crc", "7.3.6"),
            requirement("41-7.3.7-used", "7.3.7", strength="should", provenance="2 sources"),
            requirement("41-7.3.7-old", "7.3.7"),
            requirement("41-8.4-adds", "8.4"),
            requirement("41-8.6-limit", "8.6"),
            requirement("41-8.7-clears", "8.7"),
            requirement("52-6.7.1-reaction", "6.7.1", rests_on=["reaction_time"]),
        ],
    }


def case(name: str, *requirements: str) -> Json:
    """Return a planned case."""
    again = f"stsbench run --only {name}"
    return {"id": name, "title": f"Title of {name}", "requirements": list(requirements), "again": again}


def exchange(**more: Any) -> Json:
    """Return an exchange that went well."""
    return {
        "kind": "exchange",
        "at": 3_723_004_000_000,
        "command": "ReadCommand(register_id=4, count=1)",
        "sent": "01 52 02",
        "sent_text": "SOH R STX",
        "answer": "Data(register_id=4, values=('0001',))",
        "received": "02 30 31",
        "received_text": "STX 01",
        "reaction": 312_417_000,
        "ends": [1, 2, 3],
        "damaged": [],
        **more,
    }


def verdict(name: str, came: str, reason: str = "", provisional: tuple[str, ...] = ()) -> Json:
    """Return the verdict line of a case."""
    told = {"verdict": came, "reason": reason, "provisional": list(provisional)}
    return {"kind": "verdict", "id": name, **told}


def measurement(quantity: str, value: float, lower: float | None, upper: float | None) -> Json:
    """Return a measurement line."""
    taken = Measurement(
        quantity=quantity,
        unit="ms",
        value=value,
        uncertainty=12.5,
        lower=lower,
        upper=upper,
        source="host clock over USB",
        rule=DecisionRule.GUARDED,
    )
    return {"kind": "measurement", **taken.as_json(), "reason": taken.reason}


def journal() -> list[Json]:
    """Return the lines of a run with every verdict but ERROR and every kind of step."""
    return [
        header(),
        {
            "kind": "plan",
            "cases": [
                case("sanity"),
                case("crc", "41-7.3.6-crc"),
                case("used", "41-7.3.7-used"),
                case("adds", "41-8.4-adds"),
                case("limit", "41-8.6-limit"),
                case("reaction", "52-6.7.1-reaction", "41-7.3.6-crc"),
            ],
        },
        {"kind": "case", "id": "sanity", "at": 0},
        verdict("sanity", "PASS"),
        {"kind": "case", "id": "crc", "at": 0},
        exchange(),
        verdict("crc", "PASS"),
        {"kind": "case", "id": "used", "at": 0},
        exchange(answer=None, damaged=[1], stray=[[6, 1], [0x4A, 2]]),
        exchange(answer=None, received="", received_text="", reaction=None),
        {"kind": "token", "at": 1_500_000_000, "digits": "0724119033" * 2, "what": "10 kWh", "result": "Accept"},
        {"kind": "token", "at": 1_600_000_000, "digits": "1" * 20, "what": "9 kWh", "result": None},
        {"kind": "action", "at": 2_000_000_000, "what": "cut the power", "seen": "display dark"},
        verdict("used", "FAIL", "credited twice"),
        {"kind": "case", "id": "adds", "at": 0},
        verdict("adds", "PASS"),
        {"kind": "case", "id": "limit", "at": 0},
        verdict("limit", "NOT_APPLICABLE", "implements.power_limit = false"),
        {"kind": "case", "id": "reaction", "at": 0},
        measurement("at the limit", 1493.2, 200, 1500),
        measurement("upper only", 402, None, 1500),
        measurement("lower only", 402, 200, None),
        measurement("no limits", 402, None, None),
        verdict("reaction", "INCONCLUSIVE", "too near to the limit", ("reaction_time (inferred)",)),
        {
            "kind": "end",
            "finished": "2026-11-20T10:41:55+00:00",
            "interrupted": False,
            "simulated": {"line_seconds": 5123.4, "characters": 88123},
        },
    ]


def attributes_of(elements: list[Element]) -> list[dict[str, str | None]]:
    """Return the attributes of each element."""
    return [element.attributes for element in elements]


Render = Callable[[list[Json]], Page]


@pytest.fixture(scope="module")
def render(tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Return a function that makes the page of journal lines and takes it apart."""

    def page_of(lines: list[Json]) -> Page:
        path = tmp_path_factory.mktemp("run") / "index.html"
        write_html(build_record(events_of(lines)), path)
        return Page(path)

    return page_of


@pytest.fixture(scope="module")
def page(render: Render) -> Page:
    """Return the page of the run."""
    return render(journal())


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(shown, id=shown)
        for shown in [
            NOTICE,
            "Meerkat MG-2",
            "run-0007",
            "started 2026-11-20 09:14:03 UTC",
            "finished 2026-11-20 10:41:55 UTC",
            "stsbench 0.1.0",
            "1 of 7 requirements failed",
            "2 of 7 requirements rest on values or sentences that are not confirmed",
            "2 not tested: no case ran",
            "as declared by the customer",
            "Serial number 0047113",
            "Firmware 4.2.1",
            "MeterPAN 600727123456789034",
            "Supply group code 123457",
            "Key type DUTK",
            "Tariff index 01",
            "Key revision number 3",
            "Base date 1993",
            "Encryption algorithm 11",
            "Decoder key check value 8A41C2",
            "implements.key_expiry yes",
            "implements.currency none",
            "values.tid_store 57",
            "IEC 62055-41 2018 (edition 3)",
            "IEC 62055-52 2008 (edition 1)",
            "Protocol profile profile of 2026-10-30",
            "Decision rule guarded",
            "Selection 41, 52-6.7.1",
            "Run again stsbench run --rig bench3.toml",
            "Bench bench 3",
            "Port /dev/ttyUSB0",
            "Interface optical",
            "Parity checked by driver",
            "Time base host clock",
            "U = 12.5 ms (k = 2), not calibrated",
            "Simulated line time 5123.4 s, 88123 characters",
        ]
    ],
)
def test_the_page_tells(page: Page, shown: str) -> None:
    assert shown in page.text


def test_the_conclusion_has_the_colour_of_the_exit_code_and_says_it_in_words(page: Page) -> None:
    (conclusion,) = page.all("conclusion")
    assert "exit-1" in conclusion.classes
    assert "✗ Does not conform" in conclusion.text


def test_the_notice_stands_above_the_conclusion(page: Page) -> None:
    assert page.all("notice")[0].text == NOTICE
    assert page.text.index(NOTICE) < page.text.index("Does not conform")


def test_every_verdict_is_counted_by_letter_and_word(page: Page) -> None:
    assert [element.text for element in page.elements if element.tag == "label"] == [
        "7 all",
        "P 1 pass",
        "F 1 fail",
        "I 2 inconclusive",
        "N/A 1 not applicable",
        "N/T 2 not tested",
        "E 0 error",
    ]


def test_findings_name_requirement_and_reason_and_lead_to_it(page: Page) -> None:
    (findings,) = page.all("findings")
    told = [element.text for element in page.elements if element.tag == "li" and element.parent is findings]
    assert told == [
        "F 41-7.3.7-used What 41-7.3.7-used asks. credited twice",
        "I 2 inconclusive: too near to the limit 41-7.3.6-crc 52-6.7.1-reaction",
        "N/T 2 not tested: no case ran 41-7.3.7-old 41-8.7-clears",
    ]
    links = [element.attributes["href"] for element in page.elements if element.tag == "a"]
    assert "#41-7.3.7-used" in links
    ids = {element.attributes.get("id") for element in page.elements}
    assert {str(link)[1:] for link in links} <= ids


def test_clauses_are_grouped_by_standard_with_their_counts(page: Page) -> None:
    summaries = [element.text for element in page.elements if element.tag == "summary"]
    assert "7.3.7 Title of 7.3.7 · 1 · · 1 · F" in summaries
    assert "6.7.1 Title of 6.7.1 provisional: reaction_time (inferred) · · 1 · · · I" in summaries
    assert page.text.index("Title of 8.7") < page.text.index("Title of 6.7.1")


def test_a_requirement_shows_its_text_strength_provenance_and_what_it_rests_on(page: Page) -> None:
    told = page.by_id("41-7.3.7-used").text
    assert "F 41-7.3.7-used What 41-7.3.7-used asks. credited twice should, 2 sources" in told
    told = page.by_id("52-6.7.1-reaction").text
    assert "Rests on reaction_time." in told
    assert "provisional: reaction_time (inferred)" in told


def test_a_case_shows_title_verdict_reason_and_the_command_to_run_it_again(page: Page) -> None:
    told = page.by_id("case-3").text
    assert told.startswith("F Title of used credited twice case used again stsbench run --only used")


def test_a_requirement_without_a_case_says_so(page: Page) -> None:
    assert "No case of this run tests it." in page.by_id("41-8.7-clears").text


def test_a_case_without_an_exchange_says_so(page: Page) -> None:
    assert "Nothing was exchanged with the meter." in page.by_id("case-4").text
    assert "Nothing was exchanged" not in page.by_id("case-2").text
    assert "Nothing was exchanged" not in page.by_id("case-6").text


def test_a_case_of_two_requirements_is_told_once_and_pointed_to_from_the_other(page: Page) -> None:
    assert "Title of reaction" in page.by_id("41-7.3.6-crc").text
    (pointer,) = page.all("elsewhere")
    assert pointer.text == "I Title of reaction, told under 41-7.3.6-crc"
    assert len([element for element in page.elements if element.attributes.get("id") == "case-6"]) == 1


def test_a_case_of_no_requirement_is_still_told(page: Page) -> None:
    assert "Title of sanity" in page.by_id("case-1").text
    assert page.text.index("Cases of no clause") < page.text.index("Title of sanity")


def test_measurements_are_a_table_with_value_uncertainty_limits_rule_and_verdict(page: Page) -> None:
    assert page.rows("measurements") == [
        "at the limit host clock over USB 1493.2 ms ± 12.5 ms 2 ∞ 200 to 1500 ms guarded inconclusive I",
        "upper only host clock over USB 402.0 ms ± 12.5 ms 2 ∞ at most 1500 ms guarded pass P",
        "lower only host clock over USB 402.0 ms ± 12.5 ms 2 ∞ at least 200 ms guarded pass P",
        "no limits host clock over USB 402.0 ms ± 12.5 ms 2 ∞ none guarded pass P",
    ]


def with_steps(*steps: Json, conditional: bool = False) -> list[Json]:
    """Return the lines of the run with more steps in the case that failed."""
    lines = journal()
    place = lines.index(verdict("used", "FAIL", "credited twice"))
    lines[place] |= {"conditional": conditional, "reason": steps[0]["reason"] if conditional else "credited twice"}
    return [*lines[:place], *steps, *lines[place:]]


def repeated(value: float = 300.04321, **more: Any) -> Json:
    """Return a measurement of three repeats with a budget."""
    line = BudgetLine(
        component="between samples",
        evaluation="A",
        distribution="t",
        unit="s",
        estimate=0.0,
        standard_uncertainty=2.89e-6,
        sensitivity=-1000.0,
        contribution=2.89e-3,
        degrees_of_freedom=7.9,
        source="scope, input 1",
    )
    facts = {"uncertainty": 0.012345, "lower": 200, "upper": 1500, "rule": DecisionRule.NONBINARY}
    facts |= {"k": 2.1155, "degrees_of_freedom": 22.85, "guard_ratio": 0.8, "repeats": 3}
    facts |= {"values": (value, 400.0, 500.0), "budget": (line,), "recording": "7", "at": 0.35}
    taken = Measurement(quantity="reaction", unit="ms", value=value, source="scope", **(facts | more))
    return {"kind": "measurement", **taken.as_json(), "reason": taken.reason}


def test_a_measurement_shows_its_repeats_rule_statement_and_degrees_of_freedom(render: Render) -> None:
    *_, row, more = render(with_steps(repeated())).rows("measurements")
    assert row == (
        "reaction worst of 3 scope 300.0432 ms ± 0.0123 ms 2.12 22 200 to 1500 ms nonbinary, r = 0.8 pass P"
    )
    assert more.startswith("Budget of 1 component ")


def test_a_budget_is_a_table_that_ends_with_the_combined_uncertainty(render: Render) -> None:
    page = render(with_steps(repeated()))
    assert page.rows("components") == ["between samples A t 2.89e-06 s -1000 0.00289 7 scope, input 1"]
    (combined,) = [one.text for one in page.elements if one.tag == "tfoot"]
    assert combined == "combined, U / k 0.00584 22"
    (budget,) = page.all("budget")
    assert not budget.is_open


def test_a_value_is_rounded_where_its_uncertainty_begins_and_nothing_has_no_sign(render: Render) -> None:
    rows = render(
        with_steps(
            repeated(-4e-14, uncertainty=0.0241, lower=None, values=()),
            repeated(1305.14, uncertainty=1401.2, values=()),
            repeated(402.5, uncertainty=0.0, values=()),
        )
    ).rows("measurements")
    assert [re.search(r"scope (.*?) ms 2.12", row)[1] for row in rows[-6::2]] == [  # type: ignore[index]
        "0.0000 ms ± 0.0241",
        "1305 ms ± 1401",
        "402.500000 ms ± 0.000000",
    ]


def test_every_repeat_has_its_tick_between_the_limits(render: Render) -> None:
    page = render(with_steps(repeated()))
    (ticks,) = page.all("repeats")
    places = [float(place) for place in re.findall(r"M([\d.]+) ", ticks.attributes["d"] or "")]
    zone = page.all("zone")[-1].attributes
    start, width = float(zone["x"] or ""), float(zone["width"] or "")
    assert [(place - start) / width for place in places] == pytest.approx([1 / 13, 2 / 13, 3 / 13], abs=1e-3)
    assert not render(journal()).all("repeats")


def test_conditional_verdicts_bear_their_mark_wherever_they_stand(render: Render) -> None:
    near = repeated(1500.005, values=())
    page = render(with_steps(near, conditional=True))
    badges = [one for one in page.all("badge") if one.text == "F*"]
    # measurement, case, requirement, clause and finding
    assert len(badges) == 5
    assert {one.attributes["title"] for one in badges} == {"fail, conditional"}
    assert "F 1* fail" in page.text
    assert "1 of 7 requirements failed, 1 of them conditional" in page.text
    assert "1 of 7 verdicts are conditional (P*, F*)" in page.text
    assert "7.3.7 Title of 7.3.7 · 1* · · 1 · F*" in [one.text for one in page.elements if one.tag == "summary"]


def test_a_run_without_conditional_verdicts_has_no_mark(page: Page) -> None:
    assert "*" not in page.text
    assert "conditional" not in page.text


def test_instruments_are_told_with_what_speaks_against_them(render: Render, page: Page) -> None:
    scope = {"name": "scope", "driver": "d", "maker": "Keysight", "model": "DSO-X", "serial": "CN1"}
    scope |= {"firmware": "02.12", "calibration": "certificate 4711 of 2026-01-02", "problems": ["it is overdue"]}
    other = scope | {"name": "counter", "calibration": None, "problems": []}
    lines = journal()
    shown = render([*lines[:2], {"kind": "instruments", "instruments": [scope, other]}, *lines[2:]])
    assert shown.rows("instruments") == [
        "scope Keysight DSO-X CN1 02.12 certificate 4711 of 2026-01-02 it is overdue",
        "counter Keysight DSO-X CN1 02.12 not stated",
    ]
    assert [one.text for one in shown.all("problem")] == ["it is overdue"]
    assert not page.all("instruments")


def test_a_recording_stands_in_the_transcript_with_its_hash(render: Render) -> None:
    step = {"kind": "recording", "at": 2_500_000_000, "name": "7", "file": "recordings/7.npz", "sha256": "4f" * 32}
    rows = render(with_steps({**step, "source": "scope, DSO-X CN1"})).rows("transcript")
    assert f"0:00:02.500 Recording recordings/7.npz, by scope, DSO-X CN1 SHA-256 {'4f' * 32}" in rows


def test_pictures_stand_with_their_measurement_in_the_colours_of_the_page(tmp_path: Path) -> None:
    svg = draw_distribution([("all", (300.0, 1400.0))], Measurement.from_json(repeated(300.0)))
    pictures = Pictures(
        (Picture("all reactions", svg), Picture("all gaps", svg)),
        {("used", 0): Picture("the one", svg), ("used", 1): Picture("the other", problem="Recording 8 is gone.")},
        ("Recording 8 is gone.",),
    )
    record = build_record(events_of(with_steps(repeated(), repeated())))
    write_html(record, tmp_path / "index.html", pictures)
    page = Page(tmp_path / "index.html")
    assert [one.text for one in page.elements if one.tag == "figcaption"] == [
        "all reactions",
        "all gaps",
        "the one",
        "the other",
    ]
    assert "the one" in page.by_id("case-3").text
    assert [one.text for one in page.all("missing")] == ["Recording 8 is gone."]
    assert "Recordings that are not what was recorded Recording 8 is gone." in page.text
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    used = re.findall(r'url\(#([^)]+)\)|<use [^>]*href="#([^"]+)"', page.source)
    assert used
    assert {clip or mark for clip, mark in used} <= set(ids)
    drawn = page.source[page.source.index("<figure") :]
    assert "var(--zone)" in drawn
    assert not [colour for colour in COLOURS.values() if colour in drawn]
    assert not re.search(r"https?:|url\((?!#)|@import|fetch\(", page.source)


def test_the_limits_are_drawn_with_the_value_between_them(page: Page) -> None:
    zones = [(float(zone["x"] or ""), float(zone["width"] or "")) for zone in attributes_of(page.all("zone"))]
    values = [float((mark["d"] or "")[1:].split()[0]) for mark in attributes_of(page.all("value"))]
    both, upper_only, lower_only = [(start, start + width) for start, width in zones]
    assert 0 < both[0] < values[0] < both[1] < 100
    assert upper_only[0] == 0 < values[1] < upper_only[1] < 100
    assert 0 < lower_only[0] < values[2] < lower_only[1] == 100


def test_an_uncertainty_far_beyond_the_limits_stays_in_the_drawing(render: Render) -> None:
    lines = journal()
    wide = measurement("wide", 402, 200, 1500) | {"uncertainty": 90_000.0}
    (spread, *_) = render([*lines[:5], wide, *lines[5:]]).all("spread")
    assert all(0 < float(number) < 100 for number in re.findall(r"[MH]([-\d.]+)", spread.attributes["d"] or ""))


def test_the_transcript_tells_what_was_sent_and_what_came_decoded_and_in_hex(page: Page) -> None:
    assert page.rows("transcript")[0] == (
        "1:02:03.004 ReadCommand(register_id=4, count=1) SOH R STX 01 52 02 "
        "Data(register_id=4, values=('0001',)) STX 01 02 30 31 312.417 ms"
    )


def test_damaged_characters_are_marked_and_silence_is_named(page: Page) -> None:
    _, damaged, silent, *_ = page.rows("transcript")
    assert "no valid message STX 01 02 30! 31" in damaged
    assert damaged.endswith("came unasked before: 06 4a 312.417 ms")
    assert silent.endswith("SOH R STX 01 52 02 no answer \N{EN DASH}")
    assert [element.text for element in page.elements if element.tag == "mark"] == ["30!"]


def test_tokens_and_actions_stand_in_the_transcript(page: Page) -> None:
    assert page.rows("transcript")[3:] == [
        "0:00:01.500 Token 0724 1190 3307 2411 9033 (10 kWh) → Accept",
        "0:00:01.600 Token 1111 1111 1111 1111 1111 (9 kWh) → not acknowledged",
        "0:00:02.000 Action cut the power → display dark",
    ]


def test_what_needs_a_look_is_open_and_the_rest_is_closed(page: Page) -> None:
    branches = {one.attributes.get("id"): one.is_open for one in page.elements if one.tag == "details"}
    clauses = {one.text.split()[0]: one.is_open for one in page.all("clause")}
    assert clauses == {"7.3.6": True, "7.3.7": True, "8.4": False, "8.6": False, "8.7": False, "6.7.1": True}
    assert {name: state for name, state in branches.items() if name} == {
        "41-7.3.6-crc": True,
        "case-2": False,
        "case-6": True,
        "41-7.3.7-used": True,
        "case-3": True,
        "41-7.3.7-old": False,
        "41-8.4-adds": False,
        "case-4": False,
        "41-8.6-limit": False,
        "case-5": False,
        "41-8.7-clears": False,
        "52-6.7.1-reaction": True,
        "case-1": False,
    }


def test_a_bench_fault_is_shown_with_its_mend_and_its_case_is_open(render: Render) -> None:
    lines = journal()
    fault = {"kind": "fault", "what": "the port is gone", "remedy": "Plug it in again."}
    page = render([*lines[:9], verdict("used", "ERROR", "no port"), fault, lines[-1]])
    (conclusion,) = page.all("conclusion")
    assert "exit-4" in conclusion.classes
    assert conclusion.text.startswith("! Bench fault the port is gone Remedy: Plug it in again.")
    assert page.by_id("case-3").is_open
    assert "4 not tested: the run ended before it" in page.text


def test_an_interrupted_run_says_so_with_its_remarks(render: Render) -> None:
    page = render(
        [*journal()[:6], verdict("crc", "PASS"), {"kind": "remark", "text": "the last line was cut off"}]
    )
    assert "The run was interrupted" in page.text
    assert "the last line was cut off" in page.text
    assert ", not finished," in page.text


def test_a_clock_without_uncertainty_says_why(render: Render) -> None:
    lines = journal()
    lines[0]["bench"] |= {"uncertainty_ms": None, "uncertainty_source": "exact"}
    assert "Uncertainty of a time exact" in render(lines).text


def test_a_finished_run_does_not_look_interrupted(page: Page) -> None:
    assert "interrupted" not in page.text


def test_a_run_of_the_simulated_meter_cannot_be_taken_for_a_real_one(render: Render) -> None:
    warning = "made on the simulated meter"
    lines = journal()
    real = [*lines[:-1], {**lines[-1], "simulated": None}]
    assert warning not in render(real).text
    assert warning in render(lines).text
    real[0]["bench"]["port"] = "simulated"
    assert warning in render(real).text
    real[0]["bench"] |= {"defect": "tid-store-of-20", "seed": 11}
    page = render(real)
    assert f"{warning} with the deliberate defect tid-store-of-20" in page.text
    assert "Deliberate defect tid-store-of-20" in page.text
    assert "Seed 11" in page.text


def test_what_a_meter_or_a_person_wrote_never_becomes_markup(render: Render) -> None:
    evil = "<script>alert('1 & 2')</script>\"'>"
    lines = journal()
    lines[0]["run"]["id"] = lines[0]["meter"]["maker"] = lines[0]["declaration"]["values.name"] = evil
    lines[0]["requirements"][1]["text"] = lines[1]["cases"][2]["title"] = lines[1]["cases"][2]["again"] = evil
    for line in lines:
        line.update(dict.fromkeys(FREE_TEXTS & line.keys(), evil))
    page = render(lines)
    assert page.text.count(evil) > 20
    assert page.elements[0].attributes["style"] == "--run: '_script_alert__1 _ 2____script____'"
    assert [element.text for element in page.elements if element.tag == "script"] == [
        element.text for element in render(journal()).elements if element.tag == "script"
    ]
    assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]


def test_the_page_needs_nothing_from_elsewhere(page: Page) -> None:
    addresses = [
        value or ""
        for element in page.elements
        for name, value in element.attributes.items()
        if name in {"src", "href", "srcset", "action", "data", "poster"}
    ]
    assert addresses
    assert all(address.startswith("#") for address in addresses)
    assert not [element for element in page.elements if element.tag in {"link", "img", "iframe", "object", "base"}]
    assert not re.search(r"https?:|url\(|@import|fetch\(", page.source)


def test_the_page_forbids_every_connection_and_every_script_but_its_own(page: Page) -> None:
    [policy] = [one.attributes for one in page.elements if one.attributes.get("http-equiv")]
    assert policy["http-equiv"] == "Content-Security-Policy"
    rules = dict(rule.strip().partition(" ")[::2] for rule in (policy["content"] or "").split(";"))
    [script] = re.findall("<script>(.*?)</script>", page.source, re.DOTALL)
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert rules == {
        "default-src": "'none'",
        "script-src": f"'sha256-{own}'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    head = page.source[: page.source.index("Content-Security-Policy")]
    assert not re.search("<(style|script|link)", head)


def test_ids_are_unique(page: Page) -> None:
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def test_an_empty_selection_is_no_success(render: Render) -> None:
    page = render([{**header(), "requirements": []}, {"kind": "plan", "cases": []}, journal()[-1]])
    (conclusion,) = page.all("conclusion")
    assert "exit-5" in conclusion.classes
    assert "Nothing was tested" in conclusion.text
    assert not page.all("findings")


def test_the_page_of_a_long_run_is_made_at_once(tmp_path: Path) -> None:
    lines = journal()
    lines[6:6] = [exchange(at=number * 1_000_000_000) for number in range(2000)]
    record = build_record(events_of(lines))
    before = process_time()
    write_html(record, tmp_path / "index.html")
    assert process_time() - before < 5
    assert (tmp_path / "index.html").stat().st_size < 3_000_000
