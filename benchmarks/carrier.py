"""Measure what the carrier client itself costs, in processor time and on the line; run by `make bench`.

Each exchange reads the serial number, the longest register. Two figures have a bound:

- The processor time of an exchange with a meter that answers at once, on a simulated clock. A port that only hands
  over ready-made characters stands for the meter; beside it, for information, the same on the simulated bench.
- The excess of an exchange over a pseudo-terminal, in real time: what it takes more than its characters and the
  meter's reaction need, from the call of `PortCarrier.exchange` to its return, without a turnaround pause
  before it. Another process stands for the meter; it notes when it really answered, so that its own delays do not
  count.

A pseudo-terminal passes characters at once. So the command ends on the line one character time for each of its
characters after it came, and each character of the answer is written when it would end on the line. What the
responder needs to wake up counts against the client. The exit code is 0 within and above a bound.
"""

import argparse
import multiprocessing
import os
import platform
import select
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from meter_on_bench import MILLISECOND, PROFILE, SECOND, MeterOnBench
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import Data, ReadCommand
from sts_rigs.carriers.port_carrier import PortCarrier
from sts_rigs.clock import Clock, HostClock
from sts_rigs.files.rig import HostClockSection, PortSection
from sts_rigs.port import Port, TimeBase
from sts_rigs.port.serial import SerialPort
from sts_rigs.simulator.timeline import Timeline

ROUNDS = 99
IN_A_ROUND = 50
EXCHANGES = 200
PROCESSOR_BOUND = 0.5
LINE_BOUND = 5.0
"""The bounds, like all figures, are in milliseconds."""

REACTION = 20 * MILLISECOND
PAUSE = 10 * MILLISECOND
PATIENCE = 4 * SECOND
LONGEST_WAIT = 10
CHARACTER_TIME = PROFILE.character_time
REGISTER = PROFILE.registers["serial_number"]
READ = ReadCommand(REGISTER.id)
ANSWER = Data(REGISTER.id, ("12345678903".rjust(REGISTER.width, "0"),))
CODEC = Codec(PROFILE)
READ_CODES, ANSWER_CODES = CODEC.encode(READ), CODEC.encode(ANSWER)


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, its values in milliseconds, and the bound of their median, None for information only."""

    name: str
    values: tuple[float, ...]
    bound: float | None = None

    def summary(self) -> dict[str, Any]:
        """Return what is told of it; `high` is what 95 % of the values do not exceed."""
        middle = median(self.values)
        high = quantiles(self.values, n=20, method="inclusive")[-1]
        told = {"name": self.name, "median_ms": middle, "high_ms": high}
        if self.bound is None:
            return told
        verdict = "within" if middle <= self.bound else "above"
        return {**told, "bound_ms": self.bound, "ratio": middle / self.bound, "verdict": verdict}


class InstantPort:
    """A port whose meter answers at once: it hands over ready-made characters and costs next to nothing."""

    name = "instant"
    time_base = TimeBase(name="simulated clock", uncertainty=0, source="nothing takes time")
    shows_parity = True
    spoils_parity = True

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answer = [ReceivedCharacter(code, True, 0, 0) for code in ANSWER_CODES]
        self._coming: Iterator[ReceivedCharacter] = iter(())

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:  # noqa: ARG002
        """Let the answer begin."""
        self._coming = iter(self._answer)
        return self._clock.now()

    def receive(self, until: int) -> ReceivedCharacter | None:
        """Return the next character of the answer; None, and time passes, when there is none."""
        character = next(self._coming, None)
        if character is None:
            self._clock.wait_until(until)
        return character

    def close(self) -> None:
        """Nothing to give back."""


def carrier_on(port: Port, clock: Clock) -> PortCarrier:
    """Return the client's side of a port, without a turnaround pause and with nobody who watches."""
    return PortCarrier(port, clock, PROFILE, patience=PATIENCE, turnaround=0, observe=lambda _: None)


def read_register(carrier: PortCarrier) -> Data:
    """Read the register once; what does not answer must not be measured."""
    reply = carrier.exchange(READ)
    if not isinstance(reply.answer, Data):
        raise SystemExit(f"the register was not read: {reply}")
    return reply.answer


def processor_times(carrier: PortCarrier, rounds: int) -> tuple[float, ...]:
    """Return the processor time of an exchange in milliseconds, the mean of each round."""
    read_register(carrier)
    times: list[float] = []
    for _ in range(rounds):
        start = time.process_time_ns()
        for _ in range(IN_A_ROUND):
            carrier.exchange(READ)
        times.append((time.process_time_ns() - start) / IN_A_ROUND / MILLISECOND)
    read_register(carrier)
    return tuple(times)


