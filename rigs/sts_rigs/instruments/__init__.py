"""Lab instruments over VISA: what they can do, and the drivers that make them do it."""
