"""The `stsbench defects` command: the catalogue of defects of the simulated meter."""

from rich.console import Console
from rich.table import Table

from sts_rigs.errors import FileFault
from sts_rigs.simulator.defects import ALL_DEFECTS
from stsbench.cli.shared import AsJson, DefectsFile, new_app, print_json, stopping

__all__ = ["app"]

app = new_app()


@app.command()
def defects(own: DefectsFile = None, as_json: AsJson = False) -> None:
    """List the defects that the simulated meter can be given, and the requirements or clauses of each."""
    with stopping(FileFault):
        known = ALL_DEFECTS.with_file(own) if own else ALL_DEFECTS
    if as_json:
        print_json(
            [
                {
                    "name": defect.name,
                    "summary": defect.summary,
                    "violates": list(defect.violates),
                    "breaks": list(defect.breaks),
                }
                for defect in known.values()
            ]
        )
        return
    table = Table(box=None, pad_edge=False)
    for column in ("defect", "what is wrong", "violates, or breaks at a clause"):
        table.add_column(column, overflow="fold")
    for defect in known.values():
        table.add_row(defect.name, defect.summary, " ".join(defect.violates or defect.breaks))
    Console().print(table)
