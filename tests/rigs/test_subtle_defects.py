"""The subtle defects: each is one replaced part, and a few events tell it from a good meter."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from meter_on_bench import (
    KEY,
    MILLISECOND,
    OLDEST,
    OTHER_KEY,
    PROFILE,
    SECOND,
    MeterOnBench,
    bad_token,
    clear_credit_token,
    clear_tamper_token,
    credit_token,
    digits,
    display_token,
    power_limit_token,
)
from sts62055.application.currency import CurrencyAmount
from sts62055.application.key_change import KeyChange
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.results import (
    Accept,
    CRCError,
    FunctionError,
    KeyExpiredError,
    Lockout,
    OldError,
    OverflowingCredit,
    RangeError,
    UsedError,
)
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import (
    CurrencyCredit,
    SetMaximumPhasePowerUnbalanceLimit,
    SetMaximumPowerLimit,
    TransferCredit,
)
from sts62055.carrier.messages import WriteCommand
from sts_rigs.actions import Action
from sts_rigs.simulator.defects import SEQUENCES, SIDE_EFFECTS
from sts_rigs.simulator.meter.meter import Parts

GOOD = Parts()
SUBTLE = {**SIDE_EFFECTS, **SEQUENCES}
EVERY = pytest.mark.parametrize("defect", SUBTLE.values(), ids=list(SUBTLE))
THIRD_KEY = DecoderKey(bytes(range(2, 18)))


class Meter(MeterOnBench):
    """A simulated meter on its bench; delay: how long after its ACK a token is interrupted, where one is."""

    delay = 0


Step = Callable[[Meter], object]

# -- events ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """Events, and what the last of them shows of a good meter and of one with the defect.

    meter: what is configured otherwise; cuts: how long after its ACK a token is interrupted, each time on another
    meter; then all that is seen of them counts.
    """

    steps: Sequence[Step]
    good: object
    bad: object
    meter: dict[str, Any] = field(default_factory=dict)
    cuts: Sequence[int] = ()


def row(*steps: Step | Iterable[Step], good: object, bad: object, cuts: Sequence[int] = (), **meter: Any) -> Row:
    """Return a row of events, some of which come in lists."""
    flat = [one for step in steps for one in ([step] if callable(step) else step)]
    return Row(flat, good, bad, meter, cuts)


def seen(row: Row, defect: str | None) -> object:
    """Return what the last event shows."""
    if not row.cuts:
        return after(row, defect, 0)
    return {after(row, defect, delay) for delay in row.cuts}


def after(row: Row, defect: str | None, delay: int) -> object:
    bench = Meter(defect=defect, **row.meter)
    bench.delay = delay
    last: object = None
    for step in row.steps:
        last = step(bench)
    return last


def enter(token: str) -> Step:
    return lambda bench: bench.enter(token)


def credit(minutes: int, value: int = 10, **more: Any) -> Step:
    return enter(credit_token(minutes, value, **more))


def limit(minutes: int, watts: int = 500) -> Step:
    return enter(power_limit_token(minutes, watts))


def unbalance(minutes: int, watts: int) -> Step:
    token = SetMaximumPhasePowerUnbalanceLimit(random=5, token_identifier=identifier(minutes), value=watts)
    return enter(digits(token))


def clear(minutes: int, number: int = 0xFFFF) -> Step:
    return enter(clear_credit_token(minutes, number))


def clear_tamper(minutes: int, pad: int = 0) -> Step:
    return enter(clear_tamper_token(minutes, pad))


def display(number: int) -> Step:
    def show(bench: Meter) -> str:
        assert bench.enter(display_token(number)) is Accept
        return bench.display

    return show


def look(name: str) -> Step:
    return lambda bench: bench.read(name)


def shown(number: int) -> Step:
    return lambda bench: bench.simulated.actions.perform(Action.READ_CREDIT, str(number))


def write(data: str) -> Step:
    return lambda bench: bench.carrier.exchange(WriteCommand(PROFILE.registers["token"].id, data))


def load(watts: int) -> Step:
    return lambda bench: bench.simulated.actions.perform(Action.APPLY_LOAD, str(watts))


def wait(seconds: int) -> Step:
    return lambda bench: bench.wait(seconds * SECOND)


def key_in(token: str) -> Step:
    def press(bench: Meter) -> None:
        for key in token:
            bench.simulated.device.press_key(key)  # type: ignore[attr-defined]
        bench.wait(3 * SECOND)

    return press


def cut_within(token: str) -> Step:
    def interrupt(bench: Meter) -> None:
        bench.carrier.exchange(bench.carrier.token_command(token))
        bench.wait(bench.delay)
        bench.cut_power()

    return interrupt


def tamper(bench: Meter) -> object:
    return bench.do(Action.OPEN_COVER)


def cut(bench: Meter) -> object:
    return bench.cut_power()


def switch(bench: Meter) -> object:
    return bench.do(Action.READ_LOAD_SWITCH)


def identifier(minutes: int) -> TokenIdentifier:
    return TokenIdentifier(OLDEST + minutes)


def change(old: DecoderKey = KEY, new: DecoderKey = OTHER_KEY, **changes: Any) -> list[Step]:
    """Return the entry of each part of a key change, changed in some points."""
    facts: dict[str, Any] = {
        "new_key": new,
        "key_type": KeyType.DUTK,
        "key_revision_number": 4,
        "tariff_index": "08",
        "key_expiry_number": 255,
        "supply_group_code": "987654",
    }
    return [enter(digits(token, old)) for token in KeyChange(**{**facts, **changes}).tokens()]


fail = enter(bad_token(1))
LOCK = [fail] * 3
USE = [credit(1, 0x4001), load(100_000), wait(60), load(0)]
TRIP = [credit(1), limit(2), load(600), load(0)]
CHANGE, FORBIDDEN, ROLL_OVER = change(), change(key_type=KeyType.DITK), change(roll_over=True)
SECOND_CHANGE = change(OTHER_KEY, THIRD_KEY, supply_group_code="111111")
PART_1, PART_2, PART_3, PART_4 = CHANGE
CREDIT, LIMIT, TAMPER = look("electricity_credit"), look("maximum_power_limit"), look("tamper_status")
ENERGY, GROUP, STATUS = look("cumulative_energy"), look("supply_group_code"), look("meter_status")
WITH_WATER = {"utilities": ("electricity", "water")}
THREE_PHASES = {"phases": 3, "has_unbalance_limit": True, "tests": frozenset({11})}
WITHIN = range(0, 1200 * MILLISECOND, 100 * MILLISECOND)
WITHOUT_RND = digits(TransferCredit(random=0, token_identifier=identifier(1), value=10))
DEBIT = digits(CurrencyCredit(subclass=4, token_identifier=identifier(1), amount=CurrencyAmount.of(-16_384)))
BAD_LIMIT = digits(SetMaximumPowerLimit(random=5, token_identifier=identifier(1), value=500), OTHER_KEY)

# -- side effects ----------------------------------------------------------------------------------------------

ACCEPTED = {
    "credit-clears-tamper": row(tamper, credit(1), TAMPER, good=1, bad=0),
    "credit-resets-energy": row(USE, credit(2), ENERGY, good=16, bad=0),
    "large-credit-lifts-power-limit": row(limit(1), credit(2, 0x4001), LIMIT, good=500, bad=0),
    "clear-tamper-gives-credit": row(tamper, clear_tamper(1), CREDIT, good=0, bad=50),
    "clear-tamper-resets-power-limit": row(limit(1), tamper, clear_tamper(2), LIMIT, good=500, bad=0),
    "power-limit-clears-tamper": row(tamper, limit(1), TAMPER, good=1, bad=0),
    "power-limit-trips-switch": row(credit(1), limit(2), switch, good="closed", bad="open"),
    "power-limit-changes-tariff-index": row(limit(1), display(5), good="07", bad="05"),
    "power-limit-sets-unbalance-limit": row(limit(1), display(11), good="0", bad="500", **THREE_PHASES),
    "unbalance-limit-resets-power-limit": row(limit(1), unbalance(2, 50), LIMIT, good=500, bad=0, **THREE_PHASES),
    "clear-credit-resets-power-limit": row(limit(1), clear(2, 0), LIMIT, good=500, bad=0),
    "clear-all-clears-tamper": row(tamper, clear(1), TAMPER, good=1, bad=0),
    "clear-credit-clears-next-register": row(
        credit(1, subclass=1), clear(2, 0), shown(1), good="1.0", bad="0.0", **WITH_WATER
    ),
    "load-switch-test-resets-power-limit": row(limit(1), display(1), LIMIT, good=500, bad=0),
    "load-switch-test-takes-credit": row(credit(1), display(1), CREDIT, good=10, bad=9),
    "tamper-display-clears-tamper": row(tamper, display(8), TAMPER, good=1, bad=0),
    "energy-display-resets-energy": row(USE, display(3), ENERGY, good=16, bad=0),
    "test-of-everything-clears-credit": row(credit(1), display(0), CREDIT, good=10, bad=0),
    "display-ends-lockout": row(LOCK, display(16), credit(1), good=Lockout, bad=Accept),
    "key-change-forgets-power-limit": row(limit(1), CHANGE, LIMIT, good=500, bad=0),
    "key-change-clears-tamper": row(tamper, CHANGE, TAMPER, good=1, bad=0),
    "key-change-rounds-credit": row(credit(1, 12), CHANGE, CREDIT, good=12, bad=20),
    "roll-over-clears-tamper": row(tamper, ROLL_OVER, TAMPER, good=1, bad=0),
    "roll-over-clears-other-credit": row(
        credit(1, subclass=1), ROLL_OVER, shown(1), good="1.0", bad="0.0", **WITH_WATER
    ),
}
REFUSED = {
    "used-token-closes-switch": row(TRIP, credit(1), switch, good="open", bad="closed"),
    "used-clear-credit-clears": row(clear(1), credit(2), clear(1), CREDIT, good=10, bad=0),
    "used-power-limit-sets": row(limit(1), limit(2, 600), limit(1), LIMIT, good=600, bad=500),
    "old-token-stored": row(credit(-10), credit(-5), good=OldError, bad=Accept),
    "old-token-clears-tamper": row(tamper, credit(-1), TAMPER, good=1, bad=0),
    "wrong-crc-resets-power-limit": row(limit(1), fail, LIMIT, good=500, bad=0),
    "wrong-crc-empties-oldest": row(fail, credit(-1), good=OldError, bad=Accept),
    "wrong-crc-told-twice": row(fail, credit(1), good=Accept, bad=CRCError),
    "foreign-maker-resets-energy": row(USE, enter(display_token(1, manufacturer_code=13)), ENERGY, good=16, bad=0),
    "overflow-fills-register": row(credit(1, 50), credit(2, 60), CREDIT, good=50, bad=100, credit_limit=100),
    "refused-power-limit-sets-low-octet": row(
        limit(1), limit(2, 5122), LIMIT, good=500, bad=258, power_limits=range(100, 5001)
    ),
    "refused-pad-clears-tamper": row(tamper, clear_tamper(1, 1), TAMPER, good=1, bad=0),
    "unknown-token-clears-tamper": row(tamper, unbalance(1, 50), TAMPER, good=1, bad=0),
    "unknown-register-clears-tenths": row(credit(1), clear(2, 1), CREDIT, good=10, bad=0),
    "refused-key-type-empties-store": row(credit(1), FORBIDDEN, credit(1), good=UsedError, bad=Accept),
    "refused-set-leaves-group": row(FORBIDDEN, GROUP, good=123_457, bad=987_654),
    "refused-set-leaves-revision": row(FORBIDDEN, display(4), good="3 2", bad="4 2"),
    "refused-write-resets-status": row(credit(1), write("1" * 19), look("token_status"), good=1, bad=0),
    "refused-busy-token-executed-later": row(
        write(credit_token(1, 5)),
        write(credit_token(2, 70)),
        wait(10),
        look("token_status"),
        wait(10),
        CREDIT,
        good=5,
        bad=75,
        execution=5 * SECOND,
    ),
}
VOLATILE = {
    "newest-identifiers-lost-in-power-cut": row(credit(1), cut, credit(1), good=UsedError, bad=Accept),
    "store-cut-short-in-power-cut": row(
        [credit(minutes) for minutes in range(1, 13)], cut, credit(1), good=UsedError, bad=OldError
    ),
    "key-expiry-lost-in-power-cut": row(
        cut, credit(30_000), good=KeyExpiredError, bad=Accept, key_expiry_number=91
    ),
    "tariff-index-lost-in-power-cut": row(CHANGE, cut, display(5), good="08", bad="07"),
    "supply-group-lost-in-power-cut": row(cut, GROUP, good=123_457, bad=0),
    "half-of-key-lost-in-power-cut": row(CHANGE, cut, credit(1, key=OTHER_KEY), good=Accept, bad=CRCError),
    "energy-lost-in-power-cut": row(USE, cut, ENERGY, good=16, bad=0),
    "begun-tenth-given-back-in-power-cut": row(
        credit(1, 1000), [load(2000), wait(170), load(0), cut] * 2, CREDIT, good=999, bad=1000
    ),
    "other-credit-lost-in-power-cut": row(
        credit(1, subclass=1), cut, shown(1), good="1.0", bad="0.0", **WITH_WATER
    ),
    "unbalance-limit-lost-in-power-cut": row(
        unbalance(1, 50), cut, display(11), good="50", bad="0", **THREE_PHASES
    ),
    "tampered-by-power-cut": row(cut, TAMPER, good=0, bad=1),
    "switch-tripped-by-power-cut": row(credit(1), cut, switch, good="closed", bad="open"),
    "credit-of-sixteen-bits-after-power-cut": row(credit(1, 0x8001), cut, CREDIT, good=180_324, bad=49_252),
    "power-limit-of-eight-bits-after-power-cut": row(limit(1), cut, LIMIT, good=500, bad=244),
    "credit-erased-before-written": row(
        credit(1), cut_within(credit_token(2)), CREDIT, good={10, 20}, bad={0, 10, 20}, cuts=WITHIN
    ),
    "store-erased-before-written": row(
        credit(1),
        cut_within(credit_token(2)),
        credit(1),
        good={UsedError},
        bad={UsedError, Accept},
        cuts=WITHIN,
    ),
    "power-limit-written-by-octets": row(
        limit(1),
        cut_within(power_limit_token(2, 1000)),
        LIMIT,
        good={500, 1000},
        bad={488, 500, 1000},
        cuts=WITHIN,
    ),
}
IDENTIFIERS = {
    "store-one-short": row(
        credit(1), credit(2), credit(3), credit(1), good=UsedError, bad=OldError, token_store_size=3
    ),
    "store-in-order-of-entry": row(
        [credit(minutes) for minutes in (3, 1, 2, 4)], credit(3), good=UsedError, bad=Accept, token_store_size=3
    ),
    "store-replaces-by-lower-bits": row(
        [credit(minutes) for minutes in (1, 2, 128)], credit(128), good=UsedError, bad=Accept, token_store_size=3
    ),
    "out-of-order-token-not-stored": row(credit(5), credit(3), credit(3), good=UsedError, bad=Accept),
    "store-forgets-at-midnight": row(credit(1), credit(481), credit(1), good=UsedError, bad=OldError),
    "key-change-ages-store": row(credit(5), CHANGE, credit(3, key=OTHER_KEY), good=Accept, bad=OldError),
    "display-fills-store": row(
        credit(1), [display(0)] * 3, credit(2), good=Accept, bad=OldError, token_store_size=3
    ),
    "key-part-stored": row(PART_1, credit(-1), good=OldError, bad=Accept),
    "roll-over-with-first-part": row(credit(1), ROLL_OVER[0], credit(1), good=UsedError, bad=Accept),
    "identity-with-class": row(credit(1), limit(1), good=UsedError, bad=Accept),
    "identifiers-of-twenty-bits": row(credit(1), credit(1 + 2**20), good=Accept, bad=UsedError),
    "identifiers-with-sign": row(credit(3_000_000), good=Accept, bad=OldError),
    "next-minute-used": row(credit(3), credit(4), good=Accept, bad=UsedError),
    "smallest-identifier-accepted-again": row(credit(0), good=UsedError, bad=Accept),
    "smallest-identifier-old": row(credit(0), good=UsedError, bad=OldError),
    "day-old-token-refused": row(credit(2000), credit(1), good=Accept, bad=OldError),
    "token-of-next-year-refused": row(credit(600_000), good=Accept, bad=OldError),
    "rnd-of-zero-not-stored": row([enter(WITHOUT_RND)] * 2, good=UsedError, bad=Accept),
    "large-amount-not-stored": row([credit(1, 0x4001)] * 2, good=UsedError, bad=Accept),
    "amount-of-zero-not-stored": row([credit(1, 0)] * 2, good=UsedError, bad=Accept),
    "clear-tamper-not-stored": row([clear_tamper(1)] * 2, good=UsedError, bad=Accept),
    "every-256th-token-not-stored": row(
        [credit(minutes) for minutes in range(1, 257)], credit(256), good=UsedError, bad=Accept
    ),
    "keypad-token-not-stored": row([key_in(credit_token(1))] * 2, CREDIT, good=10, bad=20),
    "token-while-tampered-not-stored": row(tamper, [credit(1)] * 2, good=UsedError, bad=Accept),
}
STATES = {
    "management-during-lockout": row(LOCK, limit(1), good=Lockout, bad=Accept),
    "used-token-accepted-while-tampered": row(credit(1), tamper, credit(1), good=UsedError, bad=Accept),
    "power-limit-swallowed-while-tampered": row(tamper, limit(1), LIMIT, good=500, bad=0),
    "clear-tamper-of-nothing-refused": row(clear_tamper(1), good=Accept, bad=FunctionError),
    "registers-zero-while-busy": row(
        write(power_limit_token(1, 500)),
        wait(10),
        write(credit_token(2)),
        LIMIT,
        good=500,
        bad=0,
        execution=5 * SECOND,
    ),
    "display-refused-while-locked-out": row(LOCK, enter(display_token(16)), good=Accept, bad=Lockout),
    "old-token-accepted-without-credit": row(credit(-1), good=OldError, bad=Accept),
    "used-token-accepted-without-credit": row(credit(1), clear(2), credit(1), good=UsedError, bad=Accept),
    "full-register-swallows-credit": row(
        credit(1), credit(2), good=OverflowingCredit, bad=Accept, credit_limit=10
    ),
    "credit-lost-while-tripped": row(TRIP, credit(3), CREDIT, good=20, bad=10),
    "first-credit-of-day-doubled": row(credit(481), CREDIT, good=10, bad=20),
    "clear-of-empty-register-refused": row(clear(1, 0), good=Accept, bad=RangeError),
    "same-power-limit-refused": row(limit(1), limit(2), good=Accept, bad=RangeError),
    "power-limit-only-rises": row(limit(1), limit(2, 400), LIMIT, good=400, bad=500),
    "power-limit-swallowed-under-load": row(credit(1, 1000), load(100), limit(2), LIMIT, good=500, bad=0),
    "fourth-part-first-mangled": row(CHANGE[::-1], credit(1, key=OTHER_KEY), good=Accept, bad=CRCError),
    "second-part-before-first-loses-tariff-index": row(
        PART_2, PART_1, PART_3, PART_4, display(5), good="08", bad="07"
    ),
    "parts-backwards-refused": row(CHANGE[::-1], good=Accept, bad=FunctionError),
}
DOUBLING = [*LOCK, *(step for waited in (11, 21, 41, 81, 161) for step in (wait(waited), fail))]
WIDTHS = {
    "credit-kept-in-sixteen-bits": row(credit(1, 0x8001), CREDIT, good=180_324, bad=49_252),
    "power-limit-kept-in-sixteen-bits": row(limit(1, 0x8001), LIMIT, good=180_324, bad=49_252),
    "energy-kept-in-eight-bits": row(
        credit(1, 0x4001), load(1_000_000), wait(100), load(0), ENERGY, good=277, bad=21
    ),
    "greatest-exponent-too-small": row(credit(1, 0xC001), CREDIT, good=1_819_624, bad=1_818_724),
    "top-of-mantissa-lost": row(credit(1, 0x6001), CREDIT, good=98_314, bad=16_394),
    "mantissa-with-sign": row(credit(1), credit(2, 0x2001), CREDIT, good=8203, bad=0),
    "currency-without-sign": row(
        enter(DEBIT), shown(4), good="-0.16384", bad="0.16384", currencies=("electricity",)
    ),
    "key-revision-from-expiry": row(CHANGE, display(4), good="4 2", bad="15 2"),
    "key-revision-kept-in-three-bits": row(change(key_revision_number=9), display(4), good="9 2", bad="1 2"),
    "tariff-index-kept-in-four-bits": row(change(tariff_index="18"), display(5), good="18", bad="02"),
    "key-expiry-halves-exchanged": row(
        change(key_expiry_number=0x5F), display(17), good="95", bad="245", key_expiry_number=255
    ),
    "key-expiry-with-sign": row(credit(1), good=Accept, bad=KeyExpiredError, key_expiry_number=200),
    "lockout-delay-kept-in-eight-bits": row(DOUBLING, wait(100), credit(1), good=Lockout, bad=Accept),
    "status-locked-out-when-tampered": row(tamper, STATUS, good=0b0110, bad=0b1110),
    "status-exhausted-when-open": row(TRIP, STATUS, good=0, bad=0b0100),
    "status-tampered-when-locked-out": row(LOCK, STATUS, good=0b1100, bad=0b1110),
}

# -- sequences -------------------------------------------------------------------------------------------------

STORE_SEQUENCES = {
    "used-token-again-after-failure": row(credit(1), fail, credit(1), good=UsedError, bad=Accept),
    "used-token-again-after-two-older": row(
        credit(9), credit(2), credit(3), credit(9), good=UsedError, bad=Accept
    ),
    "used-token-again-after-overflow": row(
        credit(1, 50), credit(2, 60), credit(1, 50), good=UsedError, bad=Accept, credit_limit=100
    ),
    "second-overflow-uses-up-token": row(
        credit(1, 50), [credit(2, 60)] * 2, clear(3), credit(2, 60), good=Accept, bad=UsedError, credit_limit=100
    ),
    "expired-token-used-up": row(
        credit(30_000),
        CHANGE,
        credit(30_000, key=OTHER_KEY),
        good=Accept,
        bad=UsedError,
        key_expiry_number=91,
    ),
    "token-refused-under-default-key-used-up": row(
        credit(1), CHANGE, credit(1, key=OTHER_KEY), good=Accept, bad=UsedError, key_type=KeyType.DDTK
    ),
    "first-token-after-power-cut-not-stored": row(cut, [credit(1)] * 2, good=UsedError, bad=Accept),
    "first-token-after-lockout-not-stored": row(LOCK, wait(11), [credit(1)] * 2, good=UsedError, bad=Accept),
    "token-between-parts-not-stored": row(PART_1, [credit(1)] * 2, good=UsedError, bad=Accept),
    "second-key-change-empties-store": row(
        CHANGE,
        credit(1, key=OTHER_KEY),
        SECOND_CHANGE,
        credit(1, key=THIRD_KEY),
        good=UsedError,
        bad=Accept,
    ),
    "store-of-power-cut-before": row(credit(1), cut, credit(2), cut, credit(2), good=UsedError, bad=Accept),
    "second-roll-over-ignored": row(
        CHANGE,
        credit(1, key=OTHER_KEY),
        change(OTHER_KEY, THIRD_KEY, roll_over=True),
        credit(1, key=THIRD_KEY),
        good=Accept,
        bad=UsedError,
    ),
}
COPIES = {
    "credit-of-power-cut-before": row(credit(1), cut, credit(2), cut, CREDIT, good=20, bad=10),
    "tamper-of-power-cut-before": row(tamper, cut, clear_tamper(1), cut, TAMPER, good=0, bad=1),
    "power-limit-before-last-returns": row(limit(1), limit(2, 600), cut, LIMIT, good=600, bad=500),
    "cleared-credit-returns": row(credit(1), clear(2), cut, CREDIT, good=0, bad=10),
    "cleared-tamper-returns": row(tamper, clear_tamper(1), cut, TAMPER, good=0, bad=1),
    "credit-since-key-change-lost": row(credit(1), CHANGE, credit(2, key=OTHER_KEY), cut, CREDIT, good=20, bad=10),
    "first-new-key-returns": row(CHANGE, SECOND_CHANGE, cut, credit(1, key=THIRD_KEY), good=Accept, bad=CRCError),
    "store-before-roll-over-returns": row(ROLL_OVER, cut, credit(-1, key=OTHER_KEY), good=Accept, bad=OldError),
}
FUNCTION_SEQUENCES = {
    "credit-after-clear-lost": row(credit(1), clear(2), credit(3), CREDIT, good=10, bad=0),
    "power-limit-undone-by-clear-tamper": row(
        limit(1), tamper, limit(2, 600), clear_tamper(3), LIMIT, good=600, bad=500
    ),
    "power-limit-lost-when-credit-runs-out": row(
        limit(1, 5000), credit(2, 1), load(2000), wait(200), LIMIT, good=5000, bad=0
    ),
    "older-power-limit-swallowed": row(credit(9), limit(5), LIMIT, good=500, bad=0),
    "tamper-cleared-after-lockout": row(tamper, LOCK, wait(11), credit(1), TAMPER, good=1, bad=0),
    "credit-after-display-lost": row(display(0), credit(1), CREDIT, good=10, bad=0),
    "third-equal-credit-lost": row([credit(minutes) for minutes in (1, 2, 3)], CREDIT, good=30, bad=20),
}
KEY_CHANGE_SEQUENCES = {
    "credit-between-parts-doubled": row(PART_1, credit(1), PART_2, PART_3, PART_4, CREDIT, good=10, bad=20),
    "credit-lost-in-power-cut-before-last-part": row(
        PART_1, PART_2, PART_3, credit(1), cut, CREDIT, good=10, bad=0
    ),
    "group-of-first-key-change-stays": row(CHANGE, SECOND_CHANGE, GROUP, good=111_111, bad=987_654),
    "group-shown-before-completion": row(PART_3, PART_4, display(16), good="123457", bad="987654"),
    "tariff-index-mixed-after-power-cut": row(
        PART_1, PART_2, cut, PART_3, PART_4, display(5), good="08", bad="07"
    ),
    "power-limit-between-parts-swallowed": row(PART_1, limit(1), LIMIT, good=500, bad=0),
}
LOCKOUT_SEQUENCES = {
    "lockout-threshold-higher-after-power-cut": row(cut, LOCK, credit(1), good=Lockout, bad=Accept),
    "lockout-remembered-by-power-cut": row(
        LOCK, wait(11), credit(1), cut, fail, credit(2), good=Accept, bad=Lockout
    ),
    "repeated-failure-counted-once": row(LOCK, credit(1), good=Lockout, bad=Accept),
    "fourth-failure-begins-count-anew": row(
        LOCK, wait(11), fail, wait(21), fail, credit(1), good=Lockout, bad=Accept
    ),
    "second-lockout-doubled": row(LOCK, wait(11), credit(1), LOCK, wait(11), credit(2), good=Accept, bad=Lockout),
    "management-does-not-reset-count": row(fail, fail, limit(1), fail, credit(2), good=Accept, bad=Lockout),
    "key-change-does-not-reset-count": row(
        fail, fail, CHANGE, credit(1, key=THIRD_KEY), credit(2, key=OTHER_KEY), good=Accept, bad=Lockout
    ),
    "management-failure-not-counted": row(fail, enter(BAD_LIMIT), fail, credit(1), good=Lockout, bad=Accept),
}
ROWS = {
    **ACCEPTED,
    **REFUSED,
    **VOLATILE,
    **IDENTIFIERS,
    **STATES,
    **WIDTHS,
    **STORE_SEQUENCES,
    **COPIES,
    **FUNCTION_SEQUENCES,
    **KEY_CHANGE_SEQUENCES,
    **LOCKOUT_SEQUENCES,
}


@pytest.mark.parametrize("name", SUBTLE)
def test_a_few_events_tell_each_from_a_good_meter(name: str) -> None:
    row = ROWS[name]
    assert (seen(row, None), seen(row, name)) == (row.good, row.bad)
    assert row.good != row.bad


# -- the catalogues --------------------------------------------------------------------------------------------


def test_there_are_many() -> None:
    assert len(SIDE_EFFECTS) >= 110
    assert len(SEQUENCES) >= 35


def test_each_has_its_row() -> None:
    assert set(ROWS) == set(SUBTLE)


def test_those_that_need_a_sequence_say_so() -> None:
    assert all(one.summary.endswith("(needs a sequence).") for one in SEQUENCES.values())
    assert not any("needs a sequence" in one.summary for one in SIDE_EFFECTS.values())
