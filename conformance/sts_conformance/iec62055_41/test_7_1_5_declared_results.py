"""IEC 62055-41, 7.1.5: results of refused tokens that no standard names, where the maker declares them."""

from collections.abc import Callable, Mapping
from typing import Final

from sts62055.application.exact_amounts import amounts_beyond
from sts62055.application.tcdu import DIGITS, LIMIT
from sts62055.application.tokens import SERVICES
from sts_fixtures.declaration.model import FREE_RESULTS
from sts_fixtures.errors import NotTested
from sts_fixtures.tokens.mutations import change_content, exceed_66_bits
from stsbench import DeclaredMeter, MeterUnderTest, MintedToken, TokenMint, requirement

_RESERVED = 8
_ONE = 100_000


def _too_large(tokens: TokenMint, _: DeclaredMeter) -> MintedToken:
    return exceed_66_bits(tokens.such_that(lambda number: number + LIMIT < 10**DIGITS).smallest_effect())


def _strange_utility(tokens: TokenMint, declared: DeclaredMeter) -> MintedToken | None:
    missing = [one for one in SERVICES if one not in declared.declaration.implements.utilities]
    is_taken = declared.meets("credit_key") and missing
    return tokens.of_kind(0, list(SERVICES).index(missing[0]), value=1) if is_taken else None


def _strange_currency(tokens: TokenMint, declared: DeclaredMeter) -> MintedToken | None:
    if declared.declaration.implements.currencies:
        return None
    return tokens.currency_credit(units=_ONE, utility="electricity")


def _unknown_register(tokens: TokenMint, declared: DeclaredMeter) -> MintedToken | None:
    implements, names = declared.declaration.implements, list(SERVICES)
    present = {names.index(one) for one in implements.utilities}
    present |= {len(names) + names.index(one) for one in implements.currencies}
    missing = [number for number in range(2 * len(names)) if number not in present]
    return tokens.clear_credit(register=missing[0]) if implements.clear_credit and missing else None


def _below_range(tokens: TokenMint, declared: DeclaredMeter) -> MintedToken | None:
    limits = declared.declaration.implements.power_limit_range
    below = [watts for watts in amounts_beyond(*limits) if watts < limits[0]] if limits else []
    return tokens.maximum_power_limit(watts=below[-1]) if below else None


def _nonzero_pad(tokens: TokenMint, declared: DeclaredMeter) -> MintedToken | None:
    if not declared.declaration.implements.tamper_detection:
        return None
    return change_content(tokens.clear_tamper_condition(), 1, "Pad 1")


def _no_single_test(tokens: TokenMint, declared: DeclaredMeter) -> MintedToken:
    code_bits = 4 * len(declared.pan.drn.manufacturer_code)
    return change_content(tokens.display(1), 1 << code_bits + 1, "two tests")


_MINTED: Final[Mapping[str, Callable[[TokenMint, DeclaredMeter], MintedToken | None]]] = {
    "too_large": _too_large,
    "class_3": lambda tokens, _: tokens.of_kind(3, 0, value=100),
    "reserved": lambda tokens, declared: (
        tokens.of_kind(0, _RESERVED, value=1) if declared.meets("credit_key") else None
    ),
    "strange_utility": _strange_utility,
    "strange_currency": _strange_currency,
    "unknown_register": _unknown_register,
    "below_range": _below_range,
    "nonzero_pad": _nonzero_pad,
    "no_single_test": _no_single_test,
}
"""What brings each of them about; None where the meter has nothing of the kind."""


@requirement("41-7.1.5-declared")
def test_a_refused_token_gets_the_result_that_is_declared(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    seen = 0
    for name, expected in declared.declaration.traits.results.items():
        meter.allow_failures(tokens)
        token = _MINTED[name](tokens, declared)
        outcome = meter.enter_although_locked(token) if token else None
        if outcome is not None and outcome.acknowledged is not None:
            seen += 1
            assert str(outcome.result) == expected, f"{FREE_RESULTS[name]}: got {outcome.result}, not {expected}"
    if not seen:
        raise NotTested("nothing that this meter has brings one of the declared results about")
