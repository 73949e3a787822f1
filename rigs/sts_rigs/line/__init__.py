"""The line during one exchange: times by the port's clock, and recordings of both sides."""
