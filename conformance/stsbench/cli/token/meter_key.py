"""The key of a meter: what is behind it, what can be minted under it and what may be said of it."""

from dataclasses import dataclass, field
from typing import Any

from sts62055.application.ciphers import BlockCipher, make_cipher
from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm, generate_decoder_key
from sts62055.application.keys import DecoderKey, KeyAttributes, VendingKey
from sts62055.application.reception import TokenMemory, authenticate, validate
from sts62055.application.results import AuthenticationResult, ValidationResult
from sts62055.application.sta import StaTables
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import Token, decode_block, encode_token, seal

__all__ = ["Key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A DecoderKey as the attributes and the vending key behind it."""

    attributes: KeyAttributes
    generation: DecoderKeyGenerationAlgorithm
    vending_key: VendingKey
    key_expiry_number: int
    tables: StaTables = field(repr=False)

    def decoder_key(self, attributes: KeyAttributes | None = None) -> DecoderKey:
        """Return the DecoderKey, also for other attributes; ValueError where they do not go together."""
        return generate_decoder_key(self.generation, self.vending_key, attributes or self.attributes)

    def cipher(self, attributes: KeyAttributes | None = None) -> BlockCipher:
        """Return the cipher under the DecoderKey; ValueError as there."""
        chosen = attributes or self.attributes
        with self.decoder_key(chosen) as key:
            return make_cipher(chosen.encryption_algorithm, key.reveal(), self.tables)

    def mint(self, token: Token) -> tuple[str, TokenBlock]:
        """Return the 20 digits of a token and the block that they carry."""
        block = seal(token)
        return encode_token(block, self.cipher()), block

    def refusals(self, block: TokenBlock) -> list[str]:
        """Return the results with which a meter refuses an authentic token, whatever tokens it has had."""
        memory = TokenMemory(held=(), key_type=self.attributes.key_type, key_expiry_number=self.key_expiry_number)
        of_token = validate(decode_block(block), memory) - {ValidationResult.VALID}
        of_code = authenticate(block, self.attributes.pan.drn.manufacturer_code)
        results = {*of_token, *(of_code - {AuthenticationResult.AUTHENTIC})}
        return [f"a meter with this key refuses it as {result}" for result in sorted(results)]

    def as_json(self) -> dict[str, Any]:
        """Return everything about the key but the key."""
        attributes = self.attributes
        return {
            "drn": attributes.pan.drn.digits,
            "supply_group_code": attributes.supply_group_code,
            "key_type": attributes.key_type.name,
            "tariff_index": attributes.tariff_index,
            "key_revision": attributes.key_revision_number,
            "key_expiry": self.key_expiry_number,
            "base_date": attributes.base_date.value,
            "encryption_algorithm": attributes.encryption_algorithm.value,
            "key_generation": self.generation.value,
            "decoder_key_check_value": self.decoder_key().check_value,
        }

    def __str__(self) -> str:
        a = self.attributes
        about = f"{a.key_type.name}, SGC {a.supply_group_code}, TI {a.tariff_index}, KRN {a.key_revision_number}"
        kind = f"base date {a.base_date.value}, EA{a.encryption_algorithm:02d}, DKGA{self.generation:02d}"
        return f"DRN {a.pan.drn.digits}, {about}, {kind}, check value {self.decoder_key().check_value}"
