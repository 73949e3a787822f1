"""Simulated instruments: the SCPI of real models over TCP, fed by the signals of the simulated bench."""
