"""Wholesale defects of the RegisterTable: each predefined register, always wrong (IEC 62055-52, 6.8)."""

from sts62055.application.results import Accept, NotReady
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import PORT, RESULTS, TOKENS
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters

_CREDIT_SHOWN = "31 41-6.2.2 41-6.2.5 41-6.3.6 41-6.3.13 41-6.4.2 41-7.3.8 41-8.4 41-8.7 41-8.9 51 52-6.8.3"
_LIMIT_SHOWN = "41-6.2.4 41-6.3.9 41-8.6 52-6.8.3"
_TAMPER_SHOWN = "31 41-6.2.9 41-8.10 52-6.8.3"
_GROUP_SHOWN = "41-6.1.6 41-6.2.7 41-6.2.8 41-8.9 52-6.8.3"
_EVERYTHING_SHOWN = f"{_CREDIT_SHOWN} {_LIMIT_SHOWN} {_TAMPER_SHOWN} {_GROUP_SHOWN} 41-6.1.2 41-8.5"


class OneRegister(MeterRegisters):
    """Shows another value in one register."""

    name: str

    def show(self, name: str, value: int) -> str:
        return super().show(name, self.changed(value) if name == self.name else value)

    def changed(self, value: int) -> int:
        """Return what is shown for a value."""
        raise NotImplementedError


class OneZero(OneRegister):
    """Shows 0 in one register."""

    def changed(self, value: int) -> int:  # noqa: ARG002
        return 0


# -- each register ---------------------------------------------------------------------------------------------


@wholesale("meter-status-always-zero", breaks="52-6.8.3", spoils="31 52-6.8.3")
class NoMeterStatus(OneZero):
    """The meter status register always shows 0."""

    name = "meter_status"


@wholesale("meter-status-reversed", breaks="52-6.8.3", spoils="31 52-6.8.3")
class ReversedMeterStatus(OneRegister):
    """The bits of the meter status register stand in reverse."""

    name = "meter_status"

    def changed(self, value: int) -> int:
        return int(f"{value:016b}"[::-1], 2)


@wholesale("serial-number-always-zero", breaks="41-6.1.2 52-6.8.3", spoils="41-6.1.2 52-6.8.3")
class NoSerialNumber(OneZero):
    """The serial number register always shows 0."""

    name = "serial_number"


@wholesale("serial-number-in-digits", breaks="41-6.1.2 52-6.3.4 52-6.8.3", spoils="41-6.1.2 52-6.3.4 52-6.8.3")
class SerialNumberInDigits(OneRegister):
    """The serial number register has a decimal digit of the DRN in each place."""

    name = "serial_number"

    def changed(self, value: int) -> int:
        return int(str(value), 16)


@wholesale("power-limit-always-zero", breaks="41-8.6 41-6.3.9 52-6.8.3", spoils=_LIMIT_SHOWN)
class NoPowerLimitShown(OneZero):
    """The power limit register always shows 0."""

    name = "maximum_power_limit"


@wholesale("power-limit-in-kilowatts", breaks="41-8.6 41-6.3.9 52-6.8.3", spoils=_LIMIT_SHOWN)
class PowerLimitInKilowatts(OneRegister):
    """The power limit register counts in kW."""

    name = "maximum_power_limit"

    def changed(self, value: int) -> int:
        return value // 1000


@wholesale("credit-always-zero", breaks="41-8.4 52-6.8.3", spoils=_CREDIT_SHOWN)
class NoCreditShown(OneZero):
    """The electricity credit register always shows 0."""

    name = "electricity_credit"


@wholesale("credit-shown-in-whole-units", breaks="41-8.4 52-6.8.3", spoils=_CREDIT_SHOWN)
class CreditInKilowattHours(OneRegister):
    """The electricity credit register counts in kWh."""

    name = "electricity_credit"

    def changed(self, value: int) -> int:
        return value // 10


@wholesale("credit-in-watt-hours", breaks="41-8.4 52-6.8.3", spoils=_CREDIT_SHOWN)
class CreditInWattHours(OneRegister):
    """The electricity credit register counts in Wh."""

    name = "electricity_credit"

    def changed(self, value: int) -> int:
        return value * 100 & 0xFFFFFFFF


@wholesale("credit-of-sixteen-bits", breaks="41-8.4 52-6.8.3", spoils=_CREDIT_SHOWN)
class CreditOf16Bits(OneRegister):
    """The electricity credit register shows the lower 16 bits of the credit."""

    name = "electricity_credit"

    def changed(self, value: int) -> int:
        return value & 0xFFFF


