"""IEC 62055-52, 6.3.3: transmission speed."""

from sts62055.carrier.profile import Limits
from stsbench import SECOND, IDRequest, LineTimer, Profile, precondition, requirement


@requirement("52-6.3.3-speed", measures="bit time")
def test_the_bit_time_of_an_answer(line: LineTimer, profile: Profile) -> None:
    observed = list(line.exchanges(IDRequest()))
    precondition(
        all(len(one.reply.characters) > 1 for one in observed),
        "an IDRequest was not answered",
        breaks="52-6.4.2-answered",
    )
    bit_times = [one.times.bit_time() for one in observed]
    precondition(all(bit_times), "the meter pauses between characters, so that they do not show its bit time")
    nominal = SECOND / profile.number("bit_rate")
    tolerance = nominal * profile.ratio("bit_time_tolerance")
    line.measure("bit time", bit_times, within=Limits(nominal - tolerance, nominal + tolerance))
