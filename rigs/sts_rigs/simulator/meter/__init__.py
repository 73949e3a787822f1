"""The simulated meter: one part for each thing that a meter does, each replaceable by a defect."""
