"""IEC 62055-52, 6.4.3: IDResponse."""

from stsbench import DeclaredMeter, IDRequest, IDResponse, PortCarrier, precondition, requirement


@requirement("52-6.4.3-layout")
def test_an_id_response_follows_its_layout(client: PortCarrier) -> None:
    reply = client.exchange(IDRequest())
    precondition(reply.codes[:1] == b"/", "the meter did not answer an IDRequest", breaks="52-6.4.2-answered")
    assert isinstance(reply.answer, IDResponse), f"{reply.fault}: {reply.detail}"


@requirement("52-6.4.3-declared")
def test_an_id_response_says_what_is_declared(client: PortCarrier, declared: DeclaredMeter) -> None:
    answer = client.exchange(IDRequest()).answer
    precondition(isinstance(answer, IDResponse), "the IDResponse cannot be read", breaks="52-6.4.3-layout")
    assert isinstance(answer, IDResponse)
    said = {name: value for name, value in answer.fields if name != "server_status"}
    unknown = ", ".join(sorted(said.keys() - declared.identification.keys()))
    precondition(not unknown, f"the declaration does not say {unknown}: add it to identification.other")
    assert said == {name: declared.identification[name] for name in said}
