"""Random tokens surprise no good meter, and some surprise one that checks wrongly; see `make prove-random-tokens`.

What a good meter may say of a token is computed with the known key: one that is authentic by chance is no failure.
"""

import pytest

from judged_tokens import METERS, judged
from sts62055.application.crc import crc16
from sts62055.application.results import CRCError, TokenStatus
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.meter import Parts
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

COUNT = 5_000
each_meter = pytest.mark.parametrize("name", METERS)


class OtherOrder(TokenAuthentication):
    """The CRC is looked for high octet first."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        crc = crc16((apdu.token_class << 48 | apdu.word >> 16).to_bytes(7))
        return None if (crc & 0xFF) << 8 | crc >> 8 == apdu.crc else CRCError


class FifteenBits(TokenAuthentication):
    """The lowest bit of the CRC does not count."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        failure = super().check_crc(apdu)
        return failure and super().check_crc(Apdu(apdu.token_class, apdu.word ^ 1))


class NewestIsUsed(TokenIdentifierStore):
    """A token newer than all that are held is used."""

    def is_used(self, apdu: Apdu) -> bool:
        return super().is_used(apdu) or self.key(apdu) > max(self.memory.state.token_identifiers)


class ForgottenCancellation(TokenIdentifierStore):
    """An accepted token does not get into the store."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:  # noqa: ARG002
        return self.memory.state.token_identifiers


class ShiftedClass(ApduExtraction):
    """The class is read one bit too high."""

    def token_class(self, number: int) -> int:
        return number >> 28 & 3


@each_meter
def test_no_random_token_surprises(name: str) -> None:
    outcome = judged(name, COUNT)
    assert outcome.surprises == []
    assert outcome.results.total() == COUNT
    assert {"Accept", "CRCError", "FunctionError", "OldError", "UsedError", "1stKCT"} <= set(outcome.results)


@each_meter
def test_most_tokens_come_as_they_are_and_most_of_the_built_ones_are_authentic(name: str) -> None:
    outcome = judged(name, COUNT)
    assert outcome.built == COUNT // 4
    assert outcome.built * 3 // 4 < outcome.authentic < outcome.built


@pytest.mark.parametrize("part", [OtherOrder, FifteenBits, NewestIsUsed, ForgottenCancellation, ShiftedClass])
def test_a_meter_that_checks_wrongly_surprises(part: type) -> None:
    assert judged(next(iter(METERS)), COUNT, parts=Parts().replaced(part)).surprises


def test_one_seed_makes_one_run() -> None:
    name = next(iter(METERS))
    assert judged(name, 500, seed=2) == judged(name, 500, seed=2) != judged(name, 500, seed=3)
