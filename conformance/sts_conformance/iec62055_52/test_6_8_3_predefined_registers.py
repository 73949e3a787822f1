"""IEC 62055-52, 6.8.3: predefined registers and registerIDs."""

from collections.abc import Iterator

import pytest

from sts62055.application.exact_amounts import greatest_amount_up_to
from sts62055.carrier.profile import StatusBit, default_profile
from sts_conformance.iec62055_52.lockout import lock_out, require_in_time
from sts_fixtures.tokens.mutations import flip_crc
from stsbench import (
    SECOND,
    Accept,
    CarrierStatus,
    DeclaredMeter,
    LoadBank,
    MeterUnderTest,
    PortCarrier,
    Profile,
    ReadCommand,
    TokenMint,
    UsedError,
    WriteCommand,
    precondition,
    requirement,
)

_LONGEST_STATUS = 125 * SECOND
_LOOKS_AT_SWITCH = 3
_READABLE = [name for name, entry in default_profile().registers.items() if entry.access == "read"]


class MeterStatus:
    """The meter status register; shown: what it held last, in hexadecimal digits."""

    def __init__(self, client: PortCarrier, profile: Profile) -> None:
        self._client = client
        self._profile = profile
        self.shown = ""

    def has(self, bit: StatusBit) -> bool:
        """Read the register; return whether it has a bit set."""
        value = self._client.read_number("meter_status")
        self.shown = self._profile.registers["meter_status"].encode(value)
        return bool(value & self._profile.status_mask(bit))


@pytest.fixture
def status(client: PortCarrier, profile: Profile) -> MeterStatus:
    """Return the meter status register."""
    return MeterStatus(client, profile)


@requirement("52-6.8.3-readable")
@pytest.mark.parametrize("register", _READABLE)
def test_a_predefined_register_can_be_read(client: PortCarrier, profile: Profile, register: str) -> None:
    reply = client.exchange(ReadCommand(profile.registers[register].id))
    assert reply.codes[:1] == b"\x02", f"expected Data, got {reply.answer or reply.fault}"


@requirement("52-6.8.3-group")
def test_the_supply_group_code_is_the_declared_one(meter: MeterUnderTest, declared: DeclaredMeter) -> None:
    assert meter.supply_group_code() == int(declared.attributes.supply_group_code)


