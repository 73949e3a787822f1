"""IEC 62055-52, 6.4.7: ACK."""

from stsbench import Ack, BreakCommand, PortCarrier, Profile, TokenMint, precondition, requirement


@requirement("52-6.4.7-single")
def test_nothing_follows_ack(client: PortCarrier, tokens: TokenMint, profile: Profile) -> None:
    """A BreakCommand brings it, or a token where the profile has another answer to a break."""
    has_break = profile.text("break_answer") == "ACK"
    command = BreakCommand() if has_break else client.token_command(tokens.surest().digits)
    breaks = "52-6.6.5-acknowledged" if has_break else "52-6.6.4-acknowledged"
    precondition(isinstance(client.exchange(command).answer, Ack), "no ACK came", breaks=breaks)
    more = client.listen()
    assert not more, f"after ACK came {len(more)} more character: {bytes(more).hex(' ')}"
