"""Registers of the meter as the carrier reads and writes them (IEC 62055-52, 6.8)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sts62055.carrier.codec import Codec
from sts62055.carrier.profile import Profile, StatusBit
from sts62055.carrier.register_table import Register, RegisterTable
from sts62055.carrier.token_data import TokenData
from sts_rigs.simulator.meter.configuration import HeldKey, MeterConfiguration
from sts_rigs.simulator.meter.memory import NonVolatileMemory

__all__ = ["MeterRegisters"]


class MeterRegisters(RegisterTable):
    """The predefined registers over the meter's memory; tokens and their status go to the meter itself."""

    def __init__(
        self,
        configuration: MeterConfiguration,
        memory: NonVolatileMemory,
        profile: Profile,
        held_key: Callable[[], HeldKey],
        take_token: Callable[[str], bool],
        token_status: Callable[[], int],
        is_locked_out: Callable[[], bool],
    ) -> None:
        self.configuration = configuration
        self.memory = memory
        self.profile = profile
        self.held_key = held_key
        self._token_data = TokenData(profile)
        self._take_token = take_token
        values: dict[str, Callable[[], int]] = {
            "meter_status": lambda: self._status_bits(is_locked_out()),
            "serial_number": lambda: int(configuration.pan.drn.digits),
            "maximum_power_limit": lambda: memory.state.power_limit,
            "electricity_credit": lambda: memory.state.credit,
            "cumulative_energy": lambda: memory.state.energy,
            "tamper_status": lambda: int(memory.state.is_tampered),
            "supply_group_code": lambda: int(held_key().supply_group_code),
            "token_status": token_status,
        }
        entries = profile.registers
        super().__init__(
            Codec(profile).fill(
                {"server_status": configuration.traits.port.server_status, **configuration.identification}
            ),
            [
                Register(entries["token"], take=self.take_token),
                *(
                    Register(entries[name], show=partial(self._show, name, value))
                    for name, value in values.items()
                ),
                *map(self._own, configuration.traits.port.own_registers),
            ],
        )

    def show(self, name: str, value: int) -> str:
        """Format a value as its register's text."""
        return self.profile.registers[name].encode(value)

    def take_token(self, data: str) -> bool:
        """Hand TokenData to the meter; return False, and change nothing, if it does not take it."""
        digits = self._token_data.read(data)
        return digits is not None and self._take_token(digits)

    def is_token(self, data: str) -> bool:
        """Return whether the text has the form of a token."""
        return self._token_data.read(data) is not None

    def show_own(self, number: int) -> str:
        """Return the text of a register of the maker."""
        return f"{number & 0xFF:04X}"

    def _own(self, number: int) -> Register:
        entry = replace(self.profile.registers["meter_status"], name=f"{number:04X}", id=number)
        return Register(entry, show=partial(self.show_own, number))

    def _show(self, name: str, value: Callable[[], int]) -> str:
        return self.show(name, value())

    def _status_bits(self, is_locked_out: bool) -> int:
        state = self.memory.state
        told: dict[StatusBit, bool] = {
            "load_switch_closed": state.is_closed,
            "tampered": state.is_tampered,
            "credit_exhausted": state.credit == 0,
            "locked_out": is_locked_out,
        }
        return sum(self.profile.status_mask(bit) for bit in self.configuration.status_bits if told[bit])
