"""Notes on the flags of the vectors, each with its clause (IEC 62055-41, edition 3)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sts62055.library.rows import Row

__all__ = ["notes_of"]

_NOTES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "AlreadyPerformed": ("A set that the meter has performed comes again: its key is another by now.", "8.9"),
        "AmountBoundary": ("An amount at, just below or just above the first value of an exponent.", "6.3.6"),
        "AllRegisters": ("The Register value that clears every credit register.", "6.3.13"),
        "AtTheLimit": ("The last value that is still allowed.", "7.3.7"),
        "BaseDate1993": ("TIDs count from 1993-01-01.", "6.1.12"),
        "BaseDate2014": ("TIDs count from 2014-01-01.", "6.1.12"),
        "BaseDate2035": ("TIDs count from 2035-01-01.", "6.1.12"),
        "Between": ("A TID that was never used, between held ones.", "7.3.8"),
        "BothErrors": ("CRC and MfrCode are wrong: a meter may report either.", "7.1.3"),
        "ChainedRules": ("Several reasons to refuse apply; which one is reported is not decided.", "7.1.4"),
        "CheckDigit": ("The mod-10 check digit of a DRN or a MeterPAN.", "6.1.2"),
        "Class0": ("Credit; a meter whose register cannot hold so much answers OverflowError.", "6.2.2"),
        "Class1": ("Test and display: not encrypted but for subclass 2.", "6.2.3"),
        "Class2": ("Management.", "6.2.4"),
        "Class3": ("Reserved: no token of this class exists.", "6.2.14"),
        "ClassBits": ("The class bits of a good token are replaced.", "6.4.2"),
        "ClassBitsNotMoved": ("The class is put in front of the word instead of into bits 28 and 27.", "6.4.2"),
        "ClearTamper": ("ClearTamperCondition; a meter that detects no tampering may not know it.", "6.2.9"),
        "CommonKey": ("A DCTK: no vector is published. Off the magnetic card a meter must refuse it.", "6.5.3.1"),
        "ControlNothing": ("A Control field that asks for no test.", "6.3.8"),
        "ControlSeveral": ("A Control field that asks for several tests, but not for all.", "6.3.8"),
        "CrcBit": ("One bit of the CRC is inverted before encryption.", "6.3.7"),
        "CrcOfAnotherKind": ("A checksum of another algorithm, of those that are mistaken for this one.", "6.3.7"),
        "CrossedChecksums": ("CRC where CRC_C belongs, or the other way round.", "6.3.22"),
        "CurrencyWithCrc": (
            "Credit in currency with CRC in place of CRC_C: to a meter without currency the CRC is right.",
            "6.3.22",
        ),
        "Currency": (
            "Credit in currency. A meter that does not know it sees a wrong CRC, and reports CRCError.",
            "6.3.22",
        ),
        "DatedBeforeStore": ("A TID below the smallest that is held.", "7.3.7"),
        "DefaultKey": ("The meter holds a DDTK: no credit, but management.", "6.5.2.3"),
        "Digit": ("One digit of a good token is another.", "6.4.3"),
        "DigitsSwapped": ("Two neighbouring digits of a good token are swapped.", "6.4.3"),
        "Dkga01": ("A key of DKGA01: legacy meters only, one source, no published vector.", "6.5.3.3"),
        "Dkga02": ("A key of DKGA02.", "6.5.3.4"),
        "Dkga03": ("A key of DKGA03: withdrawn, one source, no published vector.", "6.5.3.5"),
        "Dkga04": ("A key of DKGA04.", "6.5.3.6"),
        "Drn11": ("A meter with a DRN of 11 digits: IIN 600727.", "6.1.2"),
        "Drn13": ("A meter with a DRN of 13 digits: IIN 0000.", "6.1.2"),
        "Ea07SampleTables": (
            "EA07 with the sample tables that the standard prints. No production meter uses them.",
            "6.5.4",
        ),
        "Ea09": ("EA09, DES: not for new products, no published vector.", "6.5.5"),
        "Ea11": ("EA11, MISTY1.", "6.5.6"),
        "Empty": ("Nothing was entered.", "6.4.3"),
        "ExtendedSet": ("The extended set of STS 202-5, of which the layout alone is known.", "6.2.12"),
        "FourTokens": ("A set of four tokens for a key of 128 bits, with the SGC.", "6.2.8"),
        "Gas": ("Credit for gas; a meter of another service may answer FunctionError.", "6.2.2"),
        "InitialKey": ("The meter holds a DITK.", "6.5.2.3"),
        "Kct": ("One part of a key-change set.", "6.2.7"),
        "Ken0": ("KeyExpiryNumber 0.", "6.1.10"),
        "Ken85": ("KeyExpiryNumber 85.", "6.1.10"),
        "Ken254": ("KeyExpiryNumber 254.", "6.1.10"),
        "Ken255": ("KeyExpiryNumber 255: the key never expires.", "6.1.10"),
        "KeyExpired": ("The upper eight bits of the TID exceed the KeyExpiryNumber.", "6.1.10"),
        "KeyType0": ("Key type 0, DITK.", "6.1.9"),
        "KeyType1": ("Key type 1, DDTK.", "6.1.9"),
        "KeyType2": ("Key type 2, DUTK.", "6.1.9"),
        "KeyType3": ("Key type 3, DCTK.", "6.1.9"),
        "KeyTypeAllowed": ("A change of the key's type that is allowed.", "6.5.2.4"),
        "KeyTypeRefused": ("A change of the key's type that must be refused.", "6.5.2.4"),
        "KeyTypeUnknown": ("A change of the key's type of which no public rule is known.", "6.5.2.4"),
        "Krn": ("The least and the greatest KeyRevisionNumber, and those between.", "6.1.8"),
        "KrnOutOfRange": ("A KeyRevisionNumber that is not 1 to 9; the result is not decided.", "6.1.8"),
        "Largest": ("The largest value that fits.", "6.3.6"),
        "ManufacturerCode": ("A MfrCode that is not the generic 0.", "7.3.6"),
        "MissingPart": ("A part of the set does not come: nothing may change.", "8.9"),
        "MixedSets": (
            "Parts of two sets: the meter cannot see it, and the key is that of neither set.",
            "8.9",
        ),
        "Negative": ("A negative amount: its magnitude is rounded down.", "6.3.6.3"),
        "NineBoundaryAmounts": ("One of the nine amounts at the exponent boundaries.", "6.3.6"),
        "NonDigit": ("A character that is no decimal digit of ASCII.", "6.4.3"),
        "NoRuleKnown": ("No published rule decides: ask the meter's declaration.", "7.1.5"),
        "NotEncrypted": ("The block is sent as it is.", "6.4.3"),
        "NumberFrom2To66": ("20 digits that write 2^66 or more: they can be keyed, but are no token.", "6.4.3"),
        "Order": ("The parts of a set come in another order.", "8.9"),
        "OtherBaseDate": ("Made under the key of another base date.", "6.1.12"),
        "OtherCipher": ("Made with another EncryptionAlgorithm.", "6.1.5"),
        "OtherGeneration": ("Made under the key of another DKGA.", "6.1.4"),
        "OtherKeyOrder": ("Made under the key with its octets reversed.", "6.5.3"),
        "OtherVendingKey": ("Made under the key of another vending key.", "6.5.3"),
        "PowerLimit": ("A limit in watts; a meter whose range ends before may answer RangeError.", "6.3.9"),
        "Primitive": ("A value of a function on which tokens are built.", "6.5"),
        "Proprietary": ("A maker's own subclass: only the maker knows.", "6.2.13"),
        "Published": ("Carried over from a published document.", "6.2"),
        "Random": ("Each value of RND.", "6.3.4"),
        "Register": ("A Register value of Table 28; a meter need not have that register.", "6.3.13"),
        "RegisterReserved": ("A Register value that Table 28 does not define.", "6.3.13"),
        "RepeatedPart": ("A part of the set comes twice: what the meter makes of it is not decided.", "8.9"),
        "Reserved": ("A reserved subclass: no meter has such a function.", "6.2.12"),
        "ReservedForFuture": ("A token that is defined but reserved for future use.", "6.2.6"),
        "ReservedTest": ("A test number that is not defined.", "6.3.8"),
        "RollOver": ("RO is 1: the TID store is emptied when the set is complete.", "6.3.20"),
        "RollOverSameKey": ("RO is 1, and the key stays the same: the result is not decided.", "6.3.20"),
        "SgcOutOfRange": ("24 bits that are no SGC of six digits; the result is not decided.", "6.1.6"),
        "SisterMeter": ("Made for a meter with another DRN.", "6.1.2"),
        "Smallest": ("The smallest value.", "6.3.6"),
        "SpecialReservedTid": (
            "00:01 of a day: a POS uses it for nothing ordinary, and 00:02 instead.",
            "6.3.5.2",
        ),
        "SupplyGroup": ("The SGC of the key, at its ends and in the middle.", "6.1.6"),
        "TamperPad": ("The Pad field is not zero; the result is not decided.", "6.2.9"),
        "TestNumber": ("One test number of Table 27.", "6.3.8"),
        "ThreeKctFlag": (
            "3KCT and the number of tokens contradict each other. In edition 2 the bit is reserved.",
            "6.2.7",
        ),
        "ThreeTokens": ("A set of three tokens, of edition 3; a meter may take sets of two instead.", "6.2.7"),
        "Ti00": ("TariffIndex 00.", "6.1.7"),
        "Ti10": ("TariffIndex 10: the first that BCD and binary write differently.", "6.1.7"),
        "Ti16": ("TariffIndex 16.", "6.1.7"),
        "Ti99": ("TariffIndex 99.", "6.1.7"),
        "TiCoding": (
            "A TariffIndex above 09 in a key-change token: binary is assumed, no vector shows it.",
            "6.1.7",
        ),
        "TiOutOfRange": ("Eight bits that are no TariffIndex of two digits; the result is not decided.", "6.1.7"),
        "TidMaximum": ("The last minute that a TID can count.", "6.3.5"),
        "TidOutOfRange": ("A moment that no TID of the base date can name.", "6.3.5"),
        "TidZero": ("The base date itself.", "6.3.5"),
        "Time": ("Credit in time; a meter of another service may answer FunctionError.", "6.2.2"),
        "TooLong": ("More than 20 digits.", "6.4.3"),
        "TooShort": ("Fewer than 20 digits.", "6.4.3"),
        "TwoTokens": ("A set of two tokens, without the SGC; a meter may take sets of three instead.", "6.2.7"),
        "Used": ("A TID that the meter holds.", "7.3.8"),
        "UnderOldKey": ("Good under the key before the change, and not under the new one.", "8.9"),
        "Water": ("Credit for water; a meter of another service may answer FunctionError.", "6.2.2"),
        "WrongKeyType": ("Made under the key of another key type.", "6.1.9"),
        "WrongKrn": ("Made under the key of another KeyRevisionNumber.", "6.1.8"),
        "WrongPadding": ("Bits that must be zero are not.", "6.2.7.4"),
        "WrongSgc": ("Made under the key of another supply group.", "6.1.6"),
        "WrongTi": ("Made under the key of another TariffIndex.", "6.1.7"),
    }
)
_OTHERWISE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CurrencyWithCrc": ("FunctionError",),
        "AllRegisters": ("FunctionError", "RangeError"),
        "Class0": ("OverflowError",),
        "ClearTamper": ("FunctionError",),
        "Currency": ("CRCError",),
        "ExtendedSet": ("FunctionError",),
        "Gas": ("FunctionError",),
        "PowerLimit": ("FunctionError", "RangeError"),
        "Register": ("FunctionError", "RangeError"),
        "TestNumber": ("FunctionError", "RangeError"),
        "ThreeTokens": ("FormatError", "FunctionError", "RangeError"),
        "Time": ("FunctionError",),
        "TwoTokens": ("FormatError", "FunctionError", "RangeError"),
        "Water": ("FunctionError",),
    }
)


def notes_of(flags: Iterable[str]) -> Row:
    """Return the notes of these flags; KeyError for one that nobody has explained.

    `otherwise`: what a meter without the function may answer instead.
    """
    notes: Row = {}
    for flag in sorted(set(flags)):
        meaning, clause = _NOTES[flag]
        notes[flag] = {"meaning": meaning, "clause": clause}
        if flag in _OTHERWISE:
            notes[flag]["otherwise"] = list(_OTHERWISE[flag])
    return notes