@wholesale("credit-one-read-late", breaks="41-8.4 52-6.8.3", spoils=_CREDIT_SHOWN)
class LateCredit(OneRegister):
    """The electricity credit register shows what it held when it was read before."""

    name = "electricity_credit"
    before = 0

    def changed(self, value: int) -> int:
        shown, self.before = self.before, value
        return shown


@wholesale("energy-is-credit", breaks="41-8.5 52-6.8.3", spoils="31 41-8.5 52-6.8.3")
class EnergyIsCredit(OneRegister):
    """The register of cumulative energy shows the credit."""

    name = "cumulative_energy"

    def changed(self, value: int) -> int:  # noqa: ARG002
        return self.memory.state.credit


@wholesale("tamper-status-always-zero", breaks="41-8.10 52-6.8.3", spoils=_TAMPER_SHOWN)
class NoTamperStatus(OneZero):
    """The tamper status register always shows 0."""

    name = "tamper_status"


@wholesale("tamper-status-inverted", breaks="41-8.10 52-6.8.3", spoils=_TAMPER_SHOWN)
class InvertedTamperStatus(OneRegister):
    """The tamper status register shows 1 unless the meter was tampered with."""

    name = "tamper_status"

    def changed(self, value: int) -> int:
        return 1 - value


@wholesale("supply-group-always-zero", breaks="41-6.1.6 41-8.9 52-6.8.3", spoils=_GROUP_SHOWN)
class NoSupplyGroup(OneZero):
    """The supply group code register always shows 0."""

    name = "supply_group_code"


@wholesale("supply-group-of-sixteen-bits", breaks="41-6.1.6 41-8.9 52-6.8.3", spoils=_GROUP_SHOWN)
class SupplyGroupOf16Bits(OneRegister):
    """The supply group code register shows the lower 16 bits of the code."""

    name = "supply_group_code"

    def changed(self, value: int) -> int:
        return value & 0xFFFF


@wholesale("supply-group-of-factory", breaks="41-8.9 52-6.8.3", spoils=_GROUP_SHOWN)
class SupplyGroupOfFactory(OneRegister):
    """The supply group code register always shows the code from the factory."""

    name = "supply_group_code"

    def changed(self, value: int) -> int:  # noqa: ARG002
        return int(self.configuration.supply_group_code)


# -- tokenStatus -----------------------------------------------------------------------------------------------


@wholesale("token-status-always-zero", breaks="52-6.1.3 52-6.1.4 52-6.1.5 52-6.8.3 52-7.8", spoils=RESULTS)
class NoTokenStatus(OneZero):
    """The tokenStatus always shows 0."""

    name = "token_status"


@wholesale("token-status-always-accept", breaks="52-6.1.3 52-6.1.4 52-6.1.5 52-6.8.3 52-7.8", spoils=RESULTS)
class AlwaysAccept(OneRegister):
    """The tokenStatus always shows Accept."""

    name = "token_status"

    def changed(self, value: int) -> int:  # noqa: ARG002
        return self.profile.token_status_code(Accept)


@wholesale("token-status-stays-busy", breaks="52-6.1.5 52-6.7.3 52-7.8", spoils=RESULTS)
class StaysBusy(OneRegister):
    """The tokenStatus shows that a token is processed from the first one on, for ever."""

    name = "token_status"
    is_busy = False

    def take_token(self, data: str) -> bool:
        is_taken = super().take_token(data)
        self.is_busy = self.is_busy or is_taken
        return is_taken

    def changed(self, value: int) -> int:
        return self.profile.token_status_code(NotReady) if self.is_busy else value


@wholesale("token-status-one-token-late", breaks="52-6.1.3 52-6.1.4 52-6.1.5 52-7.8", spoils=RESULTS)
class ResultOfTokenBefore(OneRegister):
    """The tokenStatus shows the result of the token before."""

    name = "token_status"
    before = 0
    last = 0

    def take_token(self, data: str) -> bool:
        result = int(self.read(self.profile.registers["token_status"].id) or "0", 16)
        is_taken = super().take_token(data)
        if is_taken and result != self.profile.token_status_code(NotReady):
            self.before = self.last
        return is_taken

    def changed(self, value: int) -> int:
        if value == self.profile.token_status_code(NotReady):
            return value
        self.last = value
        return self.before


@wholesale("token-status-never-busy", breaks="52-6.1.5 52-7.8 52-6.6.4", spoils=RESULTS)
class NeverBusy(OneRegister):
    """While a token is processed the tokenStatus shows Accept."""

    name = "token_status"

    def changed(self, value: int) -> int:
        code = self.profile.token_status_code
        return code(Accept) if value == code(NotReady) else value


# -- token -----------------------------------------------------------------------------------------------------


