"""Measure what the line watch adds to a campaign of IEC 62055-52, in processor time; run by `make bench`.

The campaign runs once, and its processor time is taken. The watch then judges the journal, which is what it does
during the run: its time is the median of some rounds.
"""

import contextlib
import io
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from sts62055.carrier.profile import default_profile
from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.watch.replay import findings_of
from sts_reports.events import Event, ExchangeDone
from sts_reports.journal import JOURNAL, read_journal
from stsbench.running import run_cases

ROUNDS = 9


def figures(rounds: int, only: Sequence[str] = ("52",)) -> dict[str, tuple[float, str]]:
    """Return the time of an exchange in the watch, and the ratio of the campaign with it to without."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            result = run_cases(RunRequest(only=tuple(only), out=Path(folder)))
        whole = time.process_time() - start
        events = list(read_journal(result.folder / JOURNAL))
    watched = median(_time_of(events) for _ in range(rounds))
    exchanges = sum(isinstance(event, ExchangeDone) for event in events)
    return {
        "line watch, an exchange": (watched / exchanges * 1e3, "ms"),
        "campaign with line watch, against without": (whole / (whole - watched), "1"),
    }


def _time_of(events: Sequence[Event]) -> float:
    """Return the processor seconds of the watch over a run; what a good meter says must not be found wrong."""
    start = time.process_time()
    found = list(findings_of(events, default_profile()))
    took = time.process_time() - start
    if found:
        raise SystemExit(f"the watch accuses a good meter: {found[0]}")
    return took
