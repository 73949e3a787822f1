"""Lab instruments over VISA: capabilities, sessions, settings, and the drivers of models."""
