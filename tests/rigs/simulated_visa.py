"""Open a simulated instrument as a plain VISA script does."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyvisa
from pyvisa.resources import MessageBasedResource

from sts_rigs.simulator.instruments.device import Device
from sts_rigs.simulator.instruments.server import InstrumentServer


@contextmanager
def opened(device: Device, timeout: int = 5_000) -> Iterator[MessageBasedResource]:
    manager = pyvisa.ResourceManager("@py")
    try:
        with InstrumentServer(device) as server:
            visa = manager.open_resource(
                server.resource, read_termination="\n", write_termination="\n", timeout=timeout
            )
            assert isinstance(visa, MessageBasedResource)
            try:
                yield visa
            finally:
                visa.close()
    finally:
        manager.close()
