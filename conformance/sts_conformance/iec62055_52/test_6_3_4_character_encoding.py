"""IEC 62055-52, 6.3.4: character encoding."""

import pytest

from sts62055.carrier.profile import default_profile
from stsbench import PortCarrier, Profile, requirement

_READABLE = [name for name, entry in default_profile().registers.items() if entry.access == "read"]


@requirement("52-6.3.4-hexadecimal")
@pytest.mark.parametrize("register", _READABLE)
def test_a_register_is_upper_case_hexadecimal(client: PortCarrier, profile: Profile, register: str) -> None:
    text = client.read(register)
    width = profile.registers[register].width
    assert len(text) == width, f"{register} has {len(text)} characters ({text}), expected {width}"
    wrong = set(text) - set("0123456789ABCDEF")
    assert not wrong, f"{register} holds {text}, which is not upper-case hexadecimal"
