"""Defects of the interface: light of a wrong colour or strength, a receiver that takes too much or too little."""

from sts_rigs.line.interface_levels import Level
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.meter import CarrierServer


class OwnLevels(CarrierServer):
    """A carrier behind an interface with some levels of its own, in their units."""

    own: tuple[tuple[Level, float], ...] = ()

    def level(self, level: Level) -> float:
        return dict(self.own).get(level, super().level(level))


@defect("red-light", violates="52-6.2.2-wavelength", evidence="wavelength")
class RedLight(OwnLevels):
    """The meter sends red light of 660 nm."""

    own = ((Level.WAVELENGTH, 660.0),)


@defect("dim-transmitter", violates="52-6.2.2-on", evidence="irradiance ON")
class DimTransmitter(OwnLevels):
    """The meter's light has 320 uW/cm2 when it is on."""

    own = ((Level.IRRADIANCE_ON, 320.0),)


@defect("glowing-transmitter", violates="52-6.2.2-off", evidence="irradiance OFF")
class GlowingTransmitter(OwnLevels):
    """The meter's light is never off: 34 uW/cm2 remain."""

    own = ((Level.IRRADIANCE_OFF, 34.0),)


@defect("blind-receiver", violates="52-6.2.2-takes-on", evidence="taken as ON")
class BlindReceiver(OwnLevels):
    """The meter takes light as ON from 340 uW/cm2 on only."""

    own = ((Level.TAKEN_AS_ON, 340.0),)


@defect("dazzled-receiver", violates="52-6.2.2-takes-off", evidence="taken as OFF")
class DazzledReceiver(OwnLevels):
    """Stray light of 12 uW/cm2 is ON to the meter."""

    own = ((Level.TAKEN_AS_OFF, 12.0),)
