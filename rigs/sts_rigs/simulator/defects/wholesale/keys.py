"""Wholesale defects of authentication and of the key change (IEC 62055-41, 7.2, 7.3.6 and 8.9)."""

from dataclasses import replace

from sts62055.application.keys import DecoderKey
from sts62055.application.results import (
    Accept,
    CRCError,
    FunctionError,
    KeyTypeError,
    MfrCodeError,
    RangeError,
    TokenStatus,
)
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import APPLICATION, DISPLAYS, KEY_CHANGE, MANAGEMENT, TOKENS
from sts_rigs.simulator.meter.authentication import TokenAuthentication
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.extraction import Apdu, ApduExtraction
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.lockout import MeterLockout

_ALL_BUT_CREDIT = f"{DISPLAYS} {MANAGEMENT} {KEY_CHANGE} 41-6.3.7 52-6.1.3"

# -- authentication --------------------------------------------------------------------------------------------


@wholesale("crc-octets-exchanged", breaks="41-6.3.7 41-7.3.6 41-8.4 41-8.5", spoils=APPLICATION)
class CrcSwapped(TokenAuthentication):
    """The CRC is expected with its octets exchanged."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        swapped = (apdu.crc & 0xFF) << 8 | apdu.crc >> 8
        return super().check_crc(replace(apdu, word=apdu.word & ~0xFFFF | swapped))


@wholesale(
    "crc-without-class",
    breaks="41-6.3.7 41-7.3.6 41-8.5",
    spoils=_ALL_BUT_CREDIT,
)
class CrcWithoutClass(TokenAuthentication):
    """The CRC is expected without the class, as that of class 0 is."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        return super().check_crc(replace(apdu, token_class=0))


@wholesale(
    "crc-checked-in-class-1-only",
    breaks="41-6.3.7 41-7.3.6",
    spoils="41-6.3.7 41-6.3.22 41-6.4 41-6.5 41-7.1.3 41-7.2 41-7.3 41-8.9 52-6.1.3 52-6.6.7",
)
class EncryptedUnchecked(TokenAuthentication):
    """The CRC of tokens of class 0 and 2 is not checked."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        return super().check_crc(apdu) if apdu.token_class == 1 else None


@wholesale(
    "crc-checked-in-class-0-and-2-only",
    breaks="41-6.3.7 41-7.3.6",
    spoils="41-6.3.7 41-6.3.8 41-7.1.3 41-7.3.6 52-6.1.3",
)
class PlainUnchecked(TokenAuthentication):
    """The CRC of tokens of class 1 is not checked."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        return None if apdu.token_class == 1 else super().check_crc(apdu)


@wholesale("every-crc-wrong", breaks="41-7.3.6 41-8.4 41-8.5", spoils=APPLICATION)
class EveryCrcWrong(TokenAuthentication):
    """The CRC of every token is taken for wrong."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:  # noqa: ARG002
        return CRCError


@wholesale("every-maker-foreign", breaks="41-7.3.6 41-8.5", spoils=DISPLAYS)
class EveryMakerForeign(TokenAuthentication):
    """The MfrCode of every class 1 token is taken for another maker's."""

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:
        return MfrCodeError if apdu.token_class == 1 else None


# -- decryption ------------------------------------------------------------------------------------------------


def _with_key(held: HeldKey, octets: bytes) -> HeldKey:
    return replace(held, decoder_key=DecoderKey(octets))


# Where the key is known to be the meter's, a token under it is Valid (7.3.7) unless an error of 7.1.4 holds, and
# not authentic (7.3.6) only if its CRC is wrong: a meter that refuses every good token breaks both.
@wholesale("another-key-held", breaks="41-7.3.6 41-7.3.7 41-8.4 41-8.6", spoils=TOKENS)
class AnotherKey(ApduExtraction):
    """The meter holds another key than it was given."""

    def extract_with(self, number: int, held: HeldKey) -> Apdu:
        return super().extract_with(number, _with_key(held, bytes(one ^ 1 for one in held.decoder_key.reveal())))


@wholesale("class-1-decrypted", breaks="41-6.4.5 41-7.2.4 41-8.5", spoils=DISPLAYS)
class PlainTokensDecrypted(ApduExtraction):
    """Tokens of class 1 are decrypted as all others are."""

    def extract_with(self, number: int, held: HeldKey) -> Apdu:
        as_class_2 = number & ~(3 << 27) | 2 << 27
        return replace(super().extract_with(as_class_2, held), token_class=self.token_class(number))


