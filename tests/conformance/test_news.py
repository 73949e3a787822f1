"""News fragments: towncrier makes a section of the changelog of them."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRAGMENTS = [path for path in (ROOT / "news").glob("*.md") if path.name != "README.md"]


def test_every_fragment_stands_in_the_draft_of_the_next_section() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "99.0", "--dir", str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert re.match(r"## 99\.0 \(\d{4}-\d\d-\d\d\)\n", done.stdout)
    for fragment in FRAGMENTS:
        assert f"- {fragment.read_text('utf-8').strip()}\n" in done.stdout, fragment.name


def test_a_fragment_has_a_type_that_the_readme_explains() -> None:
    types = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "news" / "README.md").read_text("utf-8"), re.MULTILINE))
    assert "breaking" in types
    assert {path.suffixes[-2].lstrip(".") for path in FRAGMENTS} <= types


def test_the_changelog_has_the_place_where_sections_go() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert text.count("<!-- towncrier release notes start -->\n") == 1
