"""Check a token's content: the CRC of IEC 62055-41, 6.3.7."""

__all__ = ["crc16", "token_crc"]

_POLYNOMIAL = 0xA001


def crc16(data: bytes) -> int:
    """Return the 16-bit checksum in the order in which a token stores it, low octet first."""
    register = 0xFFFF
    for octet in data:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
    return (register & 0xFF) << 8 | register >> 8


def token_crc(token_class: int, subclass: int, content: int) -> int:
    """Return the CRC over class (2 bits), subclass (4 bits) and content (44 bits), right-aligned in 7 octets."""
    return crc16((token_class << 48 | subclass << 44 | content).to_bytes(7))
