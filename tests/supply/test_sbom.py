"""The bill of materials is valid, and lists all that the lock does."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import lock
import sbom


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("bill") / "bill.json"
    sbom.write(path)  # validates
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_the_bill_lists_the_lock_with_every_hash(bill: dict[str, Any]) -> None:
    found = {
        (one["name"], one["version"], frozenset(f"sha256:{each['content']}" for each in files["hashes"]))
        for one in bill["components"]
        for files in one["externalReferences"]
    }
    assert found == {(pin.name, pin.version, frozenset(pin.hashes)) for pin in lock.read("run")}
    assert all(one["licenses"][0]["expression"] for one in bill["components"])


def test_the_bill_says_why_each_package_is_there(bill: dict[str, Any]) -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    reached, edge = set(), {bill["metadata"]["component"]["bom-ref"]}
    while edge:
        reached |= edge
        edge = {need for one in edge for need in needs[one]} - reached
    assert {one["bom-ref"] for one in bill["components"]} <= reached


def test_a_bill_that_breaks_the_schema_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = [replace(pin, hashes=("sha256:none",)) for pin in lock.read("run")]
    monkeypatch.setattr(lock, "read", lambda _: wrong)
    with pytest.raises(SystemExit, match="the bill of materials is not valid"):
        sbom.write(tmp_path / "bill.json")
    assert not (tmp_path / "bill.json").exists()
