"""What a user imports from sts62055.application and sts62055.carrier, and what such an import costs."""

import subprocess
import sys
from importlib import import_module
from typing import get_args

import pytest

import sts62055.application
import sts62055.carrier
from sts62055.application.results import TokenStatus
from sts62055.application.tokens import Token
from sts62055.carrier.messages import Message

HEAVY = {"numpy", "pydantic", "jsonschema"}


@pytest.mark.parametrize("package", ["sts62055.application", "sts62055.carrier"])
def test_the_standard_is_imported_without_what_only_parts_of_it_need(package: str) -> None:
    code = f"import sys, {package}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert package in loaded
    assert HEAVY.isdisjoint(loaded)


def test_each_name_of_the_application_layer_is_loaded_from_its_module_when_it_is_used() -> None:
    for module, names in sts62055.application._NAMES.items():
        for name in names:
            home = import_module(f"sts62055.application.{module}")
            assert getattr(sts62055.application, name) is getattr(home, name)
            assert name in home.__all__
    assert sorted(sts62055.application._HOME) == sorted(sts62055.application.__all__)


def test_what_is_no_name_of_the_application_layer_is_not_there() -> None:
    with pytest.raises(AttributeError, match=r"module 'sts62055.application' has no attribute 'colour'"):
        _ = sts62055.application.colour  # type: ignore[attr-defined]


@pytest.mark.parametrize("message", get_args(Message), ids=lambda message: message.__name__)
def test_every_message_is_a_name_of_the_carrier(message: type) -> None:
    assert getattr(sts62055.carrier, message.__name__) is message
    assert message.__name__ in sts62055.carrier.__all__


@pytest.mark.parametrize("kind", [*get_args(Token), *get_args(TokenStatus)], ids=lambda kind: kind.__name__)
def test_every_token_and_result_is_a_name_of_the_application_layer(kind: type) -> None:
    assert getattr(sts62055.application, kind.__name__) is kind
    assert kind.__name__ in sts62055.application.__all__


def test_a_register_is_read_by_the_names_of_the_package() -> None:
    from sts62055.carrier import (
        Client,
        Codec,
        Data,
        IDResponse,
        ReadCommand,
        ReceivedCharacter,
        Register,
        RegisterTable,
        Reply,
        Server,
        default_profile,
        process,
    )

    profile = default_profile()
    codec = Codec(profile)
    server = Server(codec, profile)
    client = Client(codec, profile.number("longest_message"), profile.time("quiet_time"))
    credit = profile.registers["electricity_credit"]
    table = RegisterTable(IDResponse(()), [Register(credit, show=lambda: credit.encode(123))])

    now = 0
    reply: Reply | None = None
    for code in codec.encode(ReadCommand(credit.id)):
        request = server.receive(ReceivedCharacter(code, True, now, now + profile.character_time))
        now += profile.character_time
    client.sent(now)
    assert request is not None
    for code in codec.encode(process(request, table, profile)):
        reply = client.receive(ReceivedCharacter(code, True, now, now + profile.character_time))
        now += profile.character_time
    server.answered()
    assert reply is not None
    assert reply.answer == Data(credit.id, ("0000007B",))
