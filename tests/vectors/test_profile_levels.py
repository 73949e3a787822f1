"""Limits of levels in the profile: decimal numbers in their own unit, and what is refused (6.2)."""

import pytest

from sts62055.carrier.profile import Limits, Overlay, ProfileError, default_profile

PROFILE = default_profile()
LEVELS = [name for name, entry in PROFILE.parameters.items() if entry.clause.startswith("6.2")]
CONFIRMED = '[confirmed]\nby = "A. Lab"\ndocument = "IEC 62055-52"\nedition = "1.0 (2008)"\n'


def laid(name: str, value: str) -> Overlay:
    return Overlay.parse(f"{CONFIRMED}[parameter.{name}]\nvalue = {value}\n", PROFILE)


def test_each_option_of_the_interface_has_its_levels() -> None:
    clauses = [PROFILE.parameters[name].clause for name in LEVELS]
    assert {clause: clauses.count(clause) for clause in clauses} == {"6.2.2": 5, "6.2.3": 6, "6.2.4": 2}
    assert {PROFILE.parameters[name].unit for name in LEVELS} == {"nm", "uW/cm2", "mA", "V"}


def test_limits_of_a_level_are_in_its_own_unit() -> None:
    assert PROFILE.level_limits("irradiance_on") == Limits(500, 5000)
    assert PROFILE.level_limits("space_current") == Limits(None, 2.5)
    assert PROFILE.level_limits("mark_current") == Limits(11, None)


@pytest.mark.parametrize("name", LEVELS)
def test_a_lab_may_write_a_decimal_number(name: str) -> None:
    assert laid(name, "{ lower = 0.5, upper = 2.75 }").profile.level_limits(name) == Limits(0.5, 2.75)


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2.5", "it is a table with lower, upper or both, and not 2.5"),
        ("{}", "it is a table with lower, upper or both"),
        ("{ most = 2.5 }", "it is a table with lower, upper or both"),
        ("{ upper = -0.5 }", "upper is a number from 0 on, and not -0.5"),
        ("{ upper = true }", "upper is a number from 0 on, and not True"),
        ("{ upper = nan }", "upper is a number from 0 on, and not nan"),
        ("{ lower = inf }", "lower is a number from 0 on, and not inf"),
        ("{ lower = 2.5, upper = 2.4 }", "lower is 2.5, which is above upper, 2.4"),
    ],
)
def test_what_is_no_limit_of_a_level_is_refused(name: str, value: str, reason: str) -> None:
    with pytest.raises(ProfileError) as refused:
        laid(name, value)
    assert f"'{name}': {reason}" in str(refused.value)
