"""Hook of mkdocs: the benchmark history as a picture and a table on its page (see mkdocs.yml)."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

FILE = Path(__file__).with_name("history.jsonl")
PICTURE = "benchmarks.svg"
MARK = "<!-- history -->"
_COLUMNS = 3
_PANEL = (4.0, 2.6)
_ROOM = 0.15
_LARGE = 1000

Line = dict[str, Any]


def read(path: Path) -> list[Line]:
    """Return the lines of the history, oldest first; none where there is no file."""
    return [json.loads(text) for text in path.read_text("utf-8").splitlines()] if path.exists() else []


def machine_of(line: Line) -> str:
    """Return the kind of machine: only lines of one kind may be compared."""
    machine = line["machine"]
    return f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}"


def draw(lines: Sequence[Line]) -> str:
    """Return an SVG picture with a panel for each figure and a curve for each machine, over the runs in order."""
    names = list(dict.fromkeys(name for line in lines for name in line["figures"]))
    machines = list(dict.fromkeys(map(machine_of, lines)))
    rows = -(-len(names) // _COLUMNS)
    figure = Figure(figsize=(_PANEL[0] * _COLUMNS, _PANEL[1] * rows + 0.4 * len(machines)), layout="constrained")
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).flat
    for name, panel in zip(names, panels, strict=False):
        having = [(place, line) for place, line in enumerate(lines) if name in line["figures"]]
        for machine in machines:
            own = [(place, line["figures"][name][0]) for place, line in having if machine_of(line) == machine]
            panel.plot(*zip(*own, strict=True) if own else ((), ()), "o-", label=machine)
        panel.set_title(name, fontsize="small")
        panel.set_ylabel(having[0][1]["figures"][name][1])
        panel.set_ylim(bottom=0, top=max(line["figures"][name][0] for _, line in having) * (1 + _ROOM))
        commits = [line["commit"][:7] for line in lines]
        panel.set_xticks(range(len(lines)), commits, rotation=30, fontsize="x-small")
    for panel in panels:
        panel.set_axis_off()
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", frameon=False)
    text = io.StringIO()
    FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    return text.getvalue()


def table(lines: Sequence[Line]) -> str:
    """Return the newest line as a table in Markdown."""
    newest = lines[-1]
    rows = [f"| {name} | {value:{_form(value)}} | {unit} |" for name, (value, unit) in newest["figures"].items()]
    head = (
        f"The newest line: commit `{newest['commit']}`, {newest['date']}, {machine_of(newest)}, "
        f"load {newest['machine']['load']}."
    )
    return "\n".join([head, "", "| Figure | Value | Unit |", "|---|---:|---|", *rows])


def _form(value: float) -> str:
    return ",.0f" if value >= _LARGE else ".3g"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the picture to the site."""
    lines = read(FILE)
    if lines:
        files.append(File.generated(config, PICTURE, content=draw(lines)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Put picture and table where the page has its mark."""
    if page.file.src_uri != "benchmarks.md":
        return markdown
    lines = read(FILE)
    shown = (
        f"![Each figure over the commits]({PICTURE})\n\n{table(lines)}" if lines else "No line was committed yet."
    )
    return markdown.replace(MARK, shown)
