"""Certification mode refuses an instrument whose calibration is not in order; else the report has a remark."""

from pathlib import Path

import pytest

from calibration_certificate import CERTIFICATE
from conftest import Result, Stsbench
from declared_meters import TOLD, write_declaration
from scope_rig import write_rig

BENCH_FAULT = 4
ONLY = ("--only", "52-6.3.3", "--only", "52-6.4.2-answered")
GOOD = {
    "certificate": '"17"',
    "lab": '"Time Laboratory"',
    "serial": '"CN00000001"',
    "performed": "2025-06-12",
    "due": "2026-06-12",
}
"""The simulated bench is in January 2026."""

OVERDUE = "its calibration is overdue since 2025-12-31"
EXCHANGED = "it has the serial number CN00000001, and its certificate is for CN00000002"
MISSING = "the rig file says nothing of its calibration"
WITHOUT_SERIAL = "the rig file does not say which serial number its certificate is for"


def calibration(**changes: str | None) -> str:
    facts = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return "[instruments.scope.calibration]\n" + "".join(f"{name} = {value}\n" for name, value in facts.items())


WRONG = {
    "overdue": (calibration(due="2025-12-31"), OVERDUE),
    "exchanged": (calibration(serial='"CN00000002"'), EXCHANGED),
    "missing": ("", MISSING),
    "of no serial number": (calibration(serial=None), WITHOUT_SERIAL),
}


def run(stsbench: Stsbench, folder: Path, more: str, *options: str) -> Result:
    # certification leaves nothing out, and nothing open
    told = ["--meter", write_declaration(folder / "told" / "meter.toml", TOLD)]
    part = told if "--certification" in options else ONLY
    result = stsbench("run", "--rig", write_rig(folder, more=more, timeout_ms=20_000), *part, *options)
    assert "Traceback" not in result.err, result.err
    return result


def page(folder: Path) -> str:
    (path,) = folder.glob("runs/*/index.html")
    return path.read_text("utf-8")


@pytest.mark.parametrize("name", WRONG)
def test_certification_refuses_an_instrument(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    more, says = WRONG[name]
    result = run(stsbench, tmp_path, more, "--certification", "--json")
    assert result.code == BENCH_FAULT
    assert result.err == (
        f"instrument 'scope' (DSO-X 1204A) may not be used for certification: {says}: have it calibrated, "
        "exchange it, or run without --certification\n"
    )
    assert not (folder_of_runs := tmp_path / "runs").exists(), list(folder_of_runs.iterdir())


@pytest.mark.parametrize("name", WRONG)
def test_else_the_report_says_so(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    more, says = WRONG[name]
    result = run(stsbench, tmp_path, more, "--json")
    assert result.code == 0, result.out
    assert result.json["remarks"] == [f"Instrument 'scope' (DSO-X 1204A): {says}"]
    assert says in page(tmp_path)


def test_a_calibration_in_order_is_taken_without_a_word(stsbench: Stsbench, tmp_path: Path) -> None:
    result = run(stsbench, tmp_path, calibration(), "--json")
    assert result.code == 0, result.out
    assert result.json["remarks"] == []
    assert {case["verdict"] for case in result.json["cases"]} == {"PASS"}


def test_a_dcc_is_enough_for_certification(stsbench: Stsbench, tmp_path: Path) -> None:
    (tmp_path / "scope.xml").write_text(CERTIFICATE, "utf-8")
    more = '[instruments.scope.calibration]\ndue = 2026-06-12\ndcc = "scope.xml"\n'
    result = run(stsbench, tmp_path, more, "--certification", "--json")
    assert result.code == 0, result.out


def test_a_dcc_of_another_instrument_is_refused(stsbench: Stsbench, tmp_path: Path) -> None:
    (tmp_path / "scope.xml").write_text(CERTIFICATE.replace("CN00000001", "CN00000002"), "utf-8")
    more = '[instruments.scope.calibration]\ndue = 2026-06-12\ndcc = "scope.xml"\n'
    result = run(stsbench, tmp_path, more, "--certification", "--json")
    assert result.code == BENCH_FAULT
    assert EXCHANGED in result.err


def test_a_dcc_that_cannot_be_read_is_named(stsbench: Stsbench, tmp_path: Path) -> None:
    more = '[instruments.scope.calibration]\ndue = 2026-06-12\ndcc = "scope.xml"\n'
    result = run(stsbench, tmp_path, more)
    text = " ".join((result.out + result.err).split())
    assert result.code in (2, BENCH_FAULT), text
    assert "scope.xml: there is no such file" in text
