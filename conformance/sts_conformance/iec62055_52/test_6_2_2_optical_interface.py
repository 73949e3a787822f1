"""IEC 62055-52, 6.2.2: optical interface."""

from stsbench import LevelGauge, Profile, requirement


@requirement("52-6.2.2-wavelength", measures="wavelength")
def test_the_transmitter_has_the_right_wavelength(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("wavelength", within=profile.level_limits("wavelength"))


@requirement("52-6.2.2-on", measures="irradiance ON")
def test_the_transmitter_is_bright_enough(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("irradiance ON", within=profile.level_limits("irradiance_on"))


@requirement("52-6.2.2-off", measures="irradiance OFF")
def test_the_transmitter_is_dark_when_it_is_off(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("irradiance OFF", within=profile.level_limits("irradiance_off"))


@requirement("52-6.2.2-takes-on", measures="least irradiance taken as ON")
def test_the_receiver_takes_weak_light_as_on(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("least irradiance taken as ON", within=profile.level_limits("irradiance_taken_as_on"))


@requirement("52-6.2.2-takes-off", measures="largest irradiance taken as OFF")
def test_the_receiver_takes_stray_light_as_off(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("largest irradiance taken as OFF", within=profile.level_limits("irradiance_taken_as_off"))
