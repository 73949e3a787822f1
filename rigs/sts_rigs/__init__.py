"""The bench: rig files, clocks, ports, token carriers, actions, and the simulated bench."""
