"""`stsbench token change-key`: print a key-change set, and warn of what a meter may not do with it (6.5.2.4)."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.codes import Transition, key_type_transition
from sts62055.application.key_change import KeyChange
from sts62055.application.token_block import TokenBlock
from stsbench.cli.shared import AsJson, print_json, stop
from stsbench.cli.token.key_options import read_key, read_new_key
from stsbench.cli.token.meter_key import Key
from stsbench.cli.token.options import MeterOptions, NewKeyOptions, grouped_options, option
from stsbench.cli.token.output import grouped, summary, token_as_json

__all__ = ["change_key"]


@grouped_options
def change_key(
    meter: MeterOptions,
    new: NewKeyOptions,
    roll_over: Annotated[
        bool | None,
        typer.Option("--roll-over/--no-roll-over", help="RO; default 1 if the base date changes, else 0."),
    ] = None,
    tokens: Annotated[int | None, option("2 or 3 with EA07 and EA09, 4 with EA11; default 2 and 4.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a key-change set in order; it is encrypted under the present key."""
    present = read_key(meter)
    key = read_new_key(present, new)
    count = _token_count(key.attributes.encryption_algorithm, tokens)
    is_rolled = present.attributes.base_date is not key.attributes.base_date if roll_over is None else roll_over
    minted = _minted(present, key, count, is_rolled=is_rolled)
    change = _Change(present, key, is_rolled, minted, _warnings(present, key, count, is_rolled=is_rolled))
    if as_json:
        print_json(change.as_json())
    else:
        change.print()


@dataclass(frozen=True, slots=True)
class _Change:
    """A key-change set in order as digits and blocks, the keys before and after it, and what to warn of."""

    present: Key
    new: Key
    is_rolled: bool
    minted: list[tuple[str, TokenBlock]]
    warnings: list[str]

    def as_json(self) -> dict[str, Any]:
        return {
            "present_key": self.present.as_json(),
            "new_key": self.new.as_json(),
            "roll_over": self.is_rolled,
            "tokens": [token_as_json(self.present, digits, block) for digits, block in self.minted],
            "warnings": self.warnings,
        }

    def print(self) -> None:
        for digits, block in self.minted:
            typer.echo(f"{grouped(digits)}  {summary(self.present, block)}")
        typer.echo(f"new key: {self.new}, KEN {self.new.key_expiry_number}, RO {int(self.is_rolled)}")
        typer.echo(f"present key: {self.present}")
        typer.echo("The tokens are encrypted under the present key, and are entered in this order or any other.")
        for warning in self.warnings:
            typer.echo(f"Warning: {warning}.")


def _token_count(algorithm: EncryptionAlgorithm, asked: int | None) -> int:
    allowed = (4,) if algorithm.key_octets == 16 else (2, 3)
    if asked is not None and asked not in allowed:
        known = " or ".join(map(str, allowed))
        stop(f"--tokens: a key of EA{algorithm:02d} is changed with {known} tokens, not {asked}")
    return asked or allowed[0]


def _minted(present: Key, key: Key, count: int, *, is_rolled: bool) -> list[tuple[str, TokenBlock]]:
    with key.decoder_key() as new_key:
        change = KeyChange(
            new_key=new_key,
            key_type=key.attributes.key_type,
            key_revision_number=key.attributes.key_revision_number,
            tariff_index=key.attributes.tariff_index,
            key_expiry_number=key.key_expiry_number,
            supply_group_code=None if count == 2 else key.attributes.supply_group_code,
            roll_over=is_rolled,
        )
        return [present.mint(token) for token in change.tokens()]


def _warnings(present: Key, key: Key, count: int, *, is_rolled: bool) -> list[str]:
    parent, child = present.attributes.key_type, key.attributes.key_type
    transition = key_type_transition(parent, child)
    change = f"a change from {parent.name} to {child.name}"
    is_unsaid = present.attributes.base_date is not key.attributes.base_date and not is_rolled
    applies = (
        (f"a meter must refuse {change} as KeyTypeError (6.5.2.4)", transition is Transition.REFUSED),
        (f"what a meter does with {change} is not known to us (6.5.2.4)", transition is Transition.UNKNOWN),
        ("the base date changes but RO is 0: the meter's old TokenIdentifiers stay", is_unsaid),
        ("a set of two tokens has no SGC, and the meter forgets its own: --tokens 3 has it", count == 2),
        ("the new key is the key that the meter has", present.decoder_key() == key.decoder_key()),
    )
    return [text for text, is_so in applies if is_so]
