"""IEC 62055-52, 6.2.4: voltage interface."""

from stsbench import LevelGauge, Profile, requirement


@requirement("52-6.2.4-mark", measures="mark voltage")
def test_the_transmitter_gives_the_voltage_of_a_mark(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("mark voltage", within=profile.level_limits("mark_voltage"))


@requirement("52-6.2.4-space", measures="space voltage")
def test_the_transmitter_gives_the_voltage_of_a_space(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("space voltage", within=profile.level_limits("space_voltage"))
