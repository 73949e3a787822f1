"""Find which cases test a requirement, by the marks in their files."""

import ast
from pathlib import Path

__all__ = ["cases_of_requirements"]

_CASES = Path(__file__).parent


def cases_of_requirements() -> dict[str, list[str]]:
    """Return the cases of each requirement id as file::function, as their marks in the sources say."""
    found: dict[str, list[str]] = {}
    for path in sorted(_CASES.glob("iec62055_*/test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for requirement_id in _marked(node):
                    found.setdefault(requirement_id, []).append(f"{path.name}::{node.name}")
    return found


def _marked(function: ast.FunctionDef) -> list[str]:
    return [
        str(argument.value)
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "requirement"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    ]
