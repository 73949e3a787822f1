"""IEC 62055-52, 6.8.1: RegisterTable interface class."""

from sts_fixtures.meter.register_scan import RegisterScan, numbers_in_words
from stsbench import requirement


@requirement("52-6.8.1-documented")
def test_the_registers_that_can_be_read_are_the_documented_ones(registers: RegisterScan) -> None:
    registers.look()
    unlisted, missing = registers.unlisted, registers.missing
    assert not unlisted, (
        f"registers {numbers_in_words(unlisted)} can be read, and neither the profile nor traits.own_registers "
        "of the declaration has them"
    )
    assert not missing, (
        f"registers {numbers_in_words([numbers.start for numbers in missing])} cannot be read, and "
        "traits.own_registers of the declaration has them"
    )
