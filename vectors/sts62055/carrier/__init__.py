"""Virtual token carrier of IEC 62055-52: profile, messages, client and server, without input or output."""

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, outgoing
from sts62055.carrier.client import Client, ClientState, Reply, ReplyFault
from sts62055.carrier.codec import Codec, single_answer
from sts62055.carrier.framing import framed
from sts62055.carrier.layouts import BlockCheckError, LayoutError
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Command,
    Data,
    IDRequest,
    IDResponse,
    Message,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.misuse import ProtocolMisuse
from sts62055.carrier.monitor import Decoded, Direction, Finding, StreamDecoder
from sts62055.carrier.profile import Limits, Parameter, Profile, ProfileError, RegisterEntry, default_profile
from sts62055.carrier.register_table import Register, RegisterTable
from sts62055.carrier.server import DamagedMessage, Request, Server, ServerState, process
from sts62055.carrier.token_data import TokenData
from sts62055.carrier.token_lockout import LockoutState, TokenLockout

__all__ = [
    "Ack",
    "Answer",
    "BlockCheckError",
    "BreakCommand",
    "Client",
    "ClientState",
    "Codec",
    "Command",
    "DamagedMessage",
    "Data",
    "Decoded",
    "Direction",
    "Finding",
    "IDRequest",
    "IDResponse",
    "LayoutError",
    "Limits",
    "LockoutState",
    "Message",
    "Nak",
    "OutgoingCharacter",
    "Parameter",
    "Profile",
    "ProfileError",
    "ProtocolMisuse",
    "ReadCommand",
    "ReceivedCharacter",
    "Register",
    "RegisterEntry",
    "RegisterTable",
    "Reply",
    "ReplyFault",
    "Request",
    "Server",
    "ServerState",
    "StreamDecoder",
    "TokenData",
    "TokenLockout",
    "UndefinedCommand",
    "WriteCommand",
    "default_profile",
    "framed",
    "outgoing",
    "process",
    "single_answer",
]
