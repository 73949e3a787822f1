"""`stsbench token decode`: explain every field of a token, and find the likely cause if it fails."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from sts62055.application.diagnosis import Diagnosis, diagnose
from sts62055.application.tcdu import LIMIT
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import decode_token
from stsbench.cli.shared import AsJson, naming, print_json
from stsbench.cli.token.key_options import read_key
from stsbench.cli.token.meter_key import Key
from stsbench.cli.token.options import MeterOptions, grouped_options
from stsbench.cli.token.output import (
    grouped,
    print_notes,
    print_token,
    summary,
    token_as_json,
)
from stsbench.cli.token.parsing import read_token

__all__ = ["decode"]

_NOT_AUTHENTIC = 1
_NOISE = "not authentic: the CRC is wrong, and what the fields say is noise unless only the CRC was spoiled"


@grouped_options
def decode(
    meter: MeterOptions,
    digits: Annotated[list[str], typer.Argument(help="20 digits; blanks and dashes between them are allowed.")],
    as_json: AsJson = False,
) -> None:
    """Explain every field of a token; if it fails, find the likely cause. Exit code 1 if it is not authentic."""
    key = read_key(meter)
    with naming("DIGITS"):
        typed = read_token(" ".join(digits))
    block = decode_token(typed, key.cipher()) if int(typed) < LIMIT else None
    if block is not None and block.is_authentic:
        decoded = _Decoded(key, typed, block, key.refusals(block), None)
    else:
        decoded = _Decoded(key, typed, block, [], diagnose(typed, key.attributes, key.cipher))
    if as_json:
        print_json(decoded.as_json())
    else:
        decoded.print()
    raise typer.Exit(0 if decoded.diagnosis is None else _NOT_AUTHENTIC)


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A token taken apart: its block unless it has more than 66 bits, and the diagnosis if it is not authentic."""

    key: Key
    digits: str
    block: TokenBlock | None
    notes: list[str]
    diagnosis: Diagnosis | None

    def as_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {"token": self.digits, "what": "no token: more than 66 bits", "fields": []}
        if self.block is not None:
            content = token_as_json(self.key, self.digits, self.block)
        content |= {"authentic": self.diagnosis is None, "key": self.key.as_json(), "notes": self.notes}
        if self.diagnosis is not None:
            content["diagnosis"] = _diagnosis_as_json(self.diagnosis)
        return content

    def print(self) -> None:
        if self.block is None:
            typer.echo(grouped(self.digits))
            typer.echo("no token: the number needs more than 66 bits, and a meter must refuse it")
        else:
            headline = summary(self.key, self.block) if self.diagnosis is None else _NOISE
            print_token(self.key, self.digits, self.block, headline)
        print_notes(self.notes)
        if self.diagnosis is not None:
            _print_diagnosis(self.digits, self.diagnosis)


def _diagnosis_as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    findings = [
        {
            "kind": one.kind,
            "sentence": one.sentence,
            "token": one.digits,
            "trials": one.trials,
            "chance": one.chance,
        }
        for one in diagnosis.findings
    ]
    return {"trials": diagnosis.trials, "chance": diagnosis.chance, "findings": findings}


def _print_diagnosis(digits: str, diagnosis: Diagnosis) -> None:
    typer.echo("Likely causes:" if diagnosis.findings else "No likely cause was found.")
    for finding in diagnosis.findings:
        typer.echo(f"- {finding.sentence}")
        if finding.digits != digits:
            typer.echo(f"  {grouped(finding.digits)}")
    typer.echo(
        f"{diagnosis.trials} neighbours were tried; the probability that one of them has a right CRC by chance is "
        f"{diagnosis.trials}/65536, {diagnosis.chance:.1%}."
    )
