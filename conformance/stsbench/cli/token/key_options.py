"""A meter's key as its declaration says it, with options in the place of its items.

What is wrong ends the command with exit code 2 and a sentence that names the option or the item.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm
from sts62055.application.keys import KeyAttributes, KeyType, VendingKey
from sts62055.application.sta import SAMPLE_TABLES, StaTables, parse_tables
from sts62055.application.token_identifier import BaseDate
from sts_fixtures.declaration.declared_meter import declaration_path, declared_commands
from sts_fixtures.declaration.model import Declaration
from sts_fixtures.declaration.secrets import SecretSource
from sts_rigs.errors import FileFault
from sts_rigs.files.consent import require_consent
from sts_rigs.files.toml import load_toml
from stsbench.cli.shared import naming, permission_of, stop, stopping, within
from stsbench.cli.token.meter_key import Key
from stsbench.cli.token.options import MeterOptions, NewKeyOptions
from stsbench.cli.token.parsing import read_code, read_key_revision, read_key_type, read_member

__all__ = ["read_key", "read_new_key"]

_T = TypeVar("_T")

_ATTRIBUTES: Mapping[str, tuple[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "drn": ("pan", lambda text: MeterPAN(DecoderReferenceNumber(text))),
        "sgc": ("supply_group_code", read_code("SupplyGroupCode", 6)),
        "key-type": ("key_type", read_key_type),
        "ti": ("tariff_index", read_code("TariffIndex", 2)),
        "krn": ("key_revision_number", read_key_revision),
        "base-date": ("base_date", lambda number: read_member(BaseDate, number)),
        "ea": ("encryption_algorithm", lambda number: read_member(EncryptionAlgorithm, number)),
    }
)
"""For each option the attribute that it gives, and how its value is read."""


@dataclass(frozen=True, slots=True)
class _Secret:
    """A secret, and the option or item that says where it is."""

    place: str
    source: SecretSource
    folder: Path

    def read(self, parse: Callable[[str], _T]) -> _T:
        with naming(self.place):
            return parse(self.source.read(self.folder))


def read_key(options: MeterOptions) -> Key:
    """Return the key of the declared meter with the options in the place of its items."""
    path = declaration_path(options.meter)
    try:
        declared = load_toml(path, Declaration)
    except FileFault as error:
        stop(str(error))
    section, implements = declared.decoder_key, declared.implements
    attributes = _changed(_declared_attributes(declared), "--", options)
    generation = DecoderKeyGenerationAlgorithm(implements.key_generation)
    item = _Secret(f"{path}: decoder_key.vending_key", section.vending_key, path.parent)
    secret = _vending_key("--", options.vending_key_file, options.vending_key_env) or item
    is_given = {
        "decoder_key.vending_key": secret is not item,
        "implements.sta_tables": bool(options.sta_tables_file),
    }
    with stopping(FileFault):
        commands = [one for one in declared_commands(declared, path.parent) if not is_given[one.item]]
        if commands:
            require_consent(path, declared_commands(declared, path.parent), permission_of(options.allow_commands))
    key = Key(
        attributes=attributes,
        generation=_generation("--dkga", options.dkga, generation),
        vending_key=secret.read(VendingKey.from_hex),
        key_expiry_number=section.key_expiry,
        tables=_tables(options.sta_tables_file, implements.sta_tables, path),
    )
    return _checked(key, secret.place, "--ea, --dkga")


def read_new_key(present: Key, options: NewKeyOptions) -> Key:
    """Return the present key with the options in the place of what is behind it."""
    secret = _vending_key("--to-", options.to_vending_key_file, options.to_vending_key_env)
    expiry = present.key_expiry_number if options.to_ken is None else within("--to-ken", options.to_ken, 255)
    key = Key(
        attributes=_changed(present.attributes, "--to-", options),
        generation=_generation("--to-dkga", options.to_dkga, present.generation),
        vending_key=secret.read(VendingKey.from_hex) if secret else present.vending_key,
        key_expiry_number=expiry,
        tables=present.tables,
    )
    return _checked(key, secret.place if secret else "--to-vending-key-file", "--to-dkga")


def _declared_attributes(declared: Declaration) -> KeyAttributes:
    section = declared.decoder_key
    return KeyAttributes(
        pan=declared.identity.pan,
        key_type=KeyType[section.key_type],
        supply_group_code=section.supply_group_code,
        tariff_index=section.tariff_index,
        key_revision_number=section.key_revision,
        base_date=BaseDate(section.base_date),
        encryption_algorithm=EncryptionAlgorithm(declared.implements.encryption_algorithm),
    )


def _changed(attributes: KeyAttributes, prefix: str, options: MeterOptions | NewKeyOptions) -> KeyAttributes:
    """Return the attributes with those that the options with a prefix give in their place."""
    changes: dict[str, Any] = {}
    for name, (attribute, read) in _ATTRIBUTES.items():
        option = f"{prefix}{name}"
        value = getattr(options, option.removeprefix("--").replace("-", "_"), None)
        if value is not None:
            with naming(option):
                changes[attribute] = read(value)
    return replace(attributes, **changes)


def _generation(
    option: str, number: int | None, default: DecoderKeyGenerationAlgorithm
) -> DecoderKeyGenerationAlgorithm:
    with naming(option):
        return default if number is None else read_member(DecoderKeyGenerationAlgorithm, number)


def _vending_key(prefix: str, file: str | None, env: str | None) -> _Secret | None:
    in_file, in_env = f"{prefix}vending-key-file", f"{prefix}vending-key-env"
    if file is not None and env is not None:
        stop(f"{in_file}, {in_env}: give one of them")
    if file is not None:
        return _secret(in_file, file=file)
    return None if env is None else _secret(in_env, env=env)


def _tables(file: str | None, declared: Literal["sample"] | SecretSource, path: Path) -> StaTables:
    if file is not None:
        return _secret("--sta-tables-file", file=file).read(parse_tables)
    if declared == "sample":
        return SAMPLE_TABLES
    return _Secret(f"{path}: implements.sta_tables", declared, path.parent).read(parse_tables)


def _secret(option: str, *, file: str | None = None, env: str | None = None) -> _Secret:
    try:
        return _Secret(option, SecretSource(file=file, env=env), Path())
    except ValidationError as error:
        stop(f"{option}: {error.errors(include_input=False)[0]['msg'].removeprefix('Value error, ')}")


def _checked(key: Key, place_of_key: str, options: str) -> Key:
    """Return the key if its parts go together; exit 2 names the option or item that does not fit."""
    try:
        key.cipher()
    except ValueError as error:
        stop(f"{place_of_key if 'vending key' in str(error) else options}: {error}")
    return key
