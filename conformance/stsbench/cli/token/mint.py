"""`stsbench token mint`: a sub-command for each kind of token (IEC 62055-41, 6.2)."""

import random
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated

import typer

from sts62055.application.amounts import decode_amount, encode_amount
from sts62055.application.currency import CurrencyAmount
from sts62055.application.interpretation import DEFAULT
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    SERVICES,
    ClearCredit,
    ClearTamperCondition,
    CurrencyCredit,
    ExtendedSet,
    InitiateMeterTestDisplay,
    SetMaximumPhasePowerUnbalanceLimit,
    SetMaximumPowerLimit,
    SetTariffRate,
    SetWaterMeterFactor,
    Token,
    TransferCredit,
)
from stsbench.cli.shared import AsJson, naming, new_app, print_json, stop, within
from stsbench.cli.token.identifier_options import choose_token_identifier
from stsbench.cli.token.key_options import read_key
from stsbench.cli.token.meter_key import Key
from stsbench.cli.token.options import MeterOptions, MintOptions, grouped_options, option
from stsbench.cli.token.output import print_notes, print_token, summary, token_as_json
from stsbench.cli.token.parsing import read_manufacturer_code, read_register, read_steps

__all__ = ["mint"]

mint = new_app("Mint one token.")

_Make = Callable[[int, TokenIdentifier], Token]
"""Makes a token with a RND and a TID."""


class Service(Enum):
    """The utilities of TransferCredit."""

    ELECTRICITY = "electricity"
    WATER = "water"
    GAS = "gas"
    TIME = "time"


@mint.command("credit")
@grouped_options
def mint_credit(
    meter: MeterOptions,
    options: MintOptions,
    kwh: Annotated[str | None, option("Electricity in kWh, one decimal place.")] = None,
    amount: Annotated[
        str | None, option("In kWh, m3 or min; with --currency in the base currency, also negative.")
    ] = None,
    units: Annotated[int | None, option("In steps of 0.1; with --currency of 0.00001.")] = None,
    service: Annotated[Service, typer.Option(help="What is paid for.")] = Service.ELECTRICITY,
    currency: Annotated[bool, typer.Option("--currency", help="Credit in currency.")] = False,
) -> None:
    """Mint a TransferCredit."""
    values = {"--kwh": kwh, "--amount": amount, "--units": units}
    given = [(name, value) for name, value in values.items() if value is not None]
    if len(given) != 1:
        stop(f"{', '.join(values)}: give one of them")
    [(name, value)] = given
    if name == "--kwh" and (service is not Service.ELECTRICITY or currency):
        stop("--kwh: it is for electricity in units: use --amount")
    places, credit = (5, _credit_in_currency) if currency else (1, _credit_in_units)
    with naming(name):
        steps = value if isinstance(value, int) else read_steps(value, places)
        make, carried = credit(steps, SERVICES.index(service.value))
    if currency and options.rnd is not None:
        stop("--rnd: credit in currency has no RND; S&E stands in its place (6.3.21)")
    _mint_specific(meter, options, make, _rounded(steps, carried))


@mint.command("power-limit")
@grouped_options
def mint_power_limit(
    meter: MeterOptions, options: MintOptions, watts: Annotated[int, typer.Option(help="The limit in W.")]
) -> None:
    """Mint a SetMaximumPowerLimit."""
    _mint_limit(SetMaximumPowerLimit, meter, options, watts)


@mint.command("unbalance-limit")
@grouped_options
def mint_unbalance_limit(
    meter: MeterOptions, options: MintOptions, watts: Annotated[int, typer.Option(help="The limit in W.")]
) -> None:
    """Mint a SetMaximumPhasePowerUnbalanceLimit."""
    _mint_limit(SetMaximumPhasePowerUnbalanceLimit, meter, options, watts)


@mint.command("clear-credit")
@grouped_options
def mint_clear_credit(
    meter: MeterOptions,
    options: MintOptions,
    register: Annotated[str, typer.Option(help="Number, all, electricity, water-currency ...")],
) -> None:
    """Mint a ClearCredit."""
    with naming("--register"):
        value = read_register(register)
    _mint_value(ClearCredit, meter, options, value)


@mint.command("clear-tamper")
@grouped_options
def mint_clear_tamper(meter: MeterOptions, options: MintOptions) -> None:
    """Mint a ClearTamperCondition."""
    _mint_value(ClearTamperCondition, meter, options, 0)


