"""Calibration certificates of instruments, and reasons not to use an instrument (ISO/IEC 17025, 6.4)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from sts_rigs.errors import FileFault
from sts_rigs.files.rig import CalibrationSection
from sts_rigs.files.toml import read_octets
from sts_rigs.instruments.capabilities import Identity

__all__ = ["Calibration", "read_calibration"]

_DCC = "{https://ptb.de/dcc}"
_YEAR = 365.25
_MOST: Final = 16 << 20
"""More bytes than any certificate has, also one with its print inside."""

_ELEMENTS: Final = 100_000
_DEPTH: Final = 100
_ZONE = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2})$")


@dataclass(frozen=True, slots=True)
class Calibration:
    """A certificate: its number, who issued it, for which serial number, when made and until when good."""

    certificate: str
    lab: str
    serial: str
    performed: date | None
    due: date

    def problems(self, identity: Identity, today: date) -> Iterator[str]:
        """Yield a sentence for each reason not to use an instrument on a day."""
        if today > self.due:
            yield f"its calibration is overdue since {self.due}"
        if self.performed is not None and self.performed > today:
            yield f"its calibration is of {self.performed}, which is yet to come"
        if self.performed is not None and self.performed > self.due:
            yield f"its calibration is of {self.performed}, after it was due on {self.due}"
        if not self.serial:
            yield "the rig file does not say which serial number its certificate is for"
        elif self.serial != identity.serial:
            yield f"it has the serial number {identity.serial}, and its certificate is for {self.serial}"
        for name in ("certificate", "lab"):
            if not getattr(self, name):
                yield f"the rig file does not say the {name} of its calibration"

    def years(self, today: date) -> float:
        """Return the years since the calibration, 0 where its date is not known."""
        return 0.0 if self.performed is None else max((today - self.performed).days, 0) / _YEAR

    def __str__(self) -> str:
        return f"certificate {self.certificate or '?'} of {self.lab or '?'}, due {self.due}"


def read_calibration(section: CalibrationSection, folder: Path) -> Calibration:
    """Return the calibration of a rig file, with its DCC if it names one; FileFault if that cannot be read."""
    known = _read_dcc(folder / section.dcc) if section.dcc else {}
    if section.dcc and section.serial and known["serial"] not in ("", section.serial):
        raise FileFault(section.dcc, [f"it is for {known['serial']}, and the rig file says {section.serial}"])
    performed = section.performed or (date.fromisoformat(known["performed"]) if known.get("performed") else None)
    return Calibration(
        certificate=section.certificate or known.get("certificate", ""),
        lab=section.lab or known.get("lab", ""),
        serial=section.serial or known.get("serial", ""),
        performed=performed,
        due=section.due,
    )


class _Builder(TreeBuilder):
    """Builds a tree of no more elements, and no deeper, than any certificate has."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def start(self, tag: str, attrs: Any) -> Element:
        self._elements += 1
        self._depth += 1
        if self._elements > _ELEMENTS or self._depth > _DEPTH:
            raise ValueError("it has more elements, or deeper ones, than any certificate")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(tag)


def _read_dcc(path: Path) -> dict[str, str]:
    """Parse a digital calibration certificate of PTB's schema, version 3."""
    parser = DefusedXMLParser(target=_Builder())
    try:
        parser.feed(read_octets(path, _MOST))
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise FileFault(path, [f"it is not XML that can be read ({error})"]) from None
    if root.tag != f"{_DCC}digitalCalibrationCertificate":
        raise FileFault(path, ["it is no digital calibration certificate: its root is not one of PTB's schema"])
    found = {
        "certificate": _text(root, "administrativeData/coreData/uniqueIdentifier"),
        "performed": _text(root, "administrativeData/coreData/endPerformanceDate"),
        "lab": _text(root, "administrativeData/calibrationLaboratory/contact/name/content"),
        "serial": _serial(root),
    }
    try:
        # a date of XML may name its time zone
        day = date.fromisoformat(_ZONE.sub("", found["performed"])).isoformat() if found["performed"] else ""
    except ValueError:
        raise FileFault(path, [f"endPerformanceDate is no date: {found['performed']!r}"]) from None
    return {**found, "performed": day}


def _serial(root: Element) -> str:
    """Return the maker's identification of the first item."""
    for one in root.iterfind(_path("administrativeData/items/item/identifications/identification")):
        if _text(one, "issuer") == "manufacturer":
            return _text(one, "value")
    return ""


def _text(element: Element, path: str) -> str:
    return (element.findtext(_path(path)) or "").strip()


def _path(path: str) -> str:
    return "/".join(f"{_DCC}{part}" for part in path.split("/"))