def respond(pipe: Connection, count: int) -> None:
    """Be the meter behind a pseudo-terminal: say its name, then after each answer its three instants.

    They are the end of the command on the line, and the ends of the answer's first and last character, in
    nanoseconds of the clock that all processes share.
    """
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    pipe.send(os.ttyname(theirs))
    for _ in range(count):
        asked, missing = 0, len(READ_CODES)
        while missing:
            if not select.select([ours], [], [], LONGEST_WAIT)[0]:
                return
            came = len(os.read(ours, missing))
            asked = max(asked, time.monotonic_ns()) + came * CHARACTER_TIME
            missing -= came
        ends: list[int] = []
        for number, code in enumerate(ANSWER_CODES, start=1):
            due = asked + REACTION + number * CHARACTER_TIME
            time.sleep(max(due - time.monotonic_ns(), 0) / SECOND)
            ends.append(time.monotonic_ns())
            os.write(ours, bytes([code]))
        pipe.send((asked, ends[0], ends[-1]))


def heard(pipe: Connection) -> Any:
    """Return what the responder says next."""
    if not pipe.poll(LONGEST_WAIT):
        raise SystemExit("the responder behind the pseudo-terminal says nothing")
    return pipe.recv()


def line_times(exchanges: int) -> Iterator[tuple[float, float, float]]:
    """Yield, in milliseconds, what each exchange took, what of it the meter's reaction was, and the excess."""
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    responder = context.Process(target=respond, args=(other, exchanges + 1), daemon=True)
    responder.start()
    clock = HostClock()
    with closing(SerialPort(PortSection(url=heard(pipe)), HostClockSection(), PROFILE, clock)) as port:
        carrier = carrier_on(port, clock)
        read_register(carrier)  # the port learns from the first command that nothing echoes
        heard(pipe)
        for _ in range(exchanges):
            clock.wait_until(clock.now() + PAUSE)
            start = time.monotonic_ns()
            answer = read_register(carrier)
            took = time.monotonic_ns() - start
            if answer != ANSWER:
                raise SystemExit(f"the answer came as {answer}")
            asked, first, last = heard(pipe)
            reaction = first - CHARACTER_TIME - asked
            excess = took - len(READ_CODES) * CHARACTER_TIME - (last - asked)
            yield took / MILLISECOND, reaction / MILLISECOND, excess / MILLISECOND
    responder.join()


def figures(rounds: int, exchanges: int) -> list[Figure]:
    """Measure everything."""
    timeline, bench = Timeline(), MeterOnBench()
    instant = processor_times(carrier_on(InstantPort(timeline), timeline), rounds)
    whole = processor_times(carrier_on(bench.simulated.port, bench.simulated.timeline), rounds)
    took, reaction, excess = zip(*line_times(exchanges), strict=True)
    return [
        Figure("processor, instant meter", instant, PROCESSOR_BOUND),
        Figure("processor, simulated bench", whole),
        Figure("pseudo-terminal, excess", excess, LINE_BOUND),
        Figure("pseudo-terminal, exchange", took),
        Figure("pseudo-terminal, reaction", reaction),
    ]


def conditions_of(rounds: int, exchanges: int) -> str:
    """Return under what conditions the figures were measured."""
    return (
        f"{len(READ_CODES)} + {len(ANSWER_CODES)} characters, {rounds} rounds of {IN_A_ROUND}, "
        f"{exchanges} on the line\nPython {platform.python_version()}, {platform.machine()}"
    )


def table_of(summaries: Sequence[dict[str, Any]], conditions: str) -> Table:
    """Return the figures for people."""
    table = Table(title="An exchange that reads the longest register, in ms", caption=conditions)
    table.add_column("Figure")
    for column in ("median", "95 %", "bound", "of bound"):
        table.add_column(column, justify="right")
    table.add_column()
    for told in summaries:
        row = [told["name"], f"{told['median_ms']:.3f}", f"{told['high_ms']:.3f}"]
        if "bound_ms" in told:
            row += [f"{told['bound_ms']:.1f}", f"{told['ratio']:.2f}", told["verdict"]]
        table.add_row(*row)
    return table


def main() -> None:
    """Print the medians beside their bounds."""
    parser = argparse.ArgumentParser(description="Measure what the carrier client itself costs.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of processor time, 2 or more")
    parser.add_argument("--exchanges", type=int, default=EXCHANGES, help="exchanges in real time, 2 or more")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    wanted = parser.parse_args()
    if min(wanted.rounds, wanted.exchanges) < 2:
        parser.error("a median and its spread need two rounds and two exchanges")
    summaries = [figure.summary() for figure in figures(wanted.rounds, wanted.exchanges)]
    conditions = conditions_of(wanted.rounds, wanted.exchanges)
    if wanted.json:
        Console().print_json(data={"conditions": conditions, "figures": summaries})
    else:
        Console().print(table_of(summaries, conditions))


if __name__ == "__main__":
    main()
