"""A register of its own for small campaigns of plain pytest, and the conftest.py that gives it."""

__all__ = ["CONFTEST", "REGISTER", "REQUIREMENT"]

CONFTEST = """
from pathlib import Path
from stsbench import load_register

def pytest_sts_register():
    return load_register([Path(__file__).with_name("own.toml")])
"""
REGISTER = """
prefix = "OWN"
standard = "Own requirements"
title = "What we ask"
edition = "first"
editions = { first = "1" }
[clauses]
"1" = "First"
"2" = "Second"
"""
REQUIREMENT = """
[[requirement]]
id = "{id}"
clause = {{ first = "{clause}" }}
strength = "shall"
text = "A meter does."
seen_by = ["carrier"]
status = "tested"
provenance = "confirmed"
"""
