"""Who may import whom: the layers, and what the rooms do without.

import-linter holds the layers of pyproject.toml. That it does is seen on a copy of the sources in which each
layer breaks its rule: a module or package of it gets one line more, an import of the layer above it.
"""

import ast
import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}
ROOMS = {"sts62055": "vectors", "sts_reports": "reports", "sts_rigs": "rigs", "sts_fixtures": "fixtures"}
PYTEST_AT_HOME = ("sts_fixtures/plugin/", "sts_conformance/iec62055_")
PYTEST_STARTED_BY = {"stsbench/running.py"}


def sources() -> dict[str, Path]:
    """Return our modules by their paths from the room."""
    rooms = [ROOT / room for room in ("vectors", "reports", "rigs", "fixtures", "conformance")]
    return {path.relative_to(room).as_posix(): path for room in rooms for path in room.rglob("*.py")}


def imported(text: str) -> set[str]:
    """Return the first names of what a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(
    "module",
    ["sts_fixtures.register", "sts_fixtures.register.inspection", "sts_fixtures.declaration", "sts_rigs.actions"],
)
def test_a_room_that_reads_files_or_asks_loads_neither_numpy_nor_pytest(module: str) -> None:
    package = ROOT / ROOMS[module.partition(".")[0]] / module.replace(".", "/")
    inner = [f"{module}.{path.stem}" for path in package.glob("*.py") if path.stem != "__init__"]
    program = f"import sys, {', '.join([module, *inner])}; print(*({{'numpy', 'pytest'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_pytest_is_imported_by_the_plugin_by_cases_and_by_what_starts_it() -> None:
    found = {name for name, path in sources().items() if "pytest" in imported(path.read_text("utf-8"))}
    elsewhere = {name for name in found if not name.startswith(PYTEST_AT_HOME)}
    assert elsewhere == PYTEST_STARTED_BY
    assert all(Path(name).name.startswith("test_") for name in found if name.startswith(PYTEST_AT_HOME[1]))
    assert {"sts_fixtures/plugin/markers.py", "sts_conformance/iec62055_51/test_several_carriers.py"} <= found


def members(layer: str) -> list[str]:
    """Return the names in a layer: those between bars are strangers, those between colons are not."""
    return re.split(r" *[|:] *", layer)


def layers(contract: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each module with one of the layer above it, which it must not import."""
    containers = contract.get("containers", [""])
    return [
        (f"{container}.{low}".strip("."), f"{container}.{members(high)[0]}".strip("."))
        for container in containers
        for high, lower in itertools.pairwise(contract["layers"])
        for low in members(lower)
    ]


def breaches() -> dict[str, list[tuple[str, str]]]:
    """Return for each contract what must not import what."""
    return {
        name: layers(contract)
        if contract["type"] == "layers"
        else list(itertools.product(contract["source_modules"], contract["forbidden_modules"]))
        for name, contract in CONTRACTS.items()
    }


def lint(folder: Path) -> str:
    """Run import-linter on a copy of the sources, and return what it says."""
    places = os.pathsep.join(
        str(folder / room) for room in ("vectors", "reports", "rigs", "fixtures", "conformance")
    )
    environment = {**os.environ, "PYTHONPATH": places, "COLUMNS": "300", "NO_COLOR": "1"}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for path in sources().values():
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_every_breach_of_the_layers_is_told(copy: Path) -> None:
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in lint(copy)
    for lower, higher in itertools.chain(*breaches().values()):
        path = next(copy.glob(f"*/{lower.replace('.', '/')}.py"), None) or next(
            copy.glob(f"*/{lower.replace('.', '/')}/__init__.py")
        )
        path.write_text(f"{path.read_text('utf-8')}\nimport {higher}\n", "utf-8")
    said = lint(copy)
    assert f"Contracts: 0 kept, {len(CONTRACTS)} broken." in said
    for lower, higher in itertools.chain(*breaches().values()):
        assert f"{lower} is not allowed to import {higher}:" in said
