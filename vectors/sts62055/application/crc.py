"""Checksum of a token's content (IEC 62055-41, 6.3.7)."""

__all__ = ["crc16"]

_POLYNOMIAL = 0xA001


def crc16(data: bytes) -> int:
    """Return the 16-bit checksum in the order in which a token stores it, low octet first."""
    register = 0xFFFF
    for octet in data:
        register = register >> 8 ^ _AFTER[register & 0xFF ^ octet]
    return (register & 0xFF) << 8 | register >> 8


def _after(register: int) -> int:
    """Return the register after the eight bitwise steps of one octet."""
    for _ in range(8):
        register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
    return register


_AFTER = tuple(map(_after, range(256)))