@wholesale("class-bits-at-the-top", breaks="41-6.4.2 41-7.2.2 41-8.4", spoils=APPLICATION)
class ClassAtTheTop(ApduExtraction):
    """The class of every token is taken from its two highest bits."""

    def token_class(self, number: int) -> int:
        return number >> 64


@wholesale("tokens-of-64-bits", breaks="41-6.4.2 41-7.2.2 41-8.4", spoils=APPLICATION)
class TopBitsLost(ApduExtraction):
    """The two highest bits of every token are lost."""

    def number(self, digits: str) -> int | None:
        number = super().number(digits)
        return None if number is None else number & (1 << 64) - 1


# -- key change ------------------------------------------------------------------------------------------------


@wholesale("key-changes-refused", breaks="41-6.2.7 41-6.2.8 41-8.9", spoils=KEY_CHANGE)
class KeyChangesRefused(KeyChangeProcess):
    """Every part of a key change is refused as unknown."""

    def take(self, apdu: Apdu, now: int) -> Execution:  # noqa: ARG002
        return Execution(FunctionError)


@wholesale("key-change-parts-dropped", breaks="41-8.9", spoils=KEY_CHANGE)
class PartsDropped(KeyChangeProcess):
    """Every part of a key change is answered, and none is held."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        return replace(super().take(apdu, now), changes={})


@wholesale("key-change-complete-at-once", breaks="41-8.9 41-7.1.5", spoils=KEY_CHANGE)
class CompleteAtOnce(KeyChangeProcess):
    """Every part of a key change is answered by Accept, and none is held."""

    def take(self, apdu: Apdu, now: int) -> Execution:  # noqa: ARG002
        return Execution(Accept)


@wholesale("key-sections-misplaced", breaks="41-8.9 41-6.3.14 41-6.3.15", spoils=KEY_CHANGE)
class SectionsMisplaced(KeyChangeProcess):
    """The sections of every new key are put together in reverse."""

    def key_of(self, new: NewKey) -> HeldKey:
        octets = new.octets
        words = [octets[at : at + 4] for at in range(0, len(octets), 4)]
        return _with_key(super().key_of(new), b"".join(reversed(words)))


@wholesale(
    "attributes-of-old-key", breaks="41-8.9 41-6.1.7 41-6.1.8", spoils="41-6.1 41-6.3.18 41-6.3.19 41-6.5.2 41-8.9"
)
class OldAttributes(KeyChangeProcess):
    """A key change takes the key alone, and all that is said about it stays."""

    def key_of(self, new: NewKey) -> HeldKey:
        return _with_key(self.held_key, new.octets)


@wholesale("every-key-type-refused", breaks="41-8.9 41-6.5.2", spoils=KEY_CHANGE)
class EveryKeyTypeRefused(KeyChangeProcess):
    """Every key change is refused by its key type."""

    def judge(self, new: NewKey) -> TokenStatus | None:  # noqa: ARG002
        return KeyTypeError


@wholesale("every-key-out-of-range", breaks="41-8.9 41-6.1.7 41-6.1.8", spoils=KEY_CHANGE)
class EveryKeyOutOfRange(KeyChangeProcess):
    """Every key change is refused as out of range."""

    def judge(self, new: NewKey) -> TokenStatus | None:  # noqa: ARG002
        return RangeError


# -- lockout ---------------------------------------------------------------------------------------------------


@wholesale("locked-out-from-the-start", breaks="52-6.6.7 41-8.4 41-8.6", spoils=TOKENS)
class AlwaysLockedOut(MeterLockout):
    """Tokens of class 0 and 2 are always locked out."""

    def is_active(self, now: int) -> bool:  # noqa: ARG002
        return True


@wholesale("locked-out-by-first-failure", breaks="52-6.6.7", spoils="52-6.6.7 52-6.6.5")
class LockedOutAtOnce(MeterLockout):
    """Every single failure starts a lockout of ten seconds."""

    def note_failure(self, now: int) -> None:
        for _ in range(3):
            super().note_failure(now)
        self.note_acceptance()


@wholesale("locked-out-by-acceptance", breaks="52-6.6.7 41-8.4", spoils=TOKENS)
class LockedOutByAcceptance(MeterLockout):
    """Accepted tokens are counted as failures."""

    def note_acceptance(self) -> None:
        self.note_failure(self.memory.state.lockout.until)
