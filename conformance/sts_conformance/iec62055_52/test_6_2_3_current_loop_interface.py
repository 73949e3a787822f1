"""IEC 62055-52, 6.2.3: current loop interface."""

from stsbench import LevelGauge, Profile, requirement


@requirement("52-6.2.3-mark", measures="mark current")
def test_the_transmitter_lets_enough_current_pass_at_mark(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("mark current", within=profile.level_limits("mark_current"))


@requirement("52-6.2.3-space", measures="space current")
def test_the_transmitter_lets_next_to_no_current_pass_at_space(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("space current", within=profile.level_limits("space_current"))


@requirement("52-6.2.3-takes-mark", measures="least current taken as mark")
def test_the_receiver_takes_a_weak_current_as_mark(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("least current taken as mark", within=profile.level_limits("current_taken_as_mark"))


@requirement("52-6.2.3-takes-space", measures="largest current taken as space")
def test_the_receiver_takes_a_stray_current_as_space(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("largest current taken as space", within=profile.level_limits("current_taken_as_space"))


@requirement("52-6.2.3-transmitter-drop", measures="drop of the transmitter")
def test_the_drop_of_the_transmitter(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("drop of the transmitter", within=profile.level_limits("transmitter_drop"))


@requirement("52-6.2.3-receiver-drop", measures="drop of the receiver")
def test_the_drop_of_the_receiver(levels: LevelGauge, profile: Profile) -> None:
    levels.measure("drop of the receiver", within=profile.level_limits("receiver_drop"))
