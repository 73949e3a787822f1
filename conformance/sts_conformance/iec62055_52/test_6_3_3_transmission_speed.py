"""IEC 62055-52, 6.3.3: transmission speed."""

from sts62055.carrier.messages import IDRequest
from sts62055.carrier.profile import Limits, Profile
from sts_fixtures import requirement
from sts_fixtures.judging import LineMeter, given
from sts_rigs.token_carrier import VirtualTokenCarrier


@requirement("52-6.3.3-speed", measures="bit time")
def test_the_bit_time_of_an_answer(client: VirtualTokenCarrier, line: LineMeter, profile: Profile) -> None:
    reply = client.exchange(IDRequest())
    given(len(reply.characters) > 1, "the meter did not answer an IDRequest: see 52-6.6.2")
    unseen = client.port.time_base.uncertainty
    given(
        reply.longest_gap <= unseen, "the meter pauses between characters, so that they do not show its bit time"
    )
    whole = reply.characters[-1].end - reply.characters[0].end
    nominal = 1e9 / profile.number("bit_rate")
    tolerance = nominal * profile.ratio("bit_time_tolerance")
    within = Limits(round(nominal - tolerance), round(nominal + tolerance))
    line.measure_bit_time("bit time", whole, len(reply.characters) - 1, within)
