"""IEC 62055-41, 7.3.5: MISTY1 in the meter, by a key and a token that are published.

Anybody knows such a key, so the sample that is given it for a while has to be declared expendable.
"""

from dataclasses import fields

from sts_fixtures.declaration import published_example
from sts_fixtures.errors import NotTested
from sts_fixtures.tokens.mutations import flip_crc
from stsbench import (
    Accept,
    CRCError,
    DeclaredMeter,
    KeyChanges,
    MeterUnderTest,
    TokenMint,
    precondition,
    requirement,
)


@requirement("41-7.3.5.2-example")
def test_a_published_token_is_authentic_under_its_key(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    example = published_example.ATTRIBUTES
    if declared.attributes == example:
        raise NotTested("the key of this meter has the attributes of the published one: test another meter")
    published = tokens.under(**{one.name: getattr(example, one.name) for one in fields(example)})
    with keys.spoiling(published, by="41-7.3.5.2-example"):
        keys.complete_or_skip(tokens.key_change_to(published))
        token = published.number(int(published_example.TOKEN))
        wrong = meter.enter(flip_crc(token)).result
        precondition(wrong is CRCError, f"a token with a wrong CRC got {wrong}", breaks="41-7.3.6-crc")
        meter.allow_failures(published)
        credit = meter.credit()
        result = meter.enter(token).result
        # Whatever is said of its TokenIdentifier or of room for its credit, it was found to be authentic.
        assert result is not CRCError
        if result is Accept:
            assert meter.credit() == credit + published_example.UNITS
