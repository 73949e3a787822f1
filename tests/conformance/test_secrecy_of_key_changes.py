"""No key of a key change, and no part of one, in what pytest tells of a failure, nor in any file."""

import json
import re
from pathlib import Path

import pytest

SPY = """
import json, pathlib
from sts62055.application import key_change, keys
from sts62055.application.tokens import seal

found = {"keys": set(), "blocks": set()}
make, tokens = keys.DecoderKey.__init__, key_change.KeyChange.tokens

def made(self, octets):
    make(self, octets)
    found["keys"].add(bytes(octets).hex())

def minted(self):
    parts = tokens(self)
    found["blocks"].update(seal(part).word.to_bytes(8).hex() for part in parts)
    return parts

keys.DecoderKey.__init__, key_change.KeyChange.tokens = made, minted

def pytest_unconfigure():
    pathlib.Path("spied.json").write_text(json.dumps({name: sorted(values) for name, values in found.items()}))
"""

_WORDS = re.compile(r"[0-9a-f]+")


def parts_of(word: str) -> set[str]:
    """Return how octets could be told: whole, in halves and in 32 bits, in hexadecimal and decimal."""
    found = {word[at : at + size] for size in (len(word), len(word) // 2, 8) for at in range(0, len(word), size)}
    return found | {str(int(part, 16)) for part in found}


def of_block(word: str) -> set[str]:
    """Return how a plain block, its 44 bits of content, or the 32 bits of a key in them, could be told."""
    content, key = word[1:12], word[4:12]
    return {word, content, key, *(str(int(part, 16)) for part in (word, content, key))}


@pytest.mark.parametrize(
    "defect",
    [
        "key-parts-all-first",
        "completed-set-unsaid",
        "key-parts-in-order-only",
        "group-not-changed",
        "key-parts-unchecked",
    ],
)
def test_a_failed_key_change_tells_no_part_of_a_key(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    pytester.path.joinpath("spy.py").write_text(SPY, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    result = pytester.runpytest_subprocess(
        *(
            "-p",
            "spy",
            "--pyargs",
            "sts_conformance",
            "-vv",
            "--showlocals",
            "--tb=long",
            "-p",
            "no:cacheprovider",
        ),
        *("-k", "8_9", f"--sts-defect={defect}", "--alluredir=allure", "--junitxml=junit.xml"),
    )
    spied = json.loads(pytester.path.joinpath("spied.json").read_text("utf-8"))
    assert result.ret == 1
    assert len(spied["blocks"]) > 20
    assert len(spied["keys"]) > 1
    files = [
        path for path in pytester.path.rglob("*") if path.is_file() and path.name not in ("spied.json", "spy.py")
    ]
    text = "\n".join([*result.outlines, *result.errlines, *(told(path) for path in files)]).lower()
    words = set(_WORDS.findall(text))
    secret = {part for key in spied["keys"] for part in parts_of(key)}
    secret |= {part for block in spied["blocks"] for part in of_block(block)}
    assert not {part for part in secret & words if len(part) > 7}


def told(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text("utf-8", "replace")
