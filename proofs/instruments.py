"""Prove for each oscilloscope that the uncertainty which the suite states is honest: `make prove-instruments`.

Many simulated instruments of one kind, each as far from ideal as its rig file allows, measure reaction times
through pyvisa-py over TCP. Only the simulator knows the true ones. For each kind, of all messages at least 94 %
must lie within U (k = 2) of the truth, not all of them may, and U may be at most three times twice the standard
deviation of the errors, which is what they really call for. The exit code is 0 within and 1 beyond these bounds.
"""

import argparse
import multiprocessing
import time
import warnings
from collections.abc import Sequence

from rich.console import Console

from instrument_ensemble import SCOPES, Ensemble, Message, ensemble, messages, rig

LEAST_WITHIN = 0.94
LARGEST_RATIO = 3.0
MICRO = 1e6
ROW = "{:24}{:>9}{:>10}{:>12}{:>12}{:>12}{:>8}{:>8}"


def measured(task: tuple[str, int, int]) -> list[Message]:
    """Return the messages that one instrument saw."""
    driver, seed, each = task
    warnings.simplefilter("error")
    return list(messages(rig(driver), [seed], each))


def is_honest(found: Ensemble) -> bool:
    """Tell whether an ensemble is within the bounds."""
    return LEAST_WITHIN <= found.within < 1 and found.ratio <= LARGEST_RATIO


def prove(drivers: Sequence[str], instruments: int, each: int, jobs: int) -> bool:
    """Print a line for each kind as soon as it is known; return whether all are within the bounds."""
    console, honest = Console(width=120), True
    console.print(
        ROW.format("oscilloscope", "messages", "within U", "mean error", "2 x spread", "U", "ratio", "time")
    )
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for driver in drivers:
            began = time.monotonic()
            tasks = [(driver, seed, each) for seed in range(1, instruments + 1)]
            found = ensemble([one for part in pool.imap_unordered(measured, tasks) for one in part])
            honest &= is_honest(found)
            row = ROW.format(
                driver,
                found.count,
                f"{found.within:.2%}",
                f"{found.mean_error * MICRO:+.2f} us",
                f"{2 * found.spread * MICRO:.2f} us",
                f"{found.expanded * MICRO:.2f} us",
                f"{found.ratio:.3f}",
                f"{time.monotonic() - began:.0f} s",
            )
            console.print(row, "" if is_honest(found) else "NOT WITHIN THE BOUNDS", highlight=False)
    return honest


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--driver", action="append", choices=SCOPES, help="one kind, may be repeated; else all")
    parser.add_argument("--instruments", type=int, default=100, help="instruments of each kind")
    parser.add_argument("--messages", type=int, default=20, help="messages that each of them sees")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count(), help="processes at once")
    options = parser.parse_args()
    return 0 if prove(options.driver or SCOPES, options.instruments, options.messages, options.jobs) else 1


if __name__ == "__main__":
    raise SystemExit(main())
