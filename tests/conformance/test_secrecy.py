"""No key material in anything that a run writes or says."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Result, Stsbench
from sts_fixtures.declaration.declared_meter import load_declaration, simulated_meter_path

TELLING = ("key-in-strange-register", "key-half-in-identification", "key-on-display")
"""Meters that tell their key: the report says so, and does not tell it again."""

VENDING_KEY = "abababababababab949494949494949401234567"


def shapes(octets: bytes) -> set[str]:
    """Return the ways in which a key could leak: hexadecimal, in halves, spaced, decimal, base64, as Python."""
    half = len(octets) // 2
    whole = {octets.hex(), octets.hex(" "), octets[:half].hex(), octets[half:].hex(), str(int.from_bytes(octets))}
    return whole | {base64.b64encode(octets).decode(), repr(octets)[2:-1]}


def secrets() -> set[str]:
    decoder_key = load_declaration(simulated_meter_path()).decoder_key.reveal()
    return shapes(bytes.fromhex(VENDING_KEY)) | shapes(decoder_key)


def everything(result: Result, folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "published_test_key.hex"]
    assert files
    return result.out + result.err + "".join(path.read_text("utf-8", "replace") for path in files)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "--defect", "crc-not-checked"],
        ["run", "--json"],
        ["run", "--defect", "nak-for-data"],
        *(["run", "--defect", name] for name in TELLING),
    ],
    ids=" ".join,
)
def test_no_key_in_any_file_or_output(
    stsbench: Stsbench, declaration: Callable[..., Path], tmp_path: Path, arguments: list[str]
) -> None:
    text = everything(stsbench(*arguments, "--meter", declaration()), tmp_path).lower()
    assert "decoder_key_check_value" in text
    for secret in secrets():
        assert secret.lower() not in text


@pytest.mark.parametrize("key", [VENDING_KEY[:-1], VENDING_KEY + "zz", VENDING_KEY[:16] * 3])
def test_a_key_that_is_wrong_is_refused_without_being_told(
    stsbench: Stsbench, declaration: Callable[..., Path], tmp_path: Path, key: str
) -> None:
    path = declaration()
    (tmp_path / "published_test_key.hex").write_text(key, "utf-8")
    result = stsbench("run", "--meter", path)
    assert result.code == 2
    assert "decoder_key.vending_key" in result.out + result.err
    assert key[:12] not in result.out + result.err


def test_a_key_written_into_the_declaration_itself_is_refused_without_being_told(
    stsbench: Stsbench, declaration: Callable[..., Path]
) -> None:
    path = declaration(('{ file = "published_test_key.hex", published = true }', f'"{VENDING_KEY}"'))
    result = stsbench("run", "--meter", path)
    assert result.code == 2
    assert VENDING_KEY[:12] not in result.out + result.err


def test_plain_pytest_with_locals_tells_no_key(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    result = pytester.runpytest_subprocess(
        "--pyargs", "sts_conformance", "--showlocals", "--sts-defect=crc-not-checked", "-p", "no:cacheprovider"
    )
    text = "\n".join([*result.outlines, *result.errlines]).lower()
    assert result.ret == 1
    assert "declaredmeter" in text
    for secret in secrets():
        assert secret.lower() not in text
