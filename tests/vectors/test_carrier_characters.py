"""Characters on the line: their parity, and how people read them."""

import pytest

from carrier_line import COMMAND_FRAMES
from sts62055.carrier.characters import OutgoingCharacter, describe, outgoing, parity_bit
from sts62055.carrier.messages import ReadCommand


def test_the_read_of_2006_has_these_octets_with_even_parity() -> None:
    codes = bytes.fromhex(COMMAND_FRAMES[ReadCommand(0x2006, 0)])
    octets = bytes(code | parity_bit(code) << 7 for code in codes)
    assert octets == bytes.fromhex("81 D2 82 B2 30 30 36 30 03 E7")


def test_every_character_has_an_even_number_of_ones_with_its_parity_bit() -> None:
    assert [(code.bit_count() + parity_bit(code)) % 2 for code in range(128)] == [0] * 128


def test_outgoing_characters_have_neither_gaps_nor_faults() -> None:
    assert outgoing(b"/?") == (OutgoingCharacter(0x2F, 0, False), OutgoingCharacter(0x3F, 0, False))


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        (b"/?!\r\n", "/?! CR LF"),
        (b"\x01R\x022010\x03a", "SOH R STX 2010 ETX a"),
        (b"\x06\x15", "ACK NAK"),
        (b"\x00A\x7f", "00h A 7Fh"),
        (b"A B", "A 20h B"),
        (b" ", "20h"),
        (b"", ""),
    ],
)
def test_people_read_control_characters_by_name_and_see_blanks(codes: bytes, text: str) -> None:
    assert describe(codes) == text
