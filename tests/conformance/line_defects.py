"""Defects of every answer, or of some: for what the line watch sees and no case asks."""

from dataclasses import replace

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import Ack, Answer, Data
from sts62055.carrier.server import Request
from sts_rigs.clock import MILLISECOND
from sts_rigs.simulator.defects import defect
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.meter import CarrierServer

Characters = tuple[OutgoingCharacter, ...]


@defect("wrong-bcc-everywhere", violates="52-6.5-sent", evidence="BCC")
class WrongBlockCheck(CarrierServer):
    """The BCC of every Data is wrong."""

    def characters(self, answer: Answer) -> Characters:
        *most, last = super().characters(answer)
        return (*most, replace(last, code=last.code ^ 0x02)) if isinstance(answer, Data) else (*most, last)


@defect("odd-bcc-everywhere", violates="52-6.3.2-parity", evidence="parity")
class OddBlockCheck(CarrierServer):
    """The BCC of every Data has odd parity."""

    def characters(self, answer: Answer) -> Characters:
        *most, last = super().characters(answer)
        return (*most, replace(last, wrong_parity=True)) if isinstance(answer, Data) else (*most, last)


class Counting(CarrierServer):
    """Counts its answers."""

    answers = 0

    def is_turn(self, every: int) -> bool:
        self.answers += 1
        return self.answers % every == 0


@defect("odd-parity-each-seventh", violates="52-6.3.2-parity", evidence="parity")
class OddEachSeventh(Counting):
    """A character of each 7th answer has odd parity, each time another one."""

    def characters(self, answer: Answer) -> Characters:
        characters = list(super().characters(answer))
        if self.is_turn(7):
            place = self.answers // 7 % len(characters)
            characters[place] = replace(characters[place], wrong_parity=True)
        return tuple(characters)


@defect("odd-parity-once", violates="52-6.3.2-parity", evidence="parity")
class OddOnce(Counting):
    """The BCC of one Data has odd parity, the 300th."""

    def characters(self, answer: Answer) -> Characters:
        *most, last = super().characters(answer)
        self.answers += isinstance(answer, Data)
        is_it = self.answers == 300 and isinstance(answer, Data)
        return (*most, replace(last, wrong_parity=is_it))


@defect("second-answer", violates="52-6.6.1-one-answer", evidence="behind")
class Twice(CarrierServer):
    """Every answer comes twice."""

    def characters(self, answer: Answer) -> Characters:
        return super().characters(answer) * 2


@defect("second-answer-later", violates="52-6.6.1-one-answer", evidence="behind")
class TwiceWithPause(CarrierServer):
    """Every Data comes again after 120 ms."""

    def characters(self, answer: Answer) -> Characters:
        first, *rest = characters = super().characters(answer)
        again = (replace(first, gap=120 * MILLISECOND), *rest)
        return (*characters, *again) if isinstance(answer, Data) else tuple(characters)


@defect("data-with-line-end", violates="52-6.6.1-one-answer", evidence="behind")
class WithLineEnd(CarrierServer):
    """Every Data is followed by CR and LF."""

    def characters(self, answer: Answer) -> Characters:
        return super().characters(answer) + (outgoing(b"\r\n") if isinstance(answer, Data) else ())


@defect("late-once-in-50", violates="52-6.7.1-reaction", evidence="after")
class LateOnce(Counting):
    """One answer in 50 begins after 1,6 s."""

    def reaction(self, request: Request) -> int:
        return 1600 * MILLISECOND if self.is_turn(50) else super().reaction(request)


@defect("other-register-everywhere", violates="52-6.4.9-layout", evidence="names")
class OtherRegister(CarrierServer):
    """Every Data names register 0000."""

    def characters(self, answer: Answer) -> Characters:
        return super().characters(replace(answer, register_id=0) if isinstance(answer, Data) else answer)


@defect("lower-case-everywhere", violates="52-6.3.4-hexadecimal 52-6.4.9-layout", evidence="upper-case")
class LowerCaseEverywhere(CarrierServer):
    """Every hexadecimal digit of Data is in lower case."""

    def characters(self, answer: Answer) -> Characters:
        characters = super().characters(answer)
        if not isinstance(answer, Data):
            return characters
        body = bytes(one.code for one in characters[:-1]).lower()
        return outgoing(body + bytes([block_check(body)]))


@defect("ack-of-everything", violates="52-6.6.2-repeated", evidence="Ack")
class Agreeable(CarrierServer):
    """Everything is acknowledged."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        super().answer(request, registers)
        return Ack()