@wholesale("token-register-refuses", breaks="52-6.1.2 52-6.4.5 52-6.6.4 52-A.3", spoils=f"{RESULTS} 52-6.4.5")
class TokenRegisterRefuses(MeterRegisters):
    """A write to the token register is always refused."""

    def take_token(self, data: str) -> bool:  # noqa: ARG002
        return False


@wholesale("tokens-acknowledged-and-lost", breaks="52-6.1.5 52-6.6.4 41-8.4", spoils=RESULTS)
class TokensLost(MeterRegisters):
    """Every token is acknowledged, and nothing becomes of it."""

    def take_token(self, data: str) -> bool:
        return self.is_token(data)


@wholesale("token-digits-reversed", breaks="41-6.4.2 41-7.3.7 41-8.4 52-6.1.2", spoils=RESULTS)
class DigitsReversed(MeterRegisters):
    """The digits of every token are taken from the last to the first."""

    def take_token(self, data: str) -> bool:
        return super().take_token(data[::-1])


@wholesale("token-kept-from-before", breaks="52-6.1.2 52-6.1.5 41-8.4", spoils=RESULTS)
class TokenBefore(MeterRegisters):
    """Instead of every token the one before is executed again."""

    held: str | None = None

    def take_token(self, data: str) -> bool:
        if not self.is_token(data):
            return super().take_token(data)
        executed = self.held or data
        self.held = data
        return super().take_token(executed)


@wholesale("tokens-entered-twice", breaks="41-7.3.7 41-8.4 41-7.1.5 52-6.1.5", spoils=f"{TOKENS} 52-7.8")
class TokensEnteredTwice(MeterRegisters):
    """Every token is executed at once and entered again, so that its result is that of the second time."""

    held = ""

    def show(self, name: str, value: int) -> str:
        busy = self.profile.token_status_code(NotReady)
        if name == "token_status" and value != busy and self.held:
            again, self.held = self.held, ""
            return super().show(name, busy if super().take_token(again) else value)
        return super().show(name, value)

    def take_token(self, data: str) -> bool:
        is_taken = super().take_token(data)
        self.held = data if is_taken else self.held
        return is_taken


# -- the whole table -------------------------------------------------------------------------------------------


@wholesale("register-map-shifted", breaks="52-6.6.3 52-6.8.3 52-6.6.4", spoils=PORT)
class ShiftedMap(MeterRegisters):
    """Every register stands one registerID higher than it must."""

    def read(self, register_id: int) -> str | None:
        return super().read(register_id - 1)

    def write(self, register_id: int, data: str) -> bool:
        return super().write(register_id - 1, data)


@wholesale(
    "values-of-neighbours",
    breaks="41-6.1.2 41-8.4 52-6.8.3",
    spoils=_EVERYTHING_SHOWN,
)
class NeighbouringValues(MeterRegisters):
    """Every register but tokenStatus shows the value of the one before it in the table."""

    _order = (
        "supply_group_code",
        "meter_status",
        "serial_number",
        "maximum_power_limit",
        "electricity_credit",
        "cumulative_energy",
        "tamper_status",
        "supply_group_code",
    )

    def read(self, register_id: int) -> str | None:
        ids = [self.profile.registers[name].id for name in self._order]
        if register_id not in ids[1:]:
            return super().read(register_id)
        width = next(entry.width for entry in self.profile.registers.values() if entry.id == register_id)
        text = super().read(ids[ids.index(register_id, 1) - 1])
        return None if text is None else text.rjust(width, "0")[-width:]


@wholesale("every-register-the-same", breaks="41-6.1.2 41-8.4 52-6.8.3", spoils=RESULTS)
class OneValue(MeterRegisters):
    """Every register shows the meter status."""

    def read(self, register_id: int) -> str | None:
        text = super().read(register_id)
        status = super().read(self.profile.registers["meter_status"].id)
        return None if text is None or status is None else status.rjust(len(text), "0")[-len(text) :]


@wholesale("every-write-acknowledged", breaks="52-6.6.4", spoils="52-6.4.8 52-6.6.4 52-6.8.3 52-A.3")
class EveryWriteAcknowledged(MeterRegisters):
    """Every WriteCommand is acknowledged, whatever becomes of it."""

    def write(self, register_id: int, data: str) -> bool:
        super().write(register_id, data)
        return True


@wholesale("every-register-readable", breaks="52-6.6.3 52-6.8.3", spoils="52-6.4.4 52-6.6.3 52-6.8.3")
class EveryRegisterReadable(MeterRegisters):
    """A register that does not exist, or is for writing only, shows four zeros."""

    def read(self, register_id: int) -> str | None:
        return super().read(register_id) or "0000"
