"""A token at the keypad: what is typed or told of the display is what the meter says, or is left open."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from meter_on_bench import MeterOnBench, bad_token, credit_token, display_token
from sts62055.application.results import Accept, CRCError, FormatError, OldError, TokenStatus, UsedError
from sts_rigs.actions import Action
from sts_rigs.carriers.keypad_carrier import KeypadCarrier, ShownResults, display_form, example_of, shown_number
from sts_rigs.carriers.outcome import AmbiguousResult, NotDisplayed, TokenOutcome

RESULTS = ShownResults({Accept: "Good", OldError: "rEJECt", UsedError: "rEJECt", CRCError: "Err2"})
CREDIT, DISPLAY = credit_token(1), display_token(16)


class FakeActions:
    """Performer that key in anything, and tell what they are given to tell."""

    def __init__(self, *seen: str) -> None:
        self._seen = list(seen)
        self.done: list[tuple[Action, str]] = []

    def perform(self, action: Action, value: str = "") -> str:
        self.done.append((action, value))
        return self._seen.pop(0)


def entered(digits: str, *seen: str, unknown: Sequence[TokenStatus] = ()) -> TokenOutcome:
    return KeypadCarrier(FakeActions(*seen), RESULTS, unknown).enter(digits)


@pytest.mark.parametrize("shown", ["Err2", "err 2", " ERR2 ", "e R\tr2"])
def test_capitals_and_blanks_do_not_matter(shown: str) -> None:
    outcome = entered(CREDIT, shown)
    assert (outcome.result, outcome.reported, outcome.shown) == (CRCError, CRCError, shown)
    assert outcome.is_refused


@pytest.mark.parametrize(
    ("shown", "results"),
    [
        ("Accept +1.0 kWh", [Accept]),
        ("accept-12,5kwh", [Accept]),
        ("Accept kWh", []),
        ("Accept +1.0 kWh Err", []),
        ("E7", [OldError]),
        ("E 11", [OldError]),
        ("E2", [CRCError]),
        ("Err used 7", [UsedError]),
        ("Err", []),
    ],
)
def test_a_text_has_room_for_numbers_and_for_anything(shown: str, results: list[TokenStatus]) -> None:
    texts = ShownResults({Accept: "Accept # kWh", OldError: "E#", CRCError: "E2", UsedError: "Err used*"})
    assert texts.of(shown) == results
    assert example_of("Accept +# kWh") == "Accept +1.0 kWh"


def test_the_digits_are_keyed_in_once() -> None:
    performer = FakeActions("good")
    assert KeypadCarrier(performer, RESULTS).enter(CREDIT).result is Accept
    assert performer.done == [(Action.KEY_IN, CREDIT)]


@pytest.mark.parametrize("first", ["", "  ", "god"])
def test_after_nothing_or_a_slip_the_display_is_read_again_and_the_token_not_keyed_in_again(first: str) -> None:
    performer = FakeActions(first, "good")
    assert KeypadCarrier(performer, RESULTS).enter(CREDIT).result is Accept
    assert performer.done == [(Action.KEY_IN, CREDIT), (Action.READ_DISPLAY, "")]


@pytest.mark.parametrize("shown", ["", "god"])
def test_a_text_that_nobody_knows_leaves_everything_open(shown: str) -> None:
    outcome = entered(CREDIT, shown, shown)
    for look in (lambda: outcome.result, lambda: outcome.matches(Accept), lambda: outcome.is_refused):
        with pytest.raises(NotDisplayed) as caught:
            look()
        assert str(caught.value) == f"the display shows {shown!r}, which display.texts has for no result"


def test_a_text_of_several_results_says_what_it_is_not() -> None:
    outcome = entered(CREDIT, "rEJEct")
    assert not outcome.matches(Accept)
    assert not outcome.matches(CRCError)
    assert outcome.reported is not None
    assert outcome.is_refused
    assert repr(outcome.reported) == "OldError or UsedError"
    for look in (
        lambda: outcome.result,
        lambda: outcome.matches(UsedError),
        lambda: outcome.matches(OldError),
    ):
        with pytest.raises(NotDisplayed) as caught:
            look()
        assert str(caught.value) == "the display shows 'rEJEct' alike for OldError, UsedError"


def test_what_is_open_is_narrowed_to_what_can_be() -> None:
    said = AmbiguousResult((OldError, UsedError, CRCError), "alike")
    assert said.among({UsedError, Accept}) is UsedError
    assert repr(said.among({UsedError, OldError})) == "OldError or UsedError"
    assert repr(said.among({Accept})) == repr(said)


def test_what_is_open_matches_no_result_for_sure() -> None:
    alike = AmbiguousResult((OldError, UsedError), "alike")
    assert [alike.matches(one) for one in (OldError, UsedError, Accept)] == [None, None, False]
    assert AmbiguousResult((), "anything").matches(Accept) is None


def test_whatever_a_class_1_token_brings_to_the_display_is_its_acceptance() -> None:
    assert entered(DISPLAY, "123457").result is Accept
    assert entered(DISPLAY, "Err2").result is CRCError
    with pytest.raises(NotDisplayed):
        _ = entered(DISPLAY, "", "").result


def test_unless_it_may_be_a_refusal_that_nobody_has_told() -> None:
    outcome = entered(DISPLAY, "123457", unknown=[FormatError])
    assert not outcome.matches(CRCError)
    with pytest.raises(NotDisplayed, match=r"may be a refusal: display\.texts does not hold FormatError"):
        _ = outcome.result
    assert entered(DISPLAY, "good", unknown=[FormatError]).result is Accept


def test_digits_that_are_no_number_of_66_bits_are_of_no_class() -> None:
    with pytest.raises(NotDisplayed):
        _ = entered("9" * 20, "123", "123").result


@pytest.mark.parametrize(
    ("text", "number"),
    [("12.5", "12.5"), ("12,5 kWh", "12.5"), ("CrEd -3.0", "-3.0"), ("0012.50", "12.50"), ("7", "7")],
)
def test_the_number_of_a_display(text: str, number: str) -> None:
    assert str(shown_number(text, "the credit")) == str(Decimal(number))


@pytest.mark.parametrize("text", ["", "----", "12.5 m3", "1 234.5", "1,234.5"])
def test_no_number_or_more_than_one_is_not_read(text: str) -> None:
    with pytest.raises(NotDisplayed, match="not one number for the credit"):
        shown_number(text, "the credit")


def test_a_form_is_without_case_and_blanks() -> None:
    assert display_form(" rE JEct\n") == "reject"


# -- in front of the simulated meter ----------------------------------------------------------------------------


@pytest.fixture
def bench() -> MeterOnBench:
    return MeterOnBench(texts={"Accept": "good", "CRCError": "Err2", "UsedError": "rEJEct", "OldError": "rEJEct"})


def test_tokens_go_in_at_the_simulated_keypad(bench: MeterOnBench) -> None:
    carrier = KeypadCarrier(bench.simulated.actions, RESULTS)
    assert carrier.enter(CREDIT).result is Accept
    assert bench.read("electricity_credit") == 10
    assert carrier.enter(bad_token(2)).result is CRCError
    again = carrier.enter(CREDIT)
    assert (again.is_refused, again.shown) == (True, "rEJEct")
    assert carrier.enter(DISPLAY).result is Accept
    assert bench.read("electricity_credit") == 10
