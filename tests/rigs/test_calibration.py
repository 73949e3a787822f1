"""What a certificate says of an instrument is read from rig file and DCC, and what speaks against it is told."""

from datetime import date
from pathlib import Path

import pytest

from calibration_certificate import CERTIFICATE
from sts_rigs.errors import FileFault
from sts_rigs.files.calibration import Calibration, read_calibration
from sts_rigs.files.rig import CalibrationSection
from sts_rigs.instruments.capabilities import Identity

SCOPE = Identity("KEYSIGHT TECHNOLOGIES", "DSO-X 1204A", "CN00000001", "1")
TODAY = date(2026, 1, 5)
GOOD = Calibration("17", "Time Laboratory", "CN00000001", date(2025, 6, 12), date(2026, 6, 12))
DCC = CalibrationSection(due=date(2026, 6, 12), dcc="scope.xml")


def problems(today: date = TODAY, **changes: object) -> list[str]:
    facts = {name: getattr(GOOD, name) for name in ("certificate", "lab", "serial", "performed", "due")}
    return list(Calibration(**{**facts, **changes}).problems(SCOPE, today))  # type: ignore[arg-type]


def dcc(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in CERTIFICATE
    (folder / "scope.xml").write_text(CERTIFICATE.replace(old, new) if old else CERTIFICATE, "utf-8")
    return folder


def test_nothing_speaks_against_a_good_calibration_up_to_its_last_day() -> None:
    assert problems() == []
    assert problems(date(2026, 6, 12)) == []
    assert problems(date(2026, 6, 13)) == ["its calibration is overdue since 2026-06-12"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"performed": date(2026, 1, 6)}, "its calibration is of 2026-01-06, which is yet to come"),
        (
            {"performed": date(2025, 7, 1), "due": date(2025, 6, 1)},
            "its calibration is of 2025-07-01, after it was due on 2025-06-01",
        ),
        ({"serial": "CN7"}, "it has the serial number CN00000001, and its certificate is for CN7"),
        ({"serial": ""}, "the rig file does not say which serial number its certificate is for"),
        ({"certificate": ""}, "the rig file does not say the certificate of its calibration"),
        ({"lab": ""}, "the rig file does not say the lab of its calibration"),
    ],
)
def test_what_speaks_against_an_instrument_is_told(change: dict[str, object], says: str) -> None:
    told = problems(**change)
    assert says in told
    assert len(told) == 1 + ("due" in change)


def test_several_problems_are_all_told() -> None:
    assert len(problems(date(2027, 1, 1), serial="CN7", lab="")) == 3


def test_the_age_of_a_calibration_counts_its_drift() -> None:
    assert GOOD.years(date(2026, 6, 12)) == pytest.approx(365 / 365.25)
    assert GOOD.years(date(2025, 6, 1)) == 0
    assert Calibration("", "", "", None, date(2026, 6, 12)).years(TODAY) == 0


def test_a_dcc_says_what_the_rig_file_leaves_out(tmp_path: Path) -> None:
    read = read_calibration(DCC, dcc(tmp_path))
    expected = Calibration("TL-2025-0417", "Time Laboratory", "CN00000001", date(2025, 6, 12), date(2026, 6, 12))
    assert read == expected
    assert list(read.problems(SCOPE, TODAY)) == []


def test_what_the_rig_file_says_itself_comes_first(tmp_path: Path) -> None:
    section = DCC.model_copy(update={"certificate": "18", "lab": "Another", "performed": date(2025, 7, 1)})
    read = read_calibration(section, dcc(tmp_path))
    assert (read.certificate, read.lab, read.performed, read.serial) == (
        "18",
        "Another",
        date(2025, 7, 1),
        "CN00000001",
    )


def test_a_serial_number_that_contradicts_the_dcc_is_refused(tmp_path: Path) -> None:
    same = DCC.model_copy(update={"serial": "CN00000001"})
    assert read_calibration(same, dcc(tmp_path)).serial == "CN00000001"
    other = DCC.model_copy(update={"serial": "CN7"})
    with pytest.raises(FileFault, match=r"scope\.xml: it is for CN00000001, and the rig file says CN7"):
        read_calibration(other, tmp_path)


@pytest.mark.parametrize("zone", ["Z", "+02:00", "-11:30"])
def test_the_date_of_a_dcc_may_name_its_time_zone(tmp_path: Path, zone: str) -> None:
    assert read_calibration(DCC, dcc(tmp_path, "2025-06-12<", f"2025-06-12{zone}<")).performed == date(2025, 6, 12)


def test_a_dcc_without_the_makers_serial_number_says_none(tmp_path: Path) -> None:
    read = read_calibration(DCC, dcc(tmp_path, "<dcc:issuer>manufacturer<", "<dcc:issuer>owner<"))
    assert list(read.problems(SCOPE, TODAY)) == [
        "the rig file does not say which serial number its certificate is for"
    ]


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("</dcc:coreData>", "", "it is not XML that can be read"),
        ("https://ptb.de/dcc", "https://example.org/dcc", "its root is not one of PTB's schema"),
        ("2025-06-12", "12 June", "endPerformanceDate is no date: '12 June'"),
        (CERTIFICATE, BOMB, "it is not XML that can be read"),
    ],
)
def test_a_file_that_is_no_dcc_is_refused_by_name(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(FileFault, match=r"scope\.xml: ") as caught:
        read_calibration(DCC, dcc(tmp_path, old, new))
    assert says in str(caught.value)


def test_a_dcc_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match=r"scope\.xml: there is no such file: check the path"):
        read_calibration(DCC, tmp_path)
