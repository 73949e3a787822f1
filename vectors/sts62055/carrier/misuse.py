"""Exception for the misuse of a client or server by its own caller."""

__all__ = ["ProtocolMisuse"]


class ProtocolMisuse(RuntimeError):
    """A call that the state of a client or server does not allow: what is wrong, and what to call instead.

    The mistake is in the program that holds the client or server; nothing that the peer sends raises it.
    """
