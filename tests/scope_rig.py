"""Write rig files of the simulated bench, with an oscilloscope on the line or with the ideal recorder."""

from pathlib import Path

SCOPES = ("keysight-infiniivision", "rigol-ds1000z", "rigol-dho800", "siglent-sds1000xe", "tektronix-tbs2000")


def write_rig(
    folder: Path,
    driver: str | None = "keysight-infiniivision",
    *,
    more: str = "",
    repeats: int = 1,
    timeout_ms: int = 5000,
    resource: str = "simulated",
) -> str:
    """Write rig.toml; return its name.

    driver: of the scope, None for no instrument; more: text after the section of the scope.
    """
    text = f"""\
[rig]
name = "simulated bench with {driver}"
[port]
url = "simulated"
parity = "software"
[judgement]
repeats = {repeats}
"""
    if driver:
        text += f"""\
[instruments.scope]
driver = "{driver}"
resource = "{resource}"
timeout_ms = {timeout_ms}
channels = {{ meter = 1, reader = 2 }}
accuracy_ppm = 25.0
"""
    (folder / "rig.toml").write_text(text + more, "utf-8")
    return "rig.toml"