@mint.command("tariff-rate")
@grouped_options
def mint_tariff_rate(
    meter: MeterOptions, options: MintOptions, rate: Annotated[int, typer.Option(help="0 to 65535.")]
) -> None:
    """Mint a SetTariffRate, which is reserved for the future."""
    _mint_value(SetTariffRate, meter, options, within("--rate", rate, 0xFFFF))


@mint.command("water-factor")
@grouped_options
def mint_water_factor(
    meter: MeterOptions, options: MintOptions, factor: Annotated[int, typer.Option(help="0 to 65535.")]
) -> None:
    """Mint a SetWaterMeterFactor, which is reserved for the future."""
    _mint_value(SetWaterMeterFactor, meter, options, within("--factor", factor, 0xFFFF))


@mint.command("extended")
@grouped_options
def mint_extended(
    meter: MeterOptions,
    options: MintOptions,
    index: Annotated[int, typer.Option(help="0 to 63.")],
    item: Annotated[int, typer.Option(help="0 to 1023.")],
) -> None:
    """Mint a token of the extended set of STS 202-5."""
    value = within("--index", index, 63) << 10 | within("--item", item, 1023)
    _mint_value(ExtendedSet, meter, options, value)


@mint.command("test")
@grouped_options
def mint_test(
    meter: MeterOptions,
    number: Annotated[int, typer.Argument(help="Test number of Table 27; 0 for all.")],
    mfr_code: Annotated[str | None, option("MfrCode, 2 or 4 digits; default 0, any maker.")] = None,
    wide: Annotated[
        bool | None,
        typer.Option("--wide/--narrow", help="With a MfrCode of 4 or of 2 digits; default as the meter's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Mint an InitiateMeterTest/Display, which has neither TID nor RND and is not encrypted."""
    key = read_key(meter)
    is_wide = len(key.attributes.pan.drn.manufacturer_code) == 4 if wide is None else wide
    with naming("--mfr-code"):
        digits = None if mfr_code is None else read_manufacturer_code(mfr_code, 4 if is_wide else 2)
        code = 0 if digits is None else DEFAULT.manufacturer_code.encode(digits)
    with naming("NUMBER"):
        token = InitiateMeterTestDisplay.of_test(number, subclass=int(is_wide), manufacturer_code=code)
    _print_minted(key, token, [], as_json=as_json)


def _credit_in_units(steps: int, service: int) -> tuple[_Make, int]:
    """Return how the token is made, and the steps of 0.1 that it carries; ValueError if they are too many."""
    value = encode_amount(steps)

    def make(rnd: int, tid: TokenIdentifier) -> Token:
        return TransferCredit(random=rnd, token_identifier=tid, value=value, subclass=service)

    return make, decode_amount(value)


def _credit_in_currency(steps: int, service: int) -> tuple[_Make, int]:
    """Return how the token is made, and the steps of 0.00001 that it carries; ValueError if they are too many."""
    amount = CurrencyAmount.of(steps)

    def make(_rnd: int, tid: TokenIdentifier) -> Token:
        return CurrencyCredit(subclass=service + 4, token_identifier=tid, amount=amount)

    return make, amount.units


def _mint_limit(kind: Callable[..., Token], meter: MeterOptions, options: MintOptions, watts: int) -> None:
    with naming("--watts"):
        value = encode_amount(watts)
    _mint_value(kind, meter, options, value, _rounded(watts, decode_amount(value)))


def _mint_value(
    kind: Callable[..., Token], meter: MeterOptions, options: MintOptions, value: int, notes: Sequence[str] = ()
) -> None:
    def make(rnd: int, tid: TokenIdentifier) -> Token:
        return kind(random=rnd, token_identifier=tid, value=value)

    _mint_specific(meter, options, make, notes)


def _mint_specific(meter: MeterOptions, options: MintOptions, make: _Make, notes: Sequence[str]) -> None:
    """Mint a token with a TID; one is taken only when everything else is right."""
    key = read_key(meter)
    rnd = random.randrange(16) if options.rnd is None else within("--rnd", options.rnd, 15)
    tid, more = choose_token_identifier(key, options)
    _print_minted(key, make(rnd, tid), [*notes, *more], as_json=options.as_json)


def _rounded(asked: int, carried: int) -> list[str]:
    if asked == carried:
        return []
    return ["what was asked for does not fit exactly, and is rounded in favour of the consumer (6.3.6)"]


def _print_minted(key: Key, token: Token, notes: list[str], *, as_json: bool) -> None:
    digits, block = key.mint(token)
    notes = [*notes, *key.refusals(block)]
    if as_json:
        print_json({**token_as_json(key, digits, block), "key": key.as_json(), "notes": notes})
    else:
        print_token(key, digits, block, summary(key, block))
        print_notes(notes)
