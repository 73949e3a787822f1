"""Measure how many whole tokens a second one core makes; run by `make bench`.

A whole token goes from its fields to 20 digits: content, CRC, encryption under a key whose schedule is kept, class
bits, decimal digits. Each figure is the median of several rounds, in which the ways to make tokens take turns, and
counts the processor time of this process only, so that other work on the machine disturbs little.
"""

import argparse
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from plain_ciphers import PlainMisty1, PlainSta, plain_token
from sts62055.application.batch import BatchCipher, Digits
from sts62055.application.ciphers import BlockCipher, EncryptionAlgorithm, make_cipher
from sts62055.application.sta import SAMPLE_TABLES
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import TransferCredit, encode_token, seal

ROUNDS = 9
ONE_BY_ONE = 4_000
PLAIN = 400
BATCH = 400_000
KEY = bytes.fromhex("0abc12def3456789929bd3a415c9420a")

Fields = tuple[int, int, int]
"""RND, TID and Amount of a TransferCredit token for electricity."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make tokens: how many in a round, and the work, which returns their digits."""

    count: int
    work: Callable[[], list[str] | Digits]

    def rate(self) -> float:
        """Return the tokens a second of one round."""
        start = process_time()
        self.work()
        return self.count / (process_time() - start)


def fields_of(count: int) -> list[Fields]:
    """Return the fields of as many tokens, the same ones in every run."""
    random = np.random.default_rng(62055)
    columns = (random.integers(0, 1 << bits, count) for bits in (4, 24, 16))
    return list(zip(*(column.tolist() for column in columns), strict=True))


def plain_cipher(algorithm: EncryptionAlgorithm, key: bytes) -> BlockCipher:
    """Return the second formulation of EA07 or EA11."""
    if algorithm is EncryptionAlgorithm.MISTY1:
        return PlainMisty1(key)
    return PlainSta(key, SAMPLE_TABLES.first, SAMPLE_TABLES.second, SAMPLE_TABLES.permutation)


def ways_of(algorithm: EncryptionAlgorithm, fields: list[Fields]) -> tuple[Way, Way, Way]:
    """Return three ways to make the tokens of an algorithm: one by one, plainly, and all in a batch."""
    key = KEY[: algorithm.key_octets]
    cipher, batch = make_cipher(algorithm, key), BatchCipher(algorithm, key)
    plain = plain_cipher(algorithm, key)
    columns = np.array(fields, np.uint64).T

    def one_by_one() -> list[str]:
        tokens = (
            TransferCredit(random=random, token_identifier=TokenIdentifier(minutes), value=amount)
            for random, minutes, amount in fields[:ONE_BY_ONE]
        )
        return [encode_token(seal(token), cipher) for token in tokens]

    def plainly() -> list[str]:
        return [
            plain_token(0, 0, random << 40 | minutes << 16 | amount, plain.encrypt)
            for random, minutes, amount in fields[:PLAIN]
        ]

    def in_a_batch() -> Digits:
        random, minutes, amount = columns
        return batch.mint_numbers(0, 0, random << 40 | minutes << 16 | amount).to_digits()

    return Way(ONE_BY_ONE, one_by_one), Way(PLAIN, plainly), Way(len(fields), in_a_batch)


def measure(rounds: int, batch: int) -> list[dict[str, Any]]:
    """Return, for each cipher, the median tokens a second of each way to make them."""
    fields = fields_of(batch)
    figures: list[dict[str, Any]] = []
    for algorithm in (EncryptionAlgorithm.STA, EncryptionAlgorithm.MISTY1):
        ways = ways_of(algorithm, fields)
        digits = [list(way.work()[:PLAIN]) for way in ways]
        if not digits[0] == digits[1] == digits[2]:
            raise SystemExit(f"EA{algorithm:02d}: the ways to make tokens do not agree")
        rates = zip(*([way.rate() for way in ways] for _ in range(rounds)), strict=True)
        single, plain, in_batch = map(median, rates)
        name = f"EA{algorithm:02d} ({algorithm.name})"
        figures.append({"name": name, "one_by_one": single, "plain": plain, "batch": in_batch})
    return figures


def table_of(figures: Sequence[dict[str, Any]], rounds: int) -> Table:
    """Return the figures for people."""
    table = Table(
        title=f"Whole tokens a second, one core, median of {rounds} rounds",
        caption=f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}",
    )
    for column in ("Cipher", "one by one", "plain", "ratio", "batch"):
        table.add_column(column, justify="left" if column == "Cipher" else "right")
    for told in figures:
        single, plain, batch = told["one_by_one"], told["plain"], told["batch"]
        table.add_row(told["name"], f"{single:,.0f}", f"{plain:,.0f}", f"{single / plain:.1f}", f"{batch:,.0f}")
    return table


def main() -> None:
    """Print the medians of both ciphers."""
    parser = argparse.ArgumentParser(description="Measure how many whole tokens a second one core makes.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds, of which the median counts")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"tokens in a batch, {ONE_BY_ONE} or more")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    wanted = parser.parse_args()
    if wanted.rounds < 1 or wanted.batch < ONE_BY_ONE:
        parser.error(f"a figure needs one round and a batch of {ONE_BY_ONE}")
    figures = measure(wanted.rounds, wanted.batch)
    if wanted.json:
        Console().print_json(data={"figures": figures})
    else:
        Console().print(table_of(figures, wanted.rounds))


if __name__ == "__main__":
    main()