@requirement("52-6.8.3-status")
def test_token_status_is_no_reserved_code(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> None:
    good = tokens.display(0)
    for token in (None, good, flip_crc(good)):
        if token is not None:
            meter.enter(token, by="port")
        code = meter.token_status()
        after = "" if token is None else f" after {token.what}"
        assert profile.token_status(code) is not None, f"tokenStatus {code}{after} is reserved"


@requirement("52-6.8.3-credit")
def test_the_credit_register_rises_with_the_credit(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    meter.bring_about(tokens.credit(kwh=1), "credit was not accepted", breaks="41-7.3.7-valid", by="port")
    after = meter.credit()
    assert after > before, f"the register holds {after} after an accepted credit, and held {before} before"


@requirement("52-6.8.3-energy")
def test_the_cumulative_energy_does_not_fall_while_credit_is_bought(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint
) -> None:
    before = client.read_number("cumulative_energy")
    result = meter.enter(tokens.credit(kwh=1)).result
    precondition(result is Accept, "credit was not accepted", breaks="41-7.3.7-valid")
    after = client.read_number("cumulative_energy")
    assert after >= before, f"the cumulative energy fell from {before} to {after}"


@requirement("52-6.8.3-tamper")
def test_the_tamper_register_follows_the_tamper_condition(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    meter.bring_about(
        tokens.clear_tamper_condition(), "ClearTamperCondition was not accepted", breaks="41-8.10-clears"
    )
    assert not meter.is_tampered(), "a tamper condition is shown, which ClearTamperCondition has ended"
    meter.tamper()
    assert meter.is_tampered(), "no tamper condition is shown although the cover was opened"
    register = profile.registers["tamper_status"]
    client.exchange(WriteCommand(register.id, register.encode(0)))
    assert meter.is_tampered(), "a tamper condition was ended by a WriteCommand to its register"


@requirement("52-6.8.3-meter-status-switch")
def test_the_meter_status_tells_whether_the_load_switch_is_closed(
    status: MeterStatus, meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    """The bench's load trips the switch, where a limit below it can be set."""
    loads.prepare()
    assert status.has("load_switch_closed"), f"the switch is closed, and the meter status is {status.shown}"
    if "load" in meter.by_device:
        for event in switching(meter, tokens, declared, loads):
            require_switch_told(status, meter, event)
    loads.use_up_all()
    loads.require_opening()
    assert not status.has("load_switch_closed"), f"the switch is open, and the meter status is {status.shown}"
    meter.cut_power()
    require_switch_told(status, meter, "after a power cut without credit")


def switching(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank) -> Iterator[str]:
    """Let happen what may move the switch of a meter with credit, and tell of each."""
    meter.cut_power()
    yield "after a power cut"
    limits = declared.declaration.implements.power_limit_range
    watts = greatest_amount_up_to(min(loads.least // 2, limits[1])) if limits else 0
    if limits and watts >= limits[0]:
        loads.prepare(narrows="power_limit_range")
        loads.narrow(tokens.maximum_power_limit(watts=watts))
        with loads.on():
            loads.opens()
            yield "under too great a load"
        yield "after too great a load"
        loads.tidy()
        yield "once its user has it closed"
    if declared.meets("tamper_detection"):
        loads.prepare()
        meter.tamper()
        meter.let_switch()
        yield "after the cover was opened"
        meter.cut_power()
        yield "after the cover was opened, and a power cut"
        cleared = tokens.clear_tamper_condition()
        meter.bring_about(cleared, "ClearTamperCondition was not accepted", breaks="41-8.10-clears")
        loads.prepare()
        yield "after the tamper condition was cleared"


def require_switch_told(status: MeterStatus, meter: MeterUnderTest, when: str) -> None:
    """Fail the meter if its status is not that of its switch, where that stays as it is meanwhile."""
    is_closed = is_told = False
    for _ in range(_LOOKS_AT_SWITCH):
        is_closed = meter.load_switch_is_closed()
        is_told = status.has("load_switch_closed")
        if is_told == is_closed or meter.load_switch_is_closed(after=0) is is_closed:
            break
    else:
        return  # it moves by itself, faster than the two can be looked at
    how = "closed" if is_closed else "open"
    assert is_told == is_closed, f"the switch is {how} {when}, and the meter status is {status.shown}"


@requirement("52-6.8.3-meter-status-tamper")
def test_the_meter_status_tells_of_tampering(
    status: MeterStatus, meter: MeterUnderTest, tokens: TokenMint
) -> None:
    meter.bring_about(
        tokens.clear_tamper_condition(), "ClearTamperCondition was not accepted", breaks="41-8.10-clears"
    )
    assert not status.has("tampered"), f"tampering was cleared, and the meter status is {status.shown}"
    meter.tamper()
    assert status.has("tampered"), f"the cover was opened, and the meter status is {status.shown}"


@requirement("52-6.8.3-meter-status-credit")
def test_the_meter_status_tells_whether_there_is_credit(
    status: MeterStatus, meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank
) -> None:
    meter.bring_about(tokens.credit(kwh=1), "credit was not accepted", breaks="41-7.3.7-valid")
    assert not status.has("credit_exhausted"), f"there is credit, and the meter status is {status.shown}"
    loads.use_up_all()
    assert status.has("credit_exhausted"), f"there is no credit, and the meter status is {status.shown}"


@requirement("52-6.8.3-meter-status-lockout")
def test_the_meter_status_tells_of_a_lockout(
    status: MeterStatus, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    assert not status.has("locked_out"), f"nothing is locked out, and the meter status is {status.shown}"
    end = lock_out(meter, tokens, profile)
    is_told = status.has("locked_out")
    require_in_time(meter, end)
    assert is_told, f"tokens are locked out, and the meter status is {status.shown}"
    meter.wait(max(end - meter.now(), 0) + profile.time("lockout_delay"))
    assert not status.has("locked_out"), f"the time of the lockout is over, and the meter status is {status.shown}"
    accepted = meter.enter_patiently(tokens.smallest_effect).result
    precondition(accepted is Accept, "the lockout did not end with an accepted token", breaks="52-6.6.7-ends")
    assert not status.has("locked_out"), f"the lockout is over, and the meter status is {status.shown}"


@requirement("52-6.8.3-after-restart")
def test_token_status_after_a_restart(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> None:
    precondition(
        meter.enter(tokens.smallest_effect()).result is Accept, "a token was not accepted", breaks="41-7.3.7-valid"
    )
    meter.cut_power()
    assert meter.token_status() == profile.number("token_status_after_restart")


@requirement("52-6.8.3-status-lasts")
def test_token_status_tells_of_a_token_as_long_as_declared(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    accepted, none = profile.token_status_code(Accept), profile.token_status_code(CarrierStatus.RESERVED)
    result = meter.enter(tokens.smallest_effect(), by="port").result
    precondition(result is Accept, "a token was not accepted", breaks="41-7.3.7-valid")
    again = client.read_number("token_status")
    meter.wait(_LONGEST_STATUS)
    later = client.read_number("token_status")
    expected = {
        "for good": (accepted, accepted),
        "for a time": (accepted, none),
        "until read": (none, none),
    }[declared.declaration.traits.token_status]
    assert (again, later) == expected, f"tokenStatus was {again} when read again, and {later} after two minutes"


@requirement("52-6.8.3-status-of-keypad")
def test_token_status_tells_of_the_keypad_as_declared(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.keypad_in_token_status
    token = tokens.smallest_effect()
    first = meter.enter(token, by="port").result
    precondition(first is Accept, "a token was not accepted", breaks="41-7.3.7-valid")
    second = meter.enter(token, by="keypad")
    precondition(second.matches(UsedError), "a used token is not refused as UsedError", breaks="41-7.3.7-used")
    meter.let_execute()
    is_told = client.read_number("token_status") == profile.token_status_code(UsedError)
    assert is_told is (said == "yes"), f"declared: {said}, and tokenStatus tells {'' if is_told else 'not '}of it"
