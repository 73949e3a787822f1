"""Single vectors: what one states of a token follows from its digits and the meter's key."""

from collections.abc import Iterable, Sequence
from typing import Any

from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import CurrencyCredit, Token, decode_block, decode_token, encode_token, seal
from sts62055.library.expectation import Expectation, of_token
from sts62055.library.rows import Row, cipher_of
from sts62055.library.token_fields import fields_of, meaning_of
from sts62055.provenance import Grade

__all__ = ["flags_of_meter", "grade_of", "group", "made", "name_of", "primitive", "stated", "token_vector"]

_OF_ALGORITHM = {
    EncryptionAlgorithm.STA: "Ea07SampleTables",
    EncryptionAlgorithm.DEA: "Ea09",
    EncryptionAlgorithm.MISTY1: "Ea11",
}
_WEAK_GENERATIONS = (DecoderKeyGenerationAlgorithm.DKGA01, DecoderKeyGenerationAlgorithm.DKGA03)


def name_of(meter: Row) -> str:
    """Return the part of an id that names the meter's algorithms and base date."""
    return f"ea{meter['ea']:02d}-dkga{meter['dkga']:02d}-bdt{meter['bdt'] % 100:02d}"


def flags_of_meter(meter: Row) -> list[str]:
    """Return the flags of a meter's algorithms, base date and DRN."""
    if "ea" not in meter:
        return []
    flags = [_OF_ALGORITHM[EncryptionAlgorithm(meter["ea"])], f"Dkga{meter['dkga']:02d}"]
    flags += [f"BaseDate{meter['bdt']}"] if "bdt" in meter else []
    return [*flags, "Drn11" if meter["pan"].startswith("600727") else "Drn13"]


def grade_of(meter: Row) -> Grade:
    """Return the grade of what a meter's algorithms give."""
    if meter.get("dkga") in _WEAK_GENERATIONS:
        return Grade.ONE_SOURCE
    return Grade.TWO_SOURCES if meter.get("ea") == EncryptionAlgorithm.DEA else Grade.VERIFIED


def group(shared: Row, vectors: Iterable[Row]) -> Row:
    """Return vectors with the same meter as one group."""
    return {"group": shared, "vectors": list(vectors)}


def primitive(name: str, comment: str, flags: Sequence[str], /, **values: Any) -> Row:
    """Return a vector of a function below the tokens; valid unless `result` and `because` say otherwise."""
    values = {"result": "valid", "source": "computed", "grade": Grade.VERIFIED} | values
    ending: Row = {key: values.pop(key) for key in ("result", "because", "source", "grade") if key in values}
    return {"id": name, "comment": comment, **values, "flags": sorted(set(flags)), **ending}


def made(token: Token, meter: Row) -> str:
    """Return the digits of a token under the meter's key."""
    return encode_token(seal(token), cipher_of(meter))


def stated(digits: str, meter: Row) -> Row:
    """Return what the meter reads from digits: class, block, CRC, and the fields if the CRC is right."""
    block = decode_token(digits, cipher_of(meter))
    token = decode_block(block)
    read: Row = {"class": block.token_class, "subclass": block.subclass}
    if block.is_authentic:
        read["fields"] = fields_of(token)
        meaning = meaning_of(token, meter.get("bdt"))
        if meaning:
            read["means"] = meaning
    return {
        **read,
        "content": f"{block.content:011x}",
        "block": f"{block.word:016x}",
        "crc": _kind_of_crc(block),
        "token": digits,
    }


def _kind_of_crc(block: TokenBlock) -> str:
    if not block.is_authentic:
        return "wrong"
    return "CRC_C" if isinstance(decode_block(block), CurrencyCredit) else "CRC"


def token_vector(
    name: str,
    comment: str,
    digits: str,
    meter: Row,
    flags: Sequence[str],
    *,
    memory: Row | None = None,
    because: str | None = None,
    extra: Row | None = None,
    source: str = "computed",
    grade: Grade | None = None,
) -> Row:
    """Return the vector of one token, with what the meter may answer."""
    expectation = of_token(digits, meter, memory)
    return {
        "id": name,
        "comment": comment,
        **stated(digits, meter),
        **(extra or {}),
        "flags": sorted({*flags, *flags_of_meter(meter)}),
        "result": expectation.result,
        "expected": list(expectation.expected),
        "because": because or _because(expectation),
        "source": source,
        "grade": grade or (Grade.UNKNOWN if "NoRuleKnown" in flags else grade_of(meter)),
    }


def _because(expectation: Expectation) -> str:
    if expectation.result == "valid":
        return "The token is genuine, and nothing speaks against it."
    if expectation.expected == ("CRCError",):
        return "Under the meter's key the CRC does not belong to the rest of the block."
    return _REASONS[expectation.result]


_REASONS = {
    "invalid": "The meter must refuse it; each of these results fits.",
    "conditional": "No published rule decides; the meter's declaration says which of these results it gives.",
}
