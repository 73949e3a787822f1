"""The schemas of the files that people write and that runs leave behind, from the models that read them."""

import json
import sys
from pathlib import Path
from typing import Any

from sts62055.carrier.profile import default_profile, overlay_schema
from sts_conformance import register
from sts_fixtures.declaration.model import Declaration
from sts_fixtures.exploring.script import ScriptFile
from sts_fixtures.register.inspection import InspectionFile
from sts_fixtures.register.loading import RegisterFile
from sts_fixtures.register.mapping import MappingFile
from sts_reports.schemas import journal_schema, record_schema
from sts_rigs.files.rig import Rig

__all__ = ["make_schemas", "write_schemas"]


def make_schemas() -> dict[str, dict[str, Any]]:
    """Return each schema by the name of its file, without its ending."""
    return {
        "rig": Rig.model_json_schema(),
        "declaration": Declaration.model_json_schema(),
        "inspection": InspectionFile.model_json_schema(),
        "register": RegisterFile.model_json_schema(),
        "mapping": MappingFile.model_json_schema(),
        "script": ScriptFile.model_json_schema(),
        "overlay": overlay_schema(default_profile(), {one.id: one.text for one in register.load().everything}),
        "journal": journal_schema(),
        "record": record_schema(),
    }


def write_schemas(folder: Path) -> None:
    """Write NAME.schema.json for each into a folder."""
    for name, schema in make_schemas().items():
        (folder / f"{name}.schema.json").write_text(json.dumps(schema, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
