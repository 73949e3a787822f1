"""The options that several sub-commands have, and how a sub-command takes a group of them as one parameter."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from stsbench.cli.shared import AllowCommands, AsJson

__all__ = ["MeterOptions", "MintOptions", "NewKeyOptions", "grouped_options", "option"]


def option(text: str) -> Any:
    """Return an option whose name is that of its parameter, and whose help says what its default is."""
    return typer.Option(help=text, show_default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterOptions:
    """Which meter the token is for: its declaration, and what is to be different from it."""

    meter: Annotated[Path | None, option("The meter's declaration; default the simulated meter's.")] = None
    drn: Annotated[str | None, option("DecoderReferenceNumber, 11 or 13 digits.")] = None
    sgc: Annotated[str | None, option("SupplyGroupCode, 6 digits.")] = None
    key_type: Annotated[str | None, option("DITK, DDTK, DUTK or DCTK.")] = None
    ti: Annotated[str | None, option("TariffIndex, 2 digits.")] = None
    krn: Annotated[int | None, option("KeyRevisionNumber, 1 to 9.")] = None
    base_date: Annotated[int | None, option("1993, 2014 or 2035.")] = None
    ea: Annotated[int | None, option("EncryptionAlgorithm, 7, 9 or 11.")] = None
    dkga: Annotated[int | None, option("DecoderKeyGenerationAlgorithm, 1 to 4.")] = None
    vending_key_file: Annotated[str | None, option("File with the vending key in hexadecimal digits.")] = None
    vending_key_env: Annotated[str | None, option("Environment variable with the vending key.")] = None
    sta_tables_file: Annotated[str | None, option("File with the tables of EA07; default the declaration's.")] = (
        None
    )
    allow_commands: AllowCommands = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MintOptions:
    """What tokens with a TokenIdentifier have besides."""

    tid: Annotated[int | None, option("TokenIdentifier, minutes since the base date.")] = None
    date: Annotated[str | None, option("Date of the TID, 2026-11-20T10:00 (UTC).")] = None
    rnd: Annotated[int | None, option("RND, 0 to 15; default random.")] = None
    state: Annotated[Path | None, option("Where it is kept which TIDs a meter has had, if none is given.")] = None
    as_json: AsJson = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKeyOptions:
    """What is to be different under the new key."""

    to_sgc: Annotated[str | None, option("New SupplyGroupCode.")] = None
    to_ti: Annotated[str | None, option("New TariffIndex.")] = None
    to_krn: Annotated[int | None, option("New KeyRevisionNumber.")] = None
    to_key_type: Annotated[str | None, option("New key type.")] = None
    to_ken: Annotated[int | None, option("New KeyExpiryNumber, 0 to 255; default unchanged.")] = None
    to_base_date: Annotated[int | None, option("New base date.")] = None
    to_dkga: Annotated[int | None, option("New DKGA.")] = None
    to_vending_key_file: Annotated[str | None, option("File with the vending key of the new key.")] = None
    to_vending_key_env: Annotated[
        str | None, option("Environment variable with the vending key of the new key.")
    ] = None


def grouped_options(command: Callable[..., None]) -> Callable[..., None]:
    """Show typer the fields of each parameter that is a dataclass as options of their own."""
    parameters = inspect.signature(command).parameters.values()
    groups: dict[str, Any] = {one.name: one.annotation for one in parameters if is_dataclass(one.annotation)}
    options = {name: inspect.signature(group).parameters for name, group in groups.items()}

    @wraps(command)
    def flat(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{one: values.pop(one) for one in options[name]})
        command(**values)

    own = [one for one in parameters if one.name not in groups]
    spread = [one for group in options.values() for one in group.values()]
    flat.__signature__ = inspect.Signature([*own, *spread])  # type: ignore[attr-defined]
    return flat
